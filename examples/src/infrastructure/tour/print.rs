//! A tour as tables for people.

use serde::Serialize;

use super::Tour;
use crate::table::Section;

/// One line of the last table.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line {
    what: &'static str,
    figure: String,
}

/// The tables, one below the other; what it comes to is the last.
#[must_use]
pub fn tables(tour: &Tour) -> String {
    let sections = [times(tour), layers(tour), events(tour), instances(tour)].map(|section| section.printed());
    [vec![format!("{}\n", tour.backend)], sections.into(), vec![health(tour), total(tour).printed()]]
        .concat()
        .join("\n")
}

fn times(tour: &Tour) -> Section {
    let row = |of: &crate::cluster::Kept| {
        let seconds = of.seconds.map_or_else(|| "until removed".to_owned(), |seconds| seconds.to_string());
        let tiers = if of.local || !tour.shared { "memory" } else { "both" };
        vec![of.what.to_owned(), of.function.to_owned(), folded(&of.key), tiers.to_owned(), seconds]
    };
    Section {
        title: "One entry of each kind, and how long it is kept".to_owned(),
        head: &["what", "function", "key", "layers", "seconds"],
        text: 4,
        rows: tour.times.iter().map(row).collect(),
    }
}

/// A long name on several lines.
fn folded(key: &str) -> String {
    let letters: Vec<char> = key.chars().collect();
    letters.chunks(60).map(|line| line.iter().collect::<String>()).collect::<Vec<_>>().join("\n")
}

fn layers(tour: &Tour) -> Section {
    let row = |of: &crate::cluster::Read| {
        let texts = [of.step, of.instance, &of.key].map(str::to_owned);
        [Vec::from(texts), vec![of.source.to_string(), format!("{:.0}", of.took_us)]].concat()
    };
    Section {
        title: "One user through the layers".to_owned(),
        head: &["step", "instance", "key", "found in", "µs"],
        text: 4,
        rows: tour.layers.iter().map(row).collect(),
    }
}

fn events(tour: &Tour) -> Section {
    let row = |of: &super::Applied| vec![of.event.to_owned(), of.gone.here.join("\n"), of.gone.there.len().to_string()];
    Section {
        title: format!(
            "Events that the first instance follows, and what they take away ({} invalidations announced)",
            tour.announced
        ),
        head: &["event", "gone", "of these from\nthe other's memory"],
        text: 2,
        rows: tour.events.iter().map(row).collect(),
    }
}

fn instances(tour: &Tour) -> Section {
    let row = |of: &super::Figures| {
        let stats = &of.stats;
        let told = of.shared.as_ref().map_or((0, 0, 0), |shared| (shared.told, shared.heard, shared.errors));
        let counts = [stats.requests, stats.hits, stats.shared_hits, stats.loads, of.queries, told.0, told.1, told.2];
        let rate = format!("{:.1} %", 100.0 * stats.hit_rate);
        [vec![of.instance.to_owned(), rate], counts.map(|count| count.to_string()).into()].concat()
    };
    Section {
        title: "The instances, the whole tour".to_owned(),
        head: &[
            "instance",
            "hit rate",
            "calls",
            "hits",
            "of these\nin Redis",
            "loads",
            "queries",
            "changes\ntold",
            "messages\nheard",
            "errors of\nRedis",
        ],
        text: 1,
        rows: tour.figures.iter().map(row).collect(),
    }
}

/// What a report says of a cache that is asked for what does not fit.
fn health(tour: &Tour) -> String {
    let list = |title, findings: &[String]| {
        findings.iter().fold(format!("{title}\n"), |text, finding| text + "  - " + finding + "\n")
    };
    let limits = &tour.limits;
    let title = format!("After {} keys that are asked for once, and objects over 64 KiB, health() warns", limits.keys);
    list(title, &limits.warnings) + &list("and recommends".to_owned(), &limits.recommendations)
}

fn total(tour: &Tour) -> Section {
    let row = |line: Line| vec![line.what.to_owned(), line.figure];
    Section {
        title: "What it comes to".to_owned(),
        head: &["what", "figure"],
        text: 1,
        rows: summary(tour).into_iter().map(row).collect(),
    }
}

pub(super) fn summary(tour: &Tour) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut line = |what, figure| lines.push(Line { what, figure });
    let not = if tour.shared { "left out: the Redis is not this run's" } else { "left out: there is no Redis" };
    line("kinds of values, each with its own time to live", tour.times.len().to_string());
    if let Some(entry) = &tour.entry {
        let in_redis = entry.redis_key.as_ref().map_or_else(String::new, |key| {
            format!(", as {key} in Redis with {:.0} s", entry.redis_expires_in.unwrap_or_default())
        });
        let left = entry.expires_in.unwrap_or_default();
        line("what is known of an entry", format!("{}: {} hits, {left:.0} s left{in_redis}", entry.key, entry.hits));
    }
    let found: Vec<String> = tour.layers.iter().map(|read| read.source.to_string()).collect();
    line("a user was found in", found.join(", "));
    let gone: usize = tour.events.iter().map(|event| event.gone.here.len()).sum();
    line("entries that events took away", gone.to_string());
    match &tour.delay {
        Some(delay) => {
            line("invalidations timed, from one instance to the other", delay.invalidations.to_string());
            line("half of the writer's own calls took", micros(delay.writer_p50_us));
            line("half left the other's memory within", micros(delay.p50_us));
            line("99 of 100 within", micros(delay.p99_us));
        }
        None => line("an invalidation reaches the other instance", "left out: there is no Redis".to_owned()),
    }
    if let Some(delay) = &tour.delay_on_client {
        line("half, to one whose client is the application's", micros(delay.p50_us));
    }
    for stampede in &tour.stampedes {
        let figure = format!("{} of {} callers loaded", stampede.loads, stampede.callers);
        line(
            if stampede.by == "get_or_set" {
                "who miss one key at once, get_or_set"
            } else {
                "who miss one key at once, #[cached]"
            },
            figure,
        );
    }
    match &tour.outage {
        Some((away, back)) => {
            line("Redis killed: the writer's change took", millis(away.change_took_ms));
            line("and the other answered with what was before for", millis(away.old_served_ms));
            line("reads meanwhile, none of which failed", away.reads.to_string());
            line("the slowest of them", millis(away.slowest_ms));
            line("Redis back: nothing owed and everybody heard after", millis(back.after_ms));
        }
        None => line("Redis killed and brought back", not.to_owned()),
    }
    line("values too large for memory", tour.limits.oversized.to_string());
    line("entries evicted by keys that are asked for once", tour.limits.evictions.to_string());
    lines
}

fn micros(micros: f64) -> String {
    format!("{micros:.0} µs")
}

fn millis(millis: f64) -> String {
    format!("{millis:.1} ms")
}
