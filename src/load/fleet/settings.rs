//! What a fleet is told.

use std::time::Duration;

use super::lanes::Route;
use super::sink::SinkSettings;

/// Which producers.
#[derive(Clone, Debug, PartialEq)]
pub enum FleetKind {
    /// rskafka: `connections` of them over all routes, acks=all, no compression.
    Many { connections: usize },
    /// librdkafka: `clients` producers, acks=all, idempotent. Producer p sends through client p mod `clients`.
    Fat { clients: usize, linger: Duration },
    /// Shasta's own publisher, whose queue is the bound.
    Publisher,
    /// One librdkafka producer with its queue as large as it gets: the rival in a test of back pressure.
    Bare { linger: Duration },
    /// No network: answers by itself, with known faults.
    Sink(SinkSettings),
}

#[derive(Clone, Debug, PartialEq)]
pub struct FleetSettings {
    pub kind: FleetKind,
    /// Each producer with each partition that it sends to, as the schedule knows them: connections are made for these beforehand.
    pub routes: Vec<Route>,
    /// Records that may be without an answer at a time; `None`: any number. [`FleetKind::Bare`] has none, whatever this says.
    pub outstanding: Option<usize>,
    /// After this long without an acknowledgement a record has failed, or is unknown where it may be stored. Until then it is tried again.
    pub delivery_timeout: Duration,
}
