//! `shasta load capacity`

use std::process::ExitCode;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::options::{LoadOptions, ModelKind};
use super::progress::Display;
use super::results::{self, ResultOptions};
use super::servers::{ServerOptions, Servers};
use super::{call, description};
use crate::cli::{Failure, Settings};
use crate::core::load::figures::{SearchSettings, Step};
use crate::core::load::schedule::{Arrivals, Pace};
use crate::load::capacity::{self, Bounds, Searched, StepRun, drive, judged};
use crate::load::findings::Findings;
use crate::load::report::{Mode, Report};
use crate::load::run::measure;

/// Finds the rate at which the system breaks
///
/// Steps rise by half from --rate until one fails, or the load generator itself is the limit; then the gap is halved until it is within 5 %;
/// then the last rate that passed is run 3 times more and must pass each, and the next one above it must fail again. A step counts 60 s, or
/// until 100,000 events have come, after its warm-up. It fails on the objective, on lost, doubled, reordered or damaged events, on more than
/// 0.01 % errors, on a backlog that grows, and on memory that would reach its limit within 10 minutes. A limit of the load host itself ends the
/// search if it shows a second time.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit codes: 0 a rate was found and confirmed; 4 the load generator was the limit, what was found is a lower bound; 99 no rate passed;
98 stopped, or could not tell; 3 the accounts of a step do not add up, which ends the search.

Examples:
  shasta load capacity --local --rate 1000
  shasta load capacity --config load.toml --rate 5000 --producers 1000 --connections 1000 --longest 1h")]
pub struct Args {
    /// The rate of --rate is where the search starts: a single one
    #[command(flatten)]
    pub load: LoadOptions,
    #[command(flatten)]
    pub results: ResultOptions,
    #[command(flatten)]
    pub servers: ServerOptions,
    /// The search gives up after so many steps
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub most_steps: u32,
    /// No step begins that would end later than this after the first began
    #[arg(long, value_name = "DURATION", default_value = "2h", value_parser = humantime::parse_duration)]
    pub longest: Duration,
    /// Times what a step counts; below 1 it may be too short to tell
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = time_factor)]
    pub time_factor: f64,
}

fn time_factor(text: &str) -> Result<f64, String> {
    let factor = text.parse().ok().filter(|factor| (0.001..=100.0).contains(factor));
    factor.ok_or_else(|| format!("{text:?} is no factor between 0.001 and 100"))
}

pub fn run(args: &Args, settings: &Settings) -> Result<ExitCode, Failure> {
    let bounds = args.bounds()?;
    let first = args.load.plan(&pace(bounds.settings.start_rate, 1.0)?)?;
    let directory = args.results.directory()?;
    let started_at = call::now();
    call::until_stopped(async move |stop| {
        let servers = args.servers.servers(settings, first.level).await?;
        eprintln!("from {}/s: {bounds}", bounds.settings.start_rate);
        let begun = Instant::now();
        let elapsed = || begun.elapsed();
        let searched =
            drive(&bounds, elapsed, async |step| one(args, &servers, step, &stop).await, |run| eprintln!("{}", run.line())).await?;
        let exit = capacity::exit(&searched);
        let mut told = Report {
            ran: description::ran(Mode::Capacity, &args.load, &first, &args.load.rate, started_at, begun.elapsed().as_micros() as i64),
            servers: servers.told(first.level, args.load.workers.len()),
            left_behind: servers.left_behind(first.level),
            ..told(args, &searched)
        };
        // What was measured is told also where a server died meanwhile.
        if let Err(error) = servers.end().await {
            eprintln!("{error}");
            told.notes.push(format!("a server of the run did not end well: {error}"));
        }
        results::write(&directory, &told, None)?;
        Ok(ExitCode::from(exit.number()))
    })
}

impl Args {
    fn bounds(&self) -> Result<Bounds, Failure> {
        let load = &self.load;
        let refused = |what: &str| Err(Failure::usage(format!("{what} does not go with a search for the capacity: its steps decide")));
        match () {
            () if load.model == ModelKind::Closed => return refused("--model closed"),
            () if load.duration.is_some() => return refused("--duration"),
            () if load.share.is_some() => return refused("--share"),
            () if load.start_at.is_some() => return refused("--start-at"),
            () if matches!(load.arrivals, Arrivals::Replay { .. }) => return refused("--arrivals replay"),
            () => {}
        }
        let start_rate = match load.rate.segments() {
            [only] if only.from() == only.to() && only.from() > 0.0 => only.from(),
            _ => return Err(Failure::usage(format!("--rate {}: a search starts from a single rate above 0, such as 1000", load.rate))),
        };
        let settings =
            SearchSettings { time_factor: self.time_factor, most_steps: self.most_steps, ..SearchSettings::from_rate(start_rate) };
        Ok(Bounds { settings, settle: load.warm_up(), longest: self.longest })
    }
}

fn pace(rate: f64, seconds: f64) -> Result<Pace, Failure> {
    Pace::constant(rate, Duration::from_secs_f64(seconds)).map_err(Failure::usage)
}

/// A run of its own, with channels of its own.
async fn one(args: &Args, servers: &Servers, step: Step, stop: &watch::Receiver<bool>) -> Result<StepRun<Report>, Failure> {
    let mut plan = args.load.plan(&pace(step.rate, step.seconds)?)?;
    plan.workers.extend(servers.endpoints());
    plan.processes = servers.processes();
    // A step is at most half above what the system can do: what waits after it is worked off in less than the step took. The next one is to
    // find nothing that waits.
    plan.drain = plan.drain.max(Duration::from_secs_f64(step.seconds));
    let display = Display::new(&format!("step {}, {:.0}/s ", step.number, step.rate));
    let measured = measure(&plan, servers.config(), stop.clone(), |progress| display.show(progress)).await.map_err(call::failure)?;
    display.end();
    let findings = Findings::of(&measured, args.load.question());
    Ok(judged(step, &findings, &measured, findings.report(&measured)))
}

/// The parts of the report that are of one step, and those of the search.
fn told(args: &Args, searched: &Searched<Report>) -> Report {
    let Some(run) = searched.told() else { return Report { capacity: Some(capacity::section(searched)), ..Report::default() } };
    let of_step = run.kept.clone();
    let mut told =
        Report { capacity: Some(capacity::section(searched)), verdict: capacity::verdict(searched, of_step.verdict.clone()), ..of_step };
    told.machine.shared = args.servers.local;
    told.notes.push(format!(
        "stages, tails, accounts and series are those of step {} at {:.0} events/s; every step had channels of its own",
        run.step.number, run.step.rate
    ));
    told
}
