//! `[kafka]` as properties of the client library: what each kind of client must have.

use std::path::PathBuf;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;

use super::security;
use crate::config::Kafka;

/// Why there is no client. Nothing of it gets better by waiting.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The client library refuses a property.
    #[error("kafka property {property}: {reason}")]
    Property { property: String, reason: String },
    #[error("kafka client: {0}")]
    Client(String),
    #[error("kafka.security: {0}")]
    Incomplete(&'static str),
    #[error("kafka.security: {path}: {source}", path = path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("kafka.security: no bundle of certificate authorities in the usual places: set ca_file")]
    NoAuthorities,
    #[error("kafka.security: mechanism msk-iam needs a build with the cargo feature `msk-iam`")]
    NoIam,
    #[error("kafka thread: {0}")]
    Thread(std::io::Error),
    /// Nothing was started.
    #[error("a publisher has to be connected within a tokio runtime")]
    NoRuntime,
}

/// How much a consumer may fetch ahead. Whoever splits the memory budget decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchBounds {
    /// Bytes that wait in one partition's queue. Fetching stops above it and goes on as the queue is polled; one fetch response may exceed it.
    pub queue_bytes_per_partition: usize,
    /// The same in messages: a small one takes far more room in the queue than its bytes.
    pub queue_messages_per_partition: usize,
    /// Bytes of one partition in one fetch response. A larger record still comes, alone.
    pub fetch_message_max_bytes: usize,
    /// Bytes of all partitions in one fetch response of one broker.
    pub fetch_max_bytes: usize,
}

impl Default for FetchBounds {
    /// 256 partitions then hold about 120 MB.
    fn default() -> Self {
        Self {
            queue_bytes_per_partition: 256 << 10,
            queue_messages_per_partition: 1_000,
            fetch_message_max_bytes: 128 << 10,
            fetch_max_bytes: 8 << 20,
        }
    }
}

/// What all clients share. `purpose` tells them apart in the broker's logs and quotas.
fn base(kafka: &Kafka, purpose: &str) -> Result<ClientConfig, ConnectError> {
    let mut client = ClientConfig::new();
    client
        .set("bootstrap.servers", &kafka.brokers)
        .set("client.id", format!("shasta-{purpose}"))
        // Half-open connections through a load balancer or NAT are then found before the next request needs them.
        .set("socket.keepalive.enable", "true")
        // Brokers close idle connections; the library would log each as an error.
        .set("log.connection.close", "false")
        // The library's own telemetry to the broker, which nobody reads here.
        .set("enable.metrics.push", "false");
    client.set_log_level(RDKafkaLogLevel::Info);
    security::apply(&kafka.security, &mut client)?;
    Ok(client)
}

fn pass_through(kafka: &Kafka, mut client: ClientConfig) -> ClientConfig {
    for (property, value) in &kafka.properties {
        client.set(property, value);
    }
    client
}

/// A member of the group.
pub(super) fn consumer(kafka: &Kafka, bounds: FetchBounds) -> Result<ClientConfig, ConnectError> {
    let mut client = base(kafka, "worker")?;
    client
        .set("group.id", &kafka.group)
        .set("session.timeout.ms", kafka.session_timeout.as_millis().to_string())
        .set("isolation.level", if kafka.read_committed { "read_committed" } else { "read_uncommitted" })
        .set("partition.assignment.strategy", "cooperative-sticky")
        // What is fetched below the log start must be an error, never a silent jump.
        .set("auto.offset.reset", "error")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("enable.partition.eof", "false")
        .set("queued.max.messages.kbytes", (bounds.queue_bytes_per_partition / 1024).max(1).to_string())
        // Its name says the least that is kept ready; fetching stops above it all the same.
        .set("queued.min.messages", bounds.queue_messages_per_partition.max(1).to_string())
        .set("fetch.message.max.bytes", bounds.fetch_message_max_bytes.to_string())
        .set("fetch.max.bytes", bounds.fetch_max_bytes.to_string())
        .set("fetch.wait.max.ms", "500")
        // A full queue is looked at again after this long; at the default of 1000 small queues starve in catch-up.
        .set("fetch.queue.backoff.ms", "5");
    if let Some(instance) = &kafka.instance_id {
        client.set("group.instance.id", instance);
    }
    Ok(pass_through(kafka, client))
}

/// Looks and never joins. With the group's name it can ask for the group's offsets.
pub(super) fn observer(kafka: &Kafka, group: &str) -> Result<ClientConfig, ConnectError> {
    let mut client = base(kafka, "observer")?;
    client.set("group.id", group).set("enable.auto.commit", "false").set("enable.auto.offset.store", "false");
    client.set("isolation.level", if kafka.read_committed { "read_committed" } else { "read_uncommitted" });
    Ok(pass_through(kafka, client))
}

/// Acknowledged by all in-sync replicas, once, in order.
pub(super) fn producer(kafka: &Kafka, purpose: &str) -> Result<ClientConfig, ConnectError> {
    let mut client = base(kafka, purpose)?;
    client.set("acks", "all").set("enable.idempotence", "true").set("partitioner", "murmur2_random");
    // How long a topic may be unknown before that is an error; the library's 30 s would end in a timeout that says nothing.
    client.set("topic.metadata.propagation.max.ms", "3000");
    Ok(client)
}

/// What a producer gets of the properties that were passed through: the consumer's would only be warned of.
pub(super) fn pass_through_producer(kafka: &Kafka, mut client: ClientConfig) -> ClientConfig {
    const CONSUMER_ONLY: [&str; 8] = ["fetch.", "queued.", "group.", "heartbeat.", "max.poll.", "check.crcs", "isolation.", "session."];
    for (property, value) in &kafka.properties {
        if !CONSUMER_ONLY.iter().any(|prefix| property.starts_with(prefix)) {
            client.set(property, value);
        }
    }
    client
}

impl From<KafkaError> for ConnectError {
    /// The value of a refused property may be a secret and is left out.
    fn from(error: KafkaError) -> Self {
        match error {
            KafkaError::ClientConfig(_, reason, property, _) => Self::Property { property, reason },
            KafkaError::ClientCreation(reason) => Self::Client(reason),
            other => Self::Client(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passed_properties_win_where_they_may() {
        let mut kafka = Kafka::default();
        kafka.properties.insert("fetch.wait.max.ms".to_owned(), "10".to_owned());
        let client = consumer(&kafka, FetchBounds::default()).unwrap();
        assert_eq!(client.get("fetch.wait.max.ms"), Some("10"));
        assert_eq!(client.get("auto.offset.reset"), Some("error"));
        assert_eq!(client.get("client.id"), Some("shasta-worker"));
        let producer = pass_through_producer(&kafka, producer(&kafka, "publish").unwrap());
        assert_eq!(producer.get("fetch.wait.max.ms"), None);
    }

    #[test]
    fn a_refused_property_is_named_without_its_value() {
        let mut kafka = Kafka::default();
        kafka.properties.insert("no.such.property".to_owned(), "secret-value".to_owned());
        let native = consumer(&kafka, FetchBounds::default()).unwrap().create_native_config();
        let error = ConnectError::from(native.err().unwrap()).to_string();
        assert!(error.contains("no.such.property") && !error.contains("secret-value"), "{error}");
    }
}
