//! Many records on their way at once: each is handed over with a token, and its answer comes back with the token on the thread that polls
//! the client.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{Message as _, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer as _, ProducerContext};
use rdkafka::statistics::Statistics;

use super::client::{self, ConnectError};
use super::context::Context;
use super::failure::{KafkaFailure, is_too_large};
use super::producer::Stored;
use super::raw;
use super::status::Status;
use crate::config::Kafka;

/// How long a closed producer's thread may go on, and how late [`Deliveries::tick`] may be.
const POLL: Duration = Duration::from_millis(100);

/// What a request has beside the records' own bytes; the client library counts a record at its largest form.
const OVERHEAD_BYTES: usize = 64 << 10;

/// Whoever hears of the records. Both are called on the producer's own thread and must not wait.
pub trait Deliveries: Send + Sync + 'static {
    /// The record with this token is acknowledged or failed. Once for each token.
    fn settled(&self, token: usize, outcome: Result<Stored, Undelivered>);

    /// Now and then, at least every 200 ms.
    fn tick(&self);
}

/// Why a record is not, or may not be, in the topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    pub kind: UndeliveredKind,
    pub failure: KafkaFailure,
    /// Whether it may be in the topic all the same: it was sent, and no answer says that it was not written.
    pub may_have_been_stored: bool,
}

/// What an [`Undelivered`] is about, where the failure's own kind does not say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndeliveredKind {
    /// The client library's queue is full.
    QueueFull,
    /// Over the limit of the topic or of the client.
    TooLarge,
    /// The producer was closed, or ended by a fatal failure, before the record was acknowledged.
    Purged,
    /// The failure says.
    Failed,
}

/// How much a producer takes and how long it tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProducerBounds {
    pub queue_records: usize,
    pub queue_bytes: usize,
    /// Key and value of the largest record.
    pub record_bytes: usize,
    /// The largest batch of several records. A broker refuses a batch over the topic's limit as a whole, so it must not be above that, or
    /// a record is refused for its neighbours. One larger record goes alone.
    pub batch_bytes: usize,
    /// After this long without an acknowledgement a record has failed.
    pub timeout: Duration,
}

/// Writes with acks=all, idempotent, in order per partition. Dropping it fails what is on its way, and waits for nothing.
pub struct CallbackProducer {
    client: Arc<BaseProducer<DeliveryContext>>,
    status: Status,
    closing: Arc<AtomicBool>,
    headers: Option<OwnedHeaders>,
}

impl CallbackProducer {
    /// A producer whose records all carry these headers.
    ///
    /// # Errors
    /// Only what is wrong in the configuration.
    pub fn new(
        kafka: &Kafka,
        bounds: &ProducerBounds,
        headers: &[(&str, &str)],
        deliveries: Arc<dyn Deliveries>,
    ) -> Result<Self, ConnectError> {
        let mut config = client::producer(kafka, "publish")?;
        config
            .set("message.timeout.ms", bounds.timeout.as_millis().to_string())
            .set("message.max.bytes", (bounds.record_bytes + OVERHEAD_BYTES).max(1_000_000).to_string())
            .set("batch.size", bounds.batch_bytes.max(1).to_string())
            // Whoever hands over counts too: these only keep the library's own bounds from being the lower ones.
            .set("queue.buffering.max.messages", bounds.queue_records.saturating_add(1).to_string())
            .set("queue.buffering.max.kbytes", (bounds.queue_bytes / 1024 + 1).clamp(1, 2_147_483_647).to_string());
        let status = Status::default();
        let context = DeliveryContext { base: Context::new("publish", status.clone(), kafka), deliveries: Arc::clone(&deliveries) };
        let client: BaseProducer<DeliveryContext> = client::pass_through_producer(kafka, config).create_with_context(context)?;
        let (client, closing) = (Arc::new(client), Arc::new(AtomicBool::new(false)));
        let (polled, closed) = (Arc::clone(&client), Arc::clone(&closing));
        let poll = move || {
            while !closed.load(Ordering::Acquire) {
                polled.poll(POLL);
                deliveries.tick();
            }
            // The last owner of the client fails what is left and destroys it: here, where that keeps nobody waiting.
        };
        std::thread::Builder::new().name("kafka-publish".to_owned()).spawn(poll).map_err(ConnectError::Thread)?;
        let headers =
            (!headers.is_empty()).then(|| raw::headers(headers.iter().map(|(name, value)| (name.as_bytes(), Some(value.as_bytes())))));
        Ok(Self { client, status, closing, headers })
    }

    /// Hands a record over, after those that were handed over before. Of one partition the records are stored in the order of these calls.
    /// Never waits. The answer comes to [`Deliveries::settled`], possibly before this returns. Without a `timestamp_ms` it is now.
    ///
    /// # Errors
    /// What keeps the record from being taken: it is not sent, and no answer comes.
    pub fn send(
        &self,
        topic: &str,
        partition: i32,
        key: &[u8],
        value: &[u8],
        timestamp_ms: Option<i64>,
        token: usize,
    ) -> Result<(), Undelivered> {
        let mut record = BaseRecord::with_opaque_to(topic, token).partition(partition).key(key).payload(value);
        record.timestamp = timestamp_ms;
        record.headers.clone_from(&self.headers);
        self.client.send(record).map_err(|(error, _)| Undelivered::of(&error, false))
    }

    /// How many partitions the topic has now. The client itself learns of them here: a record for a partition that it does not know is
    /// refused. Blocks up to `limit`.
    ///
    /// # Errors
    /// What the broker answers, or that it does not.
    pub fn fetch_partitions(&self, topic: &str, limit: Duration) -> Result<u32, KafkaFailure> {
        let metadata = self.client.client().fetch_metadata(Some(topic), limit).map_err(|error| KafkaFailure::of_error(&error))?;
        let found = metadata.topics().iter().find(|found| found.name() == topic);
        let found = found.ok_or_else(|| KafkaFailure::of(Code::UnknownTopicOrPartition))?;
        if let Some(code) = found.error() {
            return Err(KafkaFailure::of(code.into()));
        }
        match u32::try_from(found.partitions().len()) {
            Ok(count) if count > 0 => Ok(count),
            _ => Err(KafkaFailure::of(Code::LeaderNotAvailable)),
        }
    }

    /// The failure after which this producer takes nothing any more.
    pub fn fatal_failure(&self) -> Option<KafkaFailure> {
        self.client.client().fatal_error().map(|(code, reason)| KafkaFailure::new(code, reason).into_fatal())
    }

    /// As after an error that an idempotent producer can not mend.
    #[cfg(test)]
    #[cfg(feature = "daemon")]
    pub fn fail_for_good(&self) {
        raw::fail_for_good(self.client.client());
    }

    /// What the connection failed of last. Acknowledgements do not clear it: look at its age.
    pub fn status(&self) -> Status {
        self.status.clone()
    }
}

impl Undelivered {
    fn of(error: &KafkaError, may_have_been_stored: bool) -> Self {
        let code = error.rdkafka_error_code().unwrap_or(Code::Fail);
        let kind = match code {
            Code::QueueFull => UndeliveredKind::QueueFull,
            _ if is_too_large(code) => UndeliveredKind::TooLarge,
            Code::PurgeQueue | Code::PurgeInflight | Code::DestroyBroker => UndeliveredKind::Purged,
            _ => UndeliveredKind::Failed,
        };
        Self { kind, failure: KafkaFailure::of(code), may_have_been_stored }
    }
}

impl Drop for CallbackProducer {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Release);
    }
}

impl fmt::Debug for CallbackProducer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackProducer").finish_non_exhaustive()
    }
}

/// What the client library calls back.
struct DeliveryContext {
    base: Context,
    deliveries: Arc<dyn Deliveries>,
}

impl ClientContext for DeliveryContext {
    #[cfg(feature = "msk-iam")]
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    #[cfg(feature = "msk-iam")]
    fn generate_oauth_token(&self, config: Option<&str>) -> Result<rdkafka::client::OAuthToken, Box<dyn std::error::Error>> {
        self.base.generate_oauth_token(config)
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        self.base.log(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.base.error(error, reason);
    }

    fn stats(&self, statistics: Statistics) {
        self.base.stats(statistics);
    }
}

impl ProducerContext for DeliveryContext {
    type DeliveryOpaque = usize;

    fn delivery(&self, delivered: &DeliveryResult<'_>, token: usize) {
        let outcome = match delivered {
            Ok(message) => Ok(Stored { partition: message.partition(), offset: message.offset() }),
            Err((error, message)) => Err(Undelivered::of(error, raw::may_be_stored(message))),
        };
        self.deliveries.settled(token, outcome);
    }
}
