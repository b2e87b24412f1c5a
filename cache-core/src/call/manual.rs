//! `get_or_set` and its kin: loads under a name of the user's.

use super::load::{Miss, Plan};
use super::outcome::{Bare, CacheValue, InResult, Wrap};
use super::probe::Shape;
use crate::cache::Cache;

/// A factory that cannot fail.
pub(crate) type Infallible = Bare;
/// A factory that gives a `Result`.
pub(crate) type Fallible<E> = InResult<Bare, E>;

/// The way to the value of a name.
pub(crate) fn ask<T: CacheValue, W: Wrap<T>>(cache: &Cache, name: String) -> Miss<T, W> {
    let plan = cache.inner.enabled.then(|| Plan::of_name(cache, name));
    Miss::new(plan, Shape::none())
}
