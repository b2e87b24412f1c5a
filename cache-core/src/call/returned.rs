//! A function of which no more is known, where it is called, than what it returns.
//!
//! What is stored of a return type, and in which layers, is a matter of this file: whoever compiles a decorated function, and
//! its companion, is told the return type and nothing else, and is spared the proofs about the rest.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::checked::Shaped;
use super::companion::Named;
use super::direct::peek_planned;
use super::later::Later;
use super::load::Miss;
use super::loading::{Around, Missed};
use super::looking::{Asker, Ruled, look, look_unless};
use super::outcome::{CacheValue, Wrap};
use super::plan::Plan;
use super::probed::{Portability, Probed, Sharing, Weighed};
use super::updating::store_later;
use crate::cache::{CacheRef, DEFAULT, Stored};
use crate::entry::{self, ValueType};
use crate::invalidation::Target;
use crate::key::{Kept, Segments};
use crate::lookup::Ttl;
use crate::registry::{Described, Site, ValueFacts};

/// A function by what it returns: what can be done with that, how long it is fresh, and the function's static.
pub struct Returned<R: 'static> {
    how: &'static dyn Returns<R>,
    ttl: Ttl,
    pub(super) site: &'static Site,
}

impl<R> Clone for Returned<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Returned<R> {}

impl<R> fmt::Debug for Returned<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Returned").finish_non_exhaustive()
    }
}

impl<R> Returned<R> {
    /// Looks up a call in the process-wide cache, or what stands in for it; or does not look, where the call `refreshes`.
    #[inline]
    pub(super) fn find_kept<K: Kept>(self, segments: &K, refreshes: bool) -> Result<R, Missed<R>> {
        look_unless(refreshes, self.site, &self, &segments.borrowed(), DEFAULT)
    }

    /// What can be said of the function before its first call.
    pub(super) fn described(self) -> Described {
        Described::before_a_call(self.how.facts(), self.site.info.kinds())
    }

    /// What is stored, without counting it as a hit.
    pub(super) fn peek(self, named: Named) -> Later<Option<R>> {
        self.how.peek(named)
    }

    /// The way to a new value.
    pub(super) fn refresh(self, named: &Named) -> Missed<R> {
        self.how.refresh(named, self.ttl)
    }

    /// Stores a value under an entry of the function.
    pub(super) fn store(self, entry: Target, full: R) -> Later<Stored> {
        self.how.store(self.site, entry, self.ttl, full)
    }
}

/// Of a return type whose value can be stored.
#[inline]
pub const fn returned<T, W, H, S, C>(_: Probed<T, W, H, S, C>, ttl: Ttl, site: &'static Site) -> Returned<W::Full>
where
    T: CacheValue,
    W: Wrap<T> + 'static,
    H: Weighed<T> + 'static,
    S: Sharing<W::Full> + 'static,
    C: Portability<T> + 'static,
{
    Returned { how: const { &Probed::<T, W, H, S, C>::NEW }, ttl, site }
}

trait Returns<R>: Sync {
    fn value(&self) -> ValueType;
    fn read(&self, entry: &entry::Stored) -> Option<R>;
    fn facts(&self) -> ValueFacts;
    fn planned(&self, plan: Plan, ttl: Ttl) -> Missed<R>;
    fn bypassing(&self, site: &'static Site, name: &dyn Fn() -> String, ttl: Ttl) -> Missed<R>;
    fn peek(&self, named: Named) -> Later<Option<R>>;
    fn put(&self, named: &Named, ttl: Ttl, full: R) -> Later<Stored>;
    fn refresh(&self, named: &Named, ttl: Ttl) -> Missed<R>;
    fn store(&self, site: &'static Site, entry: Target, ttl: Ttl, full: R) -> Later<Stored>;
}

impl<T, W, H, S, C> Returns<W::Full> for Probed<T, W, H, S, C>
where
    T: CacheValue,
    W: Wrap<T> + 'static,
    H: Weighed<T> + 'static,
    S: Sharing<W::Full> + 'static,
    C: Portability<T> + 'static,
{
    #[inline]
    fn value(&self) -> ValueType {
        ValueType::of::<T>()
    }

    #[inline]
    fn read(&self, entry: &entry::Stored) -> Option<W::Full> {
        entry.value::<T>().map(|value| W::wrap(value.clone()))
    }

    fn facts(&self) -> ValueFacts {
        self.shape().facts()
    }

    fn planned(&self, plan: Plan, ttl: Ttl) -> Missed<W::Full> {
        Missed(Miss::planned(plan, self.shape()).boxed(ttl))
    }

    fn bypassing(&self, site: &'static Site, name: &dyn Fn() -> String, ttl: Ttl) -> Missed<W::Full> {
        Missed(Miss::bypassing(site, self.shape(), name).boxed(ttl))
    }

    fn peek(&self, named: Named) -> Later<Option<W::Full>> {
        let shape = self.shape();
        Later::new(async move { peek_planned(named.plan(&named.cache(), &shape), shape).await })
    }

    fn put(&self, named: &Named, ttl: Ttl, full: W::Full) -> Later<Stored> {
        named.put_later(&self.shape(), &ttl, full)
    }

    fn refresh(&self, named: &Named, ttl: Ttl) -> Missed<W::Full> {
        Missed(named.refreshing(self.shape()).boxed(ttl))
    }

    fn store(&self, site: &'static Site, entry: Target, ttl: Ttl, full: W::Full) -> Later<Stored> {
        store_later(site, self.shape(), entry, ttl, full)
    }
}

impl<R> Asker for Returned<R> {
    type Full = R;
    type Miss = Missed<R>;

    #[inline]
    fn value(&self) -> ValueType {
        self.how.value()
    }

    #[inline]
    fn read(&self, entry: &entry::Stored) -> Option<R> {
        self.how.read(entry)
    }

    fn facts(&self) -> ValueFacts {
        self.how.facts()
    }

    fn planned(&self, plan: Plan) -> Missed<R> {
        self.how.planned(plan, self.ttl)
    }

    fn bypassing(&self, site: &'static Site, name: &dyn Fn() -> String) -> Missed<R> {
        self.how.bypassing(site, name, self.ttl)
    }
}

/// What a look-up gave, by the return type alone.
#[derive(Debug)]
pub enum Found<R, M = Missed<R>> {
    /// The return value, from the cache.
    Hit(R),
    /// What stands around the body.
    Miss(M),
}

impl<R, M> From<Result<R, M>> for Found<R, M> {
    #[inline]
    fn from(found: Result<R, M>) -> Self {
        match found {
            Ok(full) => Self::Hit(full),
            Err(miss) => Self::Miss(miss),
        }
    }
}

/// Looks up a call of a function without rules, whose values are all fresh for the same time. A hit takes no lock and
/// allocates nothing.
#[inline]
pub fn find<R, K: Segments>(returned: Returned<R>, key: &K, cache: CacheRef<'_>) -> Found<R> {
    look(returned.site, &returned, key, cache).into()
}

/// [`find`] of a function whose types are known where it is called.
#[inline]
pub fn find_by_shape<'a, S: Shaped<Layers: 'a>, K: Segments>(
    site: &'static Site,
    shape: S,
    key: &K,
    cache: CacheRef<'_>,
    ttl: &Ttl,
) -> Found<S::Full, Box<dyn Around<S::Full> + Send + 'a>> {
    let ruled = Ruled { shape: shape.shape(), policy: &Ttl::Default };
    look(site, &ruled, key, cache).map_err(|miss| miss.boxed(*ttl)).into()
}

/// A value that is stored once this is polled: in memory by the first poll.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Put<R: 'static>(Putting<R>);

enum Putting<R: 'static> {
    Unbegun(Returned<R>, Named, Option<R>),
    Begun(Later<Stored>),
}

impl<R> Put<R> {
    pub(super) const fn new(returned: Returned<R>, named: Named, full: R) -> Self {
        Self(Putting::Unbegun(returned, named, Some(full)))
    }
}

// The value is moved out before it is stored.
impl<R> Unpin for Put<R> {}

impl<R> fmt::Debug for Put<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Put").finish_non_exhaustive()
    }
}

impl<R> Future for Put<R> {
    type Output = Stored;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Stored> {
        if let Putting::Unbegun(returned, named, full) = &mut self.0 {
            let Some(full) = full.take() else { panic!("polled after a panic") };
            let begun = returned.how.put(named, returned.ttl, full);
            self.0 = Putting::Begun(begun);
        }
        match &mut self.0 {
            Putting::Begun(begun) => Pin::new(begun).poll(context),
            Putting::Unbegun(..) => unreachable!("it has just begun"),
        }
    }
}
