//! Invalidation as generated code says it: by a function's arguments, some of them open.

use std::any::type_name;
use std::borrow::Cow;
use std::ops::Deref;

use crate::cache::{Cache, CacheRef, Removed, Shared, with_cache};
use crate::key::{CacheKey, Glob, Names, key_bytes, segment_text, shorten};
use crate::registry::{Kind, Site, SiteInfo, Tier};
use crate::tier::{Owed, Place};

/// One segment of a key, given or open.
#[derive(Debug, Clone)]
pub enum Segment {
    /// Any value.
    Any,
    /// This one.
    Is {
        /// Printed.
        text: String,
        /// What its type is.
        kind: Kind,
        /// As an entry's key holds it.
        bytes: Vec<u8>,
    },
}

impl Segment {
    /// What its type is, where that is known.
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Any => None,
            Self::Is { kind, .. } => *kind,
        }
    }

    /// Its part of an entry's key.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Any => &[],
            Self::Is { bytes, .. } => bytes,
        }
    }
}

/// A given segment.
pub fn segment<K: CacheKey + ?Sized>(key: &K) -> Segment {
    let bytes = key_bytes(&(key,)).into_vec();
    Segment::Is { text: segment_text(key), kind: Some((K::NUMBER, type_name::<K>())), bytes }
}

/// A segment that may be given. As with [`Part`](crate::key::Part), a type that is no key has a stand-in.
#[derive(Debug)]
pub struct Maybe<'a, K: ?Sized>(pub Option<&'a K>);

impl<K: CacheKey + ?Sized> Maybe<'_, K> {
    /// The segment.
    #[must_use]
    pub fn segment(&self) -> Segment {
        self.0.map_or(Segment::Any, segment)
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

/// What an invalidation is about, captured.
#[derive(Debug)]
pub struct Target {
    pub(super) cache: Cache,
    pub(super) reach: Reach,
}

#[derive(Debug)]
pub(super) enum Reach {
    Names(Names),
    /// A function's entries, by segment.
    Segments {
        site: &'static Site,
        segments: Vec<Segment>,
    },
}

impl Target {
    pub(super) fn new(cache: CacheRef<'_>, reach: Reach) -> Self {
        Self { cache: with_cache(cache, Cache::clone), reach }
    }

    /// Fills in the segments that are known by now; what was given before stays.
    fn narrow(&mut self, later: Self) {
        match (&mut self.reach, later.reach) {
            (Reach::Segments { segments, .. }, Reach::Segments { segments: later, .. }) => {
                for (segment, later) in segments.iter_mut().zip(later) {
                    if let Segment::Is { .. } = later {
                        *segment = later;
                    }
                }
            }
            (reach, later) => *reach = later,
        }
    }

    /// Writes down what the shared tier owes, where what this reaches may be there: a function's own, or one's that shares its
    /// entries.
    fn owe(&self) -> Option<Owed> {
        match &self.reach {
            Reach::Segments { site, .. } if site.info.tier == Tier::Local && !site.info.explicit => None,
            _ => self.cache.owe_removal(&self.names()),
        }
    }

    pub(super) fn remove(&self) -> (Removed, Option<Place>) {
        let owed = self.owe();
        let mut removed = self.cache.remove_local(&self.names());
        if owed.is_some() {
            removed.shared = Shared::Queued;
        }
        (removed, owed.map(Owed::release))
    }

    fn names(&self) -> Cow<'_, Names> {
        match &self.reach {
            Reach::Names(names) => Cow::Borrowed(names),
            Reach::Segments { site, segments } => Cow::Owned(names(&site.info, segments)),
        }
    }
}

/// One name where every segment is given, else those that fit.
pub(super) fn names(info: &SiteInfo, segments: &[Segment]) -> Names {
    let texts = info.texts;
    let given: Vec<_> = segments
        .iter()
        .map(|segment| match segment {
            Segment::Any => None,
            Segment::Is { text, .. } => Some(text.as_str()),
        })
        .collect();
    if given.contains(&None) {
        if info.open_end {
            return info.names();
        }
        return Names::Like(Glob::of_segments(texts, &given));
    }
    Names::One(one_name(info, segments))
}

/// The name of which every segment is given.
pub(super) fn one_name(info: &SiteInfo, segments: &[Segment]) -> String {
    let mut name = String::new();
    for (index, text) in info.texts.iter().enumerate() {
        name.push_str(text);
        if let Some(Segment::Is { text, .. }) = segments.get(index) {
            name.push_str(text);
        }
    }
    shorten(name)
}

/// The entries of a function whose segments are as given.
#[must_use]
pub fn target(site: &'static Site, cache: CacheRef<'_>, segments: &[Segment]) -> Target {
    Target::new(cache, Reach::Segments { site, segments: segments.to_vec() })
}

/// The entry of one name.
#[must_use]
pub fn key_target(cache: CacheRef<'_>, name: String) -> Target {
    Target::new(cache, Reach::Names(Names::One(shorten(name))))
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
    let (mut removed, place) = target.remove();
    removed.shared = target.cache.settle(place).await;
    removed
}

/// [`invalidate`] for sync functions: the shared tier's part is made by somebody else.
#[must_use]
pub fn invalidate_blocking(target: Target) -> Removed {
    let (removed, _) = target.remove();
    target.cache.keep();
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
        let places = self.remove();
        // What is left to do is written down: dropped from here on, nothing is forgotten.
        let targets = std::mem::take(&mut self.0);
        for (target, place) in targets.iter().zip(places) {
            target.cache.settle(place).await;
        }
    }

    /// Carries them out.
    pub fn apply_blocking(self) {
        drop(self);
    }

    /// From memory; the places of what the shared tiers owe, which are not made before memory is done.
    fn remove(&self) -> Vec<Option<Place>> {
        let owed: Vec<_> = self.0.iter().map(Target::owe).collect();
        // There and back: between two targets a load of the first may have read what the second still held.
        for target in self.0.iter().chain(self.0.iter().rev().skip(1)) {
            target.cache.remove_local(&target.names());
        }
        owed.into_iter().map(|owed| owed.map(Owed::release)).collect()
    }
}

impl Drop for Invalidating {
    fn drop(&mut self) {
        self.remove();
        self.0.iter().for_each(|target| target.cache.keep());
    }
}
