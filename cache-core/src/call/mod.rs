//! A call, from the decorated function to its answer: what generated code calls.
//!
//! The protocol is decided in the store and the flights. What is here is generic over the function's types, so it is
//! kept to reading, wrapping and waiting.

mod adaptive;
mod approach;
mod around;
mod asking;
mod batch;
mod body;
mod by_hand;
mod calling;
mod checked;
mod companion;
mod conditional;
mod direct;
mod driving;
mod ending;
mod entries;
mod graceful;
mod invalidating;
mod late;
mod later;
mod lazy;
mod leading;
mod load;
mod loading;
mod looking;
mod method;
mod negative;
mod options;
mod outcome;
mod own;
mod passing;
mod plan;
mod policy;
mod probe;
mod probed;
mod read;
mod returned;
mod shared;
mod tagged;
#[cfg(feature = "shared")]
mod telling;
#[cfg(not(feature = "shared"))]
#[path = "untold.rs"]
mod telling;
mod told;
mod trace;
mod updating;
mod watching;
mod written;

pub use self::adaptive::{ByBytes, Comparable, Compared, ComparedByBytes, NotCompared, assert_comparable};
pub use self::batch::{Again, Answers, Batch, BatchItem, Began, Items, MapOf, began, distinct};
pub use self::batch::{BatchOutcome, BatchOutcomes, Source, ValueOf, batch, batch_blocking};
pub use self::body::Body;
pub use self::by_hand::{ByHand, Put};
pub use self::calling::{Call, Calling, calling};
pub use self::checked::{Checked, Nothing, Refused, Shaped};
pub use self::companion::{
    Named, all_named, invalidate_named, invalidate_named_blocking, key_named, named, peek_named, peek_named_blocking,
    put_named, put_named_blocking, refresh_named, refresh_named_blocking, rest,
};
pub use self::conditional::{Asks, Conditional, Previous, Refreshed, Rewrap, conditional};
pub use self::direct::{peek_blocking, peek_later, put_later, put_whole};
pub use self::graceful::{Graceful, Renewal, lookup_gracefully, lookup_gracefully_blocking};
pub use self::invalidating::{
    Invalidating, Maybe, NoSegment, invalidate, invalidate_blocking, key_target, maybe, pattern_target, segment,
    tag_target,
};
pub(crate) use self::late::caught;
pub use self::late::{NeverTooLate, TimesOut, assert_times_out};
pub use self::later::Later;
pub use self::lazy::{Lazy, lazily};
pub use self::load::Miss;
pub use self::loading::{Around, Loading, Missed, load};
pub use self::looking::name;
use self::looking::{Ruled, look, look_past};
pub use self::method::{Calls, Method, Run, SyncMethod};
pub use self::options::{
    CopyError, MayBeAbsent, MayFail, Portable, SharedError, assert_may_be_absent, assert_may_fail, assert_portable,
    assert_shared_error, copy_shared, rules, share_copy,
};
pub use self::outcome::{Bare, CacheValue, InOption, InResult, Layers, Outcome, Wrap};
pub use self::own::Own;
pub(crate) use self::plan::{Plan, Unmade, has_value};
pub use self::policy::{Condition, Given, Policy, Rules, TtlRule, Unset, apply};
pub use self::probe::{Otherwise, Probe, Shape};
pub use self::probed::{Can, Cannot, Portability, Probed, Sharing, Weighed, probed};
pub use self::returned::{Found, Known, Returned, find, find_by_shape, returned};
pub use self::tagged::{CallTags, Tagged, TagsOf, ValueTags};
pub use self::told::{Common, Told, all_told, described, named_told, peek_told, put_told, refresh_told, stats_told};
pub use self::updating::{Entries, Settle, give_up, give_up_later, store, store_later, stored};
pub use self::watching::bypass;
use crate::cache::{CacheRef, chosen};
pub use crate::invalidation::{Segment, Target};
use crate::key::Segments;
use crate::lookup::Ttl;
use crate::registry::Site;
use crate::stats::Stats;

/// What a look-up gave.
#[derive(Debug)]
pub enum Lookup<T, W: Wrap<T>> {
    /// The return value, from the cache.
    Hit(W::Full),
    /// The way to it.
    Miss(Miss<T, W>),
}

/// Looks a call up. A hit takes no lock and allocates nothing.
#[inline]
pub fn lookup<S: Shaped, K: Segments>(
    site: &'static Site,
    shape: S,
    key: &K,
    cache: CacheRef<'_>,
) -> Lookup<S::Value, S::Layers> {
    lookup_by(site, shape, key, cache, &Ttl::Default)
}

/// [`lookup`] of a function with rules: of what is stored, some may not be good enough.
#[inline]
pub fn lookup_by<S: Shaped, K: Segments, P: Policy<S::Value>>(
    site: &'static Site,
    shape: S,
    key: &K,
    cache: CacheRef<'_>,
    policy: &P,
) -> Lookup<S::Value, S::Layers> {
    match look(site, &Ruled { shape: shape.shape(), policy }, key, cache) {
        Ok(full) => Lookup::Hit(full),
        Err(miss) => Lookup::Miss(miss),
    }
}

/// A new load, whatever is stored.
pub fn refresh<S: Shaped, K: Segments>(
    site: &'static Site,
    shape: S,
    key: &K,
    cache: CacheRef<'_>,
) -> Miss<S::Value, S::Layers> {
    look_past(site, &Ruled { shape: shape.shape(), policy: &Ttl::Default }, key, cache)
}

/// The function's counts in one cache.
#[must_use]
pub fn stats(site: &'static Site, cache: CacheRef<'_>) -> Stats {
    chosen(cache).function_stats(site)
}

/// The value inside the layers of a successful answer.
pub fn success<'a, T, W: Wrap<T> + 'a>(_: &Probe<T, W>, full: &'a W::Full) -> Option<&'a T> {
    W::value(full)
}

/// Compiles where the function's value can be stored.
pub const fn assert_value<T: CacheValue, W: Wrap<T>>(_: Shape<T, W>) {}
