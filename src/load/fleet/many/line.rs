//! One connection to the leader of one partition.

use std::sync::Arc;
use std::time::Duration;

use rskafka::BackoffConfig;
use rskafka::client::error::Error;
use rskafka::client::partition::{Compression, PartitionClient, UnknownTopicHandling};
use rskafka::client::{Client, ClientBuilder};
use rskafka::record::Record;
use tokio::sync::{Mutex, OnceCell};
use tokio::time::{Instant, timeout, timeout_at};

use super::security::{Login, in_words};
use super::verdict::Verdict;
use crate::config::Kafka;
use crate::load::fleet::FleetError;

/// Connections that share one more, for metadata.
const TO_A_CLIENT: usize = 100;

/// How long one try to connect may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Makes connections.
pub(super) struct LineFactory {
    brokers: String,
    topic: String,
    login: Login,
    /// Those that connections of the start share.
    clients: Mutex<Vec<Arc<OnceCell<Arc<Client>>>>>,
}

impl LineFactory {
    pub fn new(kafka: &Kafka) -> Result<Self, FleetError> {
        let login = Login::new(&kafka.security)?;
        Ok(Self { brokers: kafka.brokers.clone(), topic: kafka.topic.clone(), login, clients: Mutex::default() })
    }

    async fn shared_client(&self, index: usize) -> Result<Arc<Client>, Error> {
        let slot = index / TO_A_CLIENT;
        let cell = {
            let mut clients = self.clients.lock().await;
            if clients.len() <= slot {
                clients.resize_with(slot + 1, Arc::default);
            }
            clients.get(slot).map(Arc::clone).unwrap_or_default()
        };
        cell.get_or_try_init(|| async { self.client().await.map(Arc::new) }).await.map(Arc::clone)
    }

    async fn client(&self) -> Result<Client, Error> {
        let brokers = self.brokers.split(',').map(|broker| broker.trim().to_owned()).collect();
        // No retries of the client's own: they would not keep the order.
        let once = BackoffConfig { deadline: Some(Duration::ZERO), ..BackoffConfig::default() };
        let mut builder = ClientBuilder::new(brokers).client_id("shasta-load").backoff_config(once);
        if let Some(tls) = &self.login.tls {
            builder = builder.tls_config(Arc::clone(tls));
        }
        if let Some(sasl) = &self.login.sasl {
            builder = builder.sasl_config(sasl.clone());
        }
        builder.build().await
    }
}

/// A connection, made and used once before it is handed out.
pub(super) struct Line {
    factory: Arc<LineFactory>,
    partition: Arc<PartitionClient>,
}

impl Line {
    /// The `index`th of the start.
    pub async fn open(factory: Arc<LineFactory>, index: usize, partition: i32) -> Result<Self, FleetError> {
        let opening = async {
            let client = factory.shared_client(index).await?;
            // Asks the leader itself, over the connection that the records will take.
            client.partition_client(&factory.topic, partition, UnknownTopicHandling::Error).await
        };
        let reason = match timeout(PATIENCE, opening).await {
            Ok(Ok(opened)) => return Ok(Self { partition: Arc::new(opened), factory }),
            Ok(Err(error)) => in_words(&error.to_string()),
            Err(_) => format!("no connection within {PATIENCE:?}"),
        };
        let (brokers, topic) = (factory.brokers.clone(), factory.topic.clone());
        Err(FleetError::Unreachable { brokers, topic, partition, reason })
    }

    /// Another connection in place of one that does not answer: the client itself waits for ever. Where that fails the old one stays, and is
    /// tried again with the next record.
    pub async fn renew(&mut self) {
        let number = self.partition.partition();
        let factory = Arc::clone(&self.factory);
        let opening = async move { factory.client().await?.partition_client(&factory.topic, number, UnknownTopicHandling::Error).await };
        if let Ok(Ok(opened)) = timeout(PATIENCE, opening).await {
            self.partition = Arc::new(opened);
        }
    }

    /// Sends these as one request. The offset of the first.
    ///
    /// Requests are written in the order in which their futures are first polled: the client takes two locks on its way, and both are fair.
    pub fn send(&self, records: Vec<Record>, deadline: Instant) -> impl Future<Output = Result<i64, Verdict>> + use<> {
        let partition = Arc::clone(&self.partition);
        async move {
            match timeout_at(deadline, partition.produce(records, Compression::NoCompression)).await {
                Ok(Ok(offsets)) => offsets.first().copied().ok_or(Verdict::NO_OFFSET),
                Ok(Err(error)) => {
                    tracing::debug!(partition = partition.partition(), %error, "a request of the load failed");
                    Err(Verdict::of(&error))
                }
                Err(_) => Err(Verdict::EXPIRED),
            }
        }
    }
}
