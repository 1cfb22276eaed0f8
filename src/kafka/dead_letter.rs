//! The dead-letter topic: records that can never be applied, kept with the reason.

use std::fmt;

use rdkafka::error::KafkaError;
use rdkafka::producer::{FutureProducer, FutureRecord};

use super::client::{self, ConnectError};
use super::context::Context;
use super::failure::{FailureKind, KafkaFailure};
use super::message::OwnedHeader;
use super::producer::{ProduceError, send};
use super::status::Status;
use crate::config::Kafka;
use crate::core::offset::Offset;
use crate::core::position::TopicId;

/// Dead letters of one process that wait for an acknowledgement. A partition waits for its own, so there are few.
const QUEUE_RECORDS: &str = "1000";
const QUEUE_KILOBYTES: &str = "65536";

/// The client's own limit of a record. Below the 100 MiB of a request at which a broker cuts the connection instead of answering; what the
/// topic takes is for the broker to say.
const RECORD_BYTES: &str = "67108864";

/// A sentence about a record is no longer than this, so that headers alone always fit.
const ERROR_BYTES: usize = 1024;

/// Where a record came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub topic: String,
    pub topic_id: TopicId,
    pub partition: i32,
    pub offset: Offset,
    pub timestamp_ms: Option<i64>,
}

/// A record that can not be applied. Key, value and headers as they came: absent is not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterRecord {
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<OwnedHeader>,
    pub origin: Origin,
    /// A short fixed code.
    pub reason: &'static str,
    /// A sentence.
    pub error: String,
}

/// How a dead letter was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadLetterStored {
    Whole,
    /// The value was too large for the topic and left out.
    WithoutValue,
    /// Key and headers were too large as well.
    OriginOnly,
}

/// Why a dead letter is not, or may not be, stored. The record's partition waits and tries again where that can help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeadLetterError {
    #[error("dead-letter topic {topic}: does not exist")]
    UnknownTopic { topic: String },
    #[error("dead-letter topic {topic}: may not be written to: {failure}")]
    NotAuthorized { topic: String, failure: KafkaFailure },
    /// The record **may have been stored**; sent again it is there twice, which readers tell by its origin.
    #[error("dead-letter topic {topic}: no acknowledgement in time: {failure}")]
    TimedOut { topic: String, failure: KafkaFailure },
    #[error("dead-letter topic {topic}: too many wait for an acknowledgement")]
    QueueFull { topic: String },
    /// The producer is of no use any more: end the process.
    #[error("dead-letter topic {topic}: {failure}")]
    Fatal { topic: String, failure: KafkaFailure },
    #[error("dead-letter topic {topic}: {failure}")]
    Refused { topic: String, failure: KafkaFailure },
}

impl DeadLetterError {
    /// Whether to wait and send again. A missing topic or right is repaired by somebody while the partition waits, so those count too.
    pub fn is_retryable(&self) -> bool {
        !matches!(self, Self::Fatal { .. })
    }

    fn of(error: ProduceError) -> Self {
        match error {
            ProduceError::QueueFull { topic } => Self::QueueFull { topic },
            ProduceError::TimedOut { topic, failure } => Self::TimedOut { topic, failure },
            ProduceError::TooLarge { topic, failure } => Self::Refused { topic, failure },
            ProduceError::Failed { topic, failure } => match failure.kind() {
                FailureKind::UnknownTopic => Self::UnknownTopic { topic },
                FailureKind::Authorization => Self::NotAuthorized { topic, failure },
                _ if failure.is_fatal() => Self::Fatal { topic, failure },
                _ => Self::Refused { topic, failure },
            },
        }
    }
}

/// Writes dead letters. Cheap to clone.
#[derive(Clone)]
pub struct DeadLetters {
    producer: FutureProducer<Context>,
    topic: String,
    status: Status,
}

impl DeadLetters {
    /// # Errors
    /// Only what is wrong in the configuration.
    pub fn new(kafka: &Kafka) -> Result<Self, ConnectError> {
        let mut config = client::pass_through_producer(kafka, client::producer(kafka, "dead-letter")?);
        config
            .set("message.timeout.ms", kafka.dead_letter.timeout.as_millis().to_string())
            .set("message.max.bytes", RECORD_BYTES)
            .set("queue.buffering.max.messages", QUEUE_RECORDS)
            .set("queue.buffering.max.kbytes", QUEUE_KILOBYTES)
            // Each alone: a broker refuses a whole batch for one record that is too large, and nobody then knows which.
            .set("batch.num.messages", "1")
            .set("linger.ms", "0");
        let status = Status::default();
        let producer = config.create_with_context(Context::new("dead-letter", status.clone(), kafka))?;
        Ok(Self { producer, topic: kafka.dead_letter_topic(), status })
    }

    pub fn topic(&self) -> &str {
        &self.topic
    }

    pub fn status(&self) -> Status {
        self.status.clone()
    }

    /// Stores the record and waits for the acknowledgement. What is too large for the topic is left out and said so in
    /// `shasta-value-omitted` (and `shasta-key-omitted`, `shasta-headers-omitted`): a partition never stands still for it.
    ///
    /// # Errors
    /// See [`DeadLetterError`]. At least once: after an error the record may have been stored.
    pub async fn send(&self, record: &DeadLetterRecord) -> Result<DeadLetterStored, DeadLetterError> {
        for form in [DeadLetterStored::Whole, DeadLetterStored::WithoutValue] {
            match self.send_as(form, record).await {
                Ok(()) => return Ok(form),
                Err(ProduceError::TooLarge { .. }) => {}
                Err(error) => return Err(DeadLetterError::of(error)),
            }
        }
        let form = DeadLetterStored::OriginOnly;
        self.send_as(form, record).await.map(|()| form).map_err(DeadLetterError::of)
    }

    async fn send_as(&self, form: DeadLetterStored, record: &DeadLetterRecord) -> Result<(), ProduceError> {
        let key = record.key.as_deref().filter(|_| form != DeadLetterStored::OriginOnly);
        let value = record.value.as_deref().filter(|_| form == DeadLetterStored::Whole);
        let headers = headers(form, record);
        let message = FutureRecord { topic: &self.topic, partition: None, payload: value, key, timestamp: None, headers: None };
        let stored = send(&self.producer, message, &headers).await;
        stored.map_err(|error| self.error_of(&error))?;
        self.status.succeeded();
        Ok(())
    }

    fn error_of(&self, error: &KafkaError) -> ProduceError {
        use rdkafka::producer::Producer as _;
        match self.producer.client().fatal_error() {
            Some((code, reason)) => {
                ProduceError::Failed { topic: self.topic.clone(), failure: KafkaFailure::new(code, reason).into_fatal() }
            }
            None => ProduceError::of(&self.topic, error),
        }
    }
}

fn headers(form: DeadLetterStored, record: &DeadLetterRecord) -> Vec<OwnedHeader> {
    let mut headers = if form == DeadLetterStored::OriginOnly { Vec::new() } else { record.headers.clone() };
    let origin = &record.origin;
    let mut say = |name: &str, value: String| headers.push(OwnedHeader::new(name, value));
    say("shasta-topic", origin.topic.clone());
    say("shasta-topic-id", origin.topic_id.to_string());
    say("shasta-partition", origin.partition.to_string());
    say("shasta-offset", origin.offset.to_string());
    if let Some(timestamp) = origin.timestamp_ms {
        say("shasta-timestamp", timestamp.to_string());
    }
    say("shasta-reason", record.reason.to_owned());
    say("shasta-error", shortened(&record.error));
    if let Some(value) = record.value.as_ref().filter(|_| form != DeadLetterStored::Whole) {
        say("shasta-value-omitted", value.len().to_string());
    }
    if form == DeadLetterStored::OriginOnly {
        say("shasta-key-omitted", record.key.as_ref().map_or(0, Vec::len).to_string());
        say("shasta-headers-omitted", record.headers.len().to_string());
    }
    headers
}

fn shortened(sentence: &str) -> String {
    let end = (0..=ERROR_BYTES.min(sentence.len())).rev().find(|end| sentence.is_char_boundary(*end)).unwrap_or(0);
    sentence[..end].to_owned()
}

impl fmt::Debug for DeadLetters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeadLetters").field("topic", &self.topic).finish_non_exhaustive()
    }
}
