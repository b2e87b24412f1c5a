//! The cache's own methods: calls under names of the user's.

mod care;
mod cleanup;
mod counts;
mod invalidation;
mod local;
mod operations;
mod write_back;

pub use self::cleanup::Cleanup;
pub use self::local::Local;
pub use self::write_back::{Counters, WriteBack};
use crate::cache::Cache;
use crate::call::{Bare, CacheValue, InResult, Miss, Plan, Shape, Wrap};

/// A factory that cannot fail.
type Infallible = Bare;
/// A factory that gives a `Result`.
type Fallible<E> = InResult<Bare, E>;

/// The way to the value of a name.
fn ask<T: CacheValue, W: Wrap<T>>(cache: &Cache, name: String, shape: Shape<T, W>) -> Miss<T, W> {
    let plan = cache.inner.enabled().then(|| Plan::of_name(cache, name, shape.portable()));
    Miss::new(plan, shape)
}
