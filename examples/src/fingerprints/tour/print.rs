//! A tour as tables for people.

use super::Tour;
use super::checks::Group;
use crate::fingerprints::features::NAMES;
use crate::table::Section;

/// So many names of removed entries are printed.
const NAMED: usize = 3;

/// The tables, one below the other, and the report on the cache's health last.
#[must_use]
pub fn tables(tour: &Tour) -> String {
    let sections =
        [warming(tour), listening(tour), batch(tour), refining(tour), checks(tour), changes(tour), strategies(tour)];
    let mut parts: Vec<String> = sections.iter().chain([&functions(tour)]).map(Section::printed).collect();
    parts.push(health(tour));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

fn warming(tour: &Tour) -> Section {
    let row = |row: &super::Warmed| {
        let counts = [row.warmed, row.already_there, row.not_stored, row.failed];
        [vec![row.strategy.clone()], counts.map(|count| count.to_string()).into(), vec![millis(row.took_ms)]].concat()
    };
    Section {
        title: "Warming: coarse fingerprints, 50 at a time".to_owned(),
        head: &["strategy", "warmed", "there already", "too unsure to store", "failed", "ms"],
        text: 1,
        rows: tour.warming.iter().map(row).collect(),
    }
}

fn listening(tour: &Tour) -> Section {
    let of = &tour.listening;
    let speed_up = of.speed_up.map_or_else(String::new, |ratio| format!(": a cached one is {ratio:.1} × faster"));
    let row = |name: &str, of: &super::listeners::Answers| {
        vec![name.to_owned(), of.answers.to_string(), format!("{:.1}", of.mean_us)]
    };
    Section {
        title: format!(
            "Listeners: {} queries for {} fingerprints in {:.0} ms; single ones{speed_up}",
            of.queries, of.fingerprints, of.took_ms
        ),
        head: &["single fingerprints", "answers", "mean µs"],
        text: 1,
        rows: vec![row("cached", &of.cached), row("measured", &of.computed)],
    }
}

fn batch(tour: &Tour) -> Section {
    let row = |of: &super::BatchStep| {
        let counts = [of.asked, of.cached, of.computed, of.absent].map(|count| count.to_string());
        let reads = [of.measured, of.queries].map(|count| count.to_string());
        [vec![of.step.to_owned()], counts.into(), reads.into(), vec![percent(of.cache_hit_rate), millis(of.took_ms)]]
            .concat()
    };
    Section {
        title: "A batch, three times: what is missing is measured, by one query".to_owned(),
        head: &["before it", "asked", "cached", "not cached", "absent", "measured", "queries", "hit rate", "ms"],
        text: 1,
        rows: tour.batch.iter().map(row).collect(),
    }
}

fn refining(tour: &Tour) -> Section {
    let row = |of: &super::Refinement| {
        let strategy = of.strategy.map_or("–", |strategy| strategy.name());
        let source = format!("{:?}", of.source).to_lowercase();
        let kept = of.cached_confidence.map_or_else(|| "–".to_owned(), share);
        let answer = [share(of.confidence), of.windows.to_string(), kept, millis(of.took_ms)];
        [vec![of.step.to_owned(), strategy.to_owned(), source], answer.into()].concat()
    };
    let track = tour.refining.first().map_or(0, |step| step.track_id);
    Section {
        title: format!("Track {track}: a coarse fingerprint first, a sure one later, and never back"),
        head: &["step", "strategy", "source", "confidence", "windows", "cached confidence", "ms"],
        text: 3,
        rows: tour.refining.iter().map(row).collect(),
    }
}

fn checks(tour: &Tour) -> Section {
    let of = &tour.checks;
    let column = |group: &Option<Group>, feature: usize| {
        group.as_ref().map_or_else(|| "–".to_owned(), |group| share(group.accuracy.0[feature]))
    };
    let mut rows: Vec<Vec<String>> = NAMES
        .iter()
        .enumerate()
        .map(|(feature, name)| vec![(*name).to_owned(), column(&of.right, feature), column(&of.wrong, feature)])
        .collect();
    let cosine = |group: &Option<Group>| group.as_ref().map_or_else(|| "–".to_owned(), |group| share(group.similarity));
    rows.push(vec!["cosine similarity".to_owned(), cosine(&of.right), cosine(&of.wrong)]);
    Section {
        title: format!(
            "Validation: {} cached fingerprints compared, {} of them wrong ({} recordings were changed without a word); \
             {} right after they were measured anew",
            of.checked,
            of.failed.len(),
            of.changed.len(),
            of.mended
        ),
        head: &["mean accuracy", "of the right", "of the wrong"],
        text: 1,
        rows,
    }
}

fn changes(tour: &Tour) -> Section {
    let row = |of: &super::Change| {
        let current = if of.current { "yes" } else { "no" };
        let names = of.gone.iter().take(NAMED).map(String::as_str);
        let more = of.gone.len().saturating_sub(NAMED);
        let mut gone = if of.gone.is_empty() { "–".to_owned() } else { names.collect::<Vec<_>>().join("\n") };
        if more > 0 {
            gone.push_str(&format!("\nand {more} more"));
        }
        vec![of.event.to_owned(), of.by.to_owned(), gone, of.removed.to_string(), current.to_owned()]
    };
    Section {
        title: "Changes, and what they remove".to_owned(),
        head: &["change", "by", "gone", "entries", "then current"],
        text: 3,
        rows: tour.changes.iter().map(row).collect(),
    }
}

fn strategies(tour: &Tour) -> Section {
    let row = |of: &crate::fingerprints::optimizer::StrategyStats| {
        let counts = [of.queries, of.items, of.hits].map(|count| count.to_string());
        let times = [percent(of.hit_rate), millis(of.mean_ms), millis(of.slowest_ms), millis(of.total_ms)];
        [vec![of.strategy.name().to_owned()], counts.into(), times.into()].concat()
    };
    Section {
        title: "Strategies, the whole tour".to_owned(),
        head: &["strategy", "queries", "fingerprints", "cached", "hit rate", "mean ms", "slowest ms", "total ms"],
        text: 1,
        rows: tour.report.strategies.iter().map(row).collect(),
    }
}

fn functions(tour: &Tour) -> Section {
    let row = |of: &cache_core::FunctionStats| {
        let stats = &of.stats;
        let counts =
            [stats.requests, stats.hits, stats.loads, stats.rejected, stats.refreshes].map(|count| count.to_string());
        let times = [stats.load_p50, stats.load_p95].map(|time| format!("{:.0}", 1e6 * time.as_secs_f64()));
        let names = vec![of.function.to_owned(), of.template.to_owned()];
        let (rate, entries) = (percent(stats.hit_rate), stats.entries.to_string());
        [names, counts.into(), vec![rate], times.into(), vec![entries]].concat()
    };
    Section {
        title: "Functions, the whole tour".to_owned(),
        head: &[
            "function",
            "key",
            "calls",
            "hits",
            "loads",
            "rejected",
            "refreshes",
            "hit rate",
            "load p50\nµs",
            "load p95\nµs",
            "entries",
        ],
        text: 2,
        rows: tour.report.functions.iter().map(row).collect(),
    }
}

/// The cache's own report, whose warnings are among the alerts.
fn health(tour: &Tour) -> String {
    let mut health = tour.report.health.clone();
    health.warnings.clear();
    let row = |alert: &crate::fingerprints::report::Alert| {
        vec![alert.topic.clone(), alert.function.unwrap_or("–").to_owned(), alert.message.clone()]
    };
    let alerts = Section {
        title: "Alerts".to_owned(),
        head: &["alert", "function", "why"],
        text: 3,
        rows: tour.report.alerts.iter().map(row).collect(),
    };
    let alerts = if alerts.rows.is_empty() { "no alerts\n".to_owned() } else { alerts.printed() };
    format!("Health: {health}\n{alerts}")
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn share(share: f64) -> String {
    format!("{share:.3}")
}

fn millis(millis: f64) -> String {
    format!("{millis:.2}")
}
