//! Which partitions this process has, and how far it has told Kafka.

use std::fmt::Display;
use std::time::Instant;

use tracing::{info, warn};

use crate::core::offset::NextOffset;
use crate::telemetry::Build;
use crate::telemetry::metrics::{Metrics, Rebalance};
use crate::telemetry::partition::PartitionMetrics;
use crate::telemetry::sampler::SharedSampler;

/// The process begins its work.
#[derive(Debug)]
pub struct ProcessStarted<'a> {
    pub service: &'a str,
    pub build: Build,
}

impl ProcessStarted<'_> {
    pub fn emit(self) {
        info!(target: "shasta::worker", service = self.service, version = self.build.version, git_sha = self.build.git_sha, "started");
    }
}

/// The group gave partitions to this process.
#[derive(Debug)]
pub struct PartitionsAssigned<'a> {
    pub topic: &'a str,
    pub partitions: &'a [i32],
}

impl PartitionsAssigned<'_> {
    pub fn emit(self, metrics: &Metrics) {
        metrics.rebalance(Rebalance::Assign);
        info!(target: "shasta::kafka", topic = self.topic, count = self.partitions.len(), partitions = ?self.partitions, "partitions assigned");
    }
}

/// The group took partitions from this process.
#[derive(Debug)]
pub struct PartitionsRevoked<'a> {
    pub topic: &'a str,
    pub partitions: &'a [i32],
    /// Without asking: the session had expired, and another worker may have them already.
    pub lost: bool,
}

impl PartitionsRevoked<'_> {
    pub fn emit(self, metrics: &Metrics) {
        let (topic, count, partitions) = (self.topic, self.partitions.len(), self.partitions);
        if self.lost {
            metrics.rebalance(Rebalance::Lost);
            warn!(target: "shasta::kafka", topic, count, ?partitions, "partitions lost");
        } else {
            metrics.rebalance(Rebalance::Revoke);
            info!(target: "shasta::kafka", topic, count, ?partitions, "partitions revoked");
        }
    }
}

/// A partition's task found where to go on.
#[derive(Debug)]
pub struct PartitionStarted<'a> {
    pub topic: &'a str,
    pub next: NextOffset,
    /// Which rule decided, a constant of the code.
    pub because: &'static str,
}

impl PartitionStarted<'_> {
    pub fn emit(self, partition: &PartitionMetrics) {
        partition.set_position(self.next);
        info!(target: "shasta::worker", topic = self.topic, partition = partition.partition(), offset = %self.next, because = self.because, "partition started");
    }
}

/// A checkpoint could not be committed; the next one covers it.
#[derive(Debug)]
pub struct CommitFailed<'a, E> {
    pub topic: &'a str,
    pub partition: i32,
    pub next: NextOffset,
    pub error: E,
}

impl<E: Display> CommitFailed<'_, E> {
    pub fn emit(self, sampler: &SharedSampler, now: Instant) {
        let Some(suppressed) = sampler.admit("commit failed", now) else { return };
        let (topic, partition) = (self.topic, self.partition);
        warn!(target: "shasta::kafka", topic, partition, next = %self.next, error = %self.error, suppressed, "commit failed");
    }
}
