//! A record on its way over a connection, as often as it takes.

use rskafka::chrono::{DateTime, Utc};
use rskafka::record::Record;
use tokio::time::Instant;

use crate::load::fleet::{Answer, Reason, Shipment};

#[derive(Debug)]
pub(super) struct Parcel {
    shipment: Shipment,
    /// Its place among those of its connection.
    pub order: u64,
    /// After this it is given up.
    pub deadline: Instant,
    /// A request with it was sent, and no answer said that it was not written.
    pub may_be_stored: bool,
}

impl Parcel {
    pub fn new(shipment: Shipment, deadline: Instant) -> Self {
        Self { shipment, order: 0, deadline, may_be_stored: false }
    }

    pub fn event(&self) -> u64 {
        self.shipment.event
    }

    pub fn partition(&self) -> i32 {
        self.shipment.partition
    }

    pub fn bytes(&self) -> usize {
        self.shipment.key.len() + self.shipment.value.len()
    }

    pub fn into_shipment(self) -> Shipment {
        self.shipment
    }

    /// As the client wants it; a copy, because the record may have to be sent again.
    pub fn record(&self) -> Record {
        let timestamp = DateTime::<Utc>::from_timestamp_millis(self.shipment.timestamp_ms).unwrap_or_default();
        let (key, value) = (Some(self.shipment.key.clone()), Some(self.shipment.value.clone()));
        Record { key, value, headers: Default::default(), timestamp }
    }

    /// The answer where it is not acknowledged and not tried again.
    pub fn given_up(&self, reason: Reason) -> Answer {
        if self.may_be_stored { Answer::Unknown { reason } } else { Answer::Failed { reason } }
    }
}
