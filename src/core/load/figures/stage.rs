use serde::{Deserialize, Serialize};

/// A station on an event's way. Its latency there is counted from the moment the schedule intended it to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stage {
    /// Handed to the client, before any retry; the latency here is the generator's slip.
    Sent,
    /// Kafka's answer arrived.
    Acknowledged,
    /// The load test's own consumer saw the record.
    Consumed,
    /// The event's entry is in Redis (Redis' clock, milliseconds).
    Stored,
    /// A follower of the library saw it.
    Delivered,
}

impl Stage {
    /// In the order an event passes them.
    pub const ALL: [Stage; 5] = [Stage::Sent, Stage::Acknowledged, Stage::Consumed, Stage::Stored, Stage::Delivered];
    /// Those where somebody else than the producer sees the record with its partition and offset.
    pub const SIGHTING: [Stage; 3] = [Stage::Consumed, Stage::Stored, Stage::Delivered];

    /// Lower case, one word, stable: fit for a report's key.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Sent => "sent",
            Stage::Acknowledged => "acknowledged",
            Stage::Consumed => "consumed",
            Stage::Stored => "stored",
            Stage::Delivered => "delivered",
        }
    }

    pub(super) fn index(self) -> usize {
        self as usize
    }

    /// Its place in [`Stage::SIGHTING`], if it has one.
    pub(super) fn sighting(self) -> Option<usize> {
        self.index().checked_sub(Stage::Consumed.index())
    }
}
