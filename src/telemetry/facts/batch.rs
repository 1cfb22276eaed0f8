//! What became of records.

use std::fmt::Display;
use std::time::{Duration, Instant};

use tracing::{debug, warn};

use crate::core::offset::{NextOffset, Offset};
use crate::telemetry::batch::BatchFacts;
use crate::telemetry::partition::PartitionMetrics;
use crate::telemetry::sampler::{Sampler, SharedSampler};

/// A batch is in Redis, whole.
#[derive(Debug)]
pub struct BatchApplied<'a> {
    pub topic: &'a str,
    pub next: NextOffset,
    pub took: Duration,
    pub facts: &'a BatchFacts,
}

impl BatchApplied<'_> {
    pub fn emit(self, partition: &PartitionMetrics) {
        partition.flush(self.facts);
        partition.set_position(self.next);
        debug!(
            target: "shasta::worker",
            topic = self.topic,
            partition = partition.partition(),
            next = %self.next,
            records = self.facts.records,
            applied = self.facts.applied,
            bytes = self.facts.bytes,
            took = ?self.took,
            "batch applied"
        );
    }
}

/// The dead-letter topic acknowledged a record.
#[derive(Debug)]
pub struct RecordDeadLettered<'a> {
    pub topic: &'a str,
    pub offset: Offset,
    /// The fixed code of `shasta-reason`. The sentence of `shasta-error` stays in the dead letter: it may quote the record.
    pub reason: &'static str,
}

impl RecordDeadLettered<'_> {
    pub fn emit(self, partition: &PartitionMetrics, sampler: &mut Sampler, now: Instant) {
        partition.count_dead_letter(self.reason);
        let Some(suppressed) = sampler.admit(now) else { return };
        let partition = partition.partition();
        warn!(target: "shasta::worker", topic = self.topic, partition, offset = %self.offset, reason = self.reason, suppressed, "record dead-lettered");
    }
}

/// The dead-letter topic refused a record, and its partition waits.
#[derive(Debug)]
pub struct DeadLetterRefused<'a, E> {
    pub topic: &'a str,
    pub partition: i32,
    pub offset: Offset,
    pub error: E,
}

impl<E: Display> DeadLetterRefused<'_, E> {
    pub fn emit(self, sampler: &SharedSampler, now: Instant) {
        let Some(suppressed) = sampler.admit("dead letter refused", now) else { return };
        let (topic, partition) = (self.topic, self.partition);
        warn!(target: "shasta::worker", topic, partition, offset = %self.offset, error = %self.error, suppressed, "dead letter refused, waiting");
    }
}
