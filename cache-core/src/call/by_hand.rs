//! The entries of a function of which no more is known than what it returns, by hand: read, stored and made anew by its
//! companion. Of a return type that nobody does this with, nothing here is compiled.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::companion::Named;
use super::later::Later;
use super::loading::Missed;
use super::outcome::{CacheValue, Wrap};
use super::probed::{Portability, Probed, Sharing, Weighed};
use super::returned::{Known, Looked};
use super::telling::peek_planned;
use super::updating::store_later;
use crate::cache::Stored;
use crate::invalidation::Target;
use crate::lookup::Ttl;
use crate::registry::Site;

/// A function by what it returns: what can be done with entries of that, how long they are fresh, and the function's static.
pub struct ByHand<R: 'static> {
    how: &'static dyn Handles<R>,
    ttl: Ttl,
    site: &'static Site,
}

impl<R> fmt::Debug for ByHand<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByHand").finish_non_exhaustive()
    }
}

impl<R: 'static> Known<R> for ByHand<R> {
    fn of<X: Looked<R>>(ttl: Ttl, site: &'static Site) -> Self {
        X::by_hand(ttl, site)
    }
}

impl<R> ByHand<R> {
    pub(super) const fn new(how: &'static dyn Handles<R>, ttl: Ttl, site: &'static Site) -> Self {
        Self { how, ttl, site }
    }

    /// What is stored, without counting it as a hit.
    pub(super) fn peek(&self, named: Named) -> Later<Option<R>> {
        self.how.peek(named)
    }

    /// The way to a new value.
    pub(super) fn refresh(&self, named: &Named) -> Missed<R> {
        self.how.refresh(named, self.ttl)
    }

    /// Stores a value under an entry of the function.
    pub(super) fn store(&self, entry: Target, full: R) -> Later<Stored> {
        self.how.store(self.site, entry, self.ttl, full)
    }
}

/// What those need of a return type who do with entries what calls do not.
pub(super) trait Handles<R>: Sync {
    fn peek(&self, named: Named) -> Later<Option<R>>;
    fn put(&self, named: &Named, ttl: Ttl, full: R) -> Later<Stored>;
    fn refresh(&self, named: &Named, ttl: Ttl) -> Missed<R>;
    fn store(&self, site: &'static Site, entry: Target, ttl: Ttl, full: R) -> Later<Stored>;
}

impl<T, W, H, S, C> Handles<W::Full> for Probed<T, W, H, S, C>
where
    T: CacheValue,
    W: Wrap<T> + 'static,
    H: Weighed<T> + 'static,
    S: Sharing<W::Full> + 'static,
    C: Portability<T> + 'static,
{
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

/// A value that is stored once this is polled: in memory by the first poll.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Put<R: 'static>(Putting<R>);

enum Putting<R: 'static> {
    Unbegun(ByHand<R>, Named, Option<R>),
    Begun(Later<Stored>),
}

impl<R> Put<R> {
    pub(super) const fn new(by_hand: ByHand<R>, named: Named, full: R) -> Self {
        Self(Putting::Unbegun(by_hand, named, Some(full)))
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
        if let Putting::Unbegun(by_hand, named, full) = &mut self.0 {
            let Some(full) = full.take() else { panic!("polled after a panic") };
            let begun = by_hand.how.put(named, by_hand.ttl, full);
            self.0 = Putting::Begun(begun);
        }
        match &mut self.0 {
            Putting::Begun(begun) => Pin::new(begun).poll(context),
            Putting::Unbegun(..) => unreachable!("it has just begun"),
        }
    }
}
