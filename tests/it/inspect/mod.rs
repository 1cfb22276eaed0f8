//! Consumer groups as they are seen from outside, on a real Kafka: every number is compared with what was made.

mod changes;
mod command;
mod faults;
mod groups;
mod logs;
mod many;
mod member;

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::{Offset, TopicPartitionList};
use shasta::config::{Kafka, WatchedGroup};
use shasta::core::lag::{Reading, Sample};
use shasta::watch::look::{Looker, TopicLook};

use crate::support::kafka::{KafkaBroker, NewRecord, block_on, unique};

/// For what a busy machine delays.
const PATIENCE: Duration = Duration::from_secs(60);

/// The broker keeps records of any age: those of the tests are of 1970.
const KEPT: &[(&str, &str)] = &[("retention.ms", "-1")];

/// A topic and a group of a test's own, and who looks at them.
struct Scene {
    kafka: &'static KafkaBroker,
    topic: String,
    group: String,
    looker: Looker,
}

impl Scene {
    fn new(label: &str, partitions: i32) -> Self {
        let kafka = KafkaBroker::shared();
        let topic = unique(label);
        kafka.create_topic(&topic, partitions, KEPT);
        Self { kafka, group: unique(label), topic, looker: looker(kafka) }
    }

    fn watched(&self) -> WatchedGroup {
        watched(&self.group, &[&self.topic])
    }

    fn look(&self) -> TopicLook {
        self.look_as(&self.watched())
    }

    fn look_as(&self, group: &WatchedGroup) -> TopicLook {
        look(&self.looker, group).remove(0)
    }

    fn commit(&self, partition: i32, offset: i64) {
        self.kafka.commit_as(&self.group, &self.topic, partition, offset, "");
    }

    /// Commits for the group, one record after the other.
    fn committer(&self) -> Committer<'_> {
        let consumer = self.kafka.client().set("group.id", &self.group).set("enable.auto.commit", "false").create().unwrap();
        Committer { scene: self, consumer, next: 0 }
    }

    /// One record for each timestamp.
    fn produce(&self, partition: i32, timestamps_ms: &[i64]) {
        self.kafka.produce(&self.topic, &records(partition, timestamps_ms));
    }
}

struct Committer<'a> {
    scene: &'a Scene,
    consumer: BaseConsumer,
    next: i64,
}

impl Committer<'_> {
    fn commit_one_more(&mut self) {
        self.next += 1;
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&self.scene.topic, 0, Offset::Offset(self.next)).unwrap();
        self.consumer.commit(&list, CommitMode::Sync).unwrap();
    }
}

fn looker(kafka: &KafkaBroker) -> Looker {
    Looker::connect("here", &Kafka { brokers: kafka.address(), ..Kafka::default() }).unwrap()
}

fn watched(group: &str, topics: &[&str]) -> WatchedGroup {
    WatchedGroup {
        cluster: "here".to_owned(),
        group: group.to_owned(),
        topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
        read_committed: true,
        freshness: Duration::from_secs(300),
        workers: Vec::new(),
    }
}

fn look(looker: &Looker, group: &WatchedGroup) -> Vec<TopicLook> {
    block_on(looker.look(group))
}

#[track_caller]
fn sample(look: &TopicLook) -> &Sample {
    look.sample.as_ref().unwrap_or_else(|error| panic!("{}: {error}", look.topic))
}

#[track_caller]
fn reading(look: &TopicLook, partition: usize) -> Reading {
    sample(look).partitions[partition].clone()
}

fn records(partition: i32, timestamps_ms: &[i64]) -> Vec<NewRecord> {
    let record = |timestamp_ms: &i64| NewRecord {
        partition: Some(partition),
        value: Some(b"value".to_vec()),
        timestamp_ms: Some(*timestamp_ms),
        ..NewRecord::default()
    };
    timestamps_ms.iter().map(record).collect()
}
