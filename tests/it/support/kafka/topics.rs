//! Topics: made, changed, deleted, and how far their logs reach.

use std::collections::BTreeMap;

use rdkafka::Offset;
use rdkafka::admin::{AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::{ASK_LIMIT, KafkaBroker, block_on, kafka_wire, one_partition};
use crate::support::wait;

impl KafkaBroker {
    /// Makes a topic and waits until each partition has a leader.
    pub fn create_topic(&self, name: &str, partitions: i32, configs: &[(&str, &str)]) {
        let mut topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
        for (key, value) in configs {
            topic = topic.set(key, value);
        }
        let results = block_on(self.admin().create_topics([&topic], &admin_options())).unwrap();
        results.into_iter().for_each(|result| drop(result.unwrap_or_else(|error| panic!("topic {error:?}"))));
        self.wait_leaders(name, partitions);
    }

    pub fn add_partitions(&self, topic: &str, partitions: i32) {
        let count = usize::try_from(partitions).unwrap();
        let results = block_on(self.admin().create_partitions([&NewPartitions::new(topic, count)], &admin_options())).unwrap();
        results.into_iter().for_each(|result| drop(result.unwrap_or_else(|error| panic!("partitions {error:?}"))));
        self.wait_leaders(topic, partitions);
    }

    pub fn delete_topic(&self, name: &str) {
        let results = block_on(self.admin().delete_topics(&[name], &admin_options())).unwrap();
        results.into_iter().for_each(|result| drop(result.unwrap_or_else(|error| panic!("topic {error:?}"))));
        wait::until(format!("topic {name} to be gone"), ASK_LIMIT, || self.topic_id(name).is_none().then_some(()));
    }

    /// Replaces the topic's configuration by these entries.
    pub fn configure_topic(&self, name: &str, configs: &[(&str, &str)]) {
        let change = configs.iter().fold(AlterConfig::new(ResourceSpecifier::Topic(name)), |change, (key, value)| change.set(key, value));
        let results = block_on(self.admin().alter_configs([&change], &admin_options())).unwrap();
        results.into_iter().for_each(|result| drop(result.unwrap_or_else(|error| panic!("configuration {error:?}"))));
    }

    /// The id that tells a topic from one of the same name made later; `None` where there is no such topic.
    pub fn topic_id(&self, name: &str) -> Option<String> {
        kafka_wire::topic_id(self.port, name).unwrap_or_else(|error| panic!("id of {name}: {error}"))
    }

    pub fn partition_count(&self, topic: &str) -> i32 {
        partition_count(&self.consumer("metadata"), topic)
    }

    /// The broker that leads each partition.
    pub fn leaders(&self, topic: &str) -> Vec<i32> {
        let metadata = self.consumer("metadata").fetch_metadata(Some(topic), ASK_LIMIT).unwrap();
        metadata.topics()[0].partitions().iter().map(|partition| partition.leader()).collect()
    }

    /// How many brokers take part.
    pub fn broker_count(&self) -> usize {
        self.consumer("metadata").fetch_metadata(None, ASK_LIMIT).unwrap().brokers().len()
    }

    /// Deletes the records below `before` from the start of a partition's log, as retention does.
    pub fn delete_records(&self, topic: &str, partition: i32, before: i64) {
        let list = one_partition(topic, partition, Offset::Offset(before));
        let result = block_on(self.admin().delete_records(&list, &admin_options())).unwrap();
        result.elements().iter().for_each(|element| element.error().unwrap());
    }

    /// (first, end) of each partition's log.
    pub fn log_bounds(&self, topic: &str) -> BTreeMap<i32, (i64, i64)> {
        log_bounds(&self.consumer("bounds"), topic)
    }

    pub fn end_offsets(&self, topic: &str) -> BTreeMap<i32, i64> {
        self.log_bounds(topic).into_iter().map(|(partition, (_, end))| (partition, end)).collect()
    }

    fn wait_leaders(&self, topic: &str, partitions: i32) {
        let consumer = self.consumer("metadata");
        let count = usize::try_from(partitions).unwrap();
        wait::until(format!("the leaders of {topic}"), ASK_LIMIT, || {
            let metadata = consumer.fetch_metadata(Some(topic), ASK_LIMIT).ok()?;
            let found = metadata.topics()[0].partitions();
            (found.len() == count && found.iter().all(|partition| partition.leader() >= 0)).then_some(())
        });
    }
}

pub fn admin_options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(ASK_LIMIT)).operation_timeout(Some(ASK_LIMIT))
}

fn partition_count(consumer: &BaseConsumer, topic: &str) -> i32 {
    let metadata = consumer.fetch_metadata(Some(topic), ASK_LIMIT).unwrap();
    i32::try_from(metadata.topics()[0].partitions().len()).unwrap()
}

pub fn log_bounds(consumer: &BaseConsumer, topic: &str) -> BTreeMap<i32, (i64, i64)> {
    let bounds = |partition| consumer.fetch_watermarks(topic, partition, ASK_LIMIT).unwrap();
    (0..partition_count(consumer, topic)).map(|partition| (partition, bounds(partition))).collect()
}
