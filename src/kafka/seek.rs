//! Going back or forward in a partition.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::{Offset, TopicPartitionList};
use tokio::sync::{Notify, oneshot};

use super::context::Native;
use super::failure::KafkaFailure;
use super::partition::{PartitionHandle, Seat};
use super::poller::Command;
use super::raw::{self, PartitionQueue};
use crate::core::offset::NextOffset;

/// Only the library's own thread answers a seek: longer than this and it is stuck.
const LIMIT: Duration = Duration::from_secs(5);

/// Why a partition does not read from where it was told to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeekError {
    #[error("partition {partition}: revoked before the seek")]
    Revoked { partition: i32 },
    #[error("partition {partition}: seek to {to}: {failure}")]
    Failed { partition: i32, to: NextOffset, failure: KafkaFailure },
}

impl SeekError {
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Failed { failure, .. } if failure.is_retryable())
    }
}

/// A partition that is taken out of the assignment and put back in at an offset.
pub(super) struct Restart {
    seat: Arc<Seat>,
    waker: Arc<Notify>,
    topic: Arc<str>,
    list: TopicPartitionList,
    done: oneshot::Sender<Result<PartitionQueue, KafkaFailure>>,
}

/// Where to.
#[derive(Clone, Copy)]
pub(super) struct Target {
    pub(super) to: NextOffset,
    pub(super) leader_epoch: Option<i32>,
}

impl PartitionHandle {
    /// The library's own seek where it works. It answers `State` where fetching has stopped for good, as it does after an offset that is
    /// out of range under `auto.offset.reset=error`, and `PreviousInProgress` while it stops: then the partition is unassigned and
    /// assigned anew.
    pub(super) async fn go_to(&mut self, target: Target) -> Result<(), SeekError> {
        let partition = self.partition();
        let failed = |failure| SeekError::Failed { partition, to: target.to, failure };
        if self.is_revoked() {
            return Err(SeekError::Revoked { partition });
        }
        let list = target.list(&self.topic, partition).map_err(failed)?;
        match seek_where_it_fetches(Arc::clone(self.queue.client()), list).await {
            Ok(()) => return Ok(()),
            Err(failure) if !matches!(failure.code(), Code::State | Code::PreviousInProgress) => return Err(failed(failure)),
            Err(_) => {}
        }
        let (done, answer) = oneshot::channel();
        let list = target.list(&self.topic, partition).map_err(failed)?;
        let (seat, waker, topic) = (Arc::clone(&self.seat), Arc::clone(&self.waker), Arc::clone(&self.topic));
        self.commands.send(Command::Restart(Restart { seat, waker, topic, list, done })).map_err(failed)?;
        let answer = tokio::select! {
            answer = answer => answer,
            // The thread may be inside the rebalance that takes the partition away, and wait for us.
            () = self.seat.revoked() => return Err(SeekError::Revoked { partition }),
        };
        self.queue = answer.unwrap_or_else(|_| Err(KafkaFailure::of(Code::DestroyBroker))).map_err(failed)?;
        Ok(())
    }
}

impl Target {
    fn list(self, topic: &str, partition: i32) -> Result<TopicPartitionList, KafkaFailure> {
        let mut list = TopicPartitionList::with_capacity(1);
        list.add_partition_offset(topic, partition, Offset::Offset(self.to.get())).map_err(|error| KafkaFailure::of_error(&error))?;
        if let Some(epoch) = self.leader_epoch {
            raw::set_last_leader_epoch(&mut list, epoch);
        }
        Ok(list)
    }
}

async fn seek_where_it_fetches(client: Arc<Native>, list: TopicPartitionList) -> Result<(), KafkaFailure> {
    let seek = move || {
        let answered = client
            .consumer()
            .seek_partitions(list, LIMIT)
            .map_err(|error| KafkaFailure::new(Code::OperationTimedOut, error.to_string()))?;
        match raw::elements(&answered).first().and_then(|line| line.error) {
            Some(code) => Err(KafkaFailure::of(code)),
            None => Ok(()),
        }
    };
    tokio::task::spawn_blocking(seek).await.unwrap_or_else(|_| Err(KafkaFailure::of(Code::Fail)))
}

/// On the thread that polls the consumer, so that it never runs beside a rebalance: an unassign there would be taken for the answer to it.
pub(super) fn restart(client: &Arc<Native>, restart: Restart) {
    let Restart { seat, waker, topic, list, done } = restart;
    // Whoever waits for the answer looks at the seat too.
    if seat.is_revoked() {
        return;
    }
    let _nobody_waits = done.send(reassign(client, &topic, seat.partition, &waker, &list));
}

fn reassign(
    client: &Arc<Native>,
    topic: &str,
    partition: i32,
    waker: &Arc<Notify>,
    list: &TopicPartitionList,
) -> Result<PartitionQueue, KafkaFailure> {
    let failure = |error: KafkaError| KafkaFailure::new(Code::State, error.to_string());
    client.consumer().incremental_unassign(list).map_err(failure)?;
    let queue = PartitionQueue::split(client, topic, partition, waker).ok_or_else(|| KafkaFailure::of(Code::UnknownPartition))?;
    // What is left now are errors of the earlier fetching: they carry no version and would be taken for errors of the new.
    while queue.pop().is_some() {}
    client.consumer().incremental_assign(list).map_err(failure)?;
    Ok(queue)
}
