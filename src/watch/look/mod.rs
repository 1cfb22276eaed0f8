//! One look at a group: what `core::lag` judges, read from the brokers.
//!
//! Committed offsets are read first, ends second, starts third: then lag can not be negative. Who is in the group is read beside them. A
//! broker that hangs costs its own partitions, a cluster that hangs the look, and nobody else: each look ends within [`LIMIT`]. What was
//! not read is not known, never 0.
//!
//! Between looks a [`Looker`] remembers what topics are (`topic`) and the first records at the committed offsets (`heads`), no more. Since
//! when a group is empty is for whoever keeps its state: no broker tells.

mod budget;
mod error;
mod found;
mod heads;
mod offsets;
mod owners;
mod sample;
mod topic;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub use error::LookError;
pub use found::{Isolation, LookDetails, Owner, TopicLook};

use crate::config::{self, WatchedGroup};
use crate::core::lag::Header;
use crate::kafka::{ConnectError, Inspector, KafkaFailure};
use budget::Budget;
use heads::HeadMemories;
use offsets::Offsets;
use sample::Reads;
use topic::{Topic, Topics};

/// No look takes longer.
pub const LIMIT: Duration = Duration::from_secs(5);
/// How long the first records at the committed offsets may take of it.
const HEADS_LIMIT: Duration = Duration::from_secs(2);

/// Looks at the groups of one cluster, any number of them at once.
#[derive(Debug)]
pub struct Looker {
    cluster: String,
    inspector: Inspector,
    topics: Topics,
    heads: HeadMemories,
}

impl Looker {
    /// Makes the connection and waits for nothing: what is wrong with the cluster shows at the first look.
    ///
    /// # Errors
    /// Only what is wrong in the configuration.
    pub fn connect(cluster: &str, kafka: &config::Kafka) -> Result<Self, ConnectError> {
        let inspector = Inspector::connect(kafka)?;
        Ok(Self { cluster: cluster.to_owned(), inspector, topics: Topics::default(), heads: HeadMemories::default() })
    }

    /// The names of all groups that the cluster has.
    ///
    /// # Errors
    /// What the brokers answer, or that they do not within [`LIMIT`].
    pub async fn groups(&self) -> Result<Vec<String>, KafkaFailure> {
        self.inspector.groups(LIMIT).await
    }

    /// Each topic of the group. One whose partitions were never read yet has a header with none; a group without configured topics that
    /// has none committed, or can not be read, has one look with an empty name in place of them.
    pub async fn look(&self, group: &WatchedGroup) -> Vec<TopicLook> {
        let budget = Budget::new(LIMIT);
        let described = self.inspector.describe(&group.group, budget.half());
        let (described, offsets) = tokio::join!(described, Offsets::read(&self.inspector, &self.topics, group, &budget));
        let heads = self.read_heads(group, &offsets, &budget).await;
        let time = offsets.read_at.unwrap_or_else(SystemTime::now);
        let reads = Reads { group, offsets: &offsets, described: described.as_ref().ok(), heads: &heads };
        let look = |topic: &Topic| {
            let details = LookDetails {
                owners: reads.owners(topic),
                throttle_ms: self.inspector.throttle_ms(),
                state: described.as_ref().ok().map(|described| described.state.clone()),
                isolation: Isolation::of(group),
                topic_id: topic.id(),
            };
            let (header, time) = (self.header(group, topic), seconds(time));
            TopicLook { topic: topic.name.clone(), header, time, sample: reads.sample(topic), details }
        };
        offsets.topics.iter().map(look).collect()
    }

    fn header(&self, group: &WatchedGroup, topic: &Topic) -> Header {
        Header {
            cluster: self.cluster.clone(),
            group: group.group.clone(),
            topic: Some(topic.name.clone()).filter(|name| !name.is_empty()),
            partitions: topic.partitions(),
            retention: topic.retention(),
            offsets_retention_s: self.topics.offsets_retention_s(),
            expected: true,
        }
    }

    /// What is remembered of the heads of the group's topics after this look.
    async fn read_heads(&self, group: &WatchedGroup, offsets: &Offsets, budget: &Budget) -> heads::GroupHeads {
        let mut heads = self.heads.take(&group.group);
        let wanted = heads.plan(offsets);
        let limit = HEADS_LIMIT.min(budget.left());
        match self.inspector.heads(&wanted, group.read_committed, limit).await {
            Ok(found) => heads.note(&wanted, &found),
            Err(failure) => tracing::debug!(group = group.group, code = failure.code_name(), "first records can not be read: {failure}"),
        }
        heads.end(offsets);
        self.heads.keep(&group.group, heads.clone());
        heads
    }
}

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
