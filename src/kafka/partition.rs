//! One assigned partition and its own queue.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::error::RDKafkaErrorCode as Code;
use tokio::sync::{Notify, watch};

use super::committed::{self, Committed};
use super::failure::{self, KafkaFailure};
use super::message::Message;
use super::poller::Commands;
use super::raw::{self, PartitionQueue, QueueError};
use super::seek::{SeekError, Target};
use crate::core::offset::NextOffset;

/// One assigned partition. Messages come by [`poll`](Self::poll); not polling is the back pressure. Keep it until the partition is
/// revoked, and drop it before the consumer is closed.
///
/// Fetching begins where [`started_at`](Self::started_at) says; whoever decides for another start calls [`seek`](Self::seek) first.
pub struct PartitionHandle {
    pub(super) queue: PartitionQueue,
    pub(super) seat: Arc<Seat>,
    pub(super) waker: Arc<Notify>,
    pub(super) topic: Arc<str>,
    pub(super) committed: Result<Option<Committed>, KafkaFailure>,
    pub(super) started_at: NextOffset,
    pub(super) commands: Commands,
}

/// What came instead of a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartitionError {
    /// The broker has no record at the offset any more (retention overtook us) or not yet (the log was cut or made again).
    /// Fetching has stopped: find the log's start and end, decide, [`seek`](PartitionHandle::seek). A second one may follow a seek
    /// that crossed it: decide again.
    #[error("partition {partition}: offset {at:?} is out of the log's range: {reason}")]
    OutOfRange { partition: i32, at: Option<NextOffset>, reason: String },
    /// The log was cut below the offset by an unclean leader election: records that were read are not in Kafka any more.
    /// Fetching has stopped. `broker_end`: where the leader's log of that epoch ends.
    #[error("partition {partition}: the log was truncated: {reason}")]
    LogTruncated { partition: i32, broker_end: Option<NextOffset>, reason: String },
    /// Fetching goes on by itself where the failure is retryable.
    #[error("partition {partition}: {failure}")]
    Failed { partition: i32, failure: KafkaFailure },
    /// The partition is another member's (soon): finish and let go of the handle.
    #[error("partition {partition}: revoked")]
    Revoked { partition: i32 },
}

impl PartitionError {
    /// Whether polling again may help without any decision.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Failed { failure, .. } if failure.is_retryable())
    }

    fn of(partition: i32, error: QueueError) -> Self {
        let truncated = failure::description(Code::LogTruncation);
        match error.code {
            // The library has one code for both; the cause is in the words, which it takes from the second code.
            Code::AutoOffsetReset if error.reason.contains(&truncated) => {
                Self::LogTruncated { partition, broker_end: broker_end(&error.reason), reason: error.reason }
            }
            Code::AutoOffsetReset | Code::OffsetOutOfRange => {
                Self::OutOfRange { partition, at: NextOffset::at(error.offset), reason: error.reason }
            }
            code => Self::Failed { partition, failure: KafkaFailure::new(code, error.reason) },
        }
    }
}

/// From `Partition log truncation detected at offset 9 ..: broker end offset is 7 (offset leader epoch 3). ..`
fn broker_end(reason: &str) -> Option<NextOffset> {
    let (_, tail) = reason.split_once("broker end offset is ")?;
    let digits = tail.split(|letter: char| !letter.is_ascii_digit()).next()?;
    digits.parse().ok().and_then(NextOffset::at)
}

/// Who holds the partition: one seat per assignment, so that a handle of an earlier assignment takes nothing from the next.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) partition: i32,
    revoked: watch::Sender<bool>,
}

impl Seat {
    pub(super) fn new(partition: i32) -> Arc<Self> {
        Arc::new(Self { partition, revoked: watch::Sender::new(false) })
    }

    pub(super) fn revoke(&self) {
        self.revoked.send_replace(true);
    }

    pub(super) fn is_revoked(&self) -> bool {
        *self.revoked.borrow()
    }

    /// Ends when the seat is given away.
    pub(super) async fn revoked(&self) {
        let mut seat = self.revoked.subscribe();
        // The sender is ours and lives as long.
        let _sender_lives = seat.wait_for(|revoked| *revoked).await;
    }
}

impl PartitionHandle {
    pub fn partition(&self) -> i32 {
        self.seat.partition
    }

    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// The group's committed offset as it was at assignment. `Err`: it could not be read, ask again with [`fetch_committed`](Self::fetch_committed).
    pub fn committed(&self) -> &Result<Option<Committed>, KafkaFailure> {
        &self.committed
    }

    /// Where fetching began: the committed offset, else the start of the log; 0 where neither could be read. Whoever decides for another
    /// start seeks.
    pub fn started_at(&self) -> NextOffset {
        self.started_at
    }

    /// Reads the committed offset again and keeps it.
    ///
    /// # Errors
    /// The broker's or the coordinator's answer; mostly retryable.
    pub async fn fetch_committed(&mut self) -> Result<Option<Committed>, KafkaFailure> {
        let mut all = committed::fetch(Arc::clone(self.queue.client()), Arc::clone(&self.topic), vec![self.partition()]).await?;
        self.committed = all.remove(&self.partition()).unwrap_or(Ok(None));
        self.committed.clone()
    }

    /// The next message, if one is there. Never waits.
    pub fn poll(&self) -> Option<Result<Message<'_>, PartitionError>> {
        if self.is_revoked() {
            return Some(Err(PartitionError::Revoked { partition: self.partition() }));
        }
        match self.queue.pop()? {
            Ok(raw) => Message::new(raw).map(Ok),
            Err(error) => Some(Err(PartitionError::of(self.partition(), error))),
        }
    }

    /// Ends when a message may be there, the partition was revoked, or after `max`: the library's wake-ups have been lost before, so `max` is
    /// what a lost one costs.
    pub async fn ready(&self, max: Duration) {
        if self.queue.len() > 0 || self.is_revoked() {
            return;
        }
        tokio::select! {
            () = self.waker.notified() => {}
            () = self.seat.revoked() => {}
            () = tokio::time::sleep(max) => {}
        }
    }

    /// Messages that wait in the queue; stale ones, from before a seek, are counted too.
    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    pub fn is_revoked(&self) -> bool {
        self.seat.is_revoked()
    }

    /// Ends when the partition is revoked or lost.
    pub async fn revoked(&self) {
        self.seat.revoked().await;
    }

    /// The offset after what was polled last, markers of transactions included: what an idle partition commits. `None` where nothing was
    /// polled since the last seek or the assignment.
    pub fn position(&self) -> Option<NextOffset> {
        NextOffset::at(raw::position(self.queue.client(), &self.topic, self.partition()))
    }

    /// Goes back or forward. No message that was fetched before is delivered after it: it needs `&mut self`, so none is in the caller's
    /// hands, and those in the queue carry an older version, which the library throws away when they are polled.
    /// With a leader epoch the broker is asked whether its log still agrees up to `to` ([`PartitionError::LogTruncated`]).
    ///
    /// # Errors
    /// [`SeekError::Revoked`]: not ours any more. Else retryable or not, as it says.
    pub async fn seek(&mut self, to: NextOffset, leader_epoch: Option<i32>) -> Result<(), SeekError> {
        self.go_to(Target { to, leader_epoch }).await
    }
}

impl fmt::Debug for PartitionHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartitionHandle").field("topic", &self.topic).field("partition", &self.partition()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reset(reason: &str) -> PartitionError {
        PartitionError::of(3, QueueError { code: Code::AutoOffsetReset, reason: reason.to_owned(), offset: 17 })
    }

    #[test]
    fn an_overrun_and_a_truncation_are_told_apart() {
        let overrun = reset("fetch failed due to requested offset not available on the broker: Broker: Offset out of range (broker 1)");
        assert!(matches!(overrun, PartitionError::OutOfRange { partition: 3, at: Some(at), .. } if at.get() == 17));
        let cut = reset(
            "Partition log truncation detected at offset 17 (leader epoch 4): broker end offset is 12 (offset leader epoch 3). Reset to INVALID.: \
             Local: Partition log truncation detected (broker 1)",
        );
        assert!(matches!(&cut, PartitionError::LogTruncated { broker_end: Some(end), .. } if end.get() == 12), "{cut:?}");
        assert!(!cut.is_retryable());
    }
}
