//! A partition that goes on from elsewhere than where it had been.

use tracing::{error, warn};

use crate::core::offset::NextOffset;
use crate::core::rewind::RewindReason;
use crate::telemetry::metrics::Metrics;

/// A partition at work had to decide anew where it goes on.
#[derive(Debug)]
pub struct PartitionRewound<'a> {
    pub topic: &'a str,
    pub partition: i32,
    pub start: NextOffset,
    pub reason: RewindReason,
    /// What made it, in words.
    pub why: &'a str,
}

impl PartitionRewound<'_> {
    pub fn emit(self, metrics: &Metrics) {
        metrics.rewind(self.reason);
        let (topic, partition, why) = (self.topic, self.partition, self.why);
        error!(target: "shasta::worker", topic, partition, start = %self.start, reason = self.reason.as_str(), why, "the partition starts again");
    }
}

/// A partition was assigned and does not start where its last owner left it.
#[derive(Debug)]
pub struct StartedElsewhere<'a> {
    pub topic: &'a str,
    pub partition: i32,
    pub start: NextOffset,
    pub reason: RewindReason,
    /// Slices of the commit whose position is below it.
    pub behind: usize,
    /// Slices of the commit without a position that counts.
    pub empty: usize,
}

impl StartedElsewhere<'_> {
    pub fn emit(self, metrics: &Metrics) {
        metrics.rewind(self.reason);
        let (topic, partition, start, reason) = (self.topic, self.partition, self.start, self.reason.as_str());
        if self.reason.is_loss_of_redis() {
            let (behind, empty) = (self.behind, self.empty);
            error!(target: "shasta::worker", topic, partition, %start, reason, behind, empty, "redis lost acknowledged writes, replaying from kafka");
        } else {
            warn!(target: "shasta::worker", topic, partition, %start, reason, "the partition does not start where it was left");
        }
    }
}
