//! Every bench, each in a process of its own: what one leaves in memory does not slow the next.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::report::Report;
use crate::shared;

const BENCHES: [&str; 9] = ["hits", "threads", "inserts", "stampede", "memory", "scale", "shared", "ratio", "compile"];

pub(crate) fn run(traces: Option<&Path>, json: bool, quick: bool) -> Result<Report, Box<dyn Error>> {
    let mut report = Report::default();
    for bench in BENCHES {
        if bench == "shared" && !shared::is_there() {
            eprintln!("cache-bench: shared is left out: there is no `redis-server`");
            continue;
        }
        let mut command = Command::new(std::env::current_exe()?);
        command.args([bench, "--json"]).stdout(Stdio::piped());
        if quick {
            command.arg("--quick");
        }
        if let Some(traces) = traces {
            command.arg("--traces").arg(traces);
        }
        let mut child = command.spawn()?;
        if let Some(lines) = child.stdout.take() {
            for line in BufReader::new(lines).lines() {
                let line = line?;
                report.read(&line)?;
                if json {
                    println!("{line}");
                }
            }
        }
        if !child.wait()?.success() {
            return Err(format!("`{bench}` has failed").into());
        }
        eprintln!("cache-bench: {bench} is done");
    }
    Ok(report)
}
