//! Kafka: everything that talks to a broker. No type of the client library leaves this module.
//!
//! - [`Consumer`]: a member of the group; one thread polls it and turns rebalances into [`GroupEvent`]s.
//! - [`PartitionHandle`]: one assigned partition, with its own queue of [`Message`]s, its committed offset, and [`seek`](PartitionHandle::seek).
//! - [`Committer`]: explicit commits with metadata and leader epoch.
//! - [`Cluster`]: looks at topics, log ends, committed offsets and members, without joining; [`LogReader`]: at the records themselves; [`LogTail`]:
//!   at those that come.
//! - [`Inspector`]: looks at any number of groups of a cluster, for those who watch.
//! - [`CallbackProducer`], [`Producer`] and [`DeadLetters`]: the ways to write; many at once with an answer each, one at a time, or with a reason.
//! - [`KafkaFailure`]: what went wrong, as the broker or the client library says it; [`Status`]: the last such failure of a connection.

mod callback_producer;
mod client;
mod cluster;
mod commit;
mod committed;
mod consumer;
mod context;
mod dead_letter;
mod ends;
mod event;
mod failure;
mod group;
#[cfg(feature = "msk-iam")]
mod iam;
#[cfg(feature = "daemon")]
mod inspect;
mod log_reader;
#[cfg(feature = "daemon")]
mod log_tail;
mod message;
#[cfg(feature = "daemon")]
pub mod mock;
mod partition;
mod poller;
mod producer;
mod raw;
mod rebalance;
mod repeats;
mod security;
mod seek;
mod start;
mod status;
mod topic;

pub use callback_producer::{CallbackProducer, Deliveries, ProducerBounds, Undelivered, UndeliveredKind};
pub use client::{ConnectError, FetchBounds};
pub use cluster::Cluster;
pub use commit::{CommitEntry, CommitError, Committer};
pub use committed::Committed;
pub use consumer::{CloseError, Consumer};
pub use dead_letter::{DeadLetterError, DeadLetterRecord, DeadLetterStored, DeadLetters, Origin};
pub use ends::LogRange;
pub use event::{GroupEvent, RevokeAck};
pub use failure::{FailureKind, KafkaFailure};
#[cfg(feature = "daemon")]
pub use inspect::{ByTopic, GroupDescription, Head, Heads, Inspector, LogEdge, Member};
pub use log_reader::{LogEnd, LogReader};
#[cfg(feature = "daemon")]
pub use log_tail::{LogTail, Tailed};
pub use message::{Header, Headers, Message, OwnedHeader};
pub use partition::{PartitionError, PartitionHandle};
pub use producer::{ProduceError, Producer, Stored};
#[cfg(feature = "daemon")]
pub(crate) use security::{authorities, password};
pub use seek::SeekError;
pub use status::{LastFailure, Status};
pub use topic::{TopicDescription, TopicError, TopicSettings};

#[cfg(test)]
#[cfg(feature = "daemon")]
mod tests;
