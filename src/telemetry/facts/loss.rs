//! What one of the stores no longer has.

use tracing::error;

use crate::core::offset::NextOffset;
use crate::telemetry::metrics::Metrics;

/// A replay had to begin above what was lost: these offsets, from `lost` up to but without `start`, are in neither store.
#[derive(Debug)]
pub struct ReplayIncomplete<'a> {
    pub topic: &'a str,
    pub partition: i32,
    pub lost: NextOffset,
    pub start: NextOffset,
}

impl ReplayIncomplete<'_> {
    pub fn emit(self, metrics: &Metrics) {
        let (topic, partition, offsets) = (self.topic, self.partition, span(self.lost, self.start));
        metrics.count_lost_offsets(partition, offsets);
        let (lost, start) = (self.lost.get(), self.start.get());
        error!(target: "shasta::worker", topic, partition, lost, start, offsets, "replay is incomplete, kafka no longer has these offsets");
    }
}

/// Retention overtook the worker: offsets from `expected` up to but without `log_start` were never applied.
#[derive(Debug)]
pub struct OffsetsLost<'a> {
    pub topic: &'a str,
    pub partition: i32,
    pub expected: NextOffset,
    pub log_start: NextOffset,
}

impl OffsetsLost<'_> {
    pub fn emit(self, metrics: &Metrics) {
        let (topic, partition, offsets) = (self.topic, self.partition, span(self.expected, self.log_start));
        metrics.count_lost_offsets(partition, offsets);
        let (expected, log_start) = (self.expected.get(), self.log_start.get());
        error!(target: "shasta::kafka", topic, partition, expected, log_start, offsets, "kafka deleted offsets that were not applied yet");
    }
}

fn span(from: NextOffset, to: NextOffset) -> u64 {
    u64::try_from(to.get().saturating_sub(from.get())).unwrap_or(0)
}
