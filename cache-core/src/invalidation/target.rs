//! What an invalidation is about, written down before it is made.

use std::borrow::Cow;
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

use super::collect::{Collected, current};
use crate::cache::{Cache, CacheRef, Removed, Shared, chosen};
use crate::events::Cause;
use crate::key::{Glob, Names, shorten};
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
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Any => None,
            Self::Is { kind, .. } => *kind,
        }
    }

    /// Its part of an entry's key.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Any => &[],
            Self::Is { bytes, .. } => bytes,
        }
    }
}

/// What an invalidation is about, captured.
#[derive(Debug)]
pub struct Target {
    pub(crate) cache: Cache,
    pub(crate) reach: Reach,
    /// Who collects it: where it was captured inside of [`Deferred::run`](super::Deferred::run).
    within: Option<Arc<Collected>>,
}

#[derive(Debug)]
pub(crate) enum Reach {
    Names(Names),
    /// A function's entries, by segment.
    Segments {
        site: &'static Site,
        segments: Vec<Segment>,
    },
}

impl Target {
    pub(crate) fn new(cache: CacheRef<'_>, reach: Reach) -> Self {
        Self { cache: chosen(cache).clone(), reach, within: current() }
    }

    /// Of names in a cache, for somebody who collects, or who carries it out now.
    pub(super) fn of_names(cache: &Cache, names: Names) -> Self {
        Self { cache: cache.clone(), reach: Reach::Names(names), within: None }
    }

    /// Has it collected where its flush is: a flush inside of another's `run` waits for that one's.
    pub(super) fn anew(mut self) -> Self {
        self.within = current();
        self
    }

    /// Gives it to who collects it. Back where nobody does, or does any more.
    pub(crate) fn uncollected(mut self) -> Option<Self> {
        match self.within.take() {
            Some(collected) => collected.add(self).err(),
            None => Some(self),
        }
    }

    /// Fills in the segments that are known by now; what was given before stays.
    pub(crate) fn narrow(&mut self, later: Self) {
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
    pub(super) fn owe(&self) -> Option<Owed> {
        match &self.reach {
            Reach::Segments { site, .. } if site.info.tier == Tier::Local && !site.info.explicit => None,
            _ => self.cache.owe_removal(&self.names()),
        }
    }

    /// Carries it out, or has it collected: by who collects where it was captured, or else where it is carried out.
    pub(crate) fn remove(self) -> (Removed, Option<Place>) {
        let target = if self.within.is_some() { self } else { self.anew() };
        let Some(target) = target.uncollected() else { return (Removed::default(), None) };
        let owed = target.owe();
        let mut removed = Removed { entries: target.remove_quietly(), ..Removed::default() };
        target.tell(removed.entries);
        if owed.is_some() {
            removed.shared = Shared::Queued;
        }
        (removed, owed.map(Owed::release))
    }

    /// From memory; says how many entries went.
    pub(super) fn remove_quietly(&self) -> usize {
        self.cache.inner.store.invalidate(&self.names())
    }

    /// Tells that so many entries went.
    pub(super) fn tell(&self, entries: usize) {
        let names = self.names();
        let (function, cause) = match (&self.reach, &*names) {
            (Reach::Names(_), Names::All) => (None, Cause::Clear),
            (Reach::Names(_), Names::Under(_)) => (None, Cause::Prefix),
            (Reach::Names(_), Names::Like(_)) => (None, Cause::Pattern),
            (Reach::Names(_), Names::One(_)) => (None, Cause::Key),
            (Reach::Names(_), Names::Tagged(_)) => (None, Cause::Tag),
            (Reach::Segments { site, segments }, names) => {
                let some = segments.iter().any(|segment| matches!(segment, Segment::Is { .. }));
                let cause = match names {
                    Names::One(_) => Cause::Key,
                    _ if some => Cause::Pattern,
                    _ => Cause::Function,
                };
                (Some(site.info.function), cause)
            }
        };
        self.cache.invalidated(&names, function, cause, entries);
    }

    pub(super) fn names(&self) -> Cow<'_, Names> {
        match &self.reach {
            Reach::Names(names) => Cow::Borrowed(names),
            Reach::Segments { site, segments } => Cow::Owned(names(&site.info, segments)),
        }
    }

    /// The one name that it is about.
    pub(crate) fn one_name(&self) -> Option<String> {
        match self.names().into_owned() {
            Names::One(name) => Some(name),
            _ => None,
        }
    }

    pub(super) fn identity(&self) -> Identity {
        let names = self.names();
        let site = match &self.reach {
            Reach::Segments { site, .. } => std::ptr::from_ref(*site).addr(),
            Reach::Names(_) => 0,
        };
        Identity { cache: self.cache.inner.id, site, kind: discriminant(&*names), names: names.to_string() }
    }
}

/// What tells a target from those that remove other things.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    cache: u64,
    /// A typed wildcard prints like a pattern, and reaches less.
    site: usize,
    kind: Discriminant<Names>,
    names: String,
}

/// One name where every segment is given, else those that fit.
fn names(info: &SiteInfo, segments: &[Segment]) -> Names {
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
pub(crate) fn one_name(info: &SiteInfo, segments: &[Segment]) -> String {
    let mut name = String::new();
    for (index, text) in info.texts.iter().enumerate() {
        name.push_str(text);
        if let Some(Segment::Is { text, .. }) = segments.get(index) {
            name.push_str(text);
        }
    }
    shorten(name)
}

impl Cache {
    /// Removes from both tiers, or has that collected. What memory has is gone when the future is first polled.
    pub(crate) async fn remove_shared(&self, names: Names) -> Removed {
        let (mut removed, place) = Target::of_names(self, names).anew().remove();
        removed.shared = self.settle(place).await;
        removed
    }

    /// Removes from memory alone, or has a removal from both tiers collected.
    pub(crate) fn remove_here(&self, names: Names) -> Removed {
        match Target::of_names(self, names).anew().uncollected() {
            Some(target) => {
                let entries = target.remove_quietly();
                target.tell(entries);
                Removed { entries, ..Removed::default() }
            }
            None => Removed::default(),
        }
    }
}
