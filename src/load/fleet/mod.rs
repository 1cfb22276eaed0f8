//! The producers of a load test: what is due is handed over without waiting, and every event taken gets exactly one [`Answer`].
//!
//! - [`Fleet`]: one of the kinds below, behind one set of verbs.
//! - [`FleetSettings`], [`FleetKind`], [`Route`]: what to connect.
//! - [`Shipment`], [`Refused`]: a record handed over, and one that comes back because there was no room.
//! - [`Outcome`], [`Answer`], [`Reason`], [`Listener`], [`Outcomes`]: what became of each, told as it happens.
//! - [`SinkFaults`], [`SinkSettings`], [`Sighting`], [`Stage`]: the double that tests the tool itself.
//!
//! A kind is chosen for what it is like: *many* connections of a pure Rust client, a *fat* few of librdkafka, Shasta's own *publisher*,
//! *bare* librdkafka without a bound as its rival, and a *sink* that only pretends.

mod connect;
mod desk;
mod error;
mod fat;
mod lanes;
mod many;
mod outcome;
mod publisher;
mod settings;
mod shipment;
mod sink;
mod workers;

use std::sync::Arc;
use std::time::Duration;

pub use desk::Clock;
pub use error::FleetError;
pub use fat::Fat;
pub use lanes::Route;
pub use many::Many;
pub use outcome::{Answer, Listener, Outcome, Outcomes, Reason};
pub use publisher::OwnPublisher;
pub use settings::{FleetKind, FleetSettings};
pub use shipment::{Refused, Shipment};
pub use sink::{FaultsMade, InvalidFaults, Pause, Sighting, Sink, SinkFaults, SinkSettings, Stage, Watcher};

use desk::Desk;

/// The producers of one load host.
#[derive(Debug)]
pub enum Fleet {
    /// One connection for each few producers.
    Many(Many),
    /// A few librdkafka producers; also the bare one without a bound.
    Fat(Fat),
    /// Shasta's own publisher.
    Publisher(OwnPublisher),
    /// No network at all.
    Sink(Sink),
}

impl Fleet {
    /// Hands a record over, after those before it. Never waits, except in a [`Sink`] that is told to be slow. For the pacing thread.
    ///
    /// # Errors
    /// The record comes back where the bound on outstanding records is reached, or where it can not be sent at all. No [`Outcome`] follows.
    pub fn ship(&self, shipment: Shipment) -> Result<(), Refused> {
        match self {
            Self::Many(many) => many.ship(shipment),
            Self::Fat(fat) => fat.ship(shipment),
            Self::Publisher(publisher) => publisher.ship(shipment),
            Self::Sink(sink) => sink.ship(shipment),
        }
    }

    /// The same, but waits for room: the policy `block`.
    ///
    /// # Errors
    /// As [`Self::ship`], but for the bound.
    pub async fn ship_waiting(&self, shipment: Shipment) -> Result<(), Refused> {
        match self {
            Self::Many(many) => {
                many.desk().wait_for_room().await;
                many.ship_admitted(shipment)
            }
            Self::Fat(fat) => fat.ship_waiting(shipment).await,
            Self::Publisher(publisher) => publisher.ship_waiting(shipment).await,
            Self::Sink(sink) => {
                sink.desk().wait_for_room().await;
                sink.ship_admitted(shipment)
            }
        }
    }

    /// Records taken that have no answer yet.
    pub fn outstanding(&self) -> usize {
        self.desk().outstanding()
    }

    /// Connections that records go over and that are open now, as far as the client tells: for [`Many`] those to the partitions' leaders
    /// (metadata goes over a few more), for the others the number of clients, each of which has one to every broker that it needs.
    pub fn connections(&self) -> usize {
        match self {
            Self::Many(many) => many.connections(),
            Self::Fat(fat) => fat.clients(),
            Self::Publisher(_) => 1,
            Self::Sink(_) => 0,
        }
    }

    /// Records that were sent again, each time counted; `None` where the client library does that on its own and does not tell.
    pub fn retries(&self) -> Option<u64> {
        match self {
            Self::Many(_) | Self::Sink(_) => Some(self.desk().retries()),
            Self::Fat(_) | Self::Publisher(_) => None,
        }
    }

    /// What a reader of the report should know of this fleet: properties that bias figures.
    pub fn notes(&self) -> Vec<String> {
        match self {
            Self::Many(many) => many.notes(),
            Self::Fat(_) | Self::Publisher(_) | Self::Sink(_) => Vec::new(),
        }
    }

    /// Waits up to `limit` for the answers that are missing, then tells the listener of each that is still without one as
    /// [`Answer::Unknown`]. Returns how many those were. Everything is closed afterwards, and no further answer comes.
    pub async fn finish(self, limit: Duration) -> usize {
        if let Self::Sink(sink) = &self {
            sink.release_held();
        }
        let desk = Arc::clone(self.desk());
        let _answered_or_late = tokio::time::timeout(limit, desk.idle()).await;
        desk.close()
    }

    fn desk(&self) -> &Arc<Desk> {
        match self {
            Self::Many(many) => many.desk(),
            Self::Fat(fat) => fat.desk(),
            Self::Publisher(publisher) => publisher.desk(),
            Self::Sink(sink) => sink.desk(),
        }
    }
}
