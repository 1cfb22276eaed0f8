//! What Redis and Kafka say of every topic under the prefix.

use std::collections::{BTreeMap, BTreeSet};

use crate::cli::{Failure, topic};
use crate::core::checkpoint::Checkpoint;
use crate::core::offset::NextOffset;
use crate::core::position::{Position, TopicId};
use crate::kafka::{Cluster, LogRange};
use crate::store::layout::Layout;

use super::deployment::{Deployment, kafka_failure, numbers, store_failure};

/// All of it, read in this order: committed offsets, positions, the logs' ends. Workers may be at it meanwhile: each only grows, and what is
/// read later is never below what was read before.
#[derive(Debug)]
pub struct Survey {
    pub layout: Layout,
    /// Fields of the layout that this build does not know.
    pub unknown_fields: Vec<String>,
    pub topics: BTreeMap<String, TopicSurvey>,
    /// Fields of positions that are none, a sentence each.
    pub unreadable: Vec<String>,
}

#[derive(Debug, Default)]
pub struct TopicSurvey {
    /// `None`: Redis has positions of a topic that the layout does not know.
    pub group: Option<String>,
    /// By partition, then by slice.
    pub positions: BTreeMap<i32, BTreeMap<u32, Position>>,
    pub log: Option<Result<TopicLog, Failure>>,
}

/// What Kafka says of a topic.
#[derive(Debug)]
pub struct TopicLog {
    pub id: TopicId,
    pub partitions: BTreeMap<i32, PartitionLog>,
}

#[derive(Debug, Default)]
pub struct PartitionLog {
    pub committed: Option<CommittedOffset>,
    pub range: Option<LogRange>,
}

#[derive(Clone, Debug)]
pub struct CommittedOffset {
    pub next: NextOffset,
    /// In words where it is not ours.
    pub checkpoint: Result<Checkpoint, String>,
}

impl Survey {
    pub async fn of(deployment: &Deployment<'_>) -> Result<Self, Failure> {
        let layout = deployment.layout().await?;
        let fields = deployment.store.layout_fields().await.map_err(store_failure)?;
        let is_known = |field: &str| matches!(field, "version" | "slices" | "hash") || field.starts_with("group:");
        let unknown_fields = fields.into_keys().filter(|field| !is_known(field)).collect();
        let mut topics = BTreeMap::new();
        let mut clusters = BTreeMap::new();
        for (topic, group) in &layout.groups {
            let cluster = deployment.cluster(group)?;
            let log = Some(TopicLog::committed(&cluster, topic).await);
            topics.insert(topic.clone(), TopicSurvey { group: Some(group.clone()), log, ..TopicSurvey::default() });
            clusters.insert(topic.clone(), cluster);
        }
        let mut survey = Self { layout, unknown_fields, topics, unreadable: Vec::new() };
        let positions = deployment.store.position_fields(survey.layout.slices).await.map_err(store_failure)?;
        for (slice, fields) in (0..).zip(&positions) {
            fields.iter().for_each(|(field, value)| survey.take_position(slice, field, value));
        }
        for (topic, cluster) in &clusters {
            let Some(found) = survey.topics.get_mut(topic) else { continue };
            if let Some(Ok(log)) = &mut found.log
                && let Err(failure) = log.read_ranges(cluster, topic).await
            {
                found.log = Some(Err(failure));
            }
        }
        Ok(survey)
    }

    fn take_position(&mut self, slice: u32, field: &str, value: &str) {
        let partition = field.rsplit_once('/').and_then(|(topic, digits)| Some((topic, digits.parse::<u16>().ok()?, digits)));
        let (Some((topic, number, _)), Ok(position)) =
            (partition.filter(|(_, number, digits)| number.to_string() == *digits), value.parse())
        else {
            return self.unreadable.push(format!("slice {slice}: {field:?} = {value:?} is no position of a partition"));
        };
        let positions = &mut self.topics.entry(topic.to_owned()).or_default().positions;
        positions.entry(i32::from(number)).or_default().insert(slice, position);
    }
}

impl TopicSurvey {
    /// Every partition that Redis or Kafka knows.
    pub fn partitions(&self) -> BTreeSet<i32> {
        let in_log = self.log.iter().flatten().flat_map(|log| log.partitions.keys());
        in_log.chain(self.positions.keys()).copied().collect()
    }
}

impl TopicLog {
    async fn committed(cluster: &Cluster, topic: &str) -> Result<Self, Failure> {
        let description = topic::describe(cluster, topic).await?;
        let committed = super::deployment::committed(cluster, topic, description.partitions).await?;
        let offset = |found: crate::kafka::Committed| CommittedOffset {
            next: found.next,
            checkpoint: Checkpoint::decode(&found.metadata).map_err(|invalid| invalid.to_string()),
        };
        let log = |(partition, found): (i32, Option<_>)| (partition, PartitionLog { committed: found.map(offset), range: None });
        Ok(Self { id: description.id, partitions: committed.into_iter().map(log).collect() })
    }

    async fn read_ranges(&mut self, cluster: &Cluster, topic: &str) -> Result<(), Failure> {
        let numbers = numbers(u32::try_from(self.partitions.len()).unwrap_or(u32::MAX));
        let failed = |failure| kafka_failure(&format!("logs of {topic}"), &failure, cluster);
        for (partition, range) in cluster.log_ranges(topic, &numbers).await.map_err(failed)? {
            let range = range.map_err(|failure| kafka_failure(&format!("log of {topic}/{partition}"), &failure, cluster))?;
            self.partitions.entry(partition).or_default().range = Some(range);
        }
        Ok(())
    }
}
