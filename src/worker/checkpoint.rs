//! Commit = checkpoint: before an offset is committed, every slice that ever had an event of the partition is brought to it.

use std::time::Instant;

use crate::core::call::{Call, Outcome};
use crate::core::checkpoint::Checkpoint;
use crate::core::offset::NextOffset;
use crate::core::positions::Moved;
use crate::core::rewind::RewindReason;
use crate::core::slice::{Slice, SliceSet};
use crate::kafka::CommitEntry;
use crate::store::StoreError;
use crate::telemetry::FenceOutcome;
use crate::telemetry::facts::{CommitFailed, WaitingAt};

use super::backoff::Backoff;
use super::interrupt::Interrupt;
use super::task::PartitionTask;

/// A checkpoint that Redis does not take is given up after so many tries; the next one is due soon.
const TRIES: usize = 3;

impl PartitionTask {
    /// Commits what is done, if anything is new; otherwise looks whether Redis still has what it acknowledged.
    ///
    /// # Errors
    /// [`Interrupt::Rewind`] where Redis lost data, [`Interrupt::Fatal`] where the topic is another than it was.
    pub(super) async fn checkpoint(&mut self) -> Result<(), Interrupt> {
        self.schedule_checkpoint();
        self.worker.tell_cost(self.known.len());
        if !self.same_topic().await? {
            return Ok(());
        }
        let checkpoint = self.checkpoint_of(&self.known);
        let unchanged = self.committed.as_ref().is_some_and(|(at, committed)| *at == self.done && *committed == checkpoint);
        if unchanged {
            return self.verify_positions().await;
        }
        if self.bring_slices_to(self.done).await? {
            self.commit(self.done, checkpoint).await?;
        }
        Ok(())
    }

    /// The one that is made when the partition is given up: at once, and without waiting for anybody.
    pub(super) async fn last_checkpoint(&mut self) -> Result<(), Interrupt> {
        let checkpoint = self.checkpoint_of(&self.known);
        let unchanged = self.committed.as_ref().is_some_and(|(at, committed)| *at == self.done && *committed == checkpoint);
        if !unchanged && self.same_topic().await? && self.bring_slices_to(self.done).await? {
            self.commit(self.done, checkpoint).await?;
        }
        Ok(())
    }

    pub(super) fn schedule_checkpoint(&mut self) {
        let interval = self.worker.config.worker.commit_interval.as_millis() as f64;
        // Partitions that were assigned together do not commit together.
        self.checkpoint_due_ms = self.now_ms() + (interval * (0.9 + 0.2 * fastrand::f64())) as u64;
    }

    pub(super) fn checkpoint_of(&self, slices: &SliceSet) -> Checkpoint {
        Checkpoint { slices: slices.clone(), topic_id: self.plan.topic_id.clone(), dead_lettered: self.dead_lettered }
    }

    /// False where it can not be told now.
    async fn same_topic(&mut self) -> Result<bool, Interrupt> {
        match self.worker.topic.current().await {
            Ok(current) if current.matches(&self.plan.topic_id) => Ok(true),
            Ok(current) => Err(Interrupt::Fatal(format!(
                "topic {} was deleted and made again: its id was {}, and is {current}",
                self.worker.config.kafka.topic, self.plan.topic_id
            ))),
            Err(error) => {
                self.say_waiting(WaitingAt::LookingAtTheTopic, &error);
                Ok(false)
            }
        }
    }

    /// Commits an offset that all slices of the checkpoint have reached.
    pub(super) async fn commit(&mut self, at: NextOffset, checkpoint: Checkpoint) -> Result<(), Interrupt> {
        let entry = CommitEntry { partition: self.partition, next: at, metadata: checkpoint.encode(), leader_epoch: self.leader_epoch };
        match self.worker.committer.commit(vec![entry]).await {
            Ok(()) => {
                self.committed = Some((at, checkpoint));
                self.status.committed(at);
                Ok(())
            }
            Err(error) if error.failure().is_fatal() => Err(Interrupt::Fatal(error.to_string())),
            Err(error) => {
                // Not ours any more: the revocation is on its way. Else the next checkpoint tries again.
                self.status.waits_for("kafka", &error.to_string(), self.now_ms());
                let failed = CommitFailed { topic: &self.worker.config.kafka.topic, partition: self.partition, next: at, error };
                failed.emit(&self.worker.sampler, Instant::now());
                Ok(())
            }
        }
    }

    /// Moves the position of every known slice that is below `at` there, fenced. False where Redis did not take all of it.
    pub(super) async fn bring_slices_to(&mut self, at: NextOffset) -> Result<bool, Interrupt> {
        let mut backoff = Backoff::default();
        for _ in 0..TRIES {
            let slices = self.positions.below(at, &self.known);
            if slices.is_empty() {
                return Ok(true);
            }
            if let Some(error) = self.move_slices(&slices, at).await? {
                if self.stop.is_requested() {
                    tokio::time::sleep(backoff.next()).await;
                } else {
                    self.wait_after(&error, &mut backoff).await?;
                }
            }
        }
        Ok(false)
    }

    /// One fenced call without events for each slice. The last error, if there was one.
    pub(super) async fn move_slices(&mut self, slices: &[Slice], to: NextOffset) -> Result<Option<StoreError>, Interrupt> {
        let calls: Vec<Call> = slices.iter().map(|slice| self.positions.call(*slice, to)).collect();
        let answers = self.worker.store.apply(&self.fold, self.lane(), calls.iter()).await;
        self.count_round_trips(&answers.round_trips);
        let mut trouble = None;
        for (call, answer) in calls.iter().zip(answers.results) {
            if let Ok(outcome) = &answer {
                self.facts.fences.add(fence(outcome));
            }
            match answer.map(|outcome| self.positions.moved(call, outcome, &mut self.cache)) {
                Ok(Moved::Done | Moved::Ahead) => {}
                Ok(Moved::Behind(behind)) => return Err(behind.into()),
                Ok(Moved::Refused(cause)) => trouble = Some(self.worker.refusal(call.slice, &cause)),
                Err(error) => trouble = Some(error),
            }
        }
        Ok(trouble)
    }

    /// An idle slice never conflicts: whether Redis still has what it acknowledged is asked.
    async fn verify_positions(&mut self) -> Result<(), Interrupt> {
        let slices: Vec<Slice> = self.known.iter().collect();
        let found = match self.worker.store.positions(&self.fold.field, self.lane(), &slices).await {
            Ok(found) => found,
            Err(error) => {
                self.note_trouble(&error, "hget");
                return Ok(());
            }
        };
        for (slice, found) in slices.into_iter().zip(found) {
            self.positions.found(slice, found, &mut self.cache).map_err(|behind| Interrupt::rewind(RewindReason::Idle, behind))?;
        }
        self.status.verified();
        Ok(())
    }
}

/// What the fence answered to a call without events, as it is counted.
const fn fence(outcome: &Outcome) -> FenceOutcome {
    match outcome {
        Outcome::Applied(_) => FenceOutcome::Applied,
        Outcome::Already => FenceOutcome::Already,
        Outcome::Conflict(_) => FenceOutcome::Conflict,
        Outcome::Stopped { .. } => FenceOutcome::Failed,
    }
}
