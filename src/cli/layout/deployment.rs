//! Redis and Kafka as the configuration names them.

use std::collections::BTreeMap;

use crate::cli::topic::because;
use crate::cli::{Exit, Failure};
use crate::config::Config;
use crate::kafka::{Cluster, Committed, KafkaFailure};
use crate::store::layout::{Layout, LayoutError};
use crate::store::{Store, StoreError};

/// What the commands work on.
#[derive(Debug)]
pub struct Deployment<'a> {
    pub config: &'a Config,
    pub store: Store,
}

impl<'a> Deployment<'a> {
    pub async fn connect(config: &'a Config) -> Result<Self, Failure> {
        let store = Store::connect(&config.redis).await.map_err(store_failure)?;
        Ok(Self { config, store })
    }

    pub fn prefix(&self) -> &str {
        self.store.keys().prefix()
    }

    pub async fn layout(&self) -> Result<Layout, Failure> {
        self.present(self.store.layout().await)
    }

    /// Also the one of a rebuild that was broken off.
    pub async fn layout_to_rebuild(&self) -> Result<Layout, Failure> {
        self.present(self.store.layout_to_rebuild().await)
    }

    fn present(&self, layout: Result<Option<Layout>, LayoutError>) -> Result<Layout, Failure> {
        match layout {
            Ok(Some(layout)) => Ok(layout),
            Ok(None) => Err(Failure::failed(format!("no layout under prefix {:?}: has a worker run?", self.prefix()))),
            Err(LayoutError::Store(error)) => Err(store_failure(error)),
            Err(error) => Err(Failure::failed(error)),
        }
    }

    /// The group that writes `topic` here.
    pub fn group<'l>(&self, layout: &'l Layout, topic: &str) -> Result<&'l str, Failure> {
        let known = layout.groups.keys().cloned().collect::<Vec<_>>().join(", ");
        let unknown = || Failure::failed(format!("topic {topic:?} is not under prefix {:?}, which has: {known}", self.prefix()));
        layout.groups.get(topic).map(String::as_str).ok_or_else(unknown)
    }

    /// A connection that asks and commits for `group`.
    pub fn cluster(&self, group: &str) -> Result<Cluster, Failure> {
        Cluster::connect(&self.config.kafka, group).map_err(|error| Failure::new(Exit::Configuration, error))
    }
}

/// Goes on only while nobody folds.
pub async fn refuse_members(cluster: &Cluster, group: &str) -> Result<(), Failure> {
    match cluster.group_members(group).await {
        Ok(0) => Ok(()),
        Ok(members) => {
            Err(Failure::failed(format!("nothing was done: group {group} has {members} members; stop its workers first, all of them")))
        }
        Err(failure) => Err(kafka_failure(&format!("nothing was done: whether group {group} has members"), &failure, cluster)),
    }
}

/// The group's committed offsets of a topic with so many partitions.
pub async fn committed(cluster: &Cluster, topic: &str, partitions: u32) -> Result<BTreeMap<i32, Option<Committed>>, Failure> {
    let numbers = numbers(partitions);
    let what = format!("committed offsets of {topic}");
    let found = cluster.committed(topic, &numbers).await.map_err(|failure| kafka_failure(&what, &failure, cluster))?;
    let one = |(partition, found): (i32, Result<_, KafkaFailure>)| match found {
        Ok(found) => Ok((partition, found)),
        Err(failure) => Err(kafka_failure(&format!("{what}/{partition}"), &failure, cluster)),
    };
    found.into_iter().map(one).collect()
}

pub fn numbers(partitions: u32) -> Vec<i32> {
    (0..i32::try_from(partitions).unwrap_or(i32::MAX)).collect()
}

pub fn kafka_failure(what: &str, failure: &KafkaFailure, cluster: &Cluster) -> Failure {
    let message = because(format!("{what}: {failure}"), cluster);
    if failure.is_retryable() { Failure::unavailable(message) } else { Failure::failed(message) }
}

pub fn store_failure(error: StoreError) -> Failure {
    let exit = match &error {
        StoreError::Settings(_) => Exit::Configuration,
        StoreError::Refused { .. } | StoreError::Unexpected { .. } => Exit::Failed,
        _ => Exit::Unavailable,
    };
    Failure::new(exit, error)
}
