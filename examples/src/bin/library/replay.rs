//! `--replay`: a recorded trace as load.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use examples::library::database::Database;
use examples::library::replay::{Trace, replay};

use crate::Failure;

pub(crate) async fn play(trace: &Path, file: &Path, as_json: bool) -> Result<ExitCode, Failure> {
    let trace = Trace::read(trace)?;
    let db = Arc::new(Database::open(file, |_, _| {}).await?);
    let came = replay(&trace, &db).await?;
    let (rate, seconds) = (came.hit_rate(), came.elapsed.as_secs_f64());
    let mut out = std::io::stdout().lock();
    if as_json {
        let (requests, loads) = (came.requests, came.loads);
        let line = serde_json::json!({ "requests": requests, "hit_rate": rate, "loads": loads, "seconds": seconds });
        writeln!(out, "{line}")?;
    } else {
        let share = 100.0 * rate;
        writeln!(out, "{} requests, {share:.2} % hits, {} loads, {seconds:.2} s", came.requests, came.loads)?;
    }
    Ok(ExitCode::SUCCESS)
}
