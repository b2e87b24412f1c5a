//! `#[updates]`: a written value, stored as another function's.

use super::checked::Shaped;
use super::direct::{Putting, put_outcome, settled, settled_later};
use super::invalidating::Invalidating;
use super::later::Later;
use super::outcome::{CacheValue, Layers, Wrap};
use super::plan::Plan;
use super::policy::Policy;
use super::probe::Shape;
use crate::cache::Stored;
use crate::invalidation::Target;
use crate::registry::Site;
use crate::tier::{Owed, Place};

/// The entries of a write that has succeeded, in the order of its targets.
#[derive(Debug)]
pub struct Entries(std::vec::IntoIter<Target>);

impl Invalidating {
    /// The write succeeded, and its entries are to be stored and not invalidated.
    #[must_use]
    pub fn entries(mut self) -> Entries {
        Entries(std::mem::take(&mut self.0).into_iter())
    }
}

impl Entries {
    /// The next.
    ///
    /// # Panics
    /// If there is none: generated code asks as often as it has added.
    #[allow(clippy::should_implement_trait)]
    #[must_use]
    pub fn next(&mut self) -> Target {
        self.0.next().unwrap_or_else(|| unreachable!("one entry per target"))
    }
}

/// What a store gives, waited for.
pub trait Settle {
    /// Waits for the shared tier, where it has a part in it.
    fn settle(self) -> impl Future<Output = ()> + Send;
}

impl Settle for Stored {
    async fn settle(self) {}
}

impl Settle for Later<Stored> {
    async fn settle(self) {
        self.await;
    }
}

/// Stores a value by `store`, the function's own, in the layers of what the function returns.
pub fn stored<R: Layers<V, M>, V, M, X>(store: fn(Target, R) -> X, entry: Target, value: V) -> X {
    store(entry, R::layered(value))
}

/// Stores a value under an entry of the function. Memory is done at once.
pub fn store_later<S: Shaped, P: Policy<S::Value>>(
    site: &'static Site,
    shape: S,
    entry: Target,
    policy: P,
    full: S::Full,
) -> Later<Stored> {
    let cache = entry.cache.clone();
    let later = settled_later(&cache, store_now(site, &shape.shape(), entry, &policy, full));
    cache.keep();
    later
}

/// [`store_later`] for sync functions.
pub fn store<S: Shaped, P: Policy<S::Value>>(
    site: &'static Site,
    shape: S,
    entry: Target,
    policy: P,
    full: S::Full,
) -> Stored {
    let cache = entry.cache.clone();
    let stored = store_now(site, &shape.shape(), entry, &policy, full).0;
    cache.keep();
    stored
}

fn store_now<T: CacheValue, W: Wrap<T>, P: Policy<T>>(
    site: &'static Site,
    shape: &Shape<T, W>,
    entry: Target,
    policy: &P,
    full: W::Full,
) -> (Stored, Option<Owed>) {
    put_outcome(to_put(site, entry, shape.portable()), shape, policy, full)
}

/// Where a write's value is to be stored, if it is.
fn to_put(site: &'static Site, entry: Target, portable: bool) -> Option<Putting> {
    // Collected, it is an invalidation: what is not committed is nobody else's to see.
    let entry = entry.uncollected()?;
    let name = entry.one_name().filter(|_| entry.cache.is_enabled())?;
    // A function that was never called in this cache finds the value by its name.
    match entry.cache.known_function(site) {
        Some(function) if function.in_conflict() => None,
        Some(function) => Some(Plan::of_entry(&entry.cache, function, name, portable).putting()),
        None => {
            let instead = entry.cache.inner.overrides.with(&site.info, |instead| instead);
            Some(Putting { plan: Plan::of_name(&entry.cache, name, portable), instead })
        }
    }
}

/// Removes an entry whose value cannot be told without its function's arguments.
pub fn give_up_later(entry: Target) -> Later<Stored> {
    let cache = entry.cache.clone();
    let (_, place) = entry.remove();
    cache.keep();
    let settle = place.map(|place: Place| (cache, place));
    Later::new(settled(Stored::nowhere(), settle))
}

/// [`give_up_later`] for sync functions.
pub fn give_up(entry: Target) -> Stored {
    let cache = entry.cache.clone();
    entry.remove();
    cache.keep();
    Stored::nowhere()
}
