//! What the group tells its member.

use std::convert::Infallible;
use std::sync::mpsc::SyncSender;

use super::failure::KafkaFailure;
use super::partition::PartitionHandle;

/// A change of the assignment, or a failure of the membership. At most a few per rebalance.
#[derive(Debug)]
pub enum GroupEvent {
    /// These partitions are ours from now on, besides those we have; none of them where the group has more members than partitions.
    Assigned(Vec<PartitionHandle>),
    /// These partitions go to another member: finish what is in flight, commit, then drop the ack or call [`RevokeAck::done`].
    /// The rebalance waits for it up to the deadline, and **all** partitions' fetching stands still meanwhile. Their handles answer
    /// [`Revoked`](super::PartitionError::Revoked) already.
    Revoked(Vec<i32>, RevokeAck),
    /// These partitions were taken away (the session expired): a commit would be refused. Stop at once.
    Lost(Vec<i32>),
    /// The client is of no use any more: end the process.
    Fatal(KafkaFailure),
    /// Something failed and is tried again by the client itself. Left out while the channel is full.
    Failed(KafkaFailure),
}

/// The worker's word that revoked partitions are drained and committed. Dropping it says the same, so that it can not get lost.
#[derive(Debug)]
pub struct RevokeAck(#[allow(dead_code, reason = "its drop is the message")] pub(super) SyncSender<Infallible>);

impl RevokeAck {
    pub fn done(self) {}
}
