//! Groups, and what they have committed.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::{Offset, TopicPartitionList};

use super::topics::admin_options;
use super::{ASK_LIMIT, KafkaBroker, block_on, kafka_wire, one_partition};
use crate::support::wait;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    pub offset: i64,
    pub metadata: String,
}

impl KafkaBroker {
    /// What a group has committed, metadata included; `None` where it has not.
    pub fn committed(&self, group: &str, topic: &str, partition: i32) -> Option<Committed> {
        self.committed_of(group, &one_partition(topic, partition, Offset::Invalid)).remove(&partition)
    }

    pub fn committed_all(&self, group: &str, topic: &str) -> BTreeMap<i32, Committed> {
        let mut list = TopicPartitionList::new();
        list.add_partition_range(topic, 0, self.partition_count(topic) - 1);
        self.committed_of(group, &list)
    }

    fn committed_of(&self, group: &str, list: &TopicPartitionList) -> BTreeMap<i32, Committed> {
        let committed = self.consumer(group).committed_offsets(list.clone(), ASK_LIMIT).unwrap();
        let mut offsets = BTreeMap::new();
        for element in committed.elements() {
            element.error().unwrap_or_else(|error| panic!("offset of {group}: {error}"));
            if let Offset::Offset(offset) = element.offset() {
                offsets.insert(element.partition(), Committed { offset, metadata: element.metadata().to_owned() });
            }
        }
        offsets
    }

    /// Commits for a group that has no members.
    pub fn commit_as(&self, group: &str, topic: &str, partition: i32, offset: i64, metadata: &str) {
        let list = one_partition(topic, partition, Offset::Offset(offset));
        list.find_partition(topic, partition).unwrap().set_metadata(metadata);
        self.consumer(group).commit(&list, CommitMode::Sync).unwrap_or_else(|error| panic!("commit as {group}: {error}"));
    }

    /// The same offset for each of so many partitions.
    pub fn commit_all_as(&self, group: &str, topic: &str, partitions: i32, offset: i64) {
        let mut list = TopicPartitionList::new();
        list.add_partition_range(topic, 0, partitions - 1);
        list.set_all_offsets(Offset::Offset(offset)).unwrap();
        self.consumer(group).commit(&list, CommitMode::Sync).unwrap_or_else(|error| panic!("commit as {group}: {error}"));
    }

    /// The same with metadata that need not be text.
    pub fn commit_bytes_as(&self, group: &str, topic: &str, partition: i32, offset: i64, metadata: &[u8]) {
        kafka_wire::commit_offset(self.port, group, topic, partition, offset, metadata).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Takes away what a group without members has committed for a topic.
    pub fn delete_group_offsets(&self, group: &str, topic: &str) {
        let partitions: Vec<i32> = (0..self.partition_count(topic)).collect();
        kafka_wire::delete_offsets(self.port, group, topic, &partitions).unwrap_or_else(|error| panic!("{error}"));
    }

    pub fn delete_group(&self, group: &str) {
        let results = block_on(self.admin().delete_groups(&[group], &admin_options())).unwrap();
        results.into_iter().for_each(|result| drop(result.unwrap_or_else(|error| panic!("group {error:?}"))));
    }

    /// The state of a group as the broker names it (`Stable`, `Empty`, ..) and its number of members; `None` where there is no such group.
    pub fn group_state(&self, group: &str) -> Option<(String, usize)> {
        let groups = self.consumer("groups").fetch_group_list(Some(group), ASK_LIMIT).unwrap();
        let found = groups.groups().iter().find(|found| found.name() == group && found.state() != "Dead")?;
        Some((found.state().to_owned(), found.members().len()))
    }

    /// Waits until a group has committed the end of every partition that holds anything.
    pub fn wait_committed_to_end(&self, group: &str, topic: &str, limit: Duration) {
        wait::until_ok(format!("{group} to commit the end of {topic}"), limit, || {
            let committed = self.committed_all(group, topic);
            let behind: Vec<String> = self
                .log_bounds(topic)
                .into_iter()
                .map(|(partition, (_, end))| (partition, end, committed.get(&partition).map_or(0, |committed| committed.offset)))
                .filter(|(_, end, at)| at < end)
                .map(|(partition, end, at)| format!("partition {partition} at {at} of {end}"))
                .collect();
            if behind.is_empty() { Ok(()) } else { Err(behind.join(", ")) }
        });
    }
}
