//! The speed contract, measured against real peers in one process and one run.

mod hits;
mod report;
mod rounds;
mod subjects;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Measures the toolkit against its peers, interleaved round by round")]
struct Arguments {
    #[command(subcommand)]
    bench: Bench,
    /// One JSON object per line instead of a table.
    #[arg(long, global = true)]
    json: bool,
    /// Fewer operations per round: a look, not a figure.
    #[arg(long, global = true)]
    quick: bool,
}

#[derive(Subcommand)]
enum Bench {
    /// Nanoseconds per hit, one thread.
    Hits,
    /// Runs one subject's hits and nothing else, for an instruction counter.
    Instructions {
        /// As the table of `hits` names it.
        #[arg(long)]
        subject: String,
        /// How many hits.
        #[arg(long)]
        hits: usize,
    },
}

fn main() -> std::process::ExitCode {
    let arguments = Arguments::parse();
    if let Err(error) = subjects::set_up() {
        eprintln!("{error}");
        return std::process::ExitCode::FAILURE;
    }
    match arguments.bench {
        Bench::Hits => {
            let report = hits::run(arguments.quick);
            if arguments.json { report.print_json() } else { report.print_table() }
        }
        Bench::Instructions { subject, hits } => {
            if let Err(unknown) = hits::only(&subject, hits) {
                eprintln!("{unknown}");
                return std::process::ExitCode::from(2);
            }
        }
    }
    std::process::ExitCode::SUCCESS
}
