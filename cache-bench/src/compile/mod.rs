//! What a decorated function costs whoever compiles it.

mod package;

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use self::package::{Kind, Returns, write_workspace};
use crate::report::{Report, Target, find};
use crate::rounds::{Cell, Measured, Rounds, interleave};
use crate::subjects::OURS;

const PLAIN: &str = "plain";
const CACHED: &str = "cached #[cached]";
const SKETCH: &str = "sketch of a decorated function's parts (a floor)";
const EMPTY: &str = "empty crate";
const KINDS: [(&str, Kind); 5] =
    [(EMPTY, Kind::Empty), (PLAIN, Kind::Plain), (SKETCH, Kind::Sketch), (OURS, Kind::Ours), (CACHED, Kind::Cached)];

/// A workspace of generated packages, and where cargo puts what it makes of them.
struct Workspace {
    directory: tempfile::TempDir,
    target: PathBuf,
}

impl Workspace {
    fn new(functions: usize, returns: Returns) -> Result<Self, Box<dyn Error>> {
        let directory = tempfile::tempdir()?;
        write_workspace(directory.path(), &KINDS.map(|(_, kind)| kind), functions, returns)?;
        // Beside this program's profile directory, so that a second run finds the dependencies built.
        let program = std::env::current_exe()?;
        let target = program.ancestors().nth(2).ok_or("this program is not in a target directory")?;
        Ok(Self { target: target.join("compile-bench"), directory })
    }

    fn cargo(&self, command: &str, kind: Kind) -> Result<(), String> {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(self.directory.path()).args([command, "--quiet", "--package", kind.package()]);
        // Incremental, the compiler would find that nothing has changed.
        cargo.env("CARGO_TARGET_DIR", &self.target).env("CARGO_INCREMENTAL", "0");
        let output = cargo.output().map_err(|error| format!("cargo does not start: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        let complaint = String::from_utf8_lossy(&output.stderr);
        let line = complaint.lines().find(|line| line.starts_with("error")).unwrap_or("it gives no reason");
        Err(format!("cargo {command} of {} has failed: {line}", kind.package()))
    }

    /// Seconds that the crate itself takes, everything it stands on being built.
    fn seconds(&self, command: &str, kind: Kind) -> Result<f64, String> {
        let source = kind.source(self.directory.path());
        fs::read(&source).and_then(|text| fs::write(&source, text)).map_err(|error| error.to_string())?;
        let start = Instant::now();
        self.cargo(command, kind)?;
        Ok(start.elapsed().as_secs_f64())
    }
}

/// Per subject, seconds per function.
fn per_function(workspace: &Workspace, command: &str, functions: usize, quick: bool) -> Result<Vec<Measured>, String> {
    for (_, kind) in KINDS {
        workspace.cargo(command, kind)?;
    }
    let failure = std::cell::RefCell::new(None);
    let mut cells = KINDS.map(|(name, kind)| {
        let (failure, workspace) = (&failure, &workspace);
        let failed = move |error| {
            failure.replace(Some(error));
            f64::NAN
        };
        Cell::new(name, move || workspace.seconds(command, kind).unwrap_or_else(failed))
    });
    let measured = interleave(Rounds::long(quick), &mut cells);
    drop(cells);
    if let Some(failure) = failure.take() {
        return Err(failure);
    }
    let Some(empty) = find(&measured, EMPTY) else { return Ok(Vec::new()) };
    let each = |one: &Measured| one.with(empty, |seconds, empty| (seconds - empty) / functions as f64);
    Ok(measured.iter().filter(|one| one.subject != EMPTY).map(each).collect())
}

/// The crates that `cache-core` is built from, itself among them.
fn crates() -> Result<usize, Box<dyn Error>> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace_root()).args(["tree", "-p", "cache-core", "-e", "normal", "--prefix", "none"]);
    let output = cargo.output()?;
    if !output.status.success() {
        return Err("cargo tree of cache-core has failed".into());
    }
    let text = String::from_utf8(output.stdout)?;
    let lines = text.lines().map(|line| line.trim_end_matches(" (*)")).filter(|line| !line.is_empty());
    Ok(lines.collect::<BTreeSet<_>>().len())
}

fn workspace_root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

pub(crate) fn run(quick: bool) -> Result<Report, Box<dyn Error>> {
    let functions = if quick { 40 } else { 200 };
    let workspace = Workspace::new(functions, Returns::Alike)?;
    let mut report = Report::default();
    for command in ["build", "check"] {
        let measured = per_function(&workspace, command, functions, quick)?;
        let case = format!("cargo {command}, {functions} functions");
        report.add("compile", &case, "s per function", &measured);
        report.ratio(&case, &measured, OURS, CACHED, Target::AtMost(0.8));
        report.ratio(&case, &measured, SKETCH, CACHED, Target::AtMost(0.8));
    }
    // What a return type costs shows where each function has its own.
    let workspace = Workspace::new(functions, Returns::Apart)?;
    for command in ["build", "check"] {
        let measured = per_function(&workspace, command, functions, quick)?;
        let case = format!("cargo {command}, {functions} functions, each with a type of its own");
        report.add("compile", &case, "s per function", &measured);
    }
    let count = crates()? as f64;
    report.add("compile", "crates, itself included", "crates", &[Measured::once(OURS, count)]);
    report.holds("crates", "cache-core", "one", count, Target::AtMost(40.0));
    Ok(report)
}
