//! Invalidation as generated code says it: by a function's arguments, some of them open.

use std::any::type_name;
use std::ops::Deref;

use crate::cache::{CacheRef, Removed};
use crate::invalidation::{Reach, Segment, Target, fire};
use crate::key::{CacheKey, Glob, Names, key_bytes, segment_text, shorten};

/// A given segment.
pub fn segment<K: CacheKey + ?Sized>(key: &K) -> Segment {
    let bytes = key_bytes(&(key,)).into_vec();
    Segment::Is { text: segment_text(key), kind: Some((K::NUMBER, type_name::<K>())), bytes }
}

/// A segment that may be given.
pub fn maybe<K: CacheKey + ?Sized>(key: Option<&K>) -> Segment {
    key.map_or(Segment::Any, segment)
}

/// The same. As with [`Part`](crate::key::Part), a type that is no key has a stand-in.
#[derive(Debug)]
pub struct Maybe<'a, K: ?Sized>(pub Option<&'a K>);

impl<K: CacheKey + ?Sized> Maybe<'_, K> {
    /// The segment.
    #[must_use]
    pub fn segment(&self) -> Segment {
        maybe(self.0)
    }
}

impl<K: ?Sized> Deref for Maybe<'_, K> {
    type Target = NoSegment;

    fn deref(&self) -> &NoSegment {
        &NoSegment
    }
}

/// What stands in for an argument that is no key.
#[derive(Debug)]
pub struct NoSegment;

impl NoSegment {
    /// A segment that nothing has: found where the true one is not to be had.
    #[must_use]
    pub const fn segment(&self) -> Segment {
        Segment::Any
    }
}

/// The entry of one name.
#[must_use]
pub fn key_target(cache: CacheRef<'_>, name: String) -> Target {
    Target::new(cache, Reach::Names(Names::One(shorten(name))))
}

/// The entries that carry a tag.
#[must_use]
pub fn tag_target(cache: CacheRef<'_>, tag: String) -> Target {
    Target::new(cache, Reach::Names(Names::Tagged(tag)))
}

/// The entries whose names match. The macro has refused what is no pattern.
#[must_use]
pub fn pattern_target(cache: CacheRef<'_>, glob: String) -> Target {
    let names = Glob::new(&glob).map(Names::Like).unwrap_or_else(|error| {
        // Arguments are escaped, so what the macro checked cannot have become less of a pattern.
        tracing::error!(pattern = glob, %error, "taken as a name");
        Names::One(shorten(glob))
    });
    Target::new(cache, Reach::Names(names))
}

/// Removes the target's entries and keeps older loads from storing theirs.
///
/// Memory is done when the future is first polled; dropped after that, the shared tier's part is made all the same.
pub async fn invalidate(target: Target) -> Removed {
    let cache = target.cache.clone();
    let (mut removed, place) = target.remove();
    removed.shared = cache.settle(place).await;
    removed
}

/// [`invalidate`] for sync functions: the shared tier's part is made by somebody else.
#[must_use]
pub fn invalidate_blocking(target: Target) -> Removed {
    let cache = target.cache.clone();
    let (removed, _) = target.remove();
    cache.keep();
    removed
}

/// The invalidations of a write under way. Dropped while armed, it carries them out: the write may have happened.
#[derive(Debug, Default)]
pub struct Invalidating(pub(super) Vec<Target>);

impl Invalidating {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds one.
    pub fn add(&mut self, target: impl Into<Target>) {
        self.0.push(target.into());
    }

    /// Narrows one to what the write's result says; what its arguments said stays.
    pub fn replace(&mut self, index: usize, target: impl Into<Target>) {
        if let Some(captured) = self.0.get_mut(index) {
            captured.narrow(target.into());
        }
    }

    /// The write failed: nothing changed.
    pub fn disarm(mut self) {
        self.0.clear();
    }

    /// Carries them out, and waits for the shared tier as long as an operation there may take.
    pub async fn apply(mut self) {
        // What is left to do is written down: dropped from here on, nothing is forgotten.
        fire(std::mem::take(&mut self.0)).settle().await;
    }

    /// Carries them out.
    pub fn apply_blocking(self) {
        drop(self);
    }
}

impl Drop for Invalidating {
    fn drop(&mut self) {
        if !self.0.is_empty() {
            fire(std::mem::take(&mut self.0)).keep();
        }
    }
}
