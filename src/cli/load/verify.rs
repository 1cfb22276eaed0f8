//! `shasta load verify`

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;

use super::results;
use crate::cli::{Exit, Failure};
use crate::load::raw::Recording;
use crate::load::report::{self, Report};
use crate::load::results::{Different, differences};

/// As many differences are told.
const TOLD: usize = 50;

/// Reckons a report again from its raw events
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Every event goes through the ledger again, in the order in which it was seen, and every figure of the report is made anew. What differs
from the report is told with both values.

Exit codes: 0 the report is what its events say, 1 it is not or can not be read, 2 usage.

Examples:
  shasta load run --raw --out monday ...      keeps the events
  shasta load verify monday
  shasta load verify monday/events.zst --report claimed.json
  shasta load verify monday --markdown > report.md")]
pub struct Args {
    /// events.zst, or the directory that it is in
    #[arg(value_name = "RAW")]
    pub raw: PathBuf,
    /// The report that has to be the same [default: report.json beside the events]
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Prints the report as markdown
    #[arg(long)]
    pub markdown: bool,
}

pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let recording = Recording::read(&args.raw).map_err(Failure::failed)?;
    let reckoned = recording.trailer.report();
    print(&reckoned, args.markdown);
    let beside = || recording.path.with_file_name(results::REPORT);
    let path = args.report.clone().unwrap_or_else(beside);
    let (told, reckoned) = (read(&path)?, serde_json::to_value(&reckoned).map_err(Failure::failed)?);
    // Through the same decimal digits as the other one.
    let reckoned: Value = serde_json::from_str(&reckoned.to_string()).map_err(Failure::failed)?;
    let different = differences(&told, &reckoned);
    let events = recording.trailer.measured.ledger.len();
    eprintln!("{} events, {} rows: {}", events, recording.rows, summary(&path, different.len()));
    different.iter().take(TOLD).for_each(|one| eprintln!("  {}", line(one)));
    if different.len() > TOLD {
        eprintln!("  and {} more", different.len() - TOLD);
    }
    Ok(if different.is_empty() { Exit::Done } else { Exit::Failed }.into())
}

fn print(reckoned: &Report, as_markdown: bool) {
    match as_markdown {
        true => print!("{}", report::markdown(reckoned)),
        false => results::show(reckoned),
    }
}

fn read(path: &Path) -> Result<Value, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::failed(format!("{}: {error}; --report FILE names another", path.display()));
    let text = fs::read_to_string(path).map_err(|error| failed(&error))?;
    serde_json::from_str(&text).map_err(|error| failed(&error))
}

fn summary(path: &Path, different: usize) -> String {
    match different {
        0 => format!("every figure of {} is what they say", path.display()),
        different => format!("{different} figures of {} are not what they say", path.display()),
    }
}

fn line(different: &Different) -> String {
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
    format!("{}: the report says {}, its events {}", different.member, value(&different.left), value(&different.right))
}
