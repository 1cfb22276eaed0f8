//! Publishing: what an application brings events into the topic with.
//!
//! - [`Publisher`]: takes events, checks them as a worker would, and sends them in order per channel; bounded, and paused or flushed on request.
//! - [`Published`] and [`Acknowledgement`]: where a record is, and the wait for it. OK means that all in-sync replicas have it.
//! - [`PublishError`]: why a record is not, or may not be, there. The record comes back with it: nothing is only logged.
//! - [`Failures`]: those of records that nobody waits for.
//!
//! A channel lies in one partition, named by its key. When the topic gets more partitions, channels that move are held until the group
//! has applied what they have in their old partition; where that can not be seen, [`Order::NotProven`] says so with each record. Order is
//! that of one publisher: what others publish to the same channel at the same time, or an earlier process did, comes in between.

mod entries;
mod error;
mod failures;
mod published;
mod publisher;
mod queue;
mod shared;
mod topic_watch;

pub use error::{PublishError, Unpublished};
pub use failures::Failures;
pub use published::{Acknowledgement, Published};
pub use publisher::{Publisher, PublisherCounts};

pub use crate::core::publication::KeyForm;
pub use crate::core::repartition::Order;
pub use crate::kafka::ConnectError;

#[cfg(test)]
#[cfg(feature = "daemon")]
mod tests;
