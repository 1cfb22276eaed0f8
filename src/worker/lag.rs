//! Asks the brokers where the logs end, and says how far behind each partition is: a host without a watcher still alerts.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::core::offset::NextOffset;
use crate::core::partition_lag::{KnownLag, Lag as Known, LagSettings, PartitionLag, Reading};
use crate::telemetry::LagReading;
use crate::telemetry::facts::{CaughtUp, FallingBehind};

use super::shared::Shared;
use super::state::{Lag, WorkerState};
use super::status::PartitionStatus;
use super::task::wall_ms;

/// Often enough for an alert within a minute, rarely enough not to be noticed: one request per broker.
const EVERY: Duration = Duration::from_secs(2);

/// One partition over time; begun anew with each assignment.
struct Observed {
    status: Arc<PartitionStatus>,
    lag: PartitionLag,
    behind_since: Option<Instant>,
}

/// Observes the assigned partitions; never ends.
pub async fn observe(shared: Arc<Shared>, state: Arc<WorkerState>) {
    let settings = LagSettings { window_ms: 180_000, hold_ms: 60_000, min_age_ms: 30_000 };
    let mut observed: HashMap<i32, Observed> = HashMap::new();
    loop {
        tokio::time::sleep(EVERY).await;
        let assigned = state.assigned();
        observed.retain(|_, known| assigned.iter().any(|status| Arc::ptr_eq(status, &known.status)));
        let partitions: Vec<i32> = assigned.iter().map(|status| status.partition).collect();
        if partitions.is_empty() {
            continue;
        }
        // Positions before ends: then a lag can not be negative.
        let progress: Vec<_> = assigned.iter().map(|status| status.progress()).collect();
        let ends = shared.cluster.log_ends(&shared.config.kafka.topic, &partitions).await;
        let now_ms = u64::try_from(wall_ms()).unwrap_or_default();
        for (status, progress) in assigned.into_iter().zip(progress) {
            let end = ends.as_ref().ok().and_then(|ends| ends.get(&status.partition)?.as_ref().ok().copied());
            status.set_end(end);
            let reading = end.zip(progress.position).map(|(end, position)| Reading {
                position: position.min(end),
                end,
                oldest_waiting_ms: progress.oldest_ms,
            });
            let known = observed.entry(status.partition).or_insert_with(|| Observed {
                status: Arc::clone(&status),
                lag: PartitionLag::new(settings, now_ms),
                behind_since: None,
            });
            known.lag.observe(reading, now_ms);
            known.tell(&shared, &state, end, now_ms);
        }
    }
}

impl Observed {
    fn tell(&mut self, shared: &Shared, state: &WorkerState, end: Option<NextOffset>, now_ms: u64) {
        let lag = match self.lag.lag(now_ms) {
            Known::Unknown => Lag { end, ..Lag::default() },
            Known::Known(known) => of(&known, end),
        };
        let partition = self.status.partition;
        shared.metrics.set_lag(partition, &LagReading { end, lag: lag.records, age: lag.age });
        let topic = &shared.config.kafka.topic;
        match (lag.falling_behind, self.behind_since) {
            (true, None) => {
                self.behind_since = Some(Instant::now());
                FallingBehind { topic, partition, lag: lag.records, age: lag.age }.emit(&shared.metrics);
            }
            (false, Some(since)) if lag.records.is_some() => {
                self.behind_since = None;
                CaughtUp { topic, partition, after: since.elapsed() }.emit(&shared.metrics);
            }
            _ => {}
        }
        state.set_lag(partition, lag);
    }
}

fn of(known: &KnownLag, end: Option<NextOffset>) -> Lag {
    Lag {
        end,
        records: Some(known.waiting),
        age: known.age_ms.map(Duration::from_millis),
        ingest: known.ingest,
        consume: known.consume,
        falling_behind: known.falling_behind,
    }
}
