//! Every decorated function that is linked into the program, before any is called.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Facts, Meeting, Pair, Site, pair};

/// One function, as the macro hands it in.
#[derive(Debug)]
pub struct Linked(pub &'static Site);

inventory::collect!(Linked);

type Program = Vec<(&'static Site, Facts)>;

static PROGRAM: LazyLock<Program> = LazyLock::new(|| {
    let mut sites: Vec<_> = inventory::iter::<Linked>().map(|linked| linked.0).collect();
    sites.sort_by_key(|site| site.info.place());
    let facts = |site: &'static Site| Facts::new(&site.info, site.info.describe.map(|describe| describe()));
    sites.into_iter().map(|site| (site, facts(site))).collect()
});

/// All of them, by file and line.
pub(crate) fn all() -> &'static [(&'static Site, Facts)] {
    &PROGRAM
}

/// Those of the process-wide cache: these meet each other, if they are called.
pub(crate) fn program() -> impl Iterator<Item = &'static (&'static Site, Facts)> {
    all().iter().filter(|(site, _)| site.info.cache.is_empty())
}

static CONFLICTS: LazyLock<Vec<Pair>> = LazyLock::new(|| {
    let mut by_head: HashMap<Option<&str>, Vec<&(&'static Site, Facts)>> = HashMap::new();
    for member in program() {
        by_head.entry(member.1.head()).or_default().push(member);
    }
    // One whose first segment is open can meet any other.
    let anywhere = by_head.remove(&None).unwrap_or_default();
    let mut found = Vec::new();
    for members in by_head.values().chain([&anywhere]) {
        found.extend(among(members));
    }
    for members in by_head.values() {
        found.extend(members.iter().flat_map(|one| anywhere.iter().filter_map(|other| conflict(one, other))));
    }
    found.sort_by_key(|(a, b)| (a.info.place(), b.info.place()));
    found
});

/// Conflicts among them that are certain whatever is called.
pub(crate) fn conflicts() -> &'static [Pair] {
    &CONFLICTS
}

fn among(members: &[&'static (&'static Site, Facts)]) -> Vec<Pair> {
    let pairs =
        members.iter().enumerate().flat_map(|(at, one)| members[at + 1..].iter().map(move |other| (one, other)));
    pairs.filter_map(|(one, other)| conflict(one, other)).collect()
}

fn conflict((a, a_facts): &(&'static Site, Facts), (b, b_facts): &(&'static Site, Facts)) -> Option<Pair> {
    (a_facts.meeting(&a.info, b_facts, &b.info) == Meeting::Conflict).then(|| pair(a, b))
}
