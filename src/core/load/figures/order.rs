//! Whether a channel's records are seen in the order in which Kafka has them, and whether Kafka has them in the order they were made.

use std::collections::HashMap;

use super::Stage;

/// Where an order is promised: what one observer sees of one channel in one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Lane {
    pub stage: Stage,
    pub observer: u16,
    pub partition: i32,
    pub channel: u32,
}

/// A record is out of order if one that belongs behind it was seen before (RFC 4737, section 3.3: against the highest so far).
#[derive(Debug, Default)]
pub(super) struct Order {
    offsets: HashMap<Lane, i64>,
    sequences: HashMap<(Lane, u32), u32>,
}

impl Order {
    /// True if the offset is behind one already seen.
    pub fn goes_back(&mut self, lane: Lane, offset: i64) -> bool {
        let highest = self.offsets.entry(lane).or_insert(offset);
        let back = offset < *highest;
        *highest = offset.max(*highest);
        back
    }

    /// True if the producer's sequence is behind one already seen.
    pub fn is_overtaken(&mut self, lane: Lane, producer: u32, sequence: u32) -> bool {
        let highest = self.sequences.entry((lane, producer)).or_insert(sequence);
        let back = sequence < *highest;
        *highest = sequence.max(*highest);
        back
    }
}
