//! Comparing what a load gave with what it takes the place of: `adaptive_ttl`, and the count of refreshes that found no
//! change.

use std::marker::PhantomData;
use std::time::Duration;

use super::outcome::Wrap;
use super::plan::Plan;
use super::probe::{Probe, Shape};
use crate::clock::{NEVER, Ticks, span, ticks};
use crate::entry::Stored;
use crate::lookup::Ttl;

impl<T: PartialEq, W> Probe<T, W> {
    /// Values are compared as they are.
    #[must_use]
    pub fn same(&self) -> Option<fn(&T, &T) -> bool> {
        Some(T::eq)
    }
}

/// For values that are not `PartialEq`.
pub trait NotCompared<T> {
    /// There is no way but by their bytes.
    fn same(&self) -> Option<fn(&T, &T) -> bool> {
        None
    }
}

impl<T, W> NotCompared<T> for Probe<T, W> {}

/// How two values of a type are compared: as they are.
#[derive(Debug)]
pub struct Compared;

impl<T: PartialEq, W> Probe<T, W> {
    /// As they are.
    #[must_use]
    pub fn comparison(&self) -> Compared {
        Compared
    }
}

/// How two values of a type that is not `PartialEq` are compared: by their bytes, if they have some.
#[derive(Debug)]
pub struct ByBytes<T>(PhantomData<fn() -> T>);

/// For values that are not `PartialEq`.
pub trait ComparedByBytes<T> {
    /// By their bytes.
    fn comparison(&self) -> ByBytes<T> {
        ByBytes(PhantomData)
    }
}

impl<T, W> ComparedByBytes<T> for Probe<T, W> {}

/// A way to compare values.
#[diagnostic::on_unimplemented(
    message = "`adaptive_ttl` asks whether a refresh has changed anything, and these values cannot be compared",
    label = "the cached value is not `PartialEq`",
    note = "derive `PartialEq` for it; with the feature `shared`, values that are `Serialize + DeserializeOwned` are compared by their bytes"
)]
pub trait Comparable {}

impl Comparable for Compared {}

#[diagnostic::do_not_recommend]
#[cfg(feature = "shared")]
impl<T: serde::Serialize + serde::de::DeserializeOwned> Comparable for ByBytes<T> {}

/// Compiles where there is a way.
pub const fn assert_comparable<C: Comparable>(_: &C) {}

/// How two values of a return type's are compared.
#[doc(hidden)]
#[macro_export]
macro_rules! __same {
    ($type:ty) => {{
        #[allow(unused_imports)]
        use $crate::private::NotCompared as _;
        $crate::__layers!($type).same()
    }};
}

/// Whether there is a way to compare them.
#[doc(hidden)]
#[macro_export]
macro_rules! __comparison {
    ($type:ty) => {{
        #[allow(unused_imports)]
        use $crate::private::ComparedByBytes as _;
        $crate::__layers!($type).comparison()
    }};
}

impl<T: 'static, W: Wrap<T>> Shape<T, W> {
    /// With a way to tell whether two values are equal.
    #[must_use]
    pub const fn same(mut self, same: Option<fn(&T, &T) -> bool>) -> Self {
        self.same = same;
        self
    }

    /// Whether a value is what was stored: equal, or of equal bytes. None where that cannot be told.
    pub(super) fn compare(&self, before: &Stored, value: &T) -> Option<bool> {
        let before = before.value::<T>()?;
        match self.same {
            Some(same) => Some(same(before, value)),
            None => self.codec.as_ref().and_then(|codec| codec.same(before, value)),
        }
    }
}

impl Plan {
    /// The time to live of a value that a load gave: as the function says, or as experience says. `compare` tells whether the
    /// value is what was stored.
    pub(super) fn adapted(
        &self,
        ttl: Ttl,
        is_a_refresh: bool,
        unmodified: bool,
        compare: &dyn Fn(&Stored) -> Option<bool>,
    ) -> Ttl {
        let freshness = &self.function.freshness;
        if !freshness.compares() {
            return ttl;
        }
        let before = self.before();
        let unchanged = if unmodified { Some(true) } else { before.as_ref().and_then(compare) };
        if unchanged == Some(true) && (is_a_refresh || unmodified) {
            self.function.stats.refresh_unchanged();
        }
        let Some(bounds) = freshness.adaptive else { return ttl };
        let said = !matches!(ttl, Ttl::Default);
        let first = said.then(|| self.cache.span(ttl).flatten()).flatten();
        adapt(bounds, first, before.as_ref().and_then(|before| self.lasted(before)), unchanged)
    }

    /// What the new value takes the place of: memory's or the shared tier's, whichever is newer.
    fn before(&self) -> Option<Stored> {
        let own = self.cache.inner.store.last(&self.name);
        let newer = |own: &Stored, other: &Stored| other.made > own.made;
        match (own, self.former.as_ref().or(self.spare.as_ref())) {
            (Some(own), Some(other)) if newer(&own, other) => Some(other.clone()),
            (None, Some(other)) => Some(other.clone()),
            (own, _) => own,
        }
    }

    /// What is known of an entry that is to be followed: how long it was to live, and whether anybody read it. Who reads it in
    /// the shared tier is not counted there: it is taken to have been read.
    fn lasted(&self, before: &Stored) -> Option<(Ticks, bool)> {
        let terms = before.terms.as_ref().filter(|terms| terms.ttl != NEVER)?;
        Some((terms.ttl, before.hits() > 0 || !self.cache.inner.store.has(before)))
    }
}

/// Twice as long where nothing changed, unless nobody read it: a longer life would serve nobody. Half as long where
/// something did.
fn adapt(
    (least, most): (Duration, Duration),
    first: Option<Duration>,
    before: Option<(Ticks, bool)>,
    unchanged: Option<bool>,
) -> Ttl {
    let (least, most) = (ticks(least), ticks(most));
    let next = match (before, unchanged) {
        (Some((lived, read)), Some(true)) => lived.saturating_mul(if read { 2 } else { 1 }),
        (Some((lived, _)), Some(false)) => lived / 2,
        _ => first.map_or(least, ticks),
    };
    Ttl::After(span(next.clamp(least, most)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(3_600));

    fn seconds(ttl: Ttl) -> u64 {
        match ttl {
            Ttl::After(span) => (span.as_secs_f64()).round() as u64,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn lives_double_halve_and_stay_within_the_bounds() {
        let after = |lived, read, unchanged| {
            seconds(adapt(BOUNDS, None, Some((ticks(Duration::from_secs(lived)), read)), unchanged))
        };
        assert_eq!(seconds(adapt(BOUNDS, None, None, None)), 30);
        assert_eq!(seconds(adapt(BOUNDS, Some(Duration::from_secs(300)), None, None)), 300);
        assert_eq!((after(30, true, Some(true)), after(30, false, Some(true))), (60, 30));
        assert_eq!((after(240, true, Some(false)), after(40, true, Some(false))), (120, 30));
        assert_eq!(after(3_000, true, Some(true)), 3_600);
    }
}
