//! `shasta load backpressure`

use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};

use bytesize::ByteSize;
use tokio::process::Command;
use tokio::sync::watch;

use super::options::LoadOptions;
use super::progress::Display;
use super::results::{self, ResultOptions};
use super::servers::{ServerOptions, Servers};
use super::{call, description};
use crate::cli::{Failure, Settings};
use crate::config::Config;
use crate::core::load::figures::{ExitCode as ExitCodes, Stage};
use crate::core::load::schedule::{Closed, Pace};
use crate::load::backpressure::{Judged, Phases, Policy, Publisher, Trial, Tried, judged, throughput, trials, tried};
use crate::load::findings::{Findings, Question};
use crate::load::report::{self, Backpressure, Machine, Mode, Outcome, Ran, Report, Verdict};
use crate::load::run::{Level, Load, Plan, Sender, WhenFull, measure};

const LINGER: Duration = Duration::from_millis(5);
/// The capacity is what comes through a closed loop of so many events on their way, in so long without its begin.
const PROBE_THREADS: u32 = 1_000;
const PROBE: Duration = Duration::from_secs(12);
const PROBE_BEGIN: Duration = Duration::from_secs(4);
/// More than a thread can send in that time.
const PROBE_LOOPS: u64 = 5_000;
/// After the delivery timeout everything must have been answered.
const GRACE: Duration = Duration::from_secs(5);

/// Offers a publisher more than Kafka takes, and says what it made of it
///
/// A matrix of bounds on what is outstanding, of policies (block: each producer waits for room, with one call at a time; reject: it is refused)
/// and of overloads, for Shasta's publisher; and a bare librdkafka producer without a bound beside it. A trial is half the capacity, then the
/// overload, then a tenth of the capacity until what waits is worked off. Each runs in a process of its own, so that what one leaves in memory is
/// not the next one's. The capacity is given, or measured first: what a closed loop of 1,000 events gets through in 8 s.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit codes: 0 Shasta's publisher with a bound was truthful, bounded and stable in every trial; 99 it was not; 98 it can not be told; 4 the load
host was the limit; 3 the accounts of a trial do not add up.

Examples:
  shasta load backpressure --local                                              about 15 minutes
  shasta load backpressure --local --bounds 500 --policies reject --step 10s
  shasta load backpressure --config load.toml --capacity 40000")]
pub struct Args {
    #[command(flatten)]
    pub load: LoadOptions,
    #[command(flatten)]
    pub results: ResultOptions,
    #[command(flatten)]
    pub servers: ServerOptions,
    /// Events that may be outstanding, or none for any number
    #[arg(long, value_name = "BOUNDS", value_delimiter = ',', default_value = "none,500,5000,10000", value_parser = bound)]
    pub bounds: Vec<Bound>,
    /// What happens where there is no room: block, reject
    #[arg(long, value_name = "POLICIES", value_delimiter = ',', default_value = "block,reject")]
    pub policies: Vec<Policy>,
    /// Times the capacity; the lowest is what the others are measured against
    #[arg(long, value_name = "OVERLOADS", value_delimiter = ',', default_value = "1,3", value_parser = overload)]
    pub overloads: Vec<f64>,
    /// How long an overload lasts
    #[arg(long, value_name = "DURATION", default_value = "20s", value_parser = humantime::parse_duration)]
    pub step: Duration,
    /// Events per second that Kafka takes; without it that is measured
    #[arg(long, value_name = "RATE")]
    pub capacity: Option<f64>,
    /// With --local: bytes per second that Kafka lets a client write, so that an overload is cheap to make and the load host is not the limit
    #[arg(long, value_name = "BYTES", default_value = "2MiB")]
    pub broker_limit: ByteSize,
    /// Runs one trial, and prints what came of it
    #[arg(long, hide = true, requires = "trial_capacity")]
    pub trial: Option<Trial>,
    #[arg(long, hide = true)]
    pub trial_capacity: Option<f64>,
}

/// A bound on what is outstanding; `None`: any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound(Option<u32>);

fn bound(text: &str) -> Result<Bound, String> {
    if text == "none" {
        return Ok(Bound(None));
    }
    let bound = text.parse().ok().filter(|bound| *bound > 0);
    bound.map(|bound| Bound(Some(bound))).ok_or_else(|| format!("{text:?} is no bound: expected a number of events above 0, or none"))
}

fn overload(text: &str) -> Result<f64, String> {
    let overload = text.parse().ok().filter(|overload| (0.01..=100.0).contains(overload));
    overload.ok_or_else(|| format!("{text:?} is no overload: expected a number between 0.01 and 100"))
}

pub fn run(args: &Args, settings: &Settings) -> Result<ExitCode, Failure> {
    if let Some((trial, capacity)) = args.trial.zip(args.trial_capacity) {
        return run_trial(args, settings, trial, capacity);
    }
    let bounds: Vec<Option<u32>> = args.bounds.iter().map(|bound| bound.0).collect();
    let wanted = trials(&bounds, &args.policies, &args.overloads);
    let directory = args.results.directory()?;
    let started_at = call::now();
    call::until_stopped(async move |stop| {
        let begun = Instant::now();
        let servers = args.servers.servers(settings, Level::Kafka).await?;
        let is_limited = servers.limit_producers(args.broker_limit.as_u64()).await?;
        let capacity = match args.capacity {
            Some(capacity) => capacity,
            None => probe(args, servers.config(), &stop).await?,
        };
        let lasts: Duration = wanted.iter().map(|trial| Phases::of(trial, capacity, args.step).lasts() + GRACE).sum();
        eprintln!(
            "{} trials around {capacity:.0}/s: about {}",
            wanted.len(),
            humantime::format_duration(Duration::from_secs(lasts.as_secs()))
        );
        let tried = all(&wanted, capacity, &servers, &stop).await?;
        let judged = judged(wanted.len(), &tried);
        let exit = judged.exit;
        let pace = Pace::constant(capacity, args.step).map_err(Failure::usage)?;
        let plan = plan(args, &pace)?;
        let ran = description::ran(Mode::Backpressure, &args.load, &plan, &pace, started_at, begun.elapsed().as_micros() as i64);
        let mut told = Report {
            ran: Ran { config: described(args, ran.config), ..ran },
            machine: machine(args.servers.local),
            servers: servers.told(Level::Kafka, 0),
            left_behind: servers.left_behind(Level::Kafka),
            verdict: verdict(&judged),
            notes: notes(args, is_limited),
            backpressure: Some(Backpressure { capacity_per_s: Some(capacity), cells: judged.cells, why: judged.why }),
            ..Report::default()
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

/// One after another, until somebody stops it.
async fn all(wanted: &[Trial], capacity: f64, servers: &Servers, stop: &watch::Receiver<bool>) -> Result<Vec<(Trial, Tried)>, Failure> {
    let mut all = Vec::new();
    for (index, trial) in wanted.iter().enumerate() {
        let tried = in_a_process(trial, capacity, servers).await?;
        if tried.is_cut_short || *stop.borrow() {
            break;
        }
        let cell = &tried.cell;
        let durable = cell.durable_per_s.unwrap_or_default();
        eprintln!(
            "trial {} of {}: {trial}: offered {}, rejected {}, expired {}, durable {durable:.0}/s; {}",
            index + 1,
            wanted.len(),
            cell.offered,
            cell.rejected,
            cell.expired,
            tried.why.join(", ")
        );
        all.push((*trial, tried));
    }
    Ok(all)
}

/// This command line once more, for one trial.
async fn in_a_process(trial: &Trial, capacity: f64, servers: &Servers) -> Result<Tried, Failure> {
    let mut command = Command::new(std::env::current_exe().map_err(Failure::failed)?);
    command.args(std::env::args_os().skip(1)).args(["--trial", &trial.to_string(), "--trial-capacity", &capacity.to_string()]);
    if let Servers::Local(local) = servers {
        let kafka = &local.config.kafka;
        let keys = [("brokers", &kafka.brokers), ("topic", &kafka.topic), ("group", &kafka.group)];
        keys.iter().for_each(|(key, value)| {
            command.args(["--set", &format!("kafka.{key}={value}")]);
        });
    }
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).kill_on_drop(true).output().await.map_err(Failure::failed)?;
    let unread = |error| Failure::failed(format!("trial {trial}: {}: {error}", output.status));
    serde_json::from_slice(&output.stdout).map_err(unread)
}

fn run_trial(args: &Args, settings: &Settings, trial: Trial, capacity: f64) -> Result<ExitCode, Failure> {
    let phases = Phases::of(&trial, capacity, args.step);
    let pace = phases.pace().map_err(Failure::usage)?;
    let mut plan = plan(args, &pace)?;
    plan.outstanding = trial.bound.map(|bound| bound as usize);
    plan.when_full = if trial.policy == Policy::Block { WhenFull::Wait } else { WhenFull::Refuse };
    plan.sender = match trial.publisher {
        Publisher::Shasta => Sender::Publisher,
        Publisher::Bare => Sender::Bare { linger: LINGER },
    };
    plan.warm_up = phases.before;
    let config = settings.load()?;
    let question = Question { stage: Stage::Consumed, begin_us: plan.warm_up_us(), ..args.load.question() };
    call::until_stopped(async move |stop| {
        let display = Display::new(&format!("{trial} "));
        let measured = measure(&plan, &config, stop, |progress| display.show(progress)).await.map_err(call::failure)?;
        display.end();
        let findings = Findings::of(&measured, question);
        let tried = tried(&trial, &phases, &findings, &measured);
        println!("{}", serde_json::to_string(&tried).map_err(Failure::failed)?);
        Ok(ExitCode::SUCCESS)
    })
}

/// Of any run of this command: no further than Kafka, and not warmed up by a phase of its own.
fn plan(args: &Args, pace: &Pace) -> Result<Plan, Failure> {
    let plan = LoadOptions { warm_up: Some(Duration::ZERO), ..args.load.clone() }.plan(pace)?;
    Ok(Plan { level: Level::Kafka, sender: Sender::Publisher, drain: plan.drain.max(plan.delivery_timeout + GRACE), ..plan })
}

/// What Kafka takes from Shasta's publisher.
async fn probe(args: &Args, config: &Config, stop: &watch::Receiver<bool>) -> Result<f64, Failure> {
    let closed = Closed::new(PROBE_THREADS, Duration::ZERO, PROBE_LOOPS).map_err(Failure::usage)?;
    let unpaced = Pace::constant(1.0, PROBE).map_err(Failure::usage)?;
    let plan = Plan { load: Load::Closed(closed), warm_up: PROBE_BEGIN, ..plan(args, &unpaced)? };
    let (end, ended) = watch::channel(false);
    let mut stopped = stop.clone();
    let display = Display::new("capacity ");
    let measured = {
        let timer = async {
            tokio::select! {
                () = tokio::time::sleep(PROBE) => {}
                _stopped = stopped.wait_for(|stop| *stop) => {}
            }
            end.send_replace(true);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            measured = measure(&plan, config, ended, |progress| display.show(progress)) => measured.map_err(call::failure)?,
            () = timer => return Err(Failure::failed("the probe of the capacity was given up")),
        }
    };
    display.end();
    let window = plan.warm_up_us()..PROBE.as_micros() as i64;
    let capacity = throughput(&measured.ledger, Stage::Acknowledged, &window);
    if capacity < 1.0 {
        return Err(Failure::unavailable("kafka acknowledged nothing in the probe of the capacity"));
    }
    Ok(capacity)
}

/// What decides all trials. Who sends, at which pace and within which bound, each of them says itself.
fn described(args: &Args, of_a_run: report::Config) -> report::Config {
    report::Config {
        pace: None,
        linger_ms: None,
        client: None,
        pair_by: None,
        objective: None,
        warm_up_s: 0.0,
        others: vec![("an overload lasts".to_owned(), humantime::format_duration(args.step).to_string())],
        level: Some(Level::Kafka.as_str().to_owned()),
        ..of_a_run
    }
}

fn verdict(judged: &Judged) -> Verdict {
    let outcome = match judged.exit {
        ExitCodes::Pass => Outcome::Pass,
        ExitCodes::Accounts | ExitCodes::Missed => Outcome::Fail,
        ExitCodes::Generator | ExitCodes::Inconclusive => Outcome::Inconclusive,
    };
    Verdict { outcome, exit_code: judged.exit.number(), why: judged.why.clone(), ..Verdict::default() }
}

fn machine(is_shared: bool) -> Machine {
    let this = crate::load::host::Machine::this();
    Machine {
        host: this.host,
        cpus: Some(crate::load::host::AllowedCpus::now().cpus()),
        cpu_model: this.cpu_model,
        memory_bytes: Some(this.memory_bytes),
        kernel: Some(this.kernel),
        shared: is_shared,
    }
}

fn notes(args: &Args, is_limited: bool) -> Vec<String> {
    let limit =
        format!("Kafka was limited to {} a second from each client by a quota: the capacity is that of the quota", args.broker_limit);
    let measured =
        "the capacity is what a closed loop of 1,000 events got through with Shasta's publisher, in 8 s after the first 4".to_owned();
    [
        is_limited.then_some(limit),
        args.capacity.is_none().then_some(measured),
        Some(
            "memory is that of a process with one publisher, its producers and the reader of the topic; the ledger's was there before"
                .to_owned(),
        ),
        Some("in queue is from taken to acknowledged; a caller that waits for room is not in the queue, but in its response".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect()
}
