//! Whether a partition keeps up.

use std::time::Duration;

use tracing::{info, warn};

use crate::telemetry::metrics::Metrics;

/// A partition is consumed more slowly than it is written.
#[derive(Debug)]
pub struct FallingBehind<'a> {
    pub topic: &'a str,
    pub partition: i32,
    pub lag: Option<u64>,
    pub age: Option<Duration>,
}

impl FallingBehind<'_> {
    pub fn emit(self, metrics: &Metrics) {
        let (topic, partition, lag) = (self.topic, self.partition, self.lag);
        metrics.set_falling_behind(partition, true);
        let age_seconds = self.age.map(|age| age.as_secs_f64());
        warn!(target: "shasta::worker", topic, partition, lag, age_seconds, "falling behind");
    }
}

/// It is not any more.
#[derive(Debug)]
pub struct CaughtUp<'a> {
    pub topic: &'a str,
    pub partition: i32,
    /// How long it had been behind.
    pub after: Duration,
}

impl CaughtUp<'_> {
    pub fn emit(self, metrics: &Metrics) {
        metrics.set_falling_behind(self.partition, false);
        info!(target: "shasta::worker", topic = self.topic, partition = self.partition, after = ?self.after, "caught up");
    }
}
