//! A record that is due.

use super::outcome::Reason;

/// One record to be sent now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shipment {
    /// Its number in the schedule.
    pub event: u64,
    pub producer: u32,
    pub partition: i32,
    pub key: Vec<u8>,
    /// For Shasta's own publisher a `TagData` in protobuf: that publisher names the partition itself and encodes again.
    pub value: Vec<u8>,
    /// The record's timestamp, milliseconds since 1970. Shasta's own publisher sets its own.
    pub timestamp_ms: i64,
}

/// A record that was not taken, and why. [`Reason::Full`]: there was no room.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {event} was not taken: {reason}", event = shipment.event)]
pub struct Refused {
    pub shipment: Shipment,
    pub reason: Reason,
}

impl Refused {
    pub(super) fn full(shipment: Shipment) -> Self {
        Self { shipment, reason: Reason::Full }
    }
}
