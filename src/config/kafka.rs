//! `[kafka]`: the cluster, the topic, the group.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Secret;
use super::duration::DurationText;
use super::fold::Codec;

/// The Kafka side of a process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Kafka {
    /// Bootstrap servers, `host:port` joined by commas.
    pub brokers: String,
    /// The topic of TagData.
    pub topic: String,
    /// The consumer group.
    pub group: String,
    /// Static membership: a name unique in the group. A restart within `session_timeout` then moves no partition.
    pub instance_id: Option<String>,
    /// The encoding of values without a `content-type` header.
    pub codec: Codec,
    /// Where a partition starts that has neither a committed offset nor a position in Redis.
    pub start: StartAt,
    /// After this long without a heartbeat the group gives a worker's partitions away.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "DurationText")]
    pub session_timeout: Duration,
    /// `read_committed` (true) leaves out the records of aborted transactions.
    pub read_committed: bool,
    pub security: KafkaSecurity,
    pub dead_letter: DeadLetter,
    /// Further librdkafka properties, passed through; those that Shasta owns are refused.
    pub properties: BTreeMap<String, String>,
}

/// `[kafka.security]`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KafkaSecurity {
    pub protocol: Protocol,
    /// PEM file of the authorities that may have signed the broker's certificate; the system's where it is not set.
    pub ca_file: Option<PathBuf>,
    /// PEM files of a client certificate and its key, for mutual TLS.
    pub certificate_file: Option<PathBuf>,
    pub key_file: Option<PathBuf>,
    pub mechanism: Mechanism,
    pub username: Option<String>,
    pub password: Option<Secret>,
    /// A file that holds the password (its last line end is left out); relative to `$CREDENTIALS_DIRECTORY` where that is set.
    pub password_file: Option<PathBuf>,
    /// The AWS region, for `msk-iam`.
    pub region: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    #[default]
    Plaintext,
    Tls,
    SaslPlaintext,
    SaslTls,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mechanism {
    #[default]
    #[serde(rename = "scram-sha-512")]
    ScramSha512,
    #[serde(rename = "scram-sha-256")]
    ScramSha256,
    Plain,
    MskIam,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StartAt {
    #[default]
    Earliest,
    Latest,
}

/// `[kafka.dead_letter]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeadLetter {
    /// The topic for invalid records; `<topic>.dlq` where it is not set.
    pub topic: Option<String>,
    /// How long one attempt to write a dead letter may take. The partition waits and tries again.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "DurationText")]
    pub timeout: Duration,
}

impl Kafka {
    pub fn dead_letter_topic(&self) -> String {
        self.dead_letter.topic.clone().unwrap_or_else(|| format!("{}.dlq", self.topic))
    }
}

impl Default for Kafka {
    fn default() -> Self {
        Self {
            brokers: "127.0.0.1:9092".to_owned(),
            topic: "tag-data".to_owned(),
            group: "shasta-tags".to_owned(),
            instance_id: None,
            codec: Codec::default(),
            start: StartAt::default(),
            session_timeout: Duration::from_secs(45),
            read_committed: true,
            security: KafkaSecurity::default(),
            dead_letter: DeadLetter::default(),
            properties: BTreeMap::new(),
        }
    }
}

impl Default for DeadLetter {
    fn default() -> Self {
        Self { topic: None, timeout: Duration::from_secs(10) }
    }
}
