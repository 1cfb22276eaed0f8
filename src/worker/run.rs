//! From the configuration to a clean end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};

use crate::config::{self, Config};
use crate::core::decode::{Codec, Limits};
use crate::kafka::{Cluster, Consumer, DeadLetters, FetchBounds, GroupEvent};
use crate::telemetry::{BatchSpans, HttpServer, Metrics, SharedSampler, systemd};

use super::group::Group;
use super::lag::Observer;
use super::layout_keeper;
use super::memory::MemoryPlan;
use super::shared::{Shared, TopicWatch};
use super::startup::{self, Agreed, StartError};
use super::state::WorkerState;

/// How a worker is told to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shutdown {
    #[default]
    Run,
    /// Finish what is in flight, commit, leave.
    Drain,
    /// At once: what is in flight is applied again by the next owner, harmlessly.
    Now,
}

/// Runs a worker until it is told to stop.
///
/// # Errors
/// Why it did not start, or what it had to end for.
pub async fn run(config: Config, metrics: Metrics, spans: BatchSpans, mut shutdown: watch::Receiver<Shutdown>) -> Result<(), StartError> {
    let started = Instant::now();
    let observer = Cluster::connect(&config.kafka, &config.kafka.group)?;
    let state = Arc::new(WorkerState::new(&config.kafka.topic, &config.kafka.group, observer.status(), started));
    let http = HttpServer::start(&config.http.listen, state.clone(), metrics.clone()).await?;
    let worked = match startup::check_patiently(&config, &observer, &state, &mut shutdown).await {
        Ok(Some(agreed)) => {
            drop(observer);
            join_and_work(config, agreed, (metrics, spans), &state, &mut shutdown).await
        }
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    if let Some(http) = http {
        http.shutdown().await;
    }
    worked
}

async fn join_and_work(
    config: Config,
    agreed: Agreed,
    (metrics, spans): (Metrics, BatchSpans),
    state: &Arc<WorkerState>,
    shutdown: &mut watch::Receiver<Shutdown>,
) -> Result<(), StartError> {
    let memory = MemoryPlan::new(&config.worker.memory, agreed.partitions);
    tracing::info!(%memory, partitions = agreed.partitions, slices = agreed.layout.slices.get(), "layout and memory");
    metrics.set_memory("budget", memory.budget());
    let bounds = FetchBounds {
        queue_bytes_per_partition: memory.queue_per_partition as usize,
        queue_messages_per_partition: memory.queue_messages_per_partition as usize,
        fetch_message_max_bytes: memory.fetch_per_partition as usize,
        fetch_max_bytes: memory.fetch_total as usize,
    };
    let (consumer, mut events) = Consumer::join(&config.kafka, bounds, config.worker.drain_timeout)?;
    state.connected(consumer.status());
    let shared = Arc::new(shared(config, agreed, (metrics, spans), memory, &consumer, state.started())?);
    let (fatal, fatals) = mpsc::channel(1);
    let mut group = Group::new(Arc::clone(&shared), Arc::clone(state), fatal.clone());
    let caretakers = [
        tokio::spawn(Observer::new(Arc::clone(&shared), Arc::clone(state)).observe()),
        tokio::spawn(layout_keeper::keep(Arc::clone(&shared), fatal)),
    ];

    let worked = work(&mut group, &mut events, fatals, state, shutdown).await;

    state.stopping();
    systemd::stopping();
    let drained = drain(&mut group, shared.config.worker.drain_timeout, shutdown).await;
    // Until here: a rebalance meanwhile waits for the drain, as its ack lies in the channel. From here nothing waits for it.
    drop(events);
    caretakers.iter().for_each(tokio::task::JoinHandle::abort);
    if drained {
        if let Err(error) = consumer.close().await {
            tracing::warn!(%error);
        }
    } else {
        tracing::warn!("stopped before everything was drained: the next owner applies what was in flight again, harmlessly");
        // Partitions that are still held keep the client alive; the process ends without it.
        std::mem::forget(consumer);
    }
    worked.map_err(StartError::Fatal)
}

async fn drain(group: &mut Group, limit: Duration, shutdown: &mut watch::Receiver<Shutdown>) -> bool {
    tokio::select! {
        drained = group.drain(limit) => drained,
        _ = shutdown.wait_for(|shutdown| *shutdown == Shutdown::Now) => false,
    }
}

fn shared(
    config: Config,
    agreed: Agreed,
    (metrics, spans): (Metrics, BatchSpans),
    memory: MemoryPlan,
    consumer: &Consumer,
    started: Instant,
) -> Result<Shared, StartError> {
    let limits = Limits {
        field_bytes: config.fold.limits.field_bytes as usize,
        record_bytes: usize::try_from(config.fold.limits.record_bytes.as_u64()).unwrap_or(usize::MAX),
    };
    let codec = match config.kafka.codec {
        config::Codec::Proto => Codec::Proto,
        config::Codec::Json => Codec::Json,
    };
    Ok(Shared {
        dead_letters: DeadLetters::new(&config.kafka)?,
        topic: TopicWatch::new(consumer.cluster(), &config.kafka.topic),
        committer: consumer.committer(),
        cluster: consumer.cluster(),
        store: agreed.store,
        slices: agreed.layout.slices,
        notices: agreed.notices,
        partitions: agreed.partitions,
        cost_told: AtomicU8::new(0),
        layout_knew_topic: agreed.knew_topic,
        config,
        metrics,
        sampler: SharedSampler::default(),
        spans,
        codec,
        limits,
        memory,
        assigned: AtomicUsize::new(0),
        started,
    })
}

/// Serves the group until the end; the error is what the process must end for.
async fn work(
    group: &mut Group,
    events: &mut mpsc::Receiver<GroupEvent>,
    mut fatals: mpsc::Receiver<String>,
    state: &Arc<WorkerState>,
    shutdown: &mut watch::Receiver<Shutdown>,
) -> Result<(), String> {
    const LOOK: Duration = Duration::from_secs(1);
    let mut ready = false;
    let mut look = tokio::time::interval(LOOK);
    if let Some(watchdog) = systemd::WatchdogPinger::from_environment() {
        let state = Arc::clone(state);
        tokio::spawn(watchdog.run(move || state.is_alive()));
    }
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(event) => group.on(event)?,
                None => return Err("the kafka client ended".to_owned()),
            },
            fatal = fatals.recv() => return Err(fatal.unwrap_or_default()),
            _ = shutdown.wait_for(|shutdown| *shutdown != Shutdown::Run) => return Ok(()),
            _ = look.tick() => {
                if !state.is_alive() {
                    return Err(format!("no progress: {}", crate::telemetry::StateSource::livez(state.as_ref()).reasons.join(", ")));
                }
                if !ready && state.has_joined() {
                    ready = true;
                    systemd::ready(&state.line());
                }
                systemd::status(&state.line());
            }
        }
    }
}
