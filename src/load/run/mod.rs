//! One run: events are sent when they are due, and everything that becomes of them is written down.
//!
//! - [`Plan`], [`Load`], [`Level`]: what is to be run.
//! - [`measure`]: runs it; [`Progress`]: how it goes; [`Measured`]: what it left to be judged.
//!
//! Nobody who sends or sees takes a lock for longer than it takes to add a line to the `Intake`; the keeper takes all lines each tenth of a second
//! and is the only one who knows the ledger.

mod callers;
mod closed;
mod dispatch;
mod intake;
mod keeper;
mod measured;
mod observers;
mod plan;
mod progress;
mod senders;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use closed::Answers;
use dispatch::Dispatch;
use intake::Intake;
use keeper::Keeper;
use observers::Observers;
use senders::Senders;

use super::channels::Channels;
use super::error::LoadError;
use super::fleet::{Fleet, FleetKind, FleetSettings, SinkSettings, Stage};
use super::host::{AllowedCpus, ClockWatch, Hiccups, HostSampler, Machine, Tracking};
use super::observe::{Payload, Pretended};
use super::raw::Recorder;
use super::run_clock::RunClock;
use crate::config::Config;
use crate::core::load::figures::Ledger;
use crate::kafka::Cluster;

pub use measured::{HostEvidence, Measured, Source, Sources};
pub use plan::{Level, Load, Plan, Sender, WhenFull};
pub use progress::Progress;

/// Between two stages of a sink.
const SINK_STEP: Duration = Duration::from_millis(1);
/// Partitions that a run without Kafka pretends to have.
const SINK_PARTITIONS: u32 = 16;

/// Runs the plan to its end, or until it is told to stop; then what was sent is waited for all the same.
///
/// # Errors
/// Where it can not begin. What fails once it runs is in the accounts.
pub async fn measure(
    plan: &Plan,
    config: &Config,
    stop: watch::Receiver<bool>,
    tell: impl FnMut(&Progress),
) -> Result<Measured, LoadError> {
    check_memory(plan)?;
    let partitions = partitions(plan, config).await?;
    let channels = Arc::new(Channels::of_run(plan.run, plan.population.channels(), partitions));
    let recorder = plan.raw.as_deref().map(Recorder::create).transpose()?;
    let (intake, run_clock) = (Intake::default(), RunClock::default());
    let observers = Observers::start(plan, config, &channels, &run_clock, &intake).await?;
    let answers = Arc::new(Answers::new(Arc::clone(&intake.outcomes)));
    let reading = run_clock.clone();
    let fleet =
        Fleet::connect(&fleet_settings(plan, &channels, &intake), config, Arc::new(move || reading.now_us()), answers.clone()).await?;
    let ledger = Ledger::with_capacity(usize::try_from(plan.load.events()).unwrap_or(usize::MAX));
    let clock = run_clock.start(plan.start_at_us);
    let (sampler, hiccups, clock_watch) = (HostSampler::spawn(clock)?, Hiccups::spawn(clock)?, ClockWatch::spawn(clock)?);
    plan.processes.iter().for_each(|(pid, name)| {
        sampler.watch(*pid, name);
    });
    let fleet = Arc::new(fleet);
    let dispatch = Dispatch::new(plan, Arc::clone(&fleet), channels, intake.clone(), clock);
    let senders = Senders::start(plan, dispatch, answers, stop.clone())?;
    let keeper = Keeper::new(plan, ledger, intake, clock, recorder, tell);
    let kept = keeper.run(senders, fleet, &observers).await?;
    let host = HostEvidence {
        machine: Machine::this(),
        allowed: AllowedCpus::now(),
        pacer: kept.pacer,
        usage: sampler.finish()?,
        hiccups: hiccups.finish()?,
        clock: clock_watch.finish()?,
        tracking: Tracking::ask().map_err(|error| error.to_string()),
    };
    Ok(Measured {
        ledger: kept.ledger,
        recorder: kept.recorder,
        sources: Sources::this(&host.machine.host),
        clock,
        offered_us: kept.offered_us,
        deadline_us: kept.deadline_us,
        watched: plan.level.watched(),
        host,
        unanswered: kept.unanswered,
        outstanding: kept.outstanding,
        connections: kept.connections,
        retries: kept.retries,
        restarts: observers.restarts(),
        is_cut_short: kept.is_cut_short,
        notes: kept.notes.into_iter().chain(observers.notes()).collect(),
        owners: observers.owners,
    })
}

/// The ledger keeps every event until the end: that has to fit, beside all else.
fn check_memory(plan: &Plan) -> Result<(), LoadError> {
    let events = plan.load.events();
    let needed_bytes = events.saturating_mul(Ledger::bytes_per_event() as u64);
    let Some(free_bytes) = Machine::free_bytes() else { return Ok(()) };
    if needed_bytes > free_bytes / 2 { Err(LoadError::Memory { events, needed_bytes, free_bytes }) } else { Ok(()) }
}

async fn partitions(plan: &Plan, config: &Config) -> Result<u32, LoadError> {
    if plan.level == Level::Sink {
        return Ok(SINK_PARTITIONS);
    }
    let cluster = Cluster::connect(&config.kafka, &config.kafka.group)?;
    let described = cluster.describe(&config.kafka.topic).await;
    Ok(described.map_err(|error| LoadError::Topic { brokers: config.kafka.brokers.clone(), error })?.partitions)
}

fn fleet_settings(plan: &Plan, channels: &Channels, intake: &Intake) -> FleetSettings {
    FleetSettings {
        kind: fleet_kind(plan, intake),
        routes: plan.routes(channels),
        outstanding: plan.outstanding,
        delivery_timeout: plan.delivery_timeout,
    }
}

fn fleet_kind(plan: &Plan, intake: &Intake) -> FleetKind {
    match plan.sender.clone() {
        Sender::Many { connections } => FleetKind::Many { connections },
        Sender::Fat { clients, linger } => FleetKind::Fat { clients, linger },
        Sender::Publisher => FleetKind::Publisher,
        Sender::Bare { linger } => FleetKind::Bare { linger },
        Sender::Sink { faults } => FleetKind::Sink(SinkSettings {
            delay: SINK_STEP,
            stages: [Stage::Consumed, Stage::Stored, Stage::Delivered].map(|stage| (stage, SINK_STEP)).to_vec(),
            faults,
            seed: plan.seed,
            events: plan.counted(),
            watcher: Arc::new(Pretended { payload: Payload::of_run(plan.run), sightings: intake.sightings.clone() }),
        }),
    }
}
