//! `shasta load`: capacity tests.

mod backpressure;
mod call;
mod capacity;
mod catchup;
mod compare;
mod description;
mod merge;
mod options;
mod progress;
mod results;
mod run;
mod servers;
mod target;
mod verify;

use std::process::ExitCode;

use super::{Failure, Settings};

/// Measures what a system from Kafka to Redis can do, with numbers that can be believed
///
/// Events are due on a schedule that is decided beforehand and sent then, whatever the system does; latency counts from the intended time,
/// and every event is accounted for.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit codes: 0 the objective was met; 99 missed, or an acknowledged event was lost, doubled, reordered or damaged; 98 the run can not
tell; 4 the load generator itself was the limit; 3 the accounts do not add up, so that nothing can be believed. Where several apply,
3 comes before 4, 99 and 98. 1, 2, 69 and 78 as everywhere.

Start here, with nothing set up but redis-server and Java:
  shasta load run --local --rate 1000:30
  shasta load capacity --local")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Run(Box<run::Args>),
    Capacity(Box<capacity::Args>),
    Backpressure(Box<backpressure::Args>),
    Catchup(Box<catchup::Args>),
    Verify(verify::Args),
    Merge(merge::Args),
    Compare(compare::Args),
    /// Prints the JSON schema of report.json
    Schema,
}

pub fn run(args: &Args, settings: &Settings) -> Result<ExitCode, Failure> {
    match &args.command {
        Command::Run(args) => run::run(args, settings),
        Command::Capacity(args) => capacity::run(args, settings),
        Command::Backpressure(args) => backpressure::run(args, settings),
        Command::Catchup(args) => catchup::run(args, settings),
        Command::Verify(args) => verify::run(args),
        Command::Merge(args) => merge::run(args),
        Command::Compare(args) => compare::run(args),
        Command::Schema => {
            println!("{}", crate::load::report::schema());
            Ok(ExitCode::SUCCESS)
        }
    }
}
