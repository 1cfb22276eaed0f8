//! Records: sent one after the other, and all of a topic read.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};

use super::topics::log_bounds;
use super::{ASK_LIMIT, KafkaBroker, block_on, unique};

const READ_LIMIT: Duration = Duration::from_secs(60);

/// What a test sends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewRecord {
    /// `None`: by murmur2 of the key, as the Java clients do.
    pub partition: Option<i32>,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    pub timestamp_ms: Option<i64>,
}

/// Where the broker put a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub partition: i32,
    pub offset: i64,
}

/// A record as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KafkaRecord {
    pub partition: i32,
    pub offset: i64,
    pub timestamp_ms: i64,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

/// A transaction that is not decided yet.
pub struct OpenTransaction(FutureProducer);

impl OpenTransaction {
    pub fn commit(self) {
        self.0.commit_transaction(ASK_LIMIT).unwrap();
    }

    pub fn abort(self) {
        self.0.abort_transaction(ASK_LIMIT).unwrap();
    }
}

impl KafkaBroker {
    /// Sends all, in order, and returns where each went once the broker has acknowledged all (acks=all).
    pub fn produce(&self, topic: &str, records: &[NewRecord]) -> Vec<Place> {
        let results = self.try_produce(topic, records);
        results.into_iter().map(|result| result.unwrap_or_else(|error| panic!("record to {topic}: {error}"))).collect()
    }

    /// The same, each with its own outcome.
    pub fn try_produce(&self, topic: &str, records: &[NewRecord]) -> Vec<Result<Place, KafkaError>> {
        let producer = self.producer.get_or_init(|| {
            let mut config = self.client();
            config.set("acks", "all").set("enable.idempotence", "true").set("partitioner", "murmur2_random");
            config.set("linger.ms", "2").set("message.timeout.ms", "30000").set("message.max.bytes", "20000000");
            config.create().unwrap()
        });
        send_all(producer, topic, records)
    }

    /// Sends all in one transaction and commits or aborts it. Either way a marker takes an offset in each partition.
    pub fn produce_in_transaction(&self, topic: &str, records: &[NewRecord], commit: bool) -> Vec<Place> {
        let (transaction, places) = self.open_transaction(topic, records);
        if commit {
            transaction.commit()
        } else {
            transaction.abort()
        }
        places
    }

    /// Sends all in one transaction that stays open: until it ends, the last stable offset of each partition does not move.
    pub fn open_transaction(&self, topic: &str, records: &[NewRecord]) -> (OpenTransaction, Vec<Place>) {
        let mut config = self.client();
        config.set("transactional.id", unique("transaction")).set("partitioner", "murmur2_random");
        let producer: FutureProducer = config.create().unwrap();
        producer.init_transactions(ASK_LIMIT).unwrap();
        producer.begin_transaction().unwrap();
        let places = send_all(&producer, topic, records).into_iter().map(Result::unwrap).collect();
        (OpenTransaction(producer), places)
    }

    /// All records of a topic that are there now, partition by partition in order; those of aborted transactions left out.
    pub fn read_topic(&self, topic: &str) -> Vec<KafkaRecord> {
        let mut config = self.client();
        config.set("group.id", unique("reader")).set("enable.auto.commit", "false").set("enable.partition.eof", "true");
        config.set("isolation.level", "read_committed").set("auto.offset.reset", "error").set("fetch.wait.max.ms", "20");
        config.set("fetch.message.max.bytes", "20000000");
        let consumer: BaseConsumer = config.create().unwrap();
        // Numbers, not `Beginning`: that would be asked for on a connection not yet made, and again after a second.
        let mut list = TopicPartitionList::new();
        for (partition, (first, end)) in log_bounds(&consumer, topic) {
            if first < end {
                list.add_partition_offset(topic, partition, Offset::Offset(first)).unwrap();
            }
        }
        consumer.assign(&list).unwrap();
        let mut records = Vec::new();
        let mut open = list.count();
        let started = Instant::now();
        while open > 0 {
            assert!(
                started.elapsed() < READ_LIMIT,
                "{topic} was not read within {READ_LIMIT:?}: {} records, {open} partitions open",
                records.len()
            );
            match consumer.poll(Duration::from_millis(100)) {
                None => {}
                Some(Ok(message)) => records.push(record_of(&message)),
                Some(Err(KafkaError::PartitionEOF(_))) => open -= 1,
                Some(Err(error)) => panic!("reading {topic}: {error}"),
            }
        }
        records.sort_by_key(|record| (record.partition, record.offset));
        records
    }
}

fn send_all(producer: &FutureProducer, topic: &str, records: &[NewRecord]) -> Vec<Result<Place, KafkaError>> {
    // Records of a topic that the producer does not know yet would wait a second for it.
    producer.client().fetch_metadata(Some(topic), ASK_LIMIT).unwrap_or_else(|error| panic!("metadata of {topic}: {error}"));
    let sent: Vec<_> = records.iter().map(|record| send(producer, topic, record)).collect();
    block_on(async {
        let mut outcomes = Vec::with_capacity(sent.len());
        for delivery in sent {
            outcomes.push(match delivery {
                Ok(delivery) => match delivery.await.expect("the producer is gone") {
                    Ok(placed) => Ok(Place { partition: placed.partition, offset: placed.offset }),
                    Err((error, _)) => Err(error),
                },
                Err(error) => Err(error),
            });
        }
        outcomes
    })
}

fn send(producer: &FutureProducer, topic: &str, record: &NewRecord) -> Result<DeliveryFuture, KafkaError> {
    let headers =
        record.headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| headers.insert(Header { key, value: value.as_ref() }));
    let mut message = FutureRecord::<[u8], [u8]>::to(topic).headers(headers);
    message.partition = record.partition;
    message.key = record.key.as_deref();
    message.payload = record.value.as_deref();
    message.timestamp = record.timestamp_ms;
    loop {
        match producer.send_result(message) {
            Ok(delivery) => return Ok(delivery),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again)) => {
                std::thread::sleep(Duration::from_millis(5));
                message = again;
            }
            Err((error, _)) => return Err(error),
        }
    }
}

fn record_of(message: &impl Message) -> KafkaRecord {
    let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
    KafkaRecord {
        partition: message.partition(),
        offset: message.offset(),
        timestamp_ms: message.timestamp().to_millis().unwrap_or(-1),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers: headers.map(|header| (header.key.to_owned(), header.value.map(<[u8]>::to_vec))).collect(),
    }
}
