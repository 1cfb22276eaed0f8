//! Asks the brokers where the logs start and end, and judges how far behind the worker's own partitions are: a host without a watcher
//! still alerts. The rules are those of `core::lag`, the same as in `shasta watch`.
//!
//! `reading`: what a partition says of itself, as the rules take it; `own`: the rules over the partitions that the worker has;
//! `teller`: who is told.

mod own;
mod reading;
mod teller;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::core::lag::Reading;
use crate::core::offset::NextOffset;
use crate::kafka::{KafkaFailure, LogRange};
use crate::telemetry::LagReading;

use super::shared::Shared;
use super::state::{Lag, WorkerState};
use super::status::PartitionStatus;
use super::task::wall_ms;
use own::{Own, OwnLag};
use reading::{Log, Waiting, waiting};
use teller::Teller;

/// How often the brokers are asked where the logs end: `worker.stall_limit` rests on it. One request per broker.
const EVERY: Duration = Duration::from_secs(2);

/// How often it is asked what the topic keeps: an operator may lengthen it in need.
const SETTINGS_EVERY: Duration = Duration::from_secs(600);
/// How often where it is hidden: most likely it stays so.
const HIDDEN_SETTINGS_EVERY: Duration = Duration::from_secs(3_600);

/// One assignment of a partition.
struct Assigned {
    status: Arc<PartitionStatus>,
    waiting: Waiting,
    /// Whether the rules have seen this very assignment.
    is_known: bool,
}

/// Looks at the assigned partitions for as long as the worker lives.
pub struct Observer {
    shared: Arc<Shared>,
    state: Arc<WorkerState>,
    assigned: BTreeMap<i32, Assigned>,
    own: OwnLag,
    teller: Teller,
    judged: Option<Instant>,
    settings_due: Instant,
}

impl Observer {
    pub fn new(shared: Arc<Shared>, state: Arc<WorkerState>) -> Self {
        let own = OwnLag::new(&shared.config, shared.partitions as usize);
        let teller = Teller::new(&shared.config, shared.metrics.notify().clone());
        Self { shared, state, assigned: BTreeMap::new(), own, teller, judged: None, settings_due: Instant::now() }
    }

    /// Never ends.
    pub async fn observe(mut self) {
        let interval = self.shared.config.lag.interval;
        loop {
            tokio::time::sleep(EVERY.min(interval)).await;
            self.follow_assignment();
            self.follow_settings().await;
            let judges = self.judged.is_none_or(|judged| judged.elapsed() >= interval);
            let readings = self.read(judges).await;
            if judges {
                self.judged = Some(Instant::now());
                self.judge(&readings, wall_s()).await;
            }
        }
    }

    fn follow_assignment(&mut self) {
        let statuses = self.state.assigned();
        self.assigned.retain(|_, known| statuses.iter().any(|status| Arc::ptr_eq(status, &known.status)));
        for status in statuses {
            let new = || Assigned { status: Arc::clone(&status), waiting: Waiting::default(), is_known: false };
            self.assigned.entry(status.partition).or_insert_with(new);
        }
    }

    async fn follow_settings(&mut self) {
        if Instant::now() < self.settings_due {
            return;
        }
        let settings = self.shared.cluster.settings(&self.shared.config.kafka.topic).await;
        self.settings_due = Instant::now() + if settings.is_some() { SETTINGS_EVERY } else { HIDDEN_SETTINGS_EVERY };
        if let Some(settings) = settings {
            self.own.keeps(settings.retention());
        }
    }

    /// Positions before ends: then a lag can not be negative.
    async fn read(&mut self, with_starts: bool) -> BTreeMap<i32, Reading> {
        let progress: Vec<_> = self.assigned.values().map(|assigned| assigned.status.progress()).collect();
        let partitions: Vec<i32> = self.assigned.keys().copied().collect();
        let logs = self.logs(&partitions, with_starts).await;
        let now_s = wall_s();
        let mut readings = BTreeMap::new();
        for ((partition, assigned), progress) in self.assigned.iter_mut().zip(progress) {
            let log = logs.as_ref().ok().and_then(|logs| logs.get(partition).copied()).unwrap_or_default();
            let reading = assigned.waiting.reading(&progress, &log, now_s);
            assigned.status.set_end(log.end);
            tell(&self.shared, &self.state, *partition, (&reading, log.end), now_s);
            readings.insert(*partition, reading);
        }
        readings
    }

    async fn logs(&self, partitions: &[i32], with_starts: bool) -> Result<BTreeMap<i32, Log>, KafkaFailure> {
        let (cluster, topic) = (&self.shared.cluster, &self.shared.config.kafka.topic);
        if partitions.is_empty() {
            return Ok(BTreeMap::new());
        }
        if with_starts {
            let known =
                |range: Option<LogRange>| range.map_or_else(Log::default, |range| Log { start: Some(range.start), end: Some(range.end) });
            let ranges = cluster.log_ranges(topic, partitions).await?;
            return Ok(ranges.into_iter().map(|(partition, range)| (partition, known(range.ok()))).collect());
        }
        let ends = cluster.log_ends(topic, partitions).await?;
        Ok(ends.into_iter().map(|(partition, end)| (partition, Log { start: None, end: end.ok() })).collect())
    }

    async fn judge(&mut self, readings: &BTreeMap<i32, Reading>, now_s: f64) {
        let of = |(partition, assigned): (&i32, &mut Assigned)| {
            let number = usize::try_from(*partition).ok()?;
            let own = Own { is_new: !assigned.is_known, reading: readings.get(partition)?.clone() };
            assigned.is_known = true;
            Some((number, own))
        };
        let own: BTreeMap<usize, Own> = self.assigned.iter_mut().filter_map(of).collect();
        let (events, view) = (self.own.look(&own, now_s), self.own.view(now_s));
        self.shared.metrics.set_lag_states(&view);
        self.state.set_view(view.clone());
        self.teller.tell(&events, &self.own.open(now_s), &view).await;
        self.state.tells_nobody(self.teller.failure().map(str::to_owned));
    }
}

fn tell(shared: &Shared, state: &WorkerState, partition: i32, (reading, end): (&Reading, Option<NextOffset>), now_s: f64) {
    let records = waiting(reading);
    let age = match records {
        Some(0) => Some(Duration::ZERO),
        // Producers' clocks may run ahead: a record from the future is of age 0.
        Some(_) => reading.timestamp.map(|timestamp| Duration::try_from_secs_f64(now_s - timestamp).unwrap_or_default()),
        None => None,
    };
    shared.metrics.set_lag(partition, &LagReading { end, lag: records, age });
    state.set_lag(partition, Lag { end, records, age });
}

fn wall_s() -> f64 {
    wall_ms() as f64 / 1e3
}
