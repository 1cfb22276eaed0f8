//! One assigned partition: its records are taken, applied and committed by one task, from assignment to revocation.

use std::fmt::Display;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tracing::Instrument;

use crate::core::batch::Batch;
use crate::core::cache::ReadCache;
use crate::core::checkpoint::Checkpoint;
use crate::core::offset::{NextOffset, Offset};
use crate::core::plan::PlanSettings;
use crate::core::position::{TopicId, position_field};
use crate::core::positions::Positions;
use crate::core::rewind::RewindReason;
use crate::core::slice::SliceSet;
use crate::kafka::{PartitionError, PartitionHandle, SeekError};
use crate::store::Fold;
use crate::telemetry::facts::{BatchApplied, PartitionWaits, WaitingAt};
use crate::telemetry::{BatchFacts, PartitionMetrics, Sampler};

use super::backoff::Backoff;
use super::interrupt::{Interrupt, Rewind, Stop, StopSignal};
use super::shared::Shared;
use super::status::{PartitionStatus, Phase};

/// What a lost wake-up of the client library costs at most, and how often an idle partition looks at its clock.
const IDLE_LOOK: Duration = Duration::from_millis(50);

/// The worker's side of one partition.
#[derive(Debug)]
pub struct PartitionTask {
    pub(super) worker: Arc<Shared>,
    pub(super) partition: i32,
    pub(super) status: Arc<PartitionStatus>,
    pub(super) stop: StopSignal,
    pub(super) metrics: PartitionMetrics,
    /// Counted since the last flush.
    pub(super) facts: BatchFacts,
    /// For the dead letters; what several partitions meet at once is sampled for the whole worker.
    pub(super) letters: Sampler,
    pub(super) fold: Fold,
    pub(super) plan: PlanSettings,
    pub(super) cache: ReadCache,
    /// Where each slice stands.
    pub(super) positions: Positions,
    /// Whether positions, known slices and what is done belong together: not while the start is being decided.
    pub(super) decided: bool,
    /// The slices that ever had an event of this partition.
    pub(super) known: SliceSet,
    /// The highest offset that went to the dead letters.
    pub(super) dead_lettered: Option<Offset>,
    /// Everything below is applied, or accounted for.
    pub(super) done: NextOffset,
    pub(super) leader_epoch: Option<i32>,
    /// What the group has committed, as far as this task knows.
    pub(super) committed: Option<(NextOffset, Checkpoint)>,
    /// When the next checkpoint is due.
    pub(super) checkpoint_due_ms: u64,
    /// When the batch in hand was taken.
    pub(super) taken_at_ms: u64,
}

impl PartitionTask {
    pub fn new(worker: Arc<Shared>, partition: i32, status: Arc<PartitionStatus>, stop: StopSignal) -> Self {
        let slices = worker.slices;
        let ttl_ms = worker.config.fold.ttl.0.map(|ttl| u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX));
        let fold = Fold {
            keys: worker.store.keys().clone(),
            field: position_field(&worker.config.kafka.topic, partition),
            stream_length: worker.config.fold.stream_length,
            ttl_ms,
            notices: worker.notices,
        };
        let plan = PlanSettings {
            partition,
            topic_id: TopicId::unknown(),
            slices,
            changed: worker.config.fold.delta == crate::config::DeltaMode::Changed,
            events_per_call: worker.config.worker.batch.events_per_call as usize,
        };
        Self {
            metrics: worker.metrics.partition(partition),
            cache: ReadCache::new(worker.cache_bytes(), slices, ttl_ms),
            positions: Positions::none(slices),
            decided: false,
            known: SliceSet::empty(slices),
            worker,
            partition,
            status,
            stop,
            facts: BatchFacts::default(),
            letters: Sampler::default(),
            fold,
            plan,
            dead_lettered: None,
            done: NextOffset::ZERO,
            leader_epoch: None,
            committed: None,
            checkpoint_due_ms: 0,
            taken_at_ms: 0,
        }
    }

    /// Runs until the partition is to be given up; commits before it returns, if it may.
    ///
    /// # Errors
    /// What the process must not go on after.
    pub async fn run(mut self, mut handle: PartitionHandle) -> Result<(), String> {
        let mut rewind = None;
        let mut backoff = Backoff::default();
        loop {
            let interrupt = match self.start(&mut handle, rewind.take()).await {
                Ok(()) => {
                    let from = self.done;
                    let interrupt = self.fold(&mut handle).await;
                    if self.done > from {
                        backoff.reset();
                    }
                    interrupt
                }
                Err(interrupt) => interrupt,
            };
            self.flush();
            match interrupt {
                // A start that leads nowhere, such as one at an offset that the leader refuses, is not decided as fast as can be.
                Interrupt::Rewind(why) => {
                    rewind = Some(why);
                    if self.pause(backoff.next()).await.is_err() {
                        break;
                    }
                }
                Interrupt::Fatal(why) => return Err(why),
                Interrupt::Stop => break,
            }
        }
        self.status.enter(Phase::Draining);
        if self.stop.current() != Stop::Abandon && self.status.has_started() && self.decided {
            // Whatever fails now is left to the next owner, which starts where the last commit stands.
            if let Err(interrupt) = self.last_checkpoint().await {
                tracing::info!(partition = self.partition, ?interrupt, "gave up without a last commit");
            }
        }
        self.flush();
        Ok(())
    }

    /// Takes and applies until something ends it.
    async fn fold(&mut self, handle: &mut PartitionHandle) -> Interrupt {
        self.status.enter(Phase::Folding);
        loop {
            match self.step(handle).await {
                Ok(()) => {}
                Err(interrupt) => return interrupt,
            }
        }
    }

    async fn step(&mut self, handle: &mut PartitionHandle) -> Result<(), Interrupt> {
        if self.stop.is_requested() {
            return Err(Interrupt::Stop);
        }
        let worked = self.take_and_apply(handle).await?;
        if self.now_ms() >= self.checkpoint_due_ms {
            self.pass_markers(handle);
            self.checkpoint().await?;
        }
        if !worked {
            self.status.idle(self.now_ms());
            let mut stop = self.stop.clone();
            tokio::select! {
                () = handle.ready(IDLE_LOOK) => {}
                () = stop.requested() => {}
            }
        }
        Ok(())
    }

    /// One batch of what is ready. False where nothing was.
    async fn take_and_apply(&mut self, handle: &mut PartitionHandle) -> Result<bool, Interrupt> {
        let taken = self.take(handle);
        let trouble = taken.trouble.clone();
        let worked = !taken.is_empty();
        if worked {
            self.taken_at_ms = self.now_ms();
            let span = self.worker.spans.batch(fastrand::f64(), self.partition);
            span.record("records", taken.len());
            self.apply_taken(taken).instrument(span).await?;
        } else {
            drop(taken);
        }
        match trouble {
            None => Ok(worked),
            Some(error) => {
                self.after_trouble(handle, error).await?;
                Ok(true)
            }
        }
    }

    async fn apply_taken(&mut self, mut taken: super::intake::Taken<'_>) -> Result<(), Interrupt> {
        self.status.took(&taken);
        self.dead_letter(std::mem::take(&mut taken.letters)).await?;
        let next = taken.next;
        let records = std::mem::take(&mut taken.records);
        let before = records.len();
        let newest_ms = records.last().and_then(|record| record.timestamp_ms);
        let batch = Batch::new(records, next, self.plan.slices, &self.plan.topic_id, self.positions.as_slice());
        self.skip("applied_before", before - batch.len());
        self.apply(batch, &mut taken).await?;
        self.done = self.done.max(next);
        self.leader_epoch = taken.leader_epoch;
        self.status.applied(self.done, newest_ms, self.now_ms());
        self.flush();
        Ok(())
    }

    /// Transaction markers and what compaction left out hold no record: an idle partition's position is past them.
    fn pass_markers(&mut self, handle: &PartitionHandle) {
        if handle.queued() == 0
            && let Some(position) = handle.position()
            && position > self.done
        {
            self.done = position;
            // That of the last record may be older than what lies between: the broker would take the commit for one beyond a cut.
            self.leader_epoch = None;
            self.status.applied(self.done, None, self.now_ms());
        }
    }

    async fn after_trouble(&mut self, handle: &mut PartitionHandle, error: PartitionError) -> Result<(), Interrupt> {
        match error {
            PartitionError::Revoked { .. } => Err(Interrupt::Stop),
            PartitionError::OutOfRange { .. } => {
                // Idle slices lie below what is done: what was applied would count as lost.
                while !self.bring_slices_to(self.done).await? {
                    self.pause(Duration::ZERO).await?;
                }
                Err(Interrupt::rewind(RewindReason::OutOfRange, error))
            }
            PartitionError::LogTruncated { broker_end, .. } => {
                let reason = RewindReason::Truncated;
                Err(Interrupt::Rewind(Rewind { reason, why: error.to_string(), cut_at: broker_end }))
            }
            PartitionError::Failed { ref failure, .. } if !failure.is_retryable() => {
                self.status.waits_for("kafka", &error.to_string(), self.now_ms());
                self.say_waiting(WaitingAt::FetchingForbidden, &error);
                self.pause(Duration::from_secs(1)).await?;
                handle.seek(self.done, self.leader_epoch).await.map_err(|error| match error {
                    SeekError::Revoked { .. } => Interrupt::Stop,
                    SeekError::Failed { .. } => Interrupt::rewind(RewindReason::Refused, error),
                })
            }
            PartitionError::Failed { .. } => {
                self.say_waiting(WaitingAt::Fetching, &error);
                self.pause(Backoff::default().next()).await
            }
        }
    }

    /// Logs what it waits for, with all that the worker's other partitions wait for.
    pub(super) fn say_waiting(&self, at: WaitingAt, error: &dyn Display) {
        let (topic, partition) = (self.worker.config.kafka.topic.as_str(), self.partition);
        PartitionWaits { topic, partition, at, error }.emit(&self.worker.sampler, Instant::now());
    }

    /// Adds what was counted to the metrics.
    pub(super) fn flush(&mut self) {
        let counters = self.cache.counters();
        self.facts.cache = self.status.cache_since_last(counters);
        let took = Duration::from_millis(self.now_ms().saturating_sub(self.taken_at_ms));
        BatchApplied { topic: &self.worker.config.kafka.topic, next: self.done, took, facts: &self.facts }.emit(&self.metrics);
        self.facts.clear();
        self.cache.set_budget(self.worker.cache_bytes());
    }

    pub(super) fn skip(&mut self, reason: &'static str, records: usize) {
        if records > 0 {
            self.facts.skipped.add(reason, records as u64);
        }
    }

    /// Which of a node's connections this partition uses.
    pub(super) fn lane(&self) -> usize {
        usize::try_from(self.partition).unwrap_or_default()
    }

    /// Milliseconds of a clock that never goes back.
    pub(super) fn now_ms(&self) -> u64 {
        self.worker.now_ms()
    }

    /// Milliseconds since 1970.
    pub(super) fn wall_ms(&self) -> i64 {
        wall_ms()
    }
}

/// Milliseconds since 1970.
pub fn wall_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
