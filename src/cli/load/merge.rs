//! `shasta load merge`

use std::path::PathBuf;
use std::process::ExitCode;

use super::call;
use super::results::{self, ResultOptions};
use crate::cli::Failure;
use crate::load::results::{Allowed, MergeError, Part, fit, merge};

/// Joins the results of several load hosts into one
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Each host runs the same command with its own --share I/N and with --raw, at the same --start-at. Their events are joined, not their
percentiles: accounts are summed up event by event, latencies are pooled, the pairs of D2 to D5 are (host, destination). Each host has to
have kept its own accounts and its own pace.

Exit codes: as those of `shasta load run`, 1 where results can not be joined.

Examples:
  shasta load run --rate 5000:10m --producers 3000 --start-at 2026-11-21T12:00:00Z --share 0/3 --raw --out host-0      on the first
  shasta load merge host-0 host-1 host-2 --out all")]
pub struct Args {
    /// The directories of results, with events.zst in each
    #[arg(value_name = "DIR", required = true)]
    pub directories: Vec<PathBuf>,
    #[command(flatten)]
    pub results: ResultOptions,
    /// Joins runs of different settings, or whole runs, as well
    #[arg(long)]
    pub different: bool,
    /// Joins them though shares are missing
    #[arg(long)]
    pub missing: bool,
}

pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let parts: Vec<Part> =
        args.directories.iter().map(|directory| Part::read(directory)).collect::<Result<_, _>>().map_err(Failure::failed)?;
    fit(&parts, Allowed { different: args.different, missing: args.missing }).map_err(failure)?;
    let merged = merge(parts).map_err(failure)?;
    let mut told = merged.report;
    told.ran.command = call::command_line();
    results::write(&args.results.directory()?, &told, Some(&merged.measured))?;
    Ok(ExitCode::from(merged.findings.exit.number()))
}

fn failure(error: MergeError) -> Failure {
    match error {
        MergeError::TooFew => Failure::usage(error),
        _ => Failure::failed(error),
    }
}
