//! What makes a stored value good enough for a call, and what it takes to replace it.

mod lead;
mod ttl;

pub(crate) use self::lead::Lead;
pub(crate) use self::ttl::Instead;
pub use self::ttl::{Ttl, after};
