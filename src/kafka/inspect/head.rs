//! The first record at or after an offset: how old what waits is, and whether anything waits at all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::Consumer;
use rdkafka::error::RDKafkaErrorCode as Code;
use rdkafka::{Offset as LibraryOffset, TopicPartitionList};
use tokio::sync::{Mutex, Notify};
use tokio::time::{Instant, timeout_at};

use super::Inspector;
use crate::config::Kafka;
use crate::core::offset::NextOffset;
use crate::kafka::client::{self, ConnectError};
use crate::kafka::committed::blocking;
use crate::kafka::context::{Context, Native};
use crate::kafka::failure::KafkaFailure;
use crate::kafka::poller::{Commands, Poller};
use crate::kafka::raw::{PartitionQueue, QueueError};
use crate::kafka::status::Status;

/// A broker answers with whole batches all the same; this much of one partition, and then those of the next.
const BYTES_PER_PARTITION: &str = "16384";

/// What is found from an offset on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// A record; `at` is its offset, which is later than what was asked for where only markers or nothing lies between.
    Record { at: i64, timestamp_ms: Option<i64> },
    /// No record up to this offset: markers of transactions, aborted records, or nothing.
    Nothing { until: NextOffset },
    /// The offset is not in the log.
    OutOfRange,
}

/// By topic and partition; what was not found in time is absent.
pub type Heads = BTreeMap<(String, i32), Head>;

impl Inspector {
    /// Reads the first record at or after an offset, for many partitions at once. Under `read_committed` the records of aborted transactions
    /// are none. One such read runs at a time; what it does not find within `limit` is left out.
    ///
    /// # Errors
    /// Where reading can not begin.
    pub async fn heads(&self, wanted: &[(String, i32, NextOffset)], read_committed: bool, limit: Duration) -> Result<Heads, KafkaFailure> {
        if wanted.is_empty() {
            return Ok(Heads::new());
        }
        self.readers.read(wanted, read_committed, limit).await
    }
}

/// A consumer for each isolation level, made when it is first needed.
pub struct HeadReaders {
    kafka: Kafka,
    committed: Mutex<Option<Reader>>,
    uncommitted: Mutex<Option<Reader>>,
}

impl HeadReaders {
    pub fn new(kafka: &Kafka) -> Self {
        Self { kafka: kafka.clone(), committed: Mutex::default(), uncommitted: Mutex::default() }
    }

    async fn read(&self, wanted: &[(String, i32, NextOffset)], read_committed: bool, limit: Duration) -> Result<Heads, KafkaFailure> {
        let until = Instant::now() + limit;
        let reader = if read_committed { &self.committed } else { &self.uncommitted };
        let Ok(mut reader) = timeout_at(until, reader.lock()).await else { return Ok(Heads::new()) };
        let reader = match &mut *reader {
            Some(reader) => reader,
            none => {
                none.insert(Reader::open(&self.kafka, read_committed).map_err(|error| KafkaFailure::new(Code::Fail, error.to_string()))?)
            }
        };
        reader.read(wanted, until).await
    }
}

/// A consumer that is assigned what is wanted, and nothing in between.
struct Reader {
    client: Arc<Native>,
    /// Topics whose leaders the client knows.
    topics: BTreeSet<String>,
    waker: Arc<Notify>,
    /// A client that is not polled never authenticates.
    _poller: Poller,
}

type Queues = BTreeMap<(String, i32), PartitionQueue>;

impl Reader {
    fn open(kafka: &Kafka, read_committed: bool) -> Result<Self, ConnectError> {
        let mut config = client::observer(kafka, &kafka.group)?;
        config.set("isolation.level", if read_committed { "read_committed" } else { "read_uncommitted" });
        config.set("auto.offset.reset", "error").set("enable.partition.eof", "true").set("fetch.wait.max.ms", "10");
        // One batch of each partition is enough: fetching stops as soon as its queue holds anything.
        config
            .set("fetch.queue.backoff.ms", "5")
            .set("fetch.message.max.bytes", BYTES_PER_PARTITION)
            .set("queued.min.messages", "1")
            .set("queued.max.messages.kbytes", "1");
        let waker = Arc::new(Notify::new());
        let context = Context::new("head-reader", Status::default(), kafka).with_waker(Arc::clone(&waker));
        let client = Native::create(&config, context)?;
        let poller = Poller::start("kafka-heads", Arc::clone(&client), None, Commands::channel())?;
        Ok(Self { client, topics: BTreeSet::new(), waker, _poller: poller })
    }

    async fn read(&mut self, wanted: &[(String, i32, NextOffset)], until: Instant) -> Result<Heads, KafkaFailure> {
        for (topic, ..) in wanted {
            self.learn(topic, until).await?;
        }
        let mut queues = self.queues(wanted);
        let mut list = TopicPartitionList::with_capacity(wanted.len());
        for (topic, partition, offset) in wanted {
            let added = list.add_partition_offset(topic, *partition, LibraryOffset::Offset(offset.get()));
            added.map_err(|error| KafkaFailure::of_error(&error))?;
        }
        self.assign(list).await?;
        let mut heads = Heads::new();
        loop {
            queues.retain(|place, queue| {
                let head = head(queue);
                heads.extend(head.map(|head| (place.clone(), head)));
                head.is_none()
            });
            if queues.is_empty() || timeout_at(until, self.waker.notified()).await.is_err() {
                break;
            }
        }
        // The leader may not be known, or is another one by now.
        self.topics.retain(|topic| !queues.keys().any(|(missed, _)| missed == topic));
        self.assign(TopicPartitionList::new()).await?;
        Ok(heads)
    }

    /// Partitions of a topic that the library does not know yet would wait for its next round of questions: up to a second, more than once.
    async fn learn(&mut self, topic: &str, until: Instant) -> Result<(), KafkaFailure> {
        if self.topics.contains(topic) {
            return Ok(());
        }
        let (client, name) = (Arc::clone(&self.client), topic.to_owned());
        let left = until.saturating_duration_since(Instant::now());
        let learnt =
            blocking(move || client.consumer().fetch_metadata(Some(&name), left).map(drop).map_err(|error| KafkaFailure::of_error(&error)));
        learnt.await?;
        self.topics.insert(topic.to_owned());
        Ok(())
    }

    fn queues(&self, wanted: &[(String, i32, NextOffset)]) -> Queues {
        let queue = |(topic, partition, _): &(String, i32, NextOffset)| {
            let queue = PartitionQueue::split(&self.client, topic, *partition, &self.waker)?;
            Some(((topic.clone(), *partition), queue))
        };
        wanted.iter().filter_map(queue).collect()
    }

    /// The library makes the change on a thread of its own, and the call waits for it.
    async fn assign(&self, list: TopicPartitionList) -> Result<(), KafkaFailure> {
        let client = Arc::clone(&self.client);
        blocking(move || client.consumer().assign(&list).map_err(|error| KafkaFailure::of_error(&error))).await
    }
}

/// `None`: not yet. A failure that passes, such as a leader that moved, is followed by more.
fn head(queue: &PartitionQueue) -> Option<Head> {
    loop {
        match queue.pop()? {
            Ok(message) => {
                return Some(Head::Record { at: message.offset(), timestamp_ms: Some(message.timestamp()).filter(|known| *known >= 0) });
            }
            Err(QueueError { code: Code::PartitionEOF, offset, .. }) => return NextOffset::at(offset).map(|until| Head::Nothing { until }),
            Err(QueueError { code: Code::AutoOffsetReset | Code::OffsetOutOfRange, .. }) => return Some(Head::OutOfRange),
            Err(_) => {}
        }
    }
}
