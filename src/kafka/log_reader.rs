//! A piece of a partition's log, read without a group.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::error::RDKafkaErrorCode as Code;
use rdkafka::{Offset as LibraryOffset, TopicPartitionList};
use tokio::sync::Notify;

use super::client::{self, ConnectError};
use super::committed::blocking;
use super::context::{Context, Native};
use super::failure::KafkaFailure;
use super::message::Message;
use super::raw::PartitionQueue;
use super::status::Status;
use crate::config::Kafka;
use crate::core::offset::{NextOffset, Offset};

/// How long the next record may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Reads records in their order, from one offset to another.
pub struct LogReader {
    queue: PartitionQueue,
    client: Arc<Native>,
    /// The library calls it for as long as the client lives: declared, and so dropped, after it.
    _waker: Arc<Notify>,
    topic: String,
    partition: i32,
}

/// How reading ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEnd {
    /// Every record up to the last offset that was asked for was there or is known not to exist.
    Reached,
    /// The broker or the client library can not give what comes after the records before.
    Failed(KafkaFailure),
}

impl LogReader {
    /// # Errors
    /// Only what is wrong in the configuration.
    pub fn open(kafka: &Kafka, topic: &str, partition: i32) -> Result<Self, ConnectError> {
        let mut config = client::observer(kafka, &kafka.group)?;
        config.set("auto.offset.reset", "error").set("enable.partition.eof", "true").set("fetch.wait.max.ms", "50");
        let client = Native::create(&config, Context::new("log-reader", Status::default(), kafka))?;
        let waker = Arc::new(Notify::new());
        let invalid = || ConnectError::Client(format!("{topic:?} is no topic"));
        let queue = PartitionQueue::split(&client, topic, partition, &waker).ok_or_else(invalid)?;
        Ok(Self { queue, client, _waker: waker, topic: topic.to_owned(), partition })
    }

    /// Reads from `from` through `last`, and keeps what `read` makes of each record.
    ///
    /// # Errors
    /// Where reading can not begin; what comes later is a [`LogEnd::Failed`].
    pub async fn read<T: Send + 'static>(
        self,
        from: NextOffset,
        last: Offset,
        read: impl Fn(&Message<'_>) -> T + Send + 'static,
    ) -> Result<(Vec<T>, LogEnd), KafkaFailure> {
        blocking(move || self.read_blocking(from, last, &read)).await
    }

    fn read_blocking<T>(&self, from: NextOffset, last: Offset, read: &dyn Fn(&Message<'_>) -> T) -> Result<(Vec<T>, LogEnd), KafkaFailure> {
        let mut list = TopicPartitionList::new();
        let failed = |error| KafkaFailure::of_error(&error);
        list.add_partition_offset(&self.topic, self.partition, LibraryOffset::Offset(from.get())).map_err(failed)?;
        self.client.consumer().assign(&list).map_err(failed)?;
        let mut found = Vec::new();
        let mut give_up = Instant::now() + PATIENCE;
        while Instant::now() < give_up {
            // A client that is not polled never authenticates; the partition's records come by its own queue.
            let _served = self.client.consumer().poll(Duration::ZERO);
            match self.queue.pop() {
                None => std::thread::sleep(Duration::from_millis(2)),
                Some(Err(error)) if error.code == Code::PartitionEOF => return Ok((found, LogEnd::Reached)),
                Some(Err(error)) => return Ok((found, LogEnd::Failed(KafkaFailure::new(error.code, error.reason)))),
                Some(Ok(raw)) => {
                    let Some(message) = Message::new(raw) else { continue };
                    if message.offset() <= last {
                        found.push(read(&message));
                    }
                    if message.offset() >= last {
                        return Ok((found, LogEnd::Reached));
                    }
                    give_up = Instant::now() + PATIENCE;
                }
            }
        }
        let cause = self.client.status.last_failure().map(|last| last.failure);
        Ok((found, LogEnd::Failed(cause.unwrap_or_else(|| KafkaFailure::of(Code::OperationTimedOut)))))
    }
}

impl fmt::Debug for LogReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogReader").field("topic", &self.topic).field("partition", &self.partition).finish_non_exhaustive()
    }
}
