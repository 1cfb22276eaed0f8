//! Who watches, for each level.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::intake::Intake;
use super::plan::{Level, Plan};
use crate::config::{Config, Redis};
use crate::core::offset::NextOffset;
use crate::core::slice::SliceCount;
use crate::kafka::Cluster;
use crate::load::channels::Channels;
use crate::load::error::LoadError;
use crate::load::observe::{Consumed, Delivered, Owners, Payload, Stored, WorkerEndpoints};
use crate::load::run_clock::RunClock;
use crate::store::Store;

/// The observers of a run; they end when this is dropped.
#[derive(Debug, Default)]
pub struct Observers {
    consumed: Option<Consumed>,
    stored: Option<Stored>,
    delivered: Option<Delivered>,
    _endpoints: Option<WorkerEndpoints>,
    pub owners: Arc<Owners>,
}

impl Observers {
    /// All that the plan's level needs, from the ends of the logs on as they are now.
    ///
    /// # Errors
    /// Where something can not be read.
    pub async fn start(plan: &Plan, config: &Config, channels: &Channels, clock: &RunClock, intake: &Intake) -> Result<Self, LoadError> {
        let mut observers = Self::default();
        if plan.level == Level::Sink {
            return Ok(observers);
        }
        let payload = Payload::of_run(plan.run);
        let ends = ends(config, channels).await?;
        observers.consumed = Some(Consumed::start(&config.kafka, &ends, clock.clone(), payload, intake.sightings.clone())?);
        if !plan.workers.is_empty() {
            observers._endpoints = Some(WorkerEndpoints::ask(plan.workers.clone(), Arc::clone(&observers.owners))?);
        }
        let owners = Arc::clone(&observers.owners);
        match plan.level {
            Level::Worker => {
                let store = Store::connect(&config.redis).await?;
                let slices = layout(&store, config).await?;
                let sightings = intake.sightings.clone();
                observers.stored = Some(Stored::start(store, slices, channels, clock.clone(), payload, owners, sightings));
            }
            Level::Follower => {
                layout(&Store::connect(&config.redis).await?, config).await?;
                let redis: &Redis = &config.redis;
                let delivered = Delivered::start(redis, channels, plan.followers, clock, payload, &owners, &intake.sightings).await?;
                observers.delivered = Some(delivered);
            }
            Level::Sink | Level::Kafka => {}
        }
        Ok(observers)
    }

    /// How often an observer missed what was there: a stream had been trimmed before it was read.
    pub fn restarts(&self) -> u64 {
        self.delivered.as_ref().map_or(0, Delivered::restarts) + self.stored.as_ref().map_or(0, Stored::gaps)
    }

    /// What a reader of the report should know.
    pub fn notes(&self) -> Vec<String> {
        let failure = self.consumed.as_ref().and_then(Consumed::failure);
        failure.map(|failure| format!("the reader of the topic failed: {failure}")).into_iter().collect()
    }
}

/// Without one no worker has ever run there.
async fn layout(store: &Store, config: &Config) -> Result<SliceCount, LoadError> {
    let no_layout = || LoadError::NoLayout { prefix: config.redis.prefix.clone() };
    Ok(store.layout().await?.ok_or_else(no_layout)?.slices)
}

/// Where the logs end before the first event.
async fn ends(config: &Config, channels: &Channels) -> Result<BTreeMap<i32, NextOffset>, LoadError> {
    let topic = &config.kafka.topic;
    let mut partitions: Vec<i32> = channels.iter().map(|place| place.partition).collect();
    partitions.sort_unstable();
    partitions.dedup();
    let cluster = Cluster::connect(&config.kafka, &config.kafka.group)?;
    let failed = |failure| LoadError::Log { topic: topic.clone(), failure };
    let ranges = cluster.log_ranges(topic, &partitions).await.map_err(failed)?;
    ranges.into_iter().map(|(partition, range)| Ok((partition, range.map_err(failed)?.end))).collect()
}
