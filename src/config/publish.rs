//! `[publish]`: how a publisher keys, queues and waits.

use std::time::Duration;

use bytesize::ByteSize;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::duration::DurationText;
use super::size::{self, SizeText};

/// A publisher's bounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Publish {
    pub key: KeyForm,
    /// Records that are neither acknowledged nor failed.
    pub queue_records: u32,
    /// Their keys and values together.
    #[serde(with = "size")]
    #[schemars(with = "SizeText")]
    pub queue_bytes: ByteSize,
    /// After this long without an acknowledgement a record comes back as expired.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "DurationText")]
    pub delivery_timeout: Duration,
    /// How often the topic's number of partitions is asked for.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "DurationText")]
    pub metadata_interval: Duration,
    /// How long a channel that moves, because the topic grew, is held until the group has applied what lies in its old partition.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "DurationText")]
    pub growth_timeout: Duration,
    /// Failures of records that nobody waits for which are kept until they are asked for.
    pub failures: u32,
}

/// What a record's key names. The channel names the partition under either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyForm {
    #[default]
    Channel,
    Object,
}

impl From<KeyForm> for crate::core::publication::KeyForm {
    fn from(form: KeyForm) -> Self {
        match form {
            KeyForm::Channel => Self::Channel,
            KeyForm::Object => Self::Object,
        }
    }
}

impl Default for Publish {
    fn default() -> Self {
        Self {
            key: KeyForm::default(),
            queue_records: 10_000,
            queue_bytes: ByteSize::mib(64),
            delivery_timeout: Duration::from_secs(30),
            metadata_interval: Duration::from_secs(5),
            growth_timeout: Duration::from_secs(20),
            failures: 1_000,
        }
    }
}
