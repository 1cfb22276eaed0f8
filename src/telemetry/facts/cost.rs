//! What a deployment costs because of how it is set up.

use std::time::Duration;

use tracing::{info, warn};

use crate::core::checkpoint_cost::CheckpointCost;

/// The topic is not keyed by channel, so that each commit makes many calls.
#[derive(Debug)]
pub struct CheckpointsSpread<'a> {
    pub topic: &'a str,
    pub cost: CheckpointCost,
    pub commit_interval: Duration,
}

impl CheckpointsSpread<'_> {
    pub fn emit(self) {
        let (topic, slices, partitions, commit_interval) = (self.topic, self.cost.slices, self.cost.partitions, self.commit_interval);
        let calls_per_second = self.cost.calls_per_second.round();
        if self.cost.is_high() {
            let remedy = "fewer slices (redis.slices, before the first start), or a longer worker.commit_interval";
            warn!(target: "shasta::worker", topic, slices, partitions, ?commit_interval, calls_per_second, remedy, "checkpoints cost redis many calls");
        } else {
            info!(target: "shasta::worker", topic, slices, partitions, ?commit_interval, calls_per_second, "checkpoints make a call for each slice of each partition");
        }
    }
}
