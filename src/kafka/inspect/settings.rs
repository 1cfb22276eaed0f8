//! What topics and brokers keep, and for how long.

use std::time::Duration;

use super::Inspector;
use crate::kafka::committed::blocking;
use crate::kafka::failure::KafkaFailure;
use crate::kafka::raw;
use crate::kafka::topic::{TopicDescription, TopicError, TopicSettings};

const OFFSETS_RETENTION: &str = "offsets.retention.minutes";

impl Inspector {
    /// The topic's id and its number of partitions.
    ///
    /// # Errors
    /// See [`TopicError`]; bounded by `limit`.
    pub async fn describe_topic(&self, topic: &str, limit: Duration) -> Result<TopicDescription, TopicError> {
        let described = tokio::time::timeout(limit, self.cluster.describe(topic)).await;
        described.unwrap_or_else(|_| {
            let cause = self.status().last_failure().map(|last| last.failure);
            Err(TopicError::Failed { topic: topic.to_owned(), failure: KafkaFailure::timed_out(limit).because(cause) })
        })
    }

    /// The topic's settings. `None` where they can not be read: many clusters allow it to operators only.
    pub async fn topic_settings(&self, topic: &str, limit: Duration) -> Option<TopicSettings> {
        tokio::time::timeout(limit, self.cluster.settings(topic)).await.ok().flatten()
    }

    /// For how many minutes the offsets of an empty group are kept. `None` where the broker does not tell us.
    pub async fn offsets_retention_minutes(&self, limit: Duration) -> Option<u64> {
        let client = self.client();
        let settings = self.within(limit, blocking(move || raw::broker_settings(&client, limit))).await;
        let settings = settings.inspect_err(|failure| {
            tracing::info!(code = failure.code_name(), "the settings of the brokers can not be read");
        });
        let retention = settings.ok()?.into_iter().find(|setting| setting.name == OFFSETS_RETENTION)?;
        retention.value.parse().ok()
    }
}
