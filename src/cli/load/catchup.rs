//! `shasta load catchup`

use std::process::ExitCode;
use std::time::Duration;

use super::options::{LoadOptions, ModelKind};
use super::progress::Display;
use super::results::{self, ResultOptions};
use super::servers::{ServerOptions, Servers};
use super::{call, description};
use crate::cli::{Failure, Settings};
use crate::core::load::figures::ExitCode as ExitCodes;
use crate::core::load::schedule::Pace;
use crate::load::catchup::{Commands, Hands, Outage, Told, WatcherEye, catch_up, make_outage};
use crate::load::findings::Findings;
use crate::load::report::{Mode, Outcome, Report};
use crate::load::run::{Level, Plan};
use crate::local::Watcher;

/// Stops the workers while events go on, starts them again, and measures the catch-up
///
/// How long until somebody is alerted, until the first event is stored again, until the backlog is drained and new events are as fast as before; the
/// rate meanwhile, how well the end was foretold, and whether anything was lost or doubled across the restart.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
It stops no worker that it did not start itself, unless it is given the commands for that.

Examples:
  shasta load catchup --local --outage 120s --rate 1000
  shasta load catchup --local --backlog 500000 --rate 2000
  shasta load catchup --config load.toml --outage 10m --rate 1000 --watcher http://watch-1:9465 \\
      --stop-workers 'ssh worker-1 sudo systemctl stop shasta-worker' --start-workers 'ssh worker-1 sudo systemctl start shasta-worker'")]
pub struct Args {
    #[command(flatten)]
    pub load: LoadOptions,
    #[command(flatten)]
    pub servers: ServerOptions,
    #[command(flatten)]
    pub results: ResultOptions,
    /// How long the workers are stopped
    #[arg(long, value_name = "DURATION", default_value = "120s", value_parser = humantime::parse_duration, conflicts_with = "backlog")]
    pub outage: Duration,
    /// Stops them until so many events wait, at the rate given
    #[arg(long, value_name = "EVENTS")]
    pub backlog: Option<u64>,
    /// How long everything works before, the warm-up included: what `as fast as before` is compared with
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = humantime::parse_duration)]
    pub before: Duration,
    /// The catch-up is given up after this long
    #[arg(long, value_name = "DURATION", default_value = "30m", value_parser = humantime::parse_duration)]
    pub longest: Duration,
    /// A line for the shell that stops the workers, and returns when they have ended
    #[arg(long, value_name = "COMMAND", requires = "start_workers", conflicts_with = "local")]
    pub stop_workers: Option<String>,
    /// A line for the shell that starts them again
    #[arg(long, value_name = "COMMAND", requires = "stop_workers")]
    pub start_workers: Option<String>,
    /// A watcher of the group, for alerts and what it foretells; --local brings one
    #[arg(long, value_name = "URL", conflicts_with = "local")]
    pub watcher: Option<String>,
}

pub fn run(args: &Args, settings: &Settings) -> Result<ExitCode, Failure> {
    let (rate, outage) = (args.rate()?, args.outage()?);
    // It ends before, once nothing is behind.
    let pace = Pace::constant(rate, outage.before + outage.lasts + outage.longest).map_err(Failure::usage)?;
    let unwarmed = LoadOptions { rate: pace.clone(), ..args.load.clone() };
    let mut plan = unwarmed.plan(&pace)?;
    if plan.level < Level::Worker {
        return Err(Failure::usage("a catch-up is one of workers: --level worker or follower"));
    }
    let mut server_options = args.servers.clone();
    server_options.stream_length = Some(stream_length(rate, outage, &plan));
    let directory = args.results.directory()?;
    let started_at = call::now();
    call::until_stopped(async move |stop| {
        let mut servers = server_options.servers(settings, plan.level).await?;
        plan.workers.extend(servers.endpoints());
        let watched = Watched::start(args, &servers).await?;
        let display = Display::new("");
        let config = servers.config().clone();
        let mut hands = hands(args, &mut servers)?;
        let outcome = make_outage(&plan, &config, outage, &mut hands, stop, |progress| display.show(progress)).await;
        display.end();
        let told = watched.finish().await?;
        let (measured, marks) = outcome.map_err(call::failure)?;
        let findings = Findings::of(&measured, args.load.question());
        let mut report = Report {
            ran: description::ran(Mode::Catchup, &args.load, &plan, &pace, started_at, measured.offered_us),
            servers: servers.told(plan.level, args.load.workers.len()),
            left_behind: servers.left_behind(plan.level),
            catchup: catch_up(&measured, marks, &told),
            ..findings.report(&measured)
        };
        report.machine.shared = args.servers.local;
        report.notes.push("the objective is not judged here: while the workers are stopped no event can be in time".to_owned());
        complete(&mut report, &findings, &servers, marks.is_ended_by_hand).await;
        // What was measured is told also where a server died meanwhile.
        if let Err(error) = servers.end().await {
            eprintln!("{error}");
            report.notes.push(format!("a server of the run did not end well: {error}"));
        }
        results::write(&directory, &report, Some(&measured))?;
        Ok(ExitCode::from(report.verdict.exit_code))
    })
}

impl Args {
    fn rate(&self) -> Result<f64, Failure> {
        if self.load.model == ModelKind::Closed || self.backlog == Some(0) {
            return Err(Failure::usage(
                "a catch-up takes an open loop, whose events go on while the workers are stopped, and a backlog of some events",
            ));
        }
        match self.load.rate.segments() {
            [only] if only.from() == only.to() && only.from() > 0.0 => Ok(only.from()),
            _ => Err(Failure::usage("--rate: a catch-up has one level rate, such as 1000")),
        }
    }

    fn outage(&self) -> Result<Outage, Failure> {
        let rate = self.rate()?;
        if self.before <= self.load.warm_up() {
            return Err(Failure::usage("--before has to be longer than --warm-up: nothing would be there to compare with"));
        }
        let lasts = self.backlog.map_or(self.outage, |events| Duration::from_secs_f64(events as f64 / rate));
        Ok(Outage { before: self.before, lasts, few: rate.ceil() as u64, longest: self.longest })
    }
}

/// Followers and readers are behind by as much as a worker brings at once: the streams have to hold it.
fn stream_length(rate: f64, outage: Outage, plan: &Plan) -> u64 {
    let backlog = rate * (outage.lasts.as_secs_f64() + 60.0) / f64::from(plan.population.channels());
    (2.0 * backlog).ceil().max(1_000.0) as u64
}

fn hands<'a>(args: &Args, servers: &'a mut Servers) -> Result<Hands<'a>, Failure> {
    match (servers, &args.stop_workers, &args.start_workers) {
        (Servers::Local(local), ..) => Ok(Hands::Own(&mut local.workers)),
        (Servers::Given(_), Some(stop), Some(start)) => Ok(Hands::Commands(Commands::new(stop, start))),
        (Servers::Given(_), ..) => {
            Err(Failure::usage("no worker is stopped that this did not start: give --stop-workers and --start-workers, or --local"))
        }
    }
}

/// Who tells of alerts and of the end, if anybody.
struct Watched {
    eye: Option<WatcherEye>,
    own: Option<Watcher>,
}

impl Watched {
    async fn start(args: &Args, servers: &Servers) -> Result<Self, Failure> {
        let own = match servers {
            Servers::Local(local) => Some(local.watcher().await.map_err(Failure::failed)?),
            Servers::Given(_) => None,
        };
        let url = own.as_ref().map(Watcher::url).or_else(|| args.watcher.clone());
        let group = &servers.config().kafka.group;
        let eye = url.map(|url| WatcherEye::open(&url, group)).transpose().map_err(Failure::failed)?;
        Ok(Self { eye, own })
    }

    async fn finish(self) -> Result<Vec<Told>, Failure> {
        let told = match self.eye {
            Some(eye) => eye.finish().await,
            None => Vec::new(),
        };
        match self.own {
            Some(own) => own.end().await.map_err(Failure::failed).map(|()| told),
            None => Ok(told),
        }
    }
}

/// What the workers say, and the verdict: not one about latency, which an outage has to spoil.
async fn complete(report: &mut Report, findings: &Findings, servers: &Servers, is_ended_by_hand: bool) {
    let is_own = matches!(servers, Servers::Local(_));
    let cache_hits_percent = cache_hits(servers).await;
    let Some(catchup) = &mut report.catchup else {
        report.verdict.outcome = Outcome::Inconclusive;
        report.verdict.exit_code = ExitCodes::Inconclusive.number();
        report.verdict.why = "it was ended before the workers were stopped and started".to_owned();
        return;
    };
    catchup.cache_hits_percent = cache_hits_percent;
    catchup.lost = findings.accounts.lost.total;
    catchup.doubled = findings.accounts.doubled.total;
    let bytes = catchup.backlog * report.ran.config.payload_bytes.unwrap_or(0);
    let megabytes = bytes as f64 / 1e6;
    catchup.page_cache = Some(match report.machine.memory_bytes {
        Some(memory) if is_own && bytes < memory / 4 => {
            format!("the backlog of about {megabytes:.0} MB was just written on this machine: it came from the page cache, not from a disk")
        }
        _ => format!(
            "whether the backlog of about {megabytes:.0} MB came from the brokers' page cache or from their disks is not known here"
        ),
    });
    let faults = findings.accounts.faults();
    let verdict = &mut report.verdict;
    (verdict.outcome, verdict.exit_code, verdict.why) = match (findings.exit, catchup.drain_s) {
        (ExitCodes::Accounts | ExitCodes::Generator, _) => return,
        _ if is_ended_by_hand => {
            let why = "it was ended by hand before the backlog was drained and new events were fresh".to_owned();
            (Outcome::Inconclusive, ExitCodes::Inconclusive.number(), why)
        }
        _ if !faults.is_empty() => (Outcome::Fail, ExitCodes::Missed.number(), faults.join("; ")),
        (_, None) => (Outcome::Fail, ExitCodes::Missed.number(), "the backlog was not drained in the time given".to_owned()),
        (_, Some(drain)) => {
            let unsent = match report.accounts.failed + report.accounts.unknown + report.accounts.dropped {
                0 => String::new(),
                events => format!("; {events} events were not published"),
            };
            let ratio = catchup.ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.1}"));
            let why = format!(
                "the backlog of {} events was drained in {drain:.1} s, R = {ratio}; nothing lost, nothing doubled{unsent}",
                catchup.backlog
            );
            (Outcome::Pass, 0, why)
        }
    };
}

/// Of the workers since their restart.
async fn cache_hits(servers: &Servers) -> Option<f64> {
    let Servers::Local(local) = servers else { return None };
    let views = local.workers.views().await;
    let sample = views.iter().filter_map(|view| view.sample).reduce(|one, other| one.plus(&other))?;
    let looks = sample.cache_hits + sample.cache_misses;
    (looks > 0.0).then(|| sample.cache_hits / looks * 100.0)
}
