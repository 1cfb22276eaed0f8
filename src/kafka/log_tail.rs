//! The end of a topic's log, read as it grows and without a group.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rdkafka::consumer::Consumer;
use rdkafka::{Message, Offset as LibraryOffset, TopicPartitionList};

use super::client::{self, ConnectError};
use super::context::{Context, Native};
use super::failure::KafkaFailure;
use super::status::Status;
use crate::config::Kafka;
use crate::core::offset::{NextOffset, Offset};

/// How long the thread waits for a record before it looks whether it is to stop.
const PATIENCE: Duration = Duration::from_millis(50);

/// A thread that reads all records from given offsets on, as they come. It ends when this is dropped.
pub struct LogTail {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    status: Status,
}

/// A record that came, in the client library's memory.
#[derive(Clone, Copy, Debug)]
pub struct Tailed<'a> {
    pub partition: i32,
    pub offset: Offset,
    pub value: Option<&'a [u8]>,
}

impl LogTail {
    /// Calls `read` on a thread of its own with each record of these partitions, those of one partition in their order.
    ///
    /// # Errors
    /// What is wrong in the configuration. That a broker is not there, or a record's place was deleted, is told by [`Self::status`] only.
    pub fn start(
        kafka: &Kafka,
        topic: &str,
        from: &BTreeMap<i32, NextOffset>,
        read: impl FnMut(Tailed<'_>) + Send + 'static,
    ) -> Result<Self, ConnectError> {
        let mut config = client::observer(kafka, &kafka.group)?;
        // What waits in the library's memory, of all partitions together.
        config.set("auto.offset.reset", "error").set("queued.max.messages.kbytes", "65536").set("fetch.queue.backoff.ms", "5");
        let status = Status::default();
        let client = Native::create(&config, Context::new("log-tail", status.clone(), kafka))?;
        assign(&client, topic, from).map_err(|failure| ConnectError::Client(failure.to_string()))?;
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let thread = thread::Builder::new().name("kafka-log-tail".to_owned()).spawn(move || run(&client, &told, read));
        Ok(Self { stop, thread: Some(thread.map_err(ConnectError::Thread)?), status })
    }

    /// What failed last, and when.
    pub fn status(&self) -> Status {
        self.status.clone()
    }
}

fn assign(client: &Native, topic: &str, from: &BTreeMap<i32, NextOffset>) -> Result<(), KafkaFailure> {
    let mut list = TopicPartitionList::new();
    for (partition, offset) in from {
        let failed = |error| KafkaFailure::of_error(&error);
        list.add_partition_offset(topic, *partition, LibraryOffset::Offset(offset.get())).map_err(failed)?;
    }
    client.consumer().assign(&list).map_err(|error| KafkaFailure::of_error(&error))
}

fn run(client: &Native, stop: &AtomicBool, mut read: impl FnMut(Tailed<'_>)) {
    while !stop.load(Ordering::Relaxed) {
        // Errors are with the status: the client's context hears of each.
        let Some(Ok(message)) = client.consumer().poll(PATIENCE) else { continue };
        let Some(offset) = Offset::new(message.offset()) else { continue };
        client.status.succeeded();
        read(Tailed { partition: message.partition(), offset, value: message.payload() });
    }
}

impl Drop for LogTail {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // A reader that panicked has ended too.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl fmt::Debug for LogTail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogTail").finish_non_exhaustive()
    }
}
