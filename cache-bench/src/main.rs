//! The speed contract, measured against real peers in one process and one run.

mod all;
mod allocations;
mod compile;
mod hits;
mod inserts;
mod keys;
mod memory;
mod pinned;
mod ratio;
mod report;
mod rounds;
mod scale;
mod shared;
mod stampede;
mod subjects;
mod tags;
mod threads;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Measures the toolkit against its peers, interleaved round by round")]
struct Arguments {
    #[command(subcommand)]
    bench: Bench,
    /// A folder of access traces (*.u32.zst) for `ratio`; without it, synthetic ones.
    #[arg(long, global = true, value_name = "DIR")]
    traces: Option<PathBuf>,
    /// One JSON object per line instead of a table.
    #[arg(long, global = true)]
    json: bool,
    /// Fewer rounds of fewer operations: a look, not a figure.
    #[arg(long, global = true)]
    quick: bool,
}

#[derive(Subcommand)]
enum Bench {
    /// Nanoseconds per hit, one thread.
    Hits,
    /// Calls per second of one thread and of several.
    Threads,
    /// Nanoseconds per insertion.
    Inserts,
    /// Ten thousand tasks that miss one key.
    Stampede,
    /// Bytes per entry, and how well `max_bytes` is kept.
    Memory,
    /// Insertions into small and large caches, and after a mass expiry.
    Scale,
    /// Hit ratios on access traces.
    Ratio,
    /// Seconds per decorated function.
    Compile,
    /// Hits from a Redis of its own, batches, and invalidations of other instances.
    Shared,
    /// Every one of them, each in a process of its own.
    All,
    /// Runs one subject's hits and nothing else, for an instruction counter.
    #[command(hide = true)]
    Instructions {
        /// As the table of `hits` names it.
        #[arg(long)]
        subject: String,
        /// How often the sequence of 65,536 keys is asked for.
        #[arg(long)]
        passes: usize,
        /// By which keys.
        #[arg(long, value_enum, default_value_t = hits::Case::Integer)]
        case: hits::Case,
    },
    /// The same of hits from Redis.
    #[command(hide = true)]
    SharedInstructions {
        /// As the table of `shared` names it.
        #[arg(long)]
        subject: String,
        #[arg(long, default_value_t = 1)]
        callers: usize,
        /// How many calls each of them makes.
        #[arg(long)]
        each: usize,
    },
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("cache-bench: {failure}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    subjects::set_up()?;
    let quick = arguments.quick;
    let report = match &arguments.bench {
        Bench::Hits => hits::run(quick)?,
        Bench::Threads => threads::run(quick),
        Bench::Inserts => inserts::run(quick),
        Bench::Stampede => stampede::run(quick)?,
        Bench::Memory => memory::run(quick)?,
        Bench::Scale => scale::run(quick)?,
        Bench::Ratio => ratio::run(arguments.traces.as_deref(), quick)?,
        Bench::Compile => compile::run(quick)?,
        Bench::Shared => shared::run(quick)?,
        Bench::All => {
            let report = all::run(arguments.traces.as_deref(), arguments.json, quick)?;
            if !arguments.json {
                report.print(false);
            }
            return Ok(());
        }
        Bench::SharedInstructions { subject, callers, each } => return shared::only(subject, *callers, *each),
        Bench::Instructions { subject, passes, case } => return Ok(hits::only(subject, *passes, *case)?),
    };
    report.print(arguments.json);
    Ok(())
}
