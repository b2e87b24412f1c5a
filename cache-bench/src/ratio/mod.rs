//! Which share of the requests of a trace is answered from the cache, and which could be at most.

mod policies;
mod traces;

use std::path::Path;

use self::policies::{OPTIMUM, SUBJECTS};
use self::traces::{Trace, Unreadable};
use crate::report::{Report, Target};
use crate::rounds::Measured;
use crate::subjects::OURS;

/// Of the distinct ids.
const PERCENTS: [usize; 3] = [1, 5, 20];
const LEAST_ROOM: usize = 20;
/// The traces that are closest to a repository's load.
const ALIKE: [&str; 4] = ["orm-busy", "web07", "scarab-recs", "arc-OLTP"];

/// Per subject, the shares of the optimum over a trace's sizes.
struct Shares<'a> {
    trace: &'a str,
    of: Vec<Vec<f64>>,
}

fn play<'a>(trace: &'a Trace, report: &mut Report) -> Shares<'a> {
    let distinct = trace.distinct();
    let mut shares = vec![Vec::new(); SUBJECTS.len()];
    for percent in PERCENTS {
        let room = (distinct * percent / 100).max(LEAST_ROOM);
        let ratios: Vec<f64> =
            SUBJECTS.iter().map(|(_, play)| play(&trace.requests, room) as f64 / trace.requests.len() as f64).collect();
        let measured: Vec<_> =
            SUBJECTS.iter().zip(&ratios).map(|((name, _), ratio)| Measured::once(*name, *ratio)).collect();
        report.add("ratio", &format!("{}@{percent}", trace.name), "hit ratio", &measured);
        // Where nothing can be answered, nobody has missed anything.
        let most = ratios[0];
        for (share, ratio) in shares.iter_mut().zip(&ratios) {
            share.push(if most > 0.0 { ratio / most } else { 1.0 });
        }
    }
    Shares { trace: &trace.name, of: shares }
}

/// Per subject, the mean over what is given.
fn means<'a>(all: impl Iterator<Item = &'a Shares<'a>> + Clone) -> Vec<Measured> {
    let mean = |subject: usize| {
        let shares: Vec<f64> = all.clone().flat_map(|shares| shares.of[subject].iter().copied()).collect();
        shares.iter().sum::<f64>() / shares.len() as f64
    };
    SUBJECTS.iter().enumerate().map(|(subject, (name, _))| Measured::once(*name, mean(subject))).collect()
}

pub(crate) fn run(folder: Option<&Path>, quick: bool) -> Result<Report, Unreadable> {
    let traces = folder.map_or_else(|| Ok(traces::synthetic(quick)), traces::of_folder)?;
    let mut report = Report::default();
    let all: Vec<_> = traces.iter().map(|trace| play(trace, &mut report)).collect();
    for shares in &all {
        report.add("ratio", shares.trace, "share of the optimum", &means(std::iter::once(shares)));
    }
    let mut mean = |case: &str, measured: Vec<Measured>, bound: f64| {
        report.add("ratio", case, "share of the optimum", &measured);
        if folder.is_some() {
            report.ratio(case, &measured, OURS, OPTIMUM, Target::AtLeast(bound));
        }
    };
    mean("all traces", means(all.iter()), 0.82);
    let alike = || all.iter().filter(|shares| ALIKE.contains(&shares.trace));
    if alike().count() == ALIKE.len() {
        mean("orm-busy, web07, scarab-recs, arc-OLTP", means(alike()), 0.865);
    }
    Ok(report)
}
