//! A function that is known by its return type alone, as a type: its companion.
//!
//! What is the same of all of them is generic over that type, so that it is checked once. A companion has no function of its
//! own for it, or one that is a call without arguments.

use super::by_hand::{ByHand, Put};
use super::companion::{Named, all_named, named};
use super::later::Later;
use super::lazy::lazily;
use super::loading::load;
use super::outcome::Layers;
use super::returned::Known;
use super::stats;
use crate::cache::{CacheRef, DEFAULT, Stored};
use crate::invalidation::{Segment, Target};
use crate::registry::Described;
use crate::stats::Stats;

/// The companion of a function that returns an `R`.
pub trait Told<R: 'static> {
    /// What is known of it, as far as that is asked for: what is not is not compiled.
    fn returned<X: Known<R>>() -> X;
}

/// What generated code calls of any companion. One that has to say more than this has a function of that name of its own,
/// which goes before.
pub trait Common<R: 'static>: Told<R> {
    /// Stores a value under an entry of the function. Memory is done at once.
    fn __store(entry: Target, value: R) -> Later<Stored> {
        Self::returned::<ByHand<R>>().store(entry, value)
    }

    /// All of the function's entries.
    #[must_use]
    fn __all() -> Named {
        all_told::<Self, R>(DEFAULT)
    }
}

impl<C: Told<R>, R: 'static> Common<R> for C {}

/// What can be said of a function before its first call, with what is known of each segment.
#[must_use]
pub fn described<C: Told<R>, R: 'static>() -> Described {
    C::returned()
}

/// What is stored, in memory or in the shared tier, without counting it as a hit.
pub fn peek_told<C: Told<R>, R: 'static>(named: Named) -> Later<Option<R>> {
    C::returned::<ByHand<R>>().peek(named)
}

/// Runs the body and stores what it gives, whatever is stored.
pub fn refresh_told<C: Told<R>, R: 'static, F: Future<Output = R>>(
    named: Named,
    body: F,
) -> impl Future<Output = R> + Unpin {
    lazily(move || load(C::returned::<ByHand<R>>().refresh(&named), body))
}

/// Stores a value as the function's.
pub fn put_told<C: Told<R>, R: Layers<V, M> + 'static, V, M>(named: Named, value: V) -> Put<R> {
    Put::new(C::returned(), named, R::layered(value))
}

/// The function's entries whose segments are as given.
#[must_use]
pub fn named_told<C: Told<R>, R: 'static, const N: usize>(cache: CacheRef<'_>, segments: [Segment; N]) -> Named {
    named(C::returned(), cache, segments)
}

/// All of the function's entries.
#[must_use]
pub fn all_told<C: Told<R> + ?Sized, R: 'static>(cache: CacheRef<'_>) -> Named {
    all_named(C::returned(), cache)
}

/// The function's counts in one cache.
#[must_use]
pub fn stats_told<C: Told<R>, R: 'static>(cache: CacheRef<'_>) -> Stats {
    stats(C::returned(), cache)
}
