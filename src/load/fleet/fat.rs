//! A few producers of librdkafka, each with many records in a request.

use std::sync::Arc;
use std::time::Duration;

use super::desk::Desk;
use super::{Answer, FleetError, FleetSettings, Reason, Refused, Shipment};
use crate::config::Kafka;
use crate::kafka::{CallbackProducer, Deliveries, FailureKind, ProducerBounds, Stored, Undelivered, UndeliveredKind};

/// How long the topic may take to be found.
const PATIENCE: Duration = Duration::from_secs(20);

/// The largest record, and the largest request of several.
const RECORD_BYTES: usize = 16 << 20;
const BATCH_BYTES: usize = 800 << 10;

/// The highest bounds that the client library knows.
const MOST_RECORDS: usize = 2_147_483_646;
const MOST_BYTES: usize = 2_147_483_646 << 10;

/// The few. Producer p sends through client p mod their number, so its records of one partition stay in order, retries included.
#[derive(Debug)]
pub struct Fat {
    desk: Arc<Desk>,
    topic: String,
    clients: Vec<CallbackProducer>,
}

impl Fat {
    pub(super) async fn connect(
        clients: usize,
        linger: Duration,
        settings: &FleetSettings,
        kafka: &Kafka,
        desk: Arc<Desk>,
    ) -> Result<Self, FleetError> {
        if clients == 0 {
            return Err(FleetError::None("client"));
        }
        let mut kafka = kafka.clone();
        kafka.properties.insert("linger.ms".to_owned(), (linger.as_secs_f64() * 1_000.0).to_string());
        let timeout = settings.delivery_timeout;
        let connecting = tokio::task::spawn_blocking(move || {
            // What is let in is counted at the desk: the library's own bound must not be the lower one.
            let bounds = ProducerBounds {
                queue_records: MOST_RECORDS,
                queue_bytes: MOST_BYTES,
                record_bytes: RECORD_BYTES,
                batch_bytes: BATCH_BYTES,
                timeout,
            };
            let clients = (0..clients).map(|_| connect(&kafka, &bounds, &desk)).collect::<Result<_, _>>()?;
            Ok(Self { desk, topic: kafka.topic, clients })
        });
        connecting.await.map_err(|error| FleetError::Thread(error.into()))?
    }

    pub(super) fn ship(&self, shipment: Shipment) -> Result<(), Refused> {
        if !self.desk.has_room() {
            return Err(Refused::full(shipment));
        }
        self.ship_admitted(shipment)
    }

    pub(super) async fn ship_waiting(&self, shipment: Shipment) -> Result<(), Refused> {
        self.desk.wait_for_room().await;
        self.ship_admitted(shipment)
    }

    fn ship_admitted(&self, shipment: Shipment) -> Result<(), Refused> {
        let Shipment { event, producer, partition, ref key, ref value, timestamp_ms } = shipment;
        self.desk.enter(event);
        let client = self.clients.get(producer as usize % self.clients.len()).ok_or(Reason::Invalid);
        let sent = client.and_then(|client| {
            let sent = client.send(&self.topic, partition, key, value, Some(timestamp_ms), event as usize);
            sent.map_err(|undelivered| reason(&undelivered))
        });
        sent.map_err(|reason| {
            self.desk.leave(event);
            Refused { shipment, reason }
        })
    }

    /// How many producers of the client library.
    pub(super) fn clients(&self) -> usize {
        self.clients.len()
    }

    pub(super) fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }
}

/// A client that knows the topic.
fn connect(kafka: &Kafka, bounds: &ProducerBounds, desk: &Arc<Desk>) -> Result<CallbackProducer, FleetError> {
    let client = CallbackProducer::new(kafka, bounds, &[], Arc::new(Answers(Arc::clone(desk))))?;
    client.fetch_partitions(&kafka.topic, PATIENCE).map_err(|failure| FleetError::Topic {
        brokers: kafka.brokers.clone(),
        topic: kafka.topic.clone(),
        failure,
    })?;
    Ok(client)
}

/// What the client library says of each record; its token is its event.
struct Answers(Arc<Desk>);

impl Deliveries for Answers {
    fn settled(&self, token: usize, outcome: Result<Stored, Undelivered>) {
        let answer = match outcome {
            Ok(Stored { partition, offset }) => Answer::Acknowledged { partition, offset },
            Err(undelivered) if undelivered.may_have_been_stored => Answer::Unknown { reason: reason(&undelivered) },
            Err(undelivered) => Answer::Failed { reason: reason(&undelivered) },
        };
        self.0.answer(token as u64, answer);
    }

    fn tick(&self) {}
}

fn reason(undelivered: &Undelivered) -> Reason {
    match (undelivered.kind, undelivered.failure.kind()) {
        (UndeliveredKind::QueueFull, _) => Reason::Full,
        (UndeliveredKind::TooLarge, _) => Reason::TooLarge,
        (UndeliveredKind::Purged, _) => Reason::Ended,
        (UndeliveredKind::Failed, kind) => of_failure(kind),
    }
}

fn of_failure(kind: FailureKind) -> Reason {
    match kind {
        FailureKind::Authentication | FailureKind::Authorization => Reason::NotAuthorized,
        FailureKind::Tls | FailureKind::Unreachable => Reason::Unreachable,
        FailureKind::TimedOut => Reason::Expired,
        FailureKind::UnknownTopic => Reason::UnknownTopic,
        FailureKind::Fenced | FailureKind::Other => Reason::Refused,
    }
}
