//! What events make wrong.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::cascade::{Child, Children};

/// Something that an event makes wrong, as a rule of [`EventRules`] says it. A `String` or `&str` is a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Invalidation {
    /// The entry of that name: `key!("user:{}", id)`, or a decorated function's `f::key(id)`.
    Key(String),
    /// Every entry under whole leading segments, as [`Cache::invalidate_prefix`](crate::Cache::invalidate_prefix).
    Prefix(String),
    /// Every entry whose name matches, as [`Cache::invalidate_pattern`](crate::Cache::invalidate_pattern).
    Pattern(String),
    /// Every entry that carries a tag, as [`Cache::invalidate_tag`](crate::Cache::invalidate_tag).
    Tag(String),
    /// Only what has expired, as [`Cache::cleanup_expired`](crate::Cache::cleanup_expired).
    Expired,
    /// Everything.
    All,
}

impl From<String> for Invalidation {
    fn from(key: String) -> Self {
        Self::Key(key)
    }
}

impl From<&str> for Invalidation {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl Invalidation {
    /// Every entry under whole leading segments: `popularity` reaches `popularity:7`.
    pub fn prefix(prefix: impl Into<String>) -> Self {
        Self::Prefix(prefix.into())
    }

    /// Every entry that carries a tag: `key!("artist:{}", id)` prints one.
    pub fn tag(tag: impl Into<String>) -> Self {
        Self::Tag(tag.into())
    }

    /// Every entry whose name matches, in Redis' glob syntax.
    pub fn pattern(pattern: impl Into<String>) -> Self {
        Self::Pattern(pattern.into())
    }
}

type Targets = dyn Fn(&dyn Any) -> Vec<Invalidation> + Send + Sync;
type Cascade = dyn Fn(&dyn Any) -> Vec<Box<dyn Child>> + Send + Sync;

#[derive(Clone)]
enum Rule {
    Targets(Arc<Targets>),
    Cascade(Arc<Cascade>),
}

#[doc = include_str!("../../docs/event_rules.md")]
#[derive(Clone, Default)]
#[must_use = "rules do nothing until they are applied"]
pub struct EventRules {
    rules: HashMap<TypeId, (&'static str, Vec<Rule>)>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    events: AtomicU64,
    unmatched: AtomicU64,
    cascaded: AtomicU64,
    errors: AtomicU64,
}

/// What became of the events that rules were applied to; clones of the rules count together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RuleStats {
    /// Events, without those of cascades.
    pub events: u64,
    /// Those of them, and of cascades, that no rule is about.
    pub unmatched: u64,
    /// Events that cascades have added.
    pub cascaded: u64,
    /// Rules that panicked, patterns and prefixes that were refused, cascades that had no end, and errors of a stream.
    pub errors: u64,
}

impl fmt::Debug for EventRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.rules.values().map(|(event, rules)| (event, rules.len()))).finish()
    }
}

impl EventRules {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn add<E: Any>(mut self, rule: Rule) -> Self {
        self.rules.entry(TypeId::of::<E>()).or_insert_with(|| (type_name::<E>(), Vec::new())).1.push(rule);
        self
    }

    /// What events of type `E` make wrong. Several rules about one type all apply. `rule` runs with nothing locked, and may
    /// call the cache.
    pub fn on<E: Any, I>(self, rule: impl Fn(&E) -> I + Send + Sync + 'static) -> Self
    where
        I: IntoIterator<Item: Into<Invalidation>>,
    {
        self.add::<E>(Rule::Targets(Arc::new(move |event| {
            let event = event.downcast_ref::<E>();
            event.map(|event| rule(event).into_iter().map(Into::into).collect()).unwrap_or_default()
        })))
    }

    /// What else happens with events of type `E`: the rules about its children apply too, and those about theirs. An event
    /// that equals one of before is a circle, or a child of two, and is followed once.
    ///
    /// All of it is one invalidation, by one [`Removed`](crate::Removed). A cascade of more than 100,000 events is taken to
    /// have no end: everything is removed, and an error counted.
    pub fn cascade<E: Any, I>(self, children: impl Fn(&E) -> I + Send + Sync + 'static) -> Self
    where
        I: IntoIterator<Item: Any + Eq + Hash>,
    {
        self.add::<E>(Rule::Cascade(Arc::new(move |event| {
            let event = event.downcast_ref::<E>();
            let boxed = |child| Box::new(child) as Box<dyn Child>;
            event.map(|event| children(event).into_iter().map(boxed).collect()).unwrap_or_default()
        })))
    }

    /// What became of the events so far.
    #[must_use]
    pub fn stats(&self) -> RuleStats {
        let Counts { events, unmatched, cascaded, errors } = &*self.counts;
        RuleStats {
            events: events.load(Relaxed),
            unmatched: unmatched.load(Relaxed),
            cascaded: cascaded.load(Relaxed),
            errors: errors.load(Relaxed),
        }
    }

    /// Counts an error, and traces it.
    pub(super) fn failed(&self, why: &dyn fmt::Display) {
        self.counts.errors.fetch_add(1, Relaxed);
        tracing::error!(target: "cache", error = %why, "an event's rule failed");
    }

    /// Runs a user's code: a panic is an error, and ends nothing.
    fn guarded(&self, name: &str, run: impl FnOnce()) {
        if catch_unwind(AssertUnwindSafe(run)).is_err() {
            self.failed(&format_args!("a rule about {name} panicked"));
        }
    }

    /// What an event and its children make wrong.
    pub(super) fn of_event(&self, event: &dyn Any) -> Vec<Invalidation> {
        self.counts.events.fetch_add(1, Relaxed);
        let mut found = Vec::new();
        let mut children = Children::default();
        self.of_one(unboxed(event), &mut found, &mut children);
        while let Some(child) = children.next() {
            self.counts.cascaded.fetch_add(1, Relaxed);
            self.of_one(child.as_any(), &mut found, &mut children);
        }
        if children.are_endless() {
            self.failed(&"a cascade has no end: everything is removed");
            found.push(Invalidation::All);
        }
        found
    }

    fn of_one(&self, event: &dyn Any, found: &mut Vec<Invalidation>, children: &mut Children) {
        let Some((name, rules)) = self.rules.get(&event.type_id()) else {
            self.counts.unmatched.fetch_add(1, Relaxed);
            return;
        };
        for rule in rules {
            self.guarded(name, || match rule {
                Rule::Targets(rule) => found.extend(rule(event)),
                Rule::Cascade(rule) => children.add(rule(event)),
            });
        }
    }
}

/// An event of whatever type, on its way in a box, as itself.
fn unboxed(event: &dyn Any) -> &dyn Any {
    if let Some(inside) = event.downcast_ref::<Box<dyn Any + Send>>() {
        &**inside
    } else if let Some(inside) = event.downcast_ref::<Box<dyn Any + Send + Sync>>() {
        &**inside
    } else if let Some(inside) = event.downcast_ref::<Arc<dyn Any + Send + Sync>>() {
        &**inside
    } else {
        event
    }
}
