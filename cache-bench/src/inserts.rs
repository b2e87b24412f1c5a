//! What it costs to store what was not there.

use crate::keys::{self, Fresh};
use crate::report::{Report, Target};
use crate::rounds::{Cell, Rounds, Subject, interleave};
use crate::subjects::inserting::{self, Maker};
use crate::subjects::sketch_insert::{MISS_SKETCH, SKETCH};
use crate::subjects::{Counts, KEYS, OURS, ROOM};

fn makers() -> Vec<Maker> {
    let mut makers =
        vec![inserting::sketch::<Counts>(), inserting::miss_sketch::<Counts>(), inserting::process_wide::<Counts>()];
    makers.extend(inserting::targets::<Counts>());
    makers.extend(inserting::others::<Counts>());
    makers.extend(inserting::asking::<Counts>());
    makers
}

/// Full caches: what is new to them has others evicted.
pub(crate) fn into_full(fresh: &Fresh) -> Vec<Subject> {
    let makers = makers().into_iter().chain([inserting::decorated_peer::<Counts>()]);
    let fill = |maker: Maker| {
        let subject = (maker.make)(ROOM);
        subject.run(&fresh.take(3 * ROOM), 1);
        subject
    };
    makers.map(fill).collect()
}

pub(crate) fn run(quick: bool) -> Report {
    let rounds = Rounds::new(quick);
    let mut report = Report::default();

    // A new cache each round: what fills it is timed, what makes it is not.
    let keys = keys::each(KEYS);
    let makers = makers();
    let mut cells: Vec<_> =
        makers.iter().map(|maker| Cell::new(maker.name, || (maker.make)(ROOM).time(&keys, 1))).collect();
    report.add("inserts", "fill of an empty cache", "ns", &interleave(rounds, &mut cells));
    drop(cells);

    let fresh = Fresh::default();
    let batch = if quick { 1 << 14 } else { 1 << 17 };
    let full = into_full(&fresh);
    let mut cells: Vec<_> =
        full.iter().map(|subject| Cell::new(subject.name, || subject.time(&fresh.take(batch), 1))).collect();
    let measured = interleave(rounds, &mut cells);
    let case = "insert into a full cache";
    report.add("inserts", case, "ns", &measured);
    report.ratio(case, &measured, OURS, inserting::QUICK, Target::AtMost(4.0));
    // What the floors themselves come to, in the same measure.
    report.ratio(case, &measured, SKETCH, inserting::QUICK, Target::AtMost(4.0));
    report.ratio(case, &measured, MISS_SKETCH, inserting::QUICK, Target::AtMost(4.0));
    report.ratio(case, &measured, OURS, inserting::MOKA, Target::AtMost(1.0));
    report
}
