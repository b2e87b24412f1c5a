//! The decorated functions: one static per function in the program, and per cache what it knows of each.

mod facts;
mod functions;
mod info;
mod manifest;
mod template;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::RwLock;

pub use self::facts::{Described, Kind, KindProbe, KindUnknown, kind};
pub(crate) use self::facts::{Facts, Meeting, ValueFacts, kinds};
pub use self::functions::{FunctionInfo, Functions};
pub use self::info::{SiteInfo, Tier};
pub use self::manifest::Linked;
pub(crate) use self::manifest::{all as linked, conflicts as program_conflicts, program};
use crate::entry::Freshness;
use crate::lookup::{Instead, Ttl};
use crate::stats::Counters;

/// A decorated function: all that it owns.
#[derive(Debug)]
pub struct Site {
    pub(crate) info: SiteInfo,
    freshness: Freshness,
    home: OnceLock<Home>,
}

/// A function in the first lasting cache that it was called with.
#[derive(Debug)]
pub(crate) struct Home {
    cache: u64,
    /// The function's: a hit need not follow a pointer to begin with its key.
    pub(crate) template: u32,
    pub(crate) function: Arc<Function>,
}

impl Site {
    /// As the macro writes it.
    #[must_use]
    pub const fn new(info: SiteInfo) -> Self {
        Self { info, freshness: Freshness::PLAIN, home: OnceLock::new() }
    }

    /// With what it says of the time around its TTL.
    #[must_use]
    pub const fn freshness(mut self, freshness: Freshness) -> Self {
        self.freshness = freshness;
        self
    }

    /// The function in the cache of that number, where it is at home there.
    #[inline]
    pub(crate) fn at_home(&self, cache: u64) -> Option<&Home> {
        self.home.get().filter(|home| home.cache == cache)
    }

    pub(crate) fn settle(&self, cache: u64, function: &Arc<Function>) {
        let _ = self.home.set(Home { cache, template: function.template, function: function.clone() });
    }
}

/// A function in one cache.
pub(crate) struct Function {
    pub(crate) info: SiteInfo,
    /// Tells its typed keys from those of other functions in this cache.
    template: u32,
    /// Its names could coincide with another function's: it runs uncached.
    in_conflict: AtomicBool,
    pub(crate) stats: Counters,
    pub(crate) freshness: Freshness,
    /// What stands in place of its TTL.
    pub(crate) instead: Instead,
    /// Where it stands, and its types: none for the cache's own methods.
    site: Option<(&'static Site, Facts)>,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function").field("info", &self.info).finish_non_exhaustive()
    }
}

impl Function {
    /// What `Cache`'s own methods count as.
    pub(crate) fn manual() -> Arc<Self> {
        let info = SiteInfo { function: "(manual)", ..SiteInfo::PLAIN };
        Arc::new(Self {
            info,
            template: 0,
            in_conflict: AtomicBool::new(false),
            stats: Counters::default(),
            freshness: Freshness::PLAIN,
            instead: Instead::new(None),
            site: None,
        })
    }

    /// Its name, to be shown; none of the cache's own methods.
    pub(crate) fn shown(&self) -> Option<&'static str> {
        self.site.is_some().then_some(self.info.function)
    }

    pub(crate) fn template(&self) -> u32 {
        self.template
    }

    pub(crate) fn site(&self) -> Option<(&'static Site, &Facts)> {
        self.site.as_ref().map(|(site, facts)| (*site, facts))
    }

    pub(crate) fn is(&self, site: &'static Site) -> bool {
        self.site().is_some_and(|(own, _)| std::ptr::eq(own, site))
    }

    pub(crate) fn in_conflict(&self) -> bool {
        self.in_conflict.load(Ordering::Acquire)
    }
}

/// A site's address: its name, never followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct SiteId(usize);

impl SiteId {
    fn of(site: &'static Site) -> Self {
        Self(std::ptr::from_ref(site).addr())
    }
}

/// The functions that have met in one cache.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    functions: HashMap<SiteId, Arc<Function>>,
    /// Those whose names could coincide, as they were found.
    conflicts: Vec<Pair>,
}

/// Two functions, the one that stands first in the program before the other.
pub(crate) type Pair = (&'static Site, &'static Site);

fn pair(a: &'static Site, b: &'static Site) -> Pair {
    if a.info.place() <= b.info.place() { (a, b) } else { (b, a) }
}

/// What came of a function's first call in a cache.
pub(crate) struct Added {
    pub(crate) function: Arc<Function>,
    /// Conflicts that were not known before.
    pub(crate) conflicts: Vec<Pair>,
}

impl Registry {
    pub(crate) fn get(&self, site: &'static Site) -> Option<Arc<Function>> {
        self.known.read().functions.get(&SiteId::of(site)).cloned()
    }

    /// Adds a function. It, and those that its names could coincide with, run uncached from now on: those that were
    /// called, and, for a function of the process-wide cache, those of the program that will be. `instead` stands in place of
    /// its TTL.
    pub(crate) fn add(&self, site: &'static Site, types: Described, instead: Option<Ttl>) -> Added {
        let program = site.info.cache.is_empty().then(manifest::program).into_iter().flatten();
        let mut known = self.known.write();
        if let Some(function) = known.functions.get(&SiteId::of(site)) {
            return Added { function: function.clone(), conflicts: Vec::new() };
        }
        let facts = Facts::new(&site.info, Some(types));
        let mut template = known.functions.len() as u32 + 1;
        let mut met = Vec::new();
        for other in known.functions.values() {
            let Some((other_site, other_facts)) = &other.site else { continue };
            match facts.meeting(&site.info, other_facts, &other.info) {
                Meeting::Share => template = other.template,
                Meeting::Conflict => {
                    other.in_conflict.store(true, Ordering::Release);
                    met.push(*other_site);
                }
                Meeting::Apart | Meeting::Open => {}
            }
        }
        for (other, other_facts) in program {
            if std::ptr::eq(*other, site) {
                debug_assert!(facts.agrees_with(other_facts), "{:?} was described as {other_facts:?}", site.info);
            } else if !known.functions.contains_key(&SiteId::of(other))
                && facts.meeting(&site.info, other_facts, &other.info) == Meeting::Conflict
            {
                met.push(other);
            }
        }
        let function = Arc::new(Function {
            info: site.info,
            template,
            in_conflict: AtomicBool::new(!met.is_empty()),
            stats: Counters::default(),
            freshness: site.freshness,
            instead: Instead::new(instead),
            site: Some((site, facts)),
        });
        known.functions.insert(SiteId::of(site), function.clone());
        let found = met.into_iter().map(|other| pair(site, other));
        let conflicts: Vec<_> = found.filter(|pair| !known.conflicts.iter().any(|known| same(known, pair))).collect();
        known.conflicts.extend(&conflicts);
        Added { function, conflicts }
    }

    /// The conflicts that are known of, by place.
    pub(crate) fn conflicts(&self) -> Vec<Pair> {
        self.known.read().conflicts.clone()
    }

    /// The schema version of the functions that a name could be of.
    pub(crate) fn version_of(&self, name: &str) -> u32 {
        let known = self.known.read();
        let versioned = known.functions.values().filter(|function| function.info.version != 0);
        let is_it = |function: &&Arc<Function>| function.info.names().contains(name);
        versioned.filter(is_it).map(|function| function.info.version).max().unwrap_or_default()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Function>> {
        let mut all: Vec<_> = self.known.read().functions.values().cloned().collect();
        all.sort_by_key(|function| (function.info.module, function.info.line, function.info.function));
        all
    }
}

pub(crate) fn same(a: &Pair, b: &Pair) -> bool {
    std::ptr::eq(a.0, b.0) && std::ptr::eq(a.1, b.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn info(texts: &'static [&'static str], explicit: bool) -> SiteInfo {
        SiteInfo { texts, explicit, ..SiteInfo::PLAIN }
    }
}
