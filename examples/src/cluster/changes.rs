//! What a change takes out of the memory of two instances.

use std::collections::BTreeSet;

use cache_core::Cache;
use serde::Serialize;

use super::until;

/// The names that went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gone {
    /// From the memory of the instance that made the change.
    pub here: Vec<String>,
    /// Those of them that went from the other's, too: without Redis nobody tells it.
    pub there: Vec<String>,
}

fn names(cache: &Cache) -> BTreeSet<String> {
    cache.keys().into_iter().collect()
}

/// What `work` gives, and what it took away; where the other instance is told, that is waited for.
pub async fn gone<T>(here: &Cache, there: &Cache, work: impl Future<Output = T>) -> (T, Gone) {
    let (before_here, before_there) = (names(here), names(there));
    let done = work.await;
    let gone: Vec<String> = before_here.difference(&names(here)).cloned().collect();
    if there.shared_stats().is_some() {
        until(|| gone.iter().all(|name| !there.local().contains(name.as_str()))).await;
    }
    let after = names(there);
    let there = before_there.difference(&after).filter(|name| gone.contains(name)).cloned().collect();
    (done, Gone { here: gone, there })
}
