//! What a look finds.

use crate::config::WatchedGroup;
use crate::core::lag::{Header, Sample};

use super::LookError;

/// A group and one of its topics at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicLook {
    pub topic: String,
    /// A topic that grew has another number of partitions than at the look before.
    pub header: Header,
    /// When the ends were read, in seconds since 1970.
    pub time: f64,
    pub sample: Result<Sample, LookError>,
    pub details: LookDetails,
}

/// What explains lag, and what no rule needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookDetails {
    /// Who has each partition; `None`: nobody, or not known.
    pub owners: Vec<Option<Owner>>,
    /// By how many milliseconds brokers held answers to this watcher back: what a group under the same quota feels. `None`: not known.
    pub throttle_ms: Option<u64>,
    /// The broker's word for the state of the group; `None`: not known.
    pub state: Option<String>,
    pub isolation: Isolation,
    /// Another one than before is another topic of the same name; `None`: not known.
    pub topic_id: Option<String>,
}

/// A member, as its operator knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The instance id of a static member, else the client id.
    pub client_id: String,
    pub host: String,
}

/// Where the log ends for the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// At the last stable offset.
    ReadCommitted,
    /// At the high watermark.
    ReadUncommitted,
}

impl Isolation {
    pub fn of(group: &WatchedGroup) -> Self {
        if group.read_committed { Self::ReadCommitted } else { Self::ReadUncommitted }
    }

    /// Kafka's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadCommitted => "read_committed",
            Self::ReadUncommitted => "read_uncommitted",
        }
    }
}
