//! `shasta load compare`

use std::io::{IsTerminal, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use super::results;
use crate::cli::Failure;
use crate::load::raw::Recording;
use crate::load::report::{Comparison, comparison_json, comparison_markdown, comparison_terminal};
use crate::load::results::{compare, settings_that_differ};

/// Sets two runs side by side
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Each percentile of B by that of A, with an interval of 95 %: whole blocks of ten seconds (a twentieth of a shorter run) are drawn again,
since events within a stall are no independent evidence. A regression is a percentile whose whole interval lies above the tolerance.
Lost, failed and dropped events are infinitely slow.

Exit codes: 0 no regression, 99 a regression, 1 the runs can not be compared, 2 usage.

Examples:
  shasta load compare last-week today
  shasta load compare last-week/events.zst today/report.json --tolerance 10 --markdown")]
pub struct Args {
    /// The run to compare with: its directory, report.json or events.zst; it must have been run with --raw
    #[arg(value_name = "A")]
    pub a: PathBuf,
    /// The run that is to be no slower
    #[arg(value_name = "B")]
    pub b: PathBuf,
    /// So many percent slower is no regression
    #[arg(long, value_name = "PERCENT", default_value_t = 5.0, value_parser = percent)]
    pub tolerance: f64,
    /// Compares runs of different settings as well
    #[arg(long)]
    pub different: bool,
    /// Prints markdown
    #[arg(long)]
    pub markdown: bool,
    /// Prints JSON
    #[arg(long, conflicts_with = "markdown")]
    pub json: bool,
}

pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let a = Recording::read(&args.a).map_err(Failure::failed)?;
    let b = Recording::read(&args.b).map_err(Failure::failed)?;
    let differences = settings_that_differ(&a, &b);
    if !differences.is_empty() && !args.different {
        let settings: Vec<String> = differences.iter().map(|one| format!("{} {} and {}", one.setting, one.a, one.b)).collect();
        return Err(Failure::failed(format!(
            "the runs have different settings: {}; compare them all the same with --different",
            settings.join("; ")
        )));
    }
    let comparison = compare(&a, &b, args.tolerance / 100.0);
    print(args, &comparison);
    Ok(ExitCode::from(comparison.exit_code))
}

fn print(args: &Args, comparison: &Comparison) {
    if args.json {
        print!("{}", comparison_json(comparison));
    } else if args.markdown {
        print!("{}", comparison_markdown(comparison));
    } else {
        let colour = stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        println!("{}", comparison_terminal(comparison, results::width(), colour));
    }
}

fn percent(text: &str) -> Result<f64, String> {
    let percent: f64 =
        text.trim_end_matches('%').trim().parse().map_err(|_| format!("{text:?} is no percentage: expected one such as 5"))?;
    if percent.is_finite() && percent >= 0.0 { Ok(percent) } else { Err(format!("{text:?}: expected 0 or more")) }
}
