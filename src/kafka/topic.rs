//! What a topic is: its id, its partitions, its settings.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rdkafka::consumer::Consumer;
use rdkafka::error::RDKafkaErrorCode as Code;

use super::cluster::Cluster;
use super::committed::blocking;
use super::context::Native;
use super::failure::{FailureKind, KafkaFailure};
use super::raw::{self, Setting};
use crate::core::lag::Retention;
use crate::core::position::TopicId;

const LIMIT: Duration = Duration::from_secs(10);

/// A topic that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicDescription {
    /// [`TopicId::unknown`] where the broker has none.
    pub id: TopicId,
    pub partitions: u32,
}

/// The settings that matter to a fold. `None`: the broker hides it, or it is no number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSettings {
    /// `delete`, `compact` or both.
    pub cleanup_policy: Option<String>,
    /// -1: for ever.
    pub retention_ms: Option<i64>,
    /// Whether `retention_ms` is the topic's own, not a default.
    pub has_own_retention: bool,
    /// Of one partition; -1: any number.
    pub retention_bytes: Option<i64>,
    /// The largest batch that the topic takes.
    pub max_message_bytes: Option<u64>,
}

/// Why a topic could not be described.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopicError {
    #[error("topic {topic}: does not exist")]
    Unknown { topic: String },
    #[error("topic {topic}: may not be described: {failure}")]
    NotAuthorized { topic: String, failure: KafkaFailure },
    #[error("topic {topic}: {failure}")]
    Failed { topic: String, failure: KafkaFailure },
}

impl TopicError {
    /// An unknown topic may be made any time, but not by waiting alone.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Failed { failure, .. } if failure.is_retryable())
    }

    fn of(topic: &str, failure: KafkaFailure) -> Self {
        let topic = topic.to_owned();
        match failure.kind() {
            FailureKind::UnknownTopic => Self::Unknown { topic },
            FailureKind::Authorization => Self::NotAuthorized { topic, failure },
            _ => Self::Failed { topic, failure },
        }
    }
}

impl Cluster {
    /// The topic's id and its number of partitions, asked of a broker each time.
    ///
    /// # Errors
    /// See [`TopicError`]; bounded in time.
    pub async fn describe(&self, topic: &str) -> Result<TopicDescription, TopicError> {
        let (client, name) = (Arc::clone(&self.client), topic.to_owned());
        let described = blocking(move || {
            let described = if is_mock(&client) { describe_in_mock(&client, &name) } else { describe(&client, &name) }?;
            client.status.succeeded();
            Ok(described)
        });
        described.await.map_err(|failure| TopicError::of(topic, failure))
    }

    /// The topic's settings. `None` where they can not be read: many clusters allow it to operators only, and the mock knows none.
    pub async fn settings(&self, topic: &str) -> Option<TopicSettings> {
        let (client, name) = (Arc::clone(&self.client), topic.to_owned());
        // The mock would be asked until the limit.
        let settings = move || {
            if is_mock(&client) { Err(KafkaFailure::of(Code::UnsupportedFeature)) } else { raw::topic_settings(&client, &name, LIMIT) }
        };
        match blocking(settings).await {
            Ok(settings) => Some(TopicSettings::of(&settings)),
            Err(failure) => {
                tracing::info!(topic, code = failure.code_name(), "the topic's settings can not be read");
                None
            }
        }
    }
}

impl TopicSettings {
    fn of(settings: &[Setting]) -> Self {
        let find = |name: &str| settings.iter().find(|setting| setting.name == name);
        let text = |name: &str| find(name).map(|setting| setting.value.clone());
        Self {
            cleanup_policy: text("cleanup.policy"),
            retention_ms: text("retention.ms").and_then(|value| value.parse().ok()),
            has_own_retention: find("retention.ms").is_some_and(|setting| setting.is_own),
            retention_bytes: text("retention.bytes").and_then(|value| value.parse().ok()),
            max_message_bytes: text("max.message.bytes").and_then(|value| value.parse().ok()),
        }
    }

    /// What is deleted and when. What is hidden, or kept for ever, deletes nothing.
    pub fn retention(&self) -> Retention {
        let deletes = self.cleanup_policy.as_ref().is_none_or(|policy| policy.split(',').any(|word| word.trim() == "delete"));
        let kept = |limit: Option<i64>| limit.filter(|limit| deletes && *limit >= 0).map(|limit| limit as f64);
        Retention { seconds: kept(self.retention_ms).map(|ms| ms / 1_000.0), bytes: kept(self.retention_bytes) }
    }
}

fn describe(client: &Native, topic: &str) -> Result<TopicDescription, KafkaFailure> {
    let described = raw::describe_topic(client, topic, LIMIT)?;
    Ok(TopicDescription { id: topic_id(described.id), partitions: count(described.partitions)? })
}

/// The mock has no controller, which the library's DescribeTopics waits for until it gives up. A real cluster without one for a while is a
/// failure, not a cluster without ids.
fn is_mock(client: &Native) -> bool {
    client.consumer().client().fetch_cluster_id(LIMIT).is_some_and(|id| id.starts_with("mockCluster"))
}

fn describe_in_mock(client: &Native, topic: &str) -> Result<TopicDescription, KafkaFailure> {
    let metadata = client.consumer().fetch_metadata(Some(topic), LIMIT).map_err(|error| KafkaFailure::of_error(&error))?;
    let found = metadata.topics().iter().find(|found| found.name() == topic);
    let found = found.ok_or_else(|| KafkaFailure::of(Code::UnknownTopicOrPartition))?;
    match found.error() {
        Some(code) => Err(KafkaFailure::of(code.into())),
        None => Ok(TopicDescription { id: TopicId::unknown(), partitions: count(found.partitions().len())? }),
    }
}

fn count(partitions: usize) -> Result<u32, KafkaFailure> {
    u32::try_from(partitions).map_err(|_| KafkaFailure::of(Code::Inconsistent))
}

/// As Kafka prints it. The library's own text is not: it is plain base64, where Kafka's is URL-safe.
fn topic_id(id: [u8; 16]) -> TopicId {
    if id == [0; 16] { TopicId::unknown() } else { TopicId::new(&URL_SAFE_NO_PAD.encode(id)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_printed_as_kafka_prints_it_and_none_is_unknown() {
        assert_eq!(topic_id([0xfb; 16]).as_str(), "-_v7-_v7-_v7-_v7-_v7-w");
        assert!(topic_id([0; 16]).is_unknown());
    }
}
