//! A function of which no more is known, where it is called, than what it returns.
//!
//! What is stored of a return type, and in which layers, is a matter of this file: whoever compiles a decorated function, and
//! its companion, is told the return type and nothing else, and is spared the proofs about the rest.

use std::fmt;

use super::by_hand::ByHand;
use super::checked::Shaped;
use super::load::Miss;
use super::loading::{Around, Missed};
use super::looking::{Asker, Ruled, look, look_unless};
use super::outcome::{CacheValue, Wrap};
use super::plan::Plan;
use super::probed::{Portability, Probed, Sharing, Weighed};
use crate::cache::{CacheRef, DEFAULT};
use crate::entry::{self, ValueType};
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
}

/// What can be told of a function that returns an `R`.
pub trait Known<R: 'static> {
    /// Of one whose return type was looked into as `X`.
    fn of<X: Looked<R>>(ttl: Ttl, site: &'static Site) -> Self;
}

/// What was found of a return type. Each part is compiled where it is asked for.
pub trait Looked<R: 'static> {
    /// For calls of that function.
    fn called(ttl: Ttl, site: &'static Site) -> Returned<R>;
    /// For those who do with its entries what calls do not.
    fn by_hand(ttl: Ttl, site: &'static Site) -> ByHand<R>;
    /// Before its first call.
    fn described(site: &'static Site) -> Described;
}

impl<T, W, H, S, C> Looked<W::Full> for Probed<T, W, H, S, C>
where
    T: CacheValue,
    W: Wrap<T> + 'static,
    H: Weighed<T> + 'static,
    S: Sharing<W::Full> + 'static,
    C: Portability<T> + 'static,
{
    #[inline]
    fn called(ttl: Ttl, site: &'static Site) -> Returned<W::Full> {
        Returned { how: const { &Self::NEW }, ttl, site }
    }

    fn by_hand(ttl: Ttl, site: &'static Site) -> ByHand<W::Full> {
        ByHand::new(const { &Self::NEW }, ttl, site)
    }

    fn described(site: &'static Site) -> Described {
        Described::before_a_call(Self::NEW.shape().facts(), site.info.kinds())
    }
}

/// What can be told of a function whose return type was looked into.
#[inline]
pub fn returned<X, T, W, H, S, C>(_: Probed<T, W, H, S, C>, ttl: Ttl, site: &'static Site) -> X
where
    T: CacheValue,
    W: Wrap<T> + 'static,
    H: Weighed<T> + 'static,
    S: Sharing<W::Full> + 'static,
    C: Portability<T> + 'static,
    X: Known<W::Full>,
{
    X::of::<Probed<T, W, H, S, C>>(ttl, site)
}

/// What it takes to call it.
impl<R: 'static> Known<R> for Returned<R> {
    #[inline]
    fn of<X: Looked<R>>(ttl: Ttl, site: &'static Site) -> Self {
        X::called(ttl, site)
    }
}

/// Its static.
impl<R: 'static> Known<R> for &'static Site {
    #[inline]
    fn of<X: Looked<R>>(_: Ttl, site: &'static Site) -> Self {
        site
    }
}

/// Its types, before its first call.
impl<R: 'static> Known<R> for Described {
    fn of<X: Looked<R>>(_: Ttl, site: &'static Site) -> Self {
        X::described(site)
    }
}

/// What a call needs of its return type.
trait Returns<R>: Sync {
    fn value(&self) -> ValueType;
    fn read(&self, entry: &entry::Stored) -> Option<R>;
    fn facts(&self) -> ValueFacts;
    fn planned(&self, plan: Plan, ttl: Ttl) -> Missed<R>;
    fn bypassing(&self, site: &'static Site, name: &dyn Fn() -> String, ttl: Ttl) -> Missed<R>;
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
