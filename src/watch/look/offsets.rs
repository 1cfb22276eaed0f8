//! Offsets of a group's topics, read in the order in which lag can not be negative.

use std::time::SystemTime;

use crate::config::WatchedGroup;
use crate::core::offset::NextOffset;
use crate::kafka::{ByTopic, Inspector, KafkaFailure, LogEdge};

use super::LookError;
use super::budget::Budget;
use super::topic::{Topic, Topics};

/// Partitions of topics, as requests take them.
type Wanted<'a> = Vec<(&'a str, Vec<i32>)>;

/// What was read of a group's topics. A request that failed for all is an error.
#[derive(Debug)]
pub struct Offsets {
    pub topics: Vec<Topic>,
    pub committed: Result<ByTopic<Option<NextOffset>>, KafkaFailure>,
    /// For the isolation level of the group.
    pub ends: Result<ByTopic<NextOffset>, KafkaFailure>,
    pub high_watermarks: Result<ByTopic<NextOffset>, KafkaFailure>,
    pub starts: Result<ByTopic<NextOffset>, KafkaFailure>,
    /// When the ends had been read.
    pub read_at: Option<SystemTime>,
}

impl Offsets {
    pub async fn read(inspector: &Inspector, topics: &Topics, group: &WatchedGroup, budget: &Budget) -> Self {
        let (topics_read, committed) = if group.topics.is_empty() {
            Self::committed_anywhere(inspector, topics, group, budget).await
        } else {
            let found = topics.get(inspector, &group.topics, budget).await;
            let committed = inspector.committed(&group.group, Some(&wanted(&found)), budget.half()).await;
            (found, committed)
        };
        let mut offsets = Self { topics: topics_read, committed, ends: none(), high_watermarks: none(), starts: none(), read_at: None };
        if offsets.committed.is_ok() {
            offsets.read_logs(inspector, group.read_committed, budget).await;
            offsets.doubt(topics);
        }
        offsets
    }

    async fn committed_anywhere(
        inspector: &Inspector,
        topics: &Topics,
        group: &WatchedGroup,
        budget: &Budget,
    ) -> (Vec<Topic>, Result<ByTopic<Option<NextOffset>>, KafkaFailure>) {
        let committed = inspector.committed(&group.group, None, budget.half()).await;
        let names: Vec<String> = match &committed {
            Ok(committed) if !committed.is_empty() => topics.remember(&group.group, committed.keys().cloned().collect()),
            _ => topics.remembered(&group.group),
        };
        let found = topics.get(inspector, &names, budget).await;
        let committed = committed.map(|committed| all_of(&found, committed));
        if found.is_empty() { (vec![Topic::none()], committed) } else { (found, committed) }
    }

    async fn read_logs(&mut self, inspector: &Inspector, read_committed: bool, budget: &Budget) {
        let wanted = wanted(&self.topics);
        let high_watermarks = inspector.edges(&wanted, LogEdge::HighWatermark, budget.half());
        (self.ends, self.high_watermarks) = if read_committed {
            tokio::join!(inspector.edges(&wanted, LogEdge::LastStable, budget.half()), high_watermarks)
        } else {
            let ends = high_watermarks.await;
            (ends.clone(), ends)
        };
        self.read_at = Some(SystemTime::now());
        if self.ends.is_ok() {
            self.starts = inspector.edges(&wanted, LogEdge::Start, budget.half()).await;
        }
    }

    /// A topic whose ends are not all there may be another one by now, or have other leaders.
    fn doubt(&self, topics: &Topics) {
        let Ok(ends) = &self.ends else { return };
        for (name, _) in ends.iter().filter(|(_, partitions)| partitions.values().any(Result::is_err)) {
            topics.doubt(name);
        }
    }

    /// Why there is no sample of the topic.
    pub fn error(&self, group: &str, topic: &Topic) -> Option<LookError> {
        let committed = |failure: &KafkaFailure| LookError::Committed { group: group.to_owned(), failure: failure.clone() };
        let ends = |failure: &KafkaFailure| LookError::Ends { topic: topic.name.clone(), failure: failure.clone() };
        let of_topic = topic.error.clone();
        let of_topic = of_topic.or_else(|| all_failed(&self.committed, &topic.name).map(committed));
        of_topic.or_else(|| all_failed(&self.ends, &topic.name).map(ends))
    }
}

/// What is not named among all that a group has committed is not committed.
fn all_of(topics: &[Topic], mut committed: ByTopic<Option<NextOffset>>) -> ByTopic<Option<NextOffset>> {
    for topic in topics {
        let partitions = committed.entry(topic.name.clone()).or_default();
        for partition in topic.numbers() {
            partitions.entry(partition).or_insert(Ok(None));
        }
    }
    committed
}

/// The failure of the request, or of a partition where none of the topic's was answered for.
fn all_failed<'a, T>(read: &'a Result<ByTopic<T>, KafkaFailure>, topic: &str) -> Option<&'a KafkaFailure> {
    let partitions = match read {
        Ok(topics) => topics.get(topic)?,
        Err(failure) => return Some(failure),
    };
    let failure = partitions.values().find_map(|partition| partition.as_ref().err())?;
    partitions.values().all(Result::is_err).then_some(failure)
}

fn none<T>() -> Result<ByTopic<T>, KafkaFailure> {
    Ok(ByTopic::new())
}

fn wanted(topics: &[Topic]) -> Wanted<'_> {
    let readable = topics.iter().filter(|topic| topic.error.is_none() && topic.partitions() > 0);
    readable.map(|topic| (topic.name.as_str(), topic.numbers())).collect()
}
