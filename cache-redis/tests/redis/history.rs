//! What processes did and were answered, written down by each and checked together.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cache_core::Change;
use cache_redis::redis::aio::MultiplexedConnection;
use cache_redis::redis::pipe;
use serde::{Deserialize, Serialize};

use crate::processes::PATIENCE;

/// A body that is under way when its caller's instance is told still answers who waits for it.
const MARGIN: Duration = Duration::from_millis(200);

/// The clock of all: the server counts. What was asked for after another answer came has the larger number. With it, its
/// microseconds.
pub(crate) async fn now(clock: &mut MultiplexedConnection) -> (u64, u64) {
    let mut both = pipe();
    both.atomic().cmd("INCR").arg("history").cmd("TIME");
    let (count, (seconds, micros)): (u64, (u64, u64)) = both.query_async(clock).await.unwrap();
    (count, seconds * 1_000_000 + micros)
}

/// Whose answer it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) enum By {
    /// The server's, or a load's of the call itself.
    Server,
    /// Memory's, or one of the other two.
    Memory,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Call {
    pub(crate) by: By,
    pub(crate) began: u64,
    pub(crate) at: u64,
    pub(crate) name: String,
    /// When the load of what it was answered began.
    pub(crate) loaded: u64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Kind {
    Name(String),
    Prefix(String),
    Pattern(String),
    Clear,
}

impl Kind {
    fn reaches(&self, name: &str) -> bool {
        let change = match self {
            Self::Name(name) => Change::remove(name.as_str()),
            Self::Prefix(prefix) => Change::remove_prefix(prefix).unwrap(),
            Self::Pattern(pattern) => Change::remove_pattern(pattern).unwrap(),
            Self::Clear => Change::remove_all(),
        };
        change.reaches(name)
    }
}

/// One that the server has.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Removal {
    pub(crate) by: By,
    pub(crate) began: u64,
    pub(crate) ended: u64,
    /// When it had ended.
    pub(crate) at: u64,
    pub(crate) kind: Kind,
}

#[derive(Debug, Serialize, Deserialize)]
enum Line {
    Called(Call),
    Removed(Removal),
    Finished,
}

/// One process's. Each line is written at once, so a process that is killed leaves what it knew.
#[derive(Clone)]
pub(crate) struct Writer(Arc<File>);

impl Writer {
    pub(crate) fn to(file: &Path) -> Self {
        Self(Arc::new(OpenOptions::new().create(true).append(true).open(file).unwrap()))
    }

    fn write(&self, line: impl Serialize) {
        let line = serde_json::to_string(&line).unwrap() + "\n";
        (&*self.0).write_all(line.as_bytes()).unwrap();
    }

    pub(crate) fn called(&self, call: &Call) {
        self.write(serde_json::json!({ "Called": call }));
    }

    pub(crate) fn removed(&self, removal: &Removal) {
        self.write(serde_json::json!({ "Removed": removal }));
    }

    pub(crate) fn finished(&self) {
        self.write(Line::Finished);
    }
}

#[derive(Default)]
pub(crate) struct History {
    /// With the number of the process.
    calls: Vec<(usize, Call)>,
    removals: Vec<(usize, Removal)>,
}

impl History {
    /// Of so many processes that came to their end.
    pub(crate) fn read(files: impl Iterator<Item = PathBuf>, processes: usize) -> Self {
        let (mut history, mut finished) = (Self::default(), 0);
        for (process, file) in files.enumerate() {
            let text = std::fs::read_to_string(file).unwrap();
            // The last line of one that was killed may be cut.
            for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
                match serde_json::from_str(line).unwrap() {
                    Line::Called(call) => history.calls.push((process, call)),
                    Line::Removed(removal) => history.removals.push((process, removal)),
                    Line::Finished => finished += 1,
                }
            }
        }
        assert_eq!(finished, processes, "processes that came to their end");
        history
    }

    pub(crate) fn check(&self) {
        let (mut from_server, mut copies, mut late, mut latest) = (0, 0, 0, 0);
        for (process, call) in &self.calls {
            if call.loaded < call.began {
                *(if call.by == By::Server { &mut from_server } else { &mut copies }) += 1;
            }
            let outdated = |(_, removal): &&(usize, Removal)| {
                removal.ended < call.began && call.loaded < removal.began && removal.kind.reaches(&call.name)
            };
            for (remover, removal) in self.removals.iter().filter(outdated) {
                assert!(call.by == By::Memory, "the server's answer is outdated: {call:?} after {removal:?}");
                let own = remover == process && removal.by == By::Memory;
                assert!(!own, "its own invalidation: {call:?} after {removal:?}");
                let by = call.at - removal.at;
                let most = (PATIENCE + MARGIN).as_micros() as u64;
                assert!(by <= most, "a copy is served {by} µs after {removal:?}: {call:?}");
                (late, latest) = (late + 1, latest.max(by));
            }
        }
        let removals = self.removals.len();
        println!(
            "{} calls, {from_server} from the server, {copies} of copies, {removals} removals, {late} late, by {latest} µs at most",
            self.calls.len()
        );
        assert!(from_server > 100 && copies > 300 && removals > 50, "nothing raced");
    }
}
