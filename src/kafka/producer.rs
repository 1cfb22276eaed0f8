//! A plain producer: one record, one acknowledgement.

use std::fmt;
use std::time::Duration;

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;

use super::client::{self, ConnectError};
use super::context::Context;
use super::failure::{FailureKind, KafkaFailure, is_too_large};
use super::message::OwnedHeader;
use super::raw;
use super::status::Status;
use crate::config::Kafka;

/// How long a record may take to be acknowledged, if the configuration passes nothing else.
const TIMEOUT_MS: &str = "30000";

/// Records that wait for an acknowledgement, and their bytes: above it `send` answers at once that the queue is full.
const QUEUE_RECORDS: &str = "10000";
const QUEUE_KILOBYTES: &str = "65536";

/// Writes with acks=all, idempotent, in order per partition. Whoever uses it names the topic and the partition.
#[derive(Clone)]
pub struct Producer {
    producer: FutureProducer<Context>,
    status: Status,
}

/// Where a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    pub partition: i32,
    pub offset: i64,
}

/// Why a record is not, or may not be, in Kafka.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProduceError {
    /// Not sent: too many records wait already. Wait, then publish again.
    #[error("write to {topic}: too many records wait for an acknowledgement")]
    QueueFull { topic: String },
    /// No acknowledgement in time: the record **may have been stored**.
    #[error("write to {topic}: no acknowledgement in time, the record may have been stored: {failure}")]
    TimedOut { topic: String, failure: KafkaFailure },
    /// Larger than the topic takes.
    #[error("write to {topic}: the record is too large: {failure}")]
    TooLarge { topic: String, failure: KafkaFailure },
    #[error("write to {topic}: {failure}")]
    Failed { topic: String, failure: KafkaFailure },
}

impl ProduceError {
    pub(super) fn of(topic: &str, error: &KafkaError) -> Self {
        let topic = topic.to_owned();
        let code = error.rdkafka_error_code().unwrap_or(Code::Fail);
        let failure = KafkaFailure::of(code);
        match code {
            Code::QueueFull => Self::QueueFull { topic },
            _ if is_too_large(code) => Self::TooLarge { topic, failure },
            _ if failure.kind() == FailureKind::TimedOut => Self::TimedOut { topic, failure },
            _ => Self::Failed { topic, failure },
        }
    }
}

impl Producer {
    /// # Errors
    /// Only what is wrong in the configuration.
    pub fn new(kafka: &Kafka) -> Result<Self, ConnectError> {
        let mut config = client::producer(kafka, "producer")?;
        config
            .set("message.timeout.ms", TIMEOUT_MS)
            .set("queue.buffering.max.messages", QUEUE_RECORDS)
            .set("queue.buffering.max.kbytes", QUEUE_KILOBYTES);
        let status = Status::default();
        let producer = client::pass_through_producer(kafka, config).create_with_context(Context::new("producer", status.clone(), kafka))?;
        Ok(Self { producer, status })
    }

    /// Writes one record and waits for its acknowledgement. Without a partition the key decides, by murmur2.
    ///
    /// # Errors
    /// See [`ProduceError`]. Dropping the future does not take the record back.
    pub async fn send(
        &self,
        topic: &str,
        partition: Option<i32>,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[OwnedHeader],
        timestamp_ms: Option<i64>,
    ) -> Result<Stored, ProduceError> {
        let record = FutureRecord { topic, partition, payload: value, key, timestamp: timestamp_ms, headers: None };
        let delivered = send(&self.producer, record, headers).await.map_err(|error| ProduceError::of(topic, &error))?;
        self.status.succeeded();
        Ok(delivered)
    }

    pub fn status(&self) -> Status {
        self.status.clone()
    }
}

pub(super) async fn send(
    producer: &FutureProducer<Context>,
    mut record: FutureRecord<'_, [u8], [u8]>,
    headers: &[OwnedHeader],
) -> Result<Stored, KafkaError> {
    if !headers.is_empty() {
        record.headers = Some(raw::headers(headers.iter().map(|header| (header.name.as_slice(), header.value.as_deref()))));
    }
    match producer.send(record, Timeout::After(Duration::ZERO)).await {
        Ok(delivery) => Ok(Stored { partition: delivery.partition, offset: delivery.offset }),
        Err((error, _record)) => Err(error),
    }
}

impl fmt::Debug for Producer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer").finish_non_exhaustive()
    }
}
