//! What all partitions of a worker share.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::config::{self, Config};
use crate::core::call::StopCause;
use crate::core::checkpoint_cost::CheckpointCost;
use crate::core::decode::{Codec, Limits};
use crate::core::position::TopicId;
use crate::core::slice::{Slice, SliceCount};
use crate::core::start::StartAt;
use crate::kafka::{Cluster, Committer, DeadLetters, KafkaFailure, LogRange, TopicError};
use crate::store::{Publish, Store, StoreError};
use crate::telemetry::facts::CheckpointsSpread;
use crate::telemetry::{BatchSpans, Metrics, SharedSampler};

use super::memory::MemoryPlan;

/// The connections, settings and bounds of one worker.
#[derive(Debug)]
pub struct Shared {
    pub config: Config,
    pub store: Store,
    pub committer: Committer,
    pub cluster: Cluster,
    pub dead_letters: DeadLetters,
    pub topic: TopicWatch,
    pub metrics: Metrics,
    /// One log line for what all partitions meet at once.
    pub sampler: SharedSampler,
    /// Which batches are traced.
    pub spans: BatchSpans,
    pub slices: SliceCount,
    /// How readers are told what was written; `None`: not at all.
    pub notices: Option<Publish>,
    /// Of the topic, as it was when the worker started.
    pub partitions: u32,
    /// What was said of the cost of checkpoints: 0 nothing, 1 what it is, 2 that it is high.
    pub cost_told: AtomicU8,
    pub codec: Codec,
    pub limits: Limits,
    pub memory: MemoryPlan,
    /// Whether `layout` had a group for the topic before this worker came.
    pub layout_knew_topic: bool,
    pub assigned: AtomicUsize,
    pub started: Instant,
}

impl Shared {
    /// Milliseconds since the worker started, by a clock that never goes back.
    pub fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The read cache of one partition: its share of the pool.
    pub fn cache_bytes(&self) -> u64 {
        self.memory.cache_bytes(self.assigned.load(Ordering::Relaxed))
    }

    /// The batch of one partition: its share of the pool.
    pub fn batch_bytes(&self) -> u64 {
        self.memory.batch_bytes(self.assigned.load(Ordering::Relaxed), self.config.worker.batch.max_bytes)
    }

    pub fn start_at(&self) -> StartAt {
        match self.config.kafka.start {
            config::StartAt::Earliest => StartAt::Earliest,
            config::StartAt::Latest => StartAt::Latest,
        }
    }

    /// Where a partition's log starts and ends now.
    ///
    /// # Errors
    /// As the broker answers.
    pub async fn log_range(&self, partition: i32) -> Result<LogRange, KafkaFailure> {
        self.cluster.log_range(&self.config.kafka.topic, partition).await
    }

    /// Says what checkpoints cost where a partition uses many slices; once, and once more if it turns out to be high.
    pub fn tell_cost(&self, slices_used: usize) {
        let commit_interval = self.config.worker.commit_interval;
        let Some(cost) = CheckpointCost::of(slices_used, self.slices, self.partitions, commit_interval) else { return };
        let level = if cost.is_high() { 2 } else { 1 };
        if self.cost_told.fetch_max(level, Ordering::Relaxed) < level {
            CheckpointsSpread { topic: &self.config.kafka.topic, cost, commit_interval }.emit();
        }
    }

    /// What stopped a call that had nothing to do with a record.
    pub fn refusal(&self, slice: Slice, cause: &StopCause) -> StoreError {
        let node = self.store.node_of(slice).unwrap_or_default();
        let answer = match cause {
            StopCause::Stale => "",
            StopCause::Poison(answer) | StopCause::Failed(answer) => answer,
        };
        StoreError::from_answer(&node, self.store.user(), answer)
    }
}

/// Asks for the topic's id, once for all partitions that want to know at about the same time.
#[derive(Debug)]
pub struct TopicWatch {
    cluster: Cluster,
    topic: String,
    last: Mutex<Option<(Instant, Result<TopicId, TopicError>)>>,
}

impl TopicWatch {
    /// An answer serves everybody who asks within this time.
    const SERVES: Duration = Duration::from_secs(1);

    pub fn new(cluster: Cluster, topic: &str) -> Self {
        Self { cluster, topic: topic.to_owned(), last: Mutex::new(None) }
    }

    /// The topic's id as it is now.
    ///
    /// # Errors
    /// Where the broker does not answer, or has no such topic.
    pub async fn current(&self) -> Result<TopicId, TopicError> {
        let asked = Instant::now();
        let mut last = self.last.lock().await;
        if let Some((at, answer)) = &*last
            // A failure serves only those who waited for it: else each of them would wait for one of its own, one after the other.
            && (*at >= asked || (answer.is_ok() && at.elapsed() < Self::SERVES))
        {
            return answer.clone();
        }
        let answer = self.cluster.describe(&self.topic).await.map(|description| description.id);
        *last = Some((Instant::now(), answer.clone()));
        answer
    }
}
