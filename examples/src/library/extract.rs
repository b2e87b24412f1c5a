//! What the queries of the library's routes parse into.

use serde::Deserialize;

use super::model::{Source, Status};
use crate::http::extract::Limit;

/// `?skip&limit`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default)]
pub(super) struct Page {
    pub(super) skip: u32,
    pub(super) limit: Limit,
}

impl Default for Page {
    fn default() -> Self {
        Self { skip: 0, limit: Limit(24) }
    }
}

/// `?status&source`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    pub(super) status: Option<Status>,
    pub(super) source: Option<Source>,
}
