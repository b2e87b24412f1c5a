//! Progress on stderr, where that is a terminal.

use std::path::Path;

use cache_core::WarmProgress;
use examples::fingerprints::database::Database;
use examples::sqlite::OpenError;
use indicatif::{ProgressBar, ProgressStyle};

pub(crate) async fn open(file: &Path, tracks: u32) -> Result<Database, OpenError> {
    let bar = ProgressBar::new(0).with_style(style("filling the database {wide_bar} {pos}/{len} tracks"));
    let db = Database::open(file, tracks, |written, total| {
        bar.set_length(total);
        bar.set_position(written);
    })
    .await;
    bar.finish_and_clear();
    db
}

/// One bar for all strategies of a warming, one after the other.
pub(crate) struct Warming(ProgressBar);

pub(crate) fn warming() -> Warming {
    Warming(ProgressBar::new(0).with_style(style("warming {msg} {wide_bar} {pos}/{len} tracks")))
}

impl Warming {
    pub(crate) fn show(&self, so_far: &WarmProgress<'_>) {
        self.0.set_length(so_far.total.unwrap_or(so_far.done));
        self.0.set_position(so_far.done);
        self.0.set_message(so_far.strategy.to_owned());
    }

    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("a template with known fields")
}
