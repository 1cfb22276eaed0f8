//! What the checkpoints of a topic cost Redis: in every commit interval a call for each slice that each partition uses.

use std::time::Duration;

use super::slice::SliceCount;

/// Calls per second that a deployment should not pass without having chosen to. A call with one event takes Redis 12.5 microseconds, one
/// without any less: this is at most 6 % of its core.
const SENSIBLE: f64 = 5_000.0;

/// The cost where it is more than a topic keyed by channel has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CheckpointCost {
    /// The slices that one partition uses.
    pub slices: usize,
    pub partitions: u32,
    /// Of all partitions together, wherever they are assigned, if the others use as many.
    pub calls_per_second: f64,
}

impl CheckpointCost {
    /// `None` where a partition `uses` no more slices than it does where channels stay in one partition: then the slices of all
    /// partitions are the slices that there are.
    pub fn of(uses: usize, slices: SliceCount, partitions: u32, commit_interval: Duration) -> Option<Self> {
        let share = slices.get().div_ceil(partitions.max(1)) as usize;
        // Twice: as many partitions as slices, or nearly, and a few records that another tool has put elsewhere prove nothing.
        let spread = uses > 2 * share;
        let calls_per_second = uses as f64 * f64::from(partitions) / commit_interval.as_secs_f64();
        spread.then_some(Self { slices: uses, partitions, calls_per_second })
    }

    /// Whether somebody should choose fewer slices or a longer interval.
    pub fn is_high(&self) -> bool {
        self.calls_per_second > SENSIBLE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(uses: usize, slices: u32, partitions: u32, seconds: u64) -> Option<CheckpointCost> {
        CheckpointCost::of(uses, SliceCount::new(slices).unwrap(), partitions, Duration::from_secs(seconds))
    }

    #[test]
    fn a_topic_keyed_by_object_costs_a_call_for_every_slice_and_partition() {
        let high = cost(1_024, 1_024, 256, 5).unwrap();
        assert!((high.calls_per_second - 52_428.8).abs() < 0.1 && high.is_high(), "{high:?}");
        let sized = cost(64, 64, 256, 30).unwrap();
        assert!((sized.calls_per_second - 546.1).abs() < 0.1 && !sized.is_high(), "{sized:?}");
    }

    #[test]
    fn a_topic_keyed_by_channel_costs_what_there_are_slices() {
        for (uses, slices, partitions) in [(4, 1_024, 256), (8, 1_024, 256), (1_024, 1_024, 1), (2, 10, 16), (0, 1_024, 256)] {
            assert_eq!(cost(uses, slices, partitions, 5), None, "{uses} of {slices}");
        }
        assert!(cost(9, 1_024, 256, 5).is_some());
    }
}
