//! What is worth a warning.

use super::report::{Finding, Topic, mebibytes, millis, percent};
use super::{Seen, SharedFigures};
use crate::stats::share;

/// How a function is called in a message.
pub(super) fn called(name: &str) -> String {
    format!("`{name}`")
}

pub(super) fn warnings(seen: &Seen<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let conflict = |conflict: &crate::cache::Conflict| Finding {
        topic: Topic::Conflict,
        function: Some(conflict.first.function),
        message: format!("{conflict}; both run uncached"),
    };
    found.extend(seen.conflicts.iter().map(conflict));
    found.extend(seen.shared.iter().filter_map(|shared| of_shared(seen, shared)));
    let trouble = |message: &String| Finding { topic: Topic::WriteBack, function: None, message: message.clone() };
    found.extend(seen.troubles.iter().map(trouble));
    found.extend(rates(seen, None, &seen.whole));
    found.extend(full(seen));
    // Of one function alone they would say the same again.
    let asked = seen.functions.iter().filter(|(_, stats)| stats.requests > 0).count();
    for (function, stats) in &seen.functions {
        let name = function.info.function;
        if asked > 1 {
            found.extend(rates(seen, Some(name), stats));
        }
        found.extend(rejected(seen, name, stats));
        found.extend(oversized(name, stats));
    }
    found
}

fn of_shared(seen: &Seen<'_>, shared: &SharedFigures) -> Option<Finding> {
    let failed = share(shared.errors, shared.operations);
    let message = if shared.open {
        format!("the shared tier keeps failing and is left alone until it answers; it is owed {} changes", shared.owed)
    } else if seen.enough(shared.operations) && failed > seen.thresholds.errors {
        format!(
            "{} of {} operations of the shared tier failed ({}; the threshold is {})",
            shared.errors,
            shared.operations,
            percent(failed),
            percent(seen.thresholds.errors),
        )
    } else {
        return None;
    };
    let emptied = match shared.overflows {
        0 => String::new(),
        times => format!("; {times} times it was owed too much and was emptied"),
    };
    Some(Finding { topic: Topic::SharedTier, function: None, message: message + &emptied })
}

/// Of the whole cache, or of one function.
fn rates(seen: &Seen<'_>, function: Option<&'static str>, stats: &crate::Stats) -> Vec<Finding> {
    let thresholds = seen.thresholds;
    let whose = function.map_or_else(|| "the cache".to_owned(), called);
    let mut found = Vec::new();
    if seen.enough(stats.requests) && stats.hit_rate < thresholds.hit_rate {
        let message = format!(
            "{whose}: {} of {} calls were hits (the threshold is {})",
            percent(stats.hit_rate),
            stats.requests,
            percent(thresholds.hit_rate),
        );
        found.push(Finding { topic: Topic::HitRate, function, message });
    }
    if seen.enough(stats.loads) && stats.load_mean > thresholds.load_time {
        let message = format!(
            "{whose}: a load takes {} on average, {} at the 99th percentile (the threshold is {})",
            millis(stats.load_mean),
            millis(stats.load_p99),
            millis(thresholds.load_time),
        );
        found.push(Finding { topic: Topic::LoadTime, function, message });
    }
    found
}

fn full(seen: &Seen<'_>) -> Option<Finding> {
    let whole = &seen.whole;
    if whole.utilization() <= seen.thresholds.utilization {
        return None;
    }
    let message = format!(
        "the cache is {} full: {} of {} entries, {} of {} (the threshold is {}); {} entries were evicted",
        percent(whole.utilization()),
        whole.entries,
        whole.max_entries,
        mebibytes(whole.bytes),
        mebibytes(whole.max_bytes),
        percent(seen.thresholds.utilization),
        whole.evictions,
    );
    Some(Finding { topic: Topic::Utilization, function: None, message })
}

fn rejected(seen: &Seen<'_>, name: &'static str, stats: &crate::Stats) -> Option<Finding> {
    let rate = stats.rejected_rate();
    if !seen.enough(stats.hits + stats.rejected) || rate <= seen.thresholds.rejected {
        return None;
    }
    let message = format!(
        "{}: {} stored values failed `validate`, {} of those that were looked at (the threshold is {})",
        called(name),
        stats.rejected,
        percent(rate),
        percent(seen.thresholds.rejected),
    );
    Some(Finding { topic: Topic::Rejected, function: Some(name), message })
}

/// More than one in twenty of the values that were to be stored.
fn oversized(name: &'static str, stats: &crate::Stats) -> Option<Finding> {
    let stored = stats.loads + stats.sets;
    if stats.oversized == 0 || stats.oversized * 20 < stored {
        return None;
    }
    let message = format!(
        "{}: {} of {stored} values were too large to be kept: store less, raise `max_entry_bytes` or `max_bytes`",
        called(name),
        stats.oversized,
    );
    Some(Finding { topic: Topic::Oversized, function: Some(name), message })
}
