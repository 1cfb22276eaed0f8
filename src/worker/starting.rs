//! Before the first record of a partition is applied: where does it start?

use std::ops::Range;
use std::time::Duration;

use crate::core::checkpoint::Checkpoint;
use crate::core::offset::NextOffset;
use crate::core::positions::Positions;
use crate::core::rewind::RewindReason;
use crate::core::slice::{Slice, SliceSet};
use crate::core::start::{Found, Rule, Start};
use crate::kafka::PartitionHandle;
use crate::telemetry::facts::{OffsetsLost, PartitionRewound, PartitionStarted, ReplayIncomplete, StartedElsewhere, WaitingAt};

use super::backoff::Backoff;
use super::interrupt::{Interrupt, Rewind};
use super::status::Phase;
use super::task::PartitionTask;

/// Longer than a new leader needs to hear of its followers.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl PartitionTask {
    /// Decides, from what Kafka has committed and what Redis has applied, and goes there. `rewind`: why a partition that was at work
    /// has to decide again.
    ///
    /// # Errors
    /// [`Interrupt::Stop`] when the partition is to be given up first; [`Interrupt::Fatal`] when the topic is another one.
    pub(super) async fn start(&mut self, handle: &mut PartitionHandle, rewind: Option<Rewind>) -> Result<(), Interrupt> {
        self.status.enter(Phase::Starting);
        self.decided = false;
        self.cache.clear();
        let Decided { start, positions, rewound, .. } = self.decide_patiently(handle, rewind.as_ref()).await?;
        self.say(&start, rewound, rewind.as_ref());
        self.positions = positions;
        self.known = start.bitmap.clone();
        self.worker.tell_cost(self.known.len());
        self.dead_lettered = start.dead_lettered;
        self.done = start.at;
        self.leader_epoch = None;
        self.decided = true;
        if let Some(back) = &start.move_back {
            self.insist(&back.slices, back.to).await?;
        }
        let committed = handle.committed().as_ref().ok().and_then(Option::as_ref);
        self.committed = match (&start.commit_first, committed) {
            (None, Some(committed)) if rewind.is_none() => {
                Checkpoint::decode(&committed.metadata).ok().map(|checkpoint| (committed.next, checkpoint))
            }
            _ => None,
        };
        if let Some(slices) = &start.commit_first {
            self.commit_first(slices).await?;
        }
        self.go_to_start(handle, rewind.is_some()).await?;
        self.status.started(self.done, self.now_ms());
        self.schedule_checkpoint();
        Ok(())
    }

    /// Decides, however often it takes. What rests on a log end below what was reached is found twice before it counts: a leader that has
    /// just been elected may not know yet how far its log goes.
    async fn decide_patiently(&mut self, handle: &mut PartitionHandle, rewind: Option<&Rewind>) -> Result<Decided, Interrupt> {
        let mut backoff = Backoff::default();
        let mut doubted = None;
        loop {
            match self.decide(handle, rewind).await {
                Ok(decided) if decided.in_doubt && doubted.as_ref() != Some(&decided.start) => {
                    self.status.waits_for("kafka", "the log ends below what was applied", self.now_ms());
                    self.say_waiting(WaitingAt::DoubtingTheEnd, &"a leader that was just elected may not know its end yet");
                    doubted = Some(decided.start);
                    self.pause(LOOK_AGAIN).await?;
                }
                Ok(decided) => return Ok(decided),
                Err(Trouble::Interrupt(interrupt)) => return Err(interrupt),
                Err(Trouble::Later(why, error)) => {
                    self.status.waits_for(why, &error, self.now_ms());
                    self.say_waiting(WaitingAt::DecidingTheStart, &error);
                    self.pause(backoff.next()).await?;
                }
            }
        }
    }

    async fn decide(&mut self, handle: &mut PartitionHandle, rewind: Option<&Rewind>) -> Result<Decided, Trouble> {
        let kafka = |error: &dyn std::fmt::Display| Trouble::Later("kafka", error.to_string());
        // Before the first start is made, what this task has reached is nothing.
        let again = self.status.has_started();
        let topic_id = self.worker.topic.current().await.map_err(|error| kafka(&error))?;
        if !self.plan.topic_id.matches(&topic_id) {
            let topic = &self.worker.config.kafka.topic;
            return Err(Trouble::Interrupt(Interrupt::Fatal(format!("topic {topic} was deleted and made again while it was consumed"))));
        }
        self.plan.topic_id = topic_id.clone();
        if !again && handle.committed().is_err() {
            handle.fetch_committed().await.map_err(|error| kafka(&error))?;
        }
        // What this task itself had reached is what a commit would say now.
        let own = self.checkpoint_of(&self.known).encode();
        let committed = if again {
            Some((self.done, own.as_bytes()))
        } else {
            handle.committed().as_ref().ok().and_then(Option::as_ref).map(|committed| (committed.next, committed.metadata.as_slice()))
        };
        let slices: Vec<Slice> = self.plan.slices.all().collect();
        let positions = self.worker.store.positions(&self.fold.field, self.lane(), &slices).await;
        let positions = positions.map_err(|error| Trouble::Later(error.reason(), error.to_string()))?;
        let range = self.worker.log_range(self.partition).await.map_err(|error| kafka(&error))?;
        let found = Found {
            committed,
            positions: &positions,
            log_start: range.start,
            log_end: rewind.and_then(|rewind| rewind.cut_at).map_or(range.end, |cut| cut.min(range.end)),
            slices: self.plan.slices,
            topic_id: topic_id.clone(),
            layout_knows_topic: self.worker.layout_knew_topic,
            start_at: self.worker.start_at(),
        };
        let (start, in_doubt) = (found.start(), found.is_beyond_log_end());
        let rewound = found.rewind_reason(&start);
        Ok(Decided { start, rewound, in_doubt, positions: Positions::new(topic_id, positions) })
    }

    fn say(&self, start: &Start, rewound: Option<RewindReason>, rewind: Option<&Rewind>) {
        let (topic, partition) = (self.worker.config.kafka.topic.as_str(), self.partition);
        if let Some(Rewind { reason, why, .. }) = rewind {
            // Where the log is too short, that is what was behind it, whatever met it first.
            let reason = rewound.filter(|found| *found == RewindReason::Truncated).unwrap_or(*reason);
            PartitionRewound { topic, partition, start: start.at, reason, why }.emit(&self.worker.metrics);
        } else if let Some(reason) = rewound {
            let (behind, empty) = if let Rule::Rewind { behind, empty } = start.rule { (behind, empty) } else { (0, 0) };
            StartedElsewhere { topic, partition, start: start.at, reason, behind, empty }.emit(&self.worker.metrics);
        }
        for warning in &start.warnings {
            tracing::warn!(topic, partition, offset = start.at.get(), warning);
        }
        if let Some(Range { start: from, end }) = start.lost.clone() {
            self.status.lost(end.get() - from.get());
            if rewind.is_none() || from < self.done {
                ReplayIncomplete { topic, partition, lost: from, start: end }.emit(&self.worker.metrics);
            } else {
                OffsetsLost { topic, partition, expected: from, log_start: end }.emit(&self.worker.metrics);
            }
        }
        PartitionStarted { topic, next: start.at, because: because(start.rule) }.emit(&self.metrics);
    }

    /// The lower offset is committed first, so that a crash in the middle of a replay starts it again, and lag tells the truth.
    async fn commit_first(&mut self, slices: &SliceSet) -> Result<(), Interrupt> {
        let mut backoff = Backoff::default();
        while self.committed.as_ref().is_none_or(|(at, _)| *at != self.done) {
            self.commit(self.done, self.checkpoint_of(slices)).await?;
            if self.committed.is_none() {
                self.status.waits_for("kafka", "the start is not committed", self.now_ms());
                self.pause(backoff.next()).await?;
            }
        }
        Ok(())
    }

    /// Moves positions back until none of them is above `to`.
    async fn insist(&mut self, slices: &SliceSet, to: NextOffset) -> Result<(), Interrupt> {
        let mut backoff = Backoff::default();
        loop {
            let above: Vec<Slice> = slices.iter().filter(|slice| self.positions.place(*slice) > Some(to)).collect();
            if above.is_empty() {
                return Ok(());
            }
            if let Some(error) = self.move_slices(&above, to).await? {
                self.wait_after(&error, &mut backoff).await?;
            }
        }
    }

    async fn go_to_start(&mut self, handle: &mut PartitionHandle, again: bool) -> Result<(), Interrupt> {
        if !again && handle.started_at() == self.done {
            return Ok(());
        }
        let mut backoff = Backoff::default();
        while let Err(error) = handle.seek(self.done, None).await {
            if handle.is_revoked() {
                return Err(Interrupt::Stop);
            }
            self.say_waiting(WaitingAt::GoingToTheStart, &error);
            self.pause(backoff.next()).await?;
        }
        Ok(())
    }
}

/// Every value of `because` in the log.
const fn because(rule: Rule) -> &'static str {
    match rule {
        Rule::Checkpoint => "checkpoint",
        Rule::Rewind { .. } => "rewind",
        Rule::Truncated => "truncated",
        Rule::OtherLayout => "other_layout",
        Rule::NoMetadata { trusted: true } => "foreign_commit_trusted",
        Rule::NoMetadata { trusted: false } => "foreign_commit",
        Rule::Nothing => "nothing_known",
    }
}

/// What was decided, and the positions that it was decided from.
struct Decided {
    start: Start,
    /// Why that is not where the partition was left.
    rewound: Option<RewindReason>,
    positions: Positions,
    /// It rests on a log end that is below what was reached.
    in_doubt: bool,
}

enum Trouble {
    Interrupt(Interrupt),
    /// What it waits for, and the error.
    Later(&'static str, String),
}
