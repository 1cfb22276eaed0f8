//! What the client library calls back: log lines, errors, rebalances.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use rdkafka::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::statistics::Statistics;
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::types::RDKafkaRespErr;
#[cfg(feature = "daemon")]
use tokio::sync::Notify;

use super::client::ConnectError;
use super::failure::KafkaFailure;
#[cfg(feature = "daemon")]
use super::inspect::Throttle;
use super::raw::QuietDrop;
use super::rebalance::Membership;
use super::repeats::Repeats;
use super::status::Status;
use crate::config::Kafka;

/// Owned by one client; its callbacks run on the thread that polls it.
pub(super) struct Context {
    purpose: &'static str,
    status: Status,
    repeats: Mutex<Repeats>,
    membership: Option<Arc<Membership>>,
    #[cfg(feature = "daemon")]
    throttle: Option<Throttle>,
    /// Called by the library's queues for as long as the client lives.
    #[cfg(feature = "daemon")]
    _waker: Option<Arc<Notify>>,
    #[cfg(feature = "msk-iam")]
    iam: super::iam::Iam,
}

impl Context {
    #[cfg_attr(not(feature = "msk-iam"), expect(unused_variables, reason = "only IAM asks for more than the properties say"))]
    pub(super) fn new(purpose: &'static str, status: Status, kafka: &Kafka) -> Self {
        Self {
            purpose,
            status,
            repeats: Mutex::default(),
            membership: None,
            #[cfg(feature = "daemon")]
            throttle: None,
            #[cfg(feature = "daemon")]
            _waker: None,
            #[cfg(feature = "msk-iam")]
            iam: super::iam::Iam::new(&kafka.security),
        }
    }

    pub(super) fn with_membership(mut self, membership: Arc<Membership>) -> Self {
        self.membership = Some(membership);
        self
    }

    #[cfg(feature = "daemon")]
    pub(super) fn with_throttle(mut self, throttle: Throttle) -> Self {
        self.throttle = Some(throttle);
        self
    }

    /// Keeps what wakes the task that reads partition queues of the client.
    #[cfg(feature = "daemon")]
    pub(super) fn with_waker(mut self, waker: Arc<Notify>) -> Self {
        self._waker = Some(waker);
        self
    }

    fn pass(&self, line: &str) -> Option<u64> {
        self.repeats.lock().unwrap_or_else(PoisonError::into_inner).pass(line, Instant::now())
    }
}

impl ClientContext for Context {
    #[cfg(feature = "msk-iam")]
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    /// Called on the thread that polls the client, before the first log-in and whenever the token grows old.
    #[cfg(feature = "msk-iam")]
    fn generate_oauth_token(&self, _config: Option<&str>) -> Result<rdkafka::client::OAuthToken, Box<dyn std::error::Error>> {
        Ok(self.iam.token()?)
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        let Some(suppressed) = self.pass(line) else { return };
        let client = self.purpose;
        match level {
            RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical | RDKafkaLogLevel::Error => {
                tracing::error!(client, facility, suppressed, "kafka client: {line}");
            }
            // A property of one kind of client, passed through to all: not worth a warning at each start.
            RDKafkaLogLevel::Warning if facility == "CONFWARN" => tracing::debug!(client, facility, "kafka client: {line}"),
            RDKafkaLogLevel::Warning => tracing::warn!(client, facility, suppressed, "kafka client: {line}"),
            RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => tracing::info!(client, facility, suppressed, "kafka client: {line}"),
            RDKafkaLogLevel::Debug => tracing::debug!(client, facility, suppressed, "kafka client: {line}"),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        let failure = KafkaFailure::new(error.rdkafka_error_code().unwrap_or(rdkafka::error::RDKafkaErrorCode::Fail), reason);
        if let Some(suppressed) = self.pass(reason) {
            tracing::warn!(client = self.purpose, code = failure.code_name(), suppressed, "{failure}");
        }
        self.status.failed(failure, Instant::now());
    }

    /// Statistics are only made where an inspector or `kafka.properties` asks for them; whoever does reads them from a debugger's log level.
    fn stats(&self, statistics: Statistics) {
        #[cfg(feature = "daemon")]
        if let Some(throttle) = &self.throttle {
            throttle.note(&statistics);
        }
        tracing::trace!(client = self.purpose, ?statistics, "kafka client statistics");
    }
}

impl ConsumerContext for Context {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, code: RDKafkaRespErr, partitions: &mut TopicPartitionList) {
        match &self.membership {
            Some(membership) => membership.rebalance(consumer, code, partitions),
            None => tracing::warn!(client = self.purpose, "a rebalance reached a client that never joins"),
        }
    }
}

/// The library's client. The last owner closes and destroys it.
pub(super) struct Native {
    consumer: QuietDrop<BaseConsumer<Context>>,
    pub(super) status: Status,
}

impl Native {
    pub(super) fn create(config: &ClientConfig, context: Context) -> Result<Arc<Self>, ConnectError> {
        let status = context.status.clone();
        Ok(Arc::new(Self { consumer: QuietDrop::new(config.create_with_context(context)?), status }))
    }

    pub(super) fn consumer(&self) -> &BaseConsumer<Context> {
        &self.consumer
    }
}
