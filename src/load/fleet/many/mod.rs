//! Many connections in one process: rskafka, a client in pure Rust, on two threads of its own.
//!
//! Its produce requests ask for acks=all (`acks: Int16(-1)` in its `build_produce_request`), uncompressed and not idempotent: a record that
//! is sent again may be stored twice, at two offsets. Its own retries are switched off, because they would let a later record of a partition
//! pass an earlier one; a [`Lane`](lane::Lane) sends again itself, in order, and counts. Two things it does can not be switched off:
//! - It takes an answer with a throttle time for no answer, waits, and sends the same request again. Under a quota it so stores records
//!   several times and acknowledges none (200 records at a request quota of 0.01 %: no acknowledgement in 25 s).
//! - It leaves Nagle's algorithm on, which is mended from outside, see [`nagle`].

mod backlog;
mod lane;
mod line;
mod nagle;
mod parcel;
mod security;
mod verdict;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::time::Instant;

use super::desk::Desk;
use super::lanes::Lanes;
use super::workers::Workers;
use super::{FleetError, FleetSettings, Reason, Refused, Shipment};
use crate::config::Kafka;
use lane::Lane;
use line::{Line, LineFactory};
use nagle::Nagle;
use parcel::Parcel;

/// Connections that are made at the same time. A cluster admits only so many new ones a second.
const TOGETHER: usize = 32;

/// What the queue of one connection holds where the fleet has no bound of its own.
const QUEUE: usize = 1 << 20;

/// The many.
pub struct Many {
    desk: Arc<Desk>,
    lanes: Lanes,
    queues: Vec<mpsc::Sender<Parcel>>,
    open: Arc<AtomicUsize>,
    nagle: Arc<Nagle>,
    delivery_timeout: std::time::Duration,
    _workers: Workers,
}

impl Many {
    pub(super) async fn connect(connections: usize, settings: &FleetSettings, kafka: &Kafka, desk: Arc<Desk>) -> Result<Self, FleetError> {
        if settings.routes.is_empty() || connections == 0 {
            return Err(FleetError::None(if connections == 0 { "connection" } else { "route" }));
        }
        let workers = Workers::start()?;
        let lanes = Lanes::new(&settings.routes, connections);
        let factory = Arc::new(LineFactory::new(kafka)?);
        let handle = workers.handle().ok_or(FleetError::None("thread"))?.clone();
        // The client's reading tasks run where it is made: on the fleet's own threads.
        let lines = handle.spawn(open(Arc::clone(&factory), lanes.partitions().to_vec()));
        let lines = lines.await.map_err(|error| FleetError::Thread(error.into()))??;
        let nagle = Arc::new(Nagle::default());
        nagle.switch_off();
        let open = Arc::new(AtomicUsize::new(lines.len()));
        let mut queues = Vec::with_capacity(lines.len());
        for line in lines {
            let (queue, parcels) = mpsc::channel(settings.outstanding.unwrap_or(QUEUE).clamp(1, QUEUE));
            handle.spawn(Lane::new(line, parcels, Arc::clone(&desk), Arc::clone(&open), Arc::clone(&nagle)).run());
            queues.push(queue);
        }
        handle.spawn(nagle::keep_off(Arc::clone(&nagle)));
        Ok(Self { desk, lanes, queues, open, nagle, delivery_timeout: settings.delivery_timeout, _workers: workers })
    }

    pub(super) fn ship(&self, shipment: Shipment) -> Result<(), Refused> {
        if !self.desk.has_room() {
            return Err(Refused::full(shipment));
        }
        self.ship_admitted(shipment)
    }

    /// With a place that was taken already.
    pub(super) fn ship_admitted(&self, shipment: Shipment) -> Result<(), Refused> {
        let event = shipment.event;
        self.desk.enter(event);
        let queue = self.lanes.of(shipment.producer, shipment.partition).and_then(|lane| self.queues.get(lane));
        let Some(queue) = queue else {
            self.desk.leave(event);
            return Err(Refused { shipment, reason: Reason::Invalid });
        };
        let parcel = Parcel::new(shipment, Instant::now() + self.delivery_timeout);
        queue.try_send(parcel).map_err(|error| {
            self.desk.leave(event);
            match error {
                TrySendError::Full(parcel) => Refused::full(parcel.into_shipment()),
                TrySendError::Closed(parcel) => Refused { shipment: parcel.into_shipment(), reason: Reason::Ended },
            }
        })
    }

    /// Those to leaders that are open now, as their last answer tells.
    pub(super) fn connections(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = vec![
            "each connection belongs to one partition: its client has it so".to_owned(),
            "not idempotent: a record that was sent again may be stored twice".to_owned(),
            "while a broker throttles it (a quota), the client repeats each request instead of reading its answer: raise the quota of shasta-load, or use few connections".to_owned(),
        ];
        notes.extend(
            self.nagle.failure().map(|failure| format!("Nagle's algorithm is on, which delays a request behind one that waits: {failure}")),
        );
        notes
    }

    pub(super) fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }
}

async fn open(factory: Arc<LineFactory>, partitions: Vec<i32>) -> Result<Vec<Line>, FleetError> {
    let lines = partitions.into_iter().enumerate().map(|(index, partition)| Line::open(Arc::clone(&factory), index, partition));
    stream::iter(lines).buffered(TOGETHER).try_collect().await
}

impl fmt::Debug for Many {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Many").field("connections", &self.connections()).finish_non_exhaustive()
    }
}
