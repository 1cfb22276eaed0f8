use std::collections::BTreeMap;

use super::{Ledger, Stage};

/// Latencies in microseconds, sorted, by source and destination.
pub type Pairs = BTreeMap<(u32, u16), Vec<i64>>;

impl Ledger {
    /// The counted latencies at a stage, sorted by value.
    pub fn sorted_latencies(&self, stage: Stage) -> Vec<i64> {
        let counted = self.entries().filter(|entry| entry.scheduled.counted);
        let mut latencies: Vec<i64> = counted.filter_map(|entry| entry.latency_us(stage)).collect();
        latencies.sort_unstable();
        latencies
    }

    /// The counted latencies at a stage by (source, destination); `source_of` names a producer's host, process or itself.
    pub fn pairs(&self, stage: Stage, source_of: impl Fn(u32) -> u32) -> Pairs {
        let mut pairs = Pairs::new();
        for entry in self.entries().filter(|entry| entry.scheduled.counted) {
            if let Some(latency_us) = entry.latency_us(stage) {
                let pair = (source_of(entry.scheduled.producer), entry.destination(stage));
                pairs.entry(pair).or_default().push(latency_us);
            }
        }
        pairs.values_mut().for_each(|latencies| latencies.sort_unstable());
        pairs
    }
}
