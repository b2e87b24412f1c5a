//! A tour as tables for people.

use serde::Serialize;

use super::Tour;
use crate::table::Section;

/// So many names of removed entries are printed.
const NAMED: usize = 6;

/// One line of the last table.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line {
    what: &'static str,
    figure: String,
}

/// The tables, one below the other; what it comes to is the last.
#[must_use]
pub fn tables(tour: &Tour) -> String {
    let sections = [helpers(tour), reads(tour), changes(tour), instances(tour)].map(|section| section.printed());
    let health = format!("Health of the first instance's cache: {}", tour.health);
    [vec![format!("{}\n", tour.backend)], sections.into(), vec![health, total(tour).printed()]].concat().join("\n")
}

fn helpers(tour: &Tour) -> Section {
    let row = |of: &crate::cluster::Kept| {
        let seconds = of.seconds.map_or_else(|| "until written".to_owned(), |seconds| seconds.to_string());
        vec![of.what.to_owned(), of.function.to_owned(), of.key.clone(), seconds]
    };
    Section {
        title: "The entity helpers, and how long an entry of each is kept".to_owned(),
        head: &["what", "function", "key", "seconds"],
        text: 3,
        rows: tour.helpers.iter().map(row).collect(),
    }
}

fn reads(tour: &Tour) -> Section {
    let row = |of: &crate::cluster::Read| {
        let texts = [of.step, of.instance, &of.key].map(str::to_owned);
        [Vec::from(texts), vec![of.source.to_string(), format!("{:.0}", of.took_us)]].concat()
    };
    Section {
        title: "Reads on two instances".to_owned(),
        head: &["step", "instance", "key", "found in", "µs"],
        text: 4,
        rows: tour.reads.iter().map(row).collect(),
    }
}

fn changes(tour: &Tour) -> Section {
    let row = |of: &super::Change| {
        let mut names = of.gone.here.iter().take(NAMED).cloned().collect::<Vec<_>>().join("\n");
        let more = of.gone.here.len().saturating_sub(NAMED);
        if more > 0 {
            names.push_str(&format!("\nand {more} more"));
        }
        let texts = [of.what, of.by, of.instance, &names].map(str::to_owned);
        [Vec::from(texts), vec![of.gone.there.len().to_string()]].concat()
    };
    Section {
        title: "Changes, and what they take away".to_owned(),
        head: &["change", "by", "on", "gone", "of these from\nthe other's memory"],
        text: 4,
        rows: tour.changes.iter().map(row).collect(),
    }
}

fn instances(tour: &Tour) -> Section {
    let row = |of: &super::Figures| {
        let cache = &of.cache;
        let counts = [cache.hits, cache.misses, cache.total_requests].map(|count| count.to_string());
        let rest = [cache.sets, cache.deletes, cache.errors, cache.db_size, of.queries].map(|count| count.to_string());
        [vec![of.instance.to_owned()], counts.into(), vec![cache.hit_rate.clone()], rest.into()].concat()
    };
    Section {
        title: "GET /api/v1/cache/stats of both".to_owned(),
        head: &[
            "instance",
            "hits",
            "misses",
            "total_requests",
            "hit_rate",
            "sets",
            "deletes",
            "errors",
            "db_size",
            "queries",
        ],
        text: 1,
        rows: tour.figures.iter().map(row).collect(),
    }
}

fn total(tour: &Tour) -> Section {
    Section {
        title: "What it comes to".to_owned(),
        head: &["what", "figure"],
        text: 1,
        rows: summary(tour).into_iter().map(|line| vec![line.what.to_owned(), line.figure]).collect(),
    }
}

pub(super) fn summary(tour: &Tour) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut line = |what, figure| lines.push(Line { what, figure });
    let not = if tour.shared { "left out: the Redis is not this run's" } else { "left out: there is no Redis" };
    line("helpers, each with its own key and time to live", tour.helpers.len().to_string());
    let found: Vec<String> = tour.reads.iter().map(|read| read.source.to_string()).collect();
    line("reads were found in", found.join(", "));
    let deleted = tour.changes.last().map_or(0, |change| change.gone.here.len());
    line("entries that a deleted album took with it", deleted.to_string());
    let person = &tour.person;
    line("ids given to who made one person at once", format!("{:?}, {} set again", person.ids, person.set_again));
    let counted = &tour.downloads;
    let shown = counted.shown.map_or_else(|| "–".to_owned(), |shown| shown.to_string());
    line("downloads, and the count that was shown", format!("{}, {shown}", counted.downloads));
    line("of them written, waiting, written in the end", {
        format!("{}, {:?}, {}", counted.written, counted.unwritten, counted.written_after_flush)
    });
    let batch = &tour.batch;
    line("keys that the other instance found", format!("{} of {}", batch.found, batch.keys));
    line("one by one, and with get_many", format!("{:.0} µs, {:.0} µs", batch.one_by_one_us, batch.together_us));
    match &tour.delay {
        Some(delay) => {
            line("invalidations timed, from one instance to the other", delay.invalidations.to_string());
            line("half of the writer's own calls took", format!("{:.0} µs", delay.writer_p50_us));
            line("half left the other's memory within", format!("{:.0} µs", delay.p50_us));
            line("99 of 100 within", format!("{:.0} µs", delay.p99_us));
        }
        None => line("an invalidation reaches the other instance", "left out: there is no Redis".to_owned()),
    }
    for stampede in &tour.stampedes {
        let by_hand = "who miss one key at once, get_or_set";
        let what = if stampede.by == "get_or_set" { by_hand } else { "who miss one key at once, #[cached]" };
        line(what, format!("{} of {} callers loaded", stampede.loads, stampede.callers));
    }
    match &tour.outage {
        Some((away, back)) => {
            line("Redis killed: the writer's change took", millis(away.change_took_ms));
            line("and the other answered with what was before for", millis(away.old_served_ms));
            line("reads meanwhile, none of which failed", away.reads.to_string());
            line("the slowest of them", millis(away.slowest_ms));
            line("counts that could not be shown, and are written", tour.refused_counts.unwrap_or(0).to_string());
            line("Redis back: nothing owed and everybody heard after", millis(back.after_ms));
        }
        None => line("Redis killed and brought back", not.to_owned()),
    }
    if let Some(bytes) = tour.redis_bytes {
        line("memory that Redis takes", format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20)));
    }
    lines
}

fn millis(millis: f64) -> String {
    format!("{millis:.1} ms")
}
