//! Explicit commits.

use std::fmt;
use std::sync::Arc;

use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::{Offset, TopicPartitionList};

use super::context::Native;
use super::failure::KafkaFailure;
use super::raw;
use crate::core::offset::NextOffset;

/// One partition's commit. A lower offset than the committed one goes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitEntry {
    pub partition: i32,
    pub next: NextOffset,
    /// Kept beside the offset; brokers allow 4,096 bytes by default.
    pub metadata: String,
    /// Of the last record below `next`, where one is known.
    pub leader_epoch: Option<i32>,
}

/// Why a commit was not done, or may not have been. It is for all its entries.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// The group moved on: these partitions are, or will be, another member's. A revoke or a loss follows or came already.
    #[error("commit to {topic}: not a member of this generation: {failure}")]
    NotOurs { topic: Arc<str>, failure: KafkaFailure },
    /// A passing state; after a timeout it is unknown whether the commit was done.
    #[error("commit to {topic}: {failure}")]
    Retryable { topic: Arc<str>, failure: KafkaFailure },
    /// Refused for good: metadata too large, not authorized, fenced by another instance.
    #[error("commit to {topic}: {failure}")]
    Refused { topic: Arc<str>, failure: KafkaFailure },
}

impl CommitError {
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Retryable { .. })
    }

    pub fn failure(&self) -> &KafkaFailure {
        match self {
            Self::NotOurs { failure, .. } | Self::Retryable { failure, .. } | Self::Refused { failure, .. } => failure,
        }
    }

    fn of(topic: &Arc<str>, failure: KafkaFailure) -> Self {
        let topic = Arc::clone(topic);
        match failure.code() {
            Code::IllegalGeneration | Code::RebalanceInProgress | Code::UnknownMemberId | Code::AssignmentLost | Code::StaleMemberEpoch => {
                Self::NotOurs { topic, failure }
            }
            _ if failure.is_retryable() => Self::Retryable { topic, failure },
            _ => Self::Refused { topic, failure },
        }
    }
}

/// Commits for one member. Cheap to clone.
#[derive(Clone)]
pub struct Committer {
    client: Arc<Native>,
    topic: Arc<str>,
}

impl Committer {
    pub(super) fn new(client: Arc<Native>, topic: Arc<str>) -> Self {
        Self { client, topic }
    }

    /// Commits the entries in one request and waits for the coordinator's answer, which the library bounds (its session and socket
    /// timeouts). Wait for it before the next commit of the same partition: the library repeats a request that found no coordinator, and
    /// an older one could then overtake.
    ///
    /// # Errors
    /// See [`CommitError`]. Dropping the future does not take the commit back.
    pub async fn commit(&self, entries: Vec<CommitEntry>) -> Result<(), CommitError> {
        if entries.is_empty() {
            return Ok(());
        }
        let client = Arc::clone(&self.client);
        let list = list_of(&self.topic, &entries).map_err(|error| CommitError::of(&self.topic, KafkaFailure::of_error(&error)))?;
        // The library has only a blocking commit; its answer would otherwise come by the queue that a rebalance holds up.
        let commit = move || {
            let answer = client.consumer().commit(&list, CommitMode::Sync);
            if answer.is_ok() {
                client.status.succeeded();
            }
            answer
        };
        let answer = tokio::task::spawn_blocking(commit).await.unwrap_or(Err(KafkaError::Canceled));
        answer.map_err(|error| CommitError::of(&self.topic, failure_of(&error)))
    }
}

fn failure_of(error: &KafkaError) -> KafkaFailure {
    error.rdkafka_error_code().map_or_else(|| KafkaFailure::of_error(error), KafkaFailure::of)
}

fn list_of(topic: &str, entries: &[CommitEntry]) -> Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::with_capacity(entries.len());
    for entry in entries {
        let mut line = list.add_partition(topic, entry.partition);
        line.set_offset(Offset::Offset(entry.next.get()))?;
        line.set_metadata(&entry.metadata);
        if let Some(epoch) = entry.leader_epoch {
            raw::set_last_leader_epoch(&mut list, epoch);
        }
    }
    Ok(list)
}

impl fmt::Debug for Committer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Committer").field("topic", &self.topic).finish_non_exhaustive()
    }
}
