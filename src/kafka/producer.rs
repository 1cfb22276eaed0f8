//! A plain publisher: one record, one acknowledgement, awaited at once or later.

use std::fmt;
use std::time::Duration;

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::producer::future_producer::DeliveryFuture;
use rdkafka::producer::{FutureProducer, FutureRecord, Producer as _};
use rdkafka::util::Timeout;

use super::client::{self, ConnectError};
use super::context::Context;
use super::failure::{FailureKind, KafkaFailure};
use super::message::OwnedHeader;
use super::raw;
use super::status::Status;
use crate::config::Kafka;

/// How long a record may take to be acknowledged, if the configuration passes nothing else.
const TIMEOUT_MS: &str = "30000";

/// Records that wait for an acknowledgement, and their bytes: above it `publish` answers at once that the queue is full.
const QUEUE_RECORDS: &str = "10000";
const QUEUE_KILOBYTES: &str = "65536";

/// Publishes with acks=all, idempotent, in order per partition.
#[derive(Clone)]
pub struct Publisher {
    producer: FutureProducer<Context>,
    status: Status,
}

/// Where a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    pub partition: i32,
    pub offset: i64,
}

/// Why a record is not, or may not be, in Kafka.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// Not sent: too many records wait already. Wait, then publish again.
    #[error("publish to {topic}: too many records wait for an acknowledgement")]
    QueueFull { topic: String },
    /// No acknowledgement in time: the record **may have been stored**.
    #[error("publish to {topic}: no acknowledgement in time, the record may have been stored: {failure}")]
    TimedOut { topic: String, failure: KafkaFailure },
    /// Larger than the topic takes.
    #[error("publish to {topic}: the record is too large: {failure}")]
    TooLarge { topic: String, failure: KafkaFailure },
    #[error("publish to {topic}: {failure}")]
    Failed { topic: String, failure: KafkaFailure },
}

impl PublishError {
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::QueueFull { .. } | Self::TimedOut { .. } => true,
            Self::TooLarge { .. } => false,
            Self::Failed { failure, .. } => failure.is_retryable(),
        }
    }

    /// Whether the record may be in the topic all the same; only what surely happened before it was written counts as not.
    pub fn may_have_been_stored(&self) -> bool {
        match self {
            Self::QueueFull { .. } | Self::TooLarge { .. } => false,
            Self::TimedOut { .. } => true,
            Self::Failed { failure, .. } => !matches!(failure.kind(), FailureKind::Authorization | FailureKind::UnknownTopic),
        }
    }

    /// A short fixed code.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::QueueFull { .. } => "queue_full",
            Self::TimedOut { .. } => "timed_out",
            Self::TooLarge { .. } => "too_large",
            Self::Failed { failure, .. } => match failure.kind() {
                FailureKind::Authorization => "not_authorized",
                FailureKind::UnknownTopic => "unknown_topic",
                _ => "failed",
            },
        }
    }

    pub(super) fn of(topic: &str, error: &KafkaError) -> Self {
        let topic = topic.to_owned();
        let code = error.rdkafka_error_code().unwrap_or(Code::Fail);
        let failure = KafkaFailure::of(code);
        match code {
            Code::QueueFull => Self::QueueFull { topic },
            Code::MessageSizeTooLarge | Code::MessageBatchTooLarge => Self::TooLarge { topic, failure },
            _ if failure.kind() == FailureKind::TimedOut => Self::TimedOut { topic, failure },
            _ => Self::Failed { topic, failure },
        }
    }
}

impl Publisher {
    /// # Errors
    /// Only what is wrong in the configuration.
    pub fn new(kafka: &Kafka) -> Result<Self, ConnectError> {
        let mut config = client::producer(kafka, "publish")?;
        config
            .set("message.timeout.ms", TIMEOUT_MS)
            .set("queue.buffering.max.messages", QUEUE_RECORDS)
            .set("queue.buffering.max.kbytes", QUEUE_KILOBYTES);
        let status = Status::default();
        let producer = client::pass_through_producer(kafka, config).create_with_context(Context::new("publish", status.clone(), kafka))?;
        Ok(Self { producer, status })
    }

    /// Publishes one record and waits for its acknowledgement. Without a partition the key decides, by murmur2.
    ///
    /// # Errors
    /// See [`PublishError`]. Dropping the future does not take the record back.
    pub async fn publish(
        &self,
        topic: &str,
        partition: Option<i32>,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[OwnedHeader],
        timestamp_ms: Option<i64>,
    ) -> Result<Published, PublishError> {
        let record = FutureRecord { topic, partition, payload: value, key, timestamp: timestamp_ms, headers: None };
        let delivered = send(&self.producer, record, headers).await.map_err(|error| PublishError::of(topic, &error))?;
        self.status.succeeded();
        Ok(delivered)
    }

    /// Puts one record into the queue, after those that were put there before, and returns at once. Of one partition the records are
    /// stored in the order of these calls.
    ///
    /// # Errors
    /// What keeps the record from being queued: it was not sent then. The rest comes from [`Delivery::acknowledged`].
    pub fn enqueue(&self, topic: &str, partition: i32, key: &[u8], value: &[u8]) -> Result<Delivery, PublishError> {
        let record =
            FutureRecord { topic, partition: Some(partition), payload: Some(value), key: Some(key), timestamp: None, headers: None };
        match self.producer.send_result(record) {
            Ok(delivering) => Ok(Delivery { delivering, settled: None, topic: topic.to_owned(), status: self.status.clone() }),
            Err((error, _record)) => Err(PublishError::of(topic, &error)),
        }
    }

    /// Waits until everything that was published is acknowledged or failed. Blocks: for the end of a command.
    pub fn flush(&self, limit: Duration) {
        let _what_failed_told_its_own_caller = self.producer.flush(limit);
    }

    pub fn status(&self) -> Status {
        self.status.clone()
    }
}

/// A record on its way. Dropping it does not take the record back.
pub struct Delivery {
    delivering: DeliveryFuture,
    settled: Option<Result<Published, PublishError>>,
    topic: String,
    status: Status,
}

impl Delivery {
    /// Returns once the record is acknowledged or failed. Cancel-safe.
    pub async fn settled(&mut self) {
        if self.settled.is_none() {
            self.settled = Some(match (&mut self.delivering).await {
                Ok(Ok(delivery)) => {
                    self.status.succeeded();
                    Ok(Published { partition: delivery.partition, offset: delivery.offset })
                }
                Ok(Err((error, _record))) => Err(PublishError::of(&self.topic, &error)),
                Err(_producer_gone) => Err(PublishError::of(&self.topic, &KafkaError::Canceled)),
            });
        }
    }

    /// Where the record is, once the broker acknowledged it.
    ///
    /// # Errors
    /// See [`PublishError`].
    pub async fn acknowledged(mut self) -> Result<Published, PublishError> {
        self.settled().await;
        self.settled.unwrap_or_else(|| Err(PublishError::of(&self.topic, &KafkaError::Canceled)))
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").field("topic", &self.topic).finish_non_exhaustive()
    }
}

pub(super) async fn send(
    producer: &FutureProducer<Context>,
    mut record: FutureRecord<'_, [u8], [u8]>,
    headers: &[OwnedHeader],
) -> Result<Published, KafkaError> {
    if !headers.is_empty() {
        record.headers = Some(raw::headers(headers.iter().map(|header| (header.name.as_slice(), header.value.as_deref()))));
    }
    match producer.send(record, Timeout::After(Duration::ZERO)).await {
        Ok(delivery) => Ok(Published { partition: delivery.partition, offset: delivery.offset }),
        Err((error, _record)) => Err(error),
    }
}

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publisher").finish_non_exhaustive()
    }
}
