//! What keeps partitions waiting, most often all of a worker at once.

use std::fmt::Display;
use std::time::Instant;

use tracing::warn;

use crate::telemetry::sampler::SharedSampler;

/// A partition can not go on for now, and tries again.
#[derive(Debug)]
pub struct PartitionWaits<'a, E> {
    pub topic: &'a str,
    pub partition: i32,
    pub at: WaitingAt,
    pub error: E,
}

/// What the partition was about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingAt {
    DecidingTheStart,
    /// Until it is certain that the log is as short as it looks.
    DoubtingTheEnd,
    GoingToTheStart,
    LookingAtTheTopic,
    /// Kafka says no, and trying again soon will not change that.
    FetchingForbidden,
    Fetching,
}

impl WaitingAt {
    const fn message(self) -> &'static str {
        match self {
            Self::DecidingTheStart => "the start can not be decided yet",
            Self::DoubtingTheEnd => "the log ends below what was applied: looking again",
            Self::GoingToTheStart => "can not go to the start",
            Self::LookingAtTheTopic => "no commit: the topic's id can not be read",
            Self::FetchingForbidden => "kafka refuses the partition",
            Self::Fetching => "kafka failed, and is asked again",
        }
    }
}

impl<E: Display> PartitionWaits<'_, E> {
    pub fn emit(self, sampler: &SharedSampler, now: Instant) {
        let message = self.at.message();
        let Some(suppressed) = sampler.admit(message, now) else { return };
        warn!(target: "shasta::worker", topic = self.topic, partition = self.partition, error = %self.error, suppressed, "{message}");
    }
}

/// The client of the group has trouble that it gets over by itself.
#[derive(Debug)]
pub struct KafkaFailed<E> {
    pub error: E,
}

impl<E: Display> KafkaFailed<E> {
    pub fn emit(self, sampler: &SharedSampler, now: Instant) {
        let Some(suppressed) = sampler.admit("kafka failed", now) else { return };
        warn!(target: "shasta::kafka", error = %self.error, suppressed, "kafka failed");
    }
}

/// The layout is gone from Redis, or a part of it.
#[derive(Debug)]
pub struct LayoutNotWhole;

impl LayoutNotWhole {
    pub fn emit(self, sampler: &SharedSampler, now: Instant) {
        let Some(suppressed) = sampler.admit("layout", now) else { return };
        warn!(target: "shasta::store", suppressed, "the layout in redis is not whole any more: what is absent is written again");
    }
}
