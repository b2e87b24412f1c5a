//! What could be done, as far as the figures say so.

use std::sync::Arc;

use super::Seen;
use super::report::{Finding, Topic, mebibytes, percent};
use super::warn::called;
use crate::registry::Function;
use crate::stats::{Stats, share};

pub(super) fn recommendations(seen: &Seen<'_>) -> Vec<Finding> {
    let mut found = Vec::from_iter(more_room(seen));
    for (function, stats) in &seen.functions {
        let name = function.info.function;
        let rules = [never_hit, unchanged, expired_unread, crowding, rejected];
        found.extend(rules.iter().filter_map(|rule| {
            let (topic, message) = rule(seen, function, stats)?;
            Some(Finding { topic, function: Some(name), message: format!("{}: {message}", called(name)) })
        }));
        if let Some(value) = function.site().and_then(|(_, facts)| facts.unweighed()) {
            let message = format!(
                "{}: nobody knows what a `{value}` holds on the heap, so `max_bytes` does not count it: derive `Weigh` for \
                 it, or say `weight = |v| …`",
                called(name),
            );
            found.push(Finding { topic: Topic::UnknownHeap, function: Some(name), message });
        }
    }
    let local = |local: &crate::cache::StaysLocal| Finding {
        topic: Topic::StaysLocal,
        function: Some(local.function.function),
        message: local.to_string(),
    };
    found.extend(seen.stay_local.iter().map(local));
    found
}

type Advice = Option<(Topic, String)>;

/// How a function's TTL is called.
fn ttl(function: &Function) -> String {
    match (function.instead.get(), function.info.ttl) {
        (Some(ttl), _) => format!("overridden with {ttl}"),
        (None, "") => "the cache's default".to_owned(),
        (None, written) => format!("`{written}`"),
    }
}

fn more_room(seen: &Seen<'_>) -> Option<Finding> {
    let whole = &seen.whole;
    let memory = whole.clone().in_memory();
    let then = seen.with_twice_the_room();
    if !seen.enough(memory.requests) || then - memory.hit_rate < seen.thresholds.room_gain {
        return None;
    }
    let most = seen.functions.iter().max_by_key(|(_, stats)| stats.capacity_misses);
    let most = most.map_or("", |(function, _)| function.info.function);
    let bound =
        if share(whole.bytes as u64, whole.max_bytes as u64) > share(whole.entries as u64, whole.max_entries as u64) {
            format!("`max_bytes`, {} now", mebibytes(whole.max_bytes))
        } else {
            format!("`max_entries`, {} now", whole.max_entries)
        };
    let message = format!(
        "twice the room ({bound}) would raise memory's hit rate from {} to about {}: some {} misses were for what had been \
         evicted not long before, most of them of {}",
        percent(memory.hit_rate),
        percent(then),
        memory.capacity_misses,
        called(most),
    );
    Some(Finding { topic: Topic::MoreRoom, function: None, message })
}

fn never_hit(seen: &Seen<'_>, _: &Arc<Function>, stats: &Stats) -> Advice {
    if !seen.enough(stats.requests) || stats.hits > 0 {
        return None;
    }
    let message = format!(
        "none of {} calls was a hit: its key changes with every call, or its values are gone when they are asked for again; \
         leave out of the key what does not change the answer, or do not cache it",
        stats.requests,
    );
    Some((Topic::NeverHit, message))
}

fn unchanged(seen: &Seen<'_>, function: &Arc<Function>, stats: &Stats) -> Advice {
    let answered = stats.refreshes.saturating_sub(stats.refresh_errors);
    let same = share(stats.refreshes_unchanged, answered);
    if !seen.enough(answered) || same < seen.thresholds.unchanged {
        return None;
    }
    let message = format!(
        "{} of {answered} refreshes ({}) found what was stored before: a longer TTL would spare most of them (it is {})",
        stats.refreshes_unchanged,
        percent(same),
        ttl(function),
    );
    Some((Topic::LongerTtl, message))
}

/// Fewer than one hit per entry that went because of its time.
fn expired_unread(seen: &Seen<'_>, function: &Arc<Function>, stats: &Stats) -> Advice {
    if !seen.enough(stats.expirations) || stats.hits == 0 || stats.hits >= stats.expirations {
        return None;
    }
    let message = format!(
        "{} entries expired, and there were {} hits, fewer than one for each: a longer TTL would help where values may be \
         older (it is {})",
        stats.expirations,
        stats.hits,
        ttl(function),
    );
    Some((Topic::LongerTtl, message))
}

fn crowding(seen: &Seen<'_>, _: &Arc<Function>, stats: &Stats) -> Advice {
    let whole = &seen.whole;
    let part = share(stats.entries as u64, whole.entries as u64).max(share(stats.bytes as u64, whole.bytes as u64));
    let rarely = seen.enough(stats.requests) && stats.hit_rate < seen.thresholds.hit_rate;
    if !rarely || part <= 0.5 || whole.utilization() <= seen.thresholds.utilization || whole.entries == stats.entries {
        return None;
    }
    let message = format!(
        "its entries take {} of what is stored, and {} of its calls are hits: fewer arguments in its key, a shorter TTL or a \
         cache of its own would leave the others more room",
        percent(part),
        percent(stats.hit_rate),
    );
    Some((Topic::Crowding, message))
}

fn rejected(seen: &Seen<'_>, function: &Arc<Function>, stats: &Stats) -> Advice {
    let rate = stats.rejected_rate();
    if !seen.enough(stats.hits + stats.rejected) || rate <= seen.thresholds.rejected {
        return None;
    }
    let message = format!(
        "{} of its stored values are not good enough: ask for less in `validate`, keep such values out with `cache_if`, or \
         give them a shorter TTL (it is {})",
        percent(rate),
        ttl(function),
    );
    Some((Topic::Rejected, message))
}
