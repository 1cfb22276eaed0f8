//! Looks at the topic: how many partitions it has, and while it grows, how far the group is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::queue::Map;
use super::shared::Shared;
use crate::core::offset::NextOffset;
use crate::core::repartition::{Need, Observed, Partitions};
use crate::kafka::{Cluster, FailureKind, KafkaFailure};

/// The largest batch of several records, where the topic takes that much: the client library's own default.
pub(super) const BATCH_BYTES: usize = 1_000_000;

/// A batch has a head of its own beside its records.
const BATCH_HEAD_BYTES: usize = 512;

/// How long one look may take. It runs on a thread that a runtime waits for when it ends.
const LOOK_LIMIT: Duration = Duration::from_secs(2);

/// How long one question about logs or commits may take before the time of a growth is looked at again.
const ASK_LIMIT: Duration = Duration::from_secs(2);

/// How long the topic's settings are waited for: they are worth a little delay at the start, no more.
const SETTINGS_LIMIT: Duration = Duration::from_secs(3);

/// A topic that was just made is not known to every broker for a moment.
const UNKNOWN_LIMIT: Duration = Duration::from_secs(3);

/// How soon to look again while records wait for it.
const SOON: Duration = Duration::from_millis(100);

/// One publisher's.
pub(super) struct TopicWatch {
    shared: Arc<Shared>,
    began: Instant,
    unknown_since: Option<Instant>,
    /// To ask the group: only while the topic grows.
    cluster: Option<Cluster>,
    last_counted: Option<Instant>,
    is_prepared: bool,
}

impl TopicWatch {
    pub fn new(shared: Arc<Shared>) -> Self {
        Self { shared, began: Instant::now(), unknown_since: None, cluster: None, last_counted: None, is_prepared: false }
    }

    /// Until the publisher is closed.
    pub async fn run(mut self) {
        let mut closed = self.shared.closed.subscribe();
        let look = async {
            loop {
                let pause = self.look().await;
                tokio::time::sleep(pause).await;
            }
        };
        tokio::select! {
            () = look => {}
            _ = closed.wait_for(|closed| *closed) => {}
        }
    }

    /// One look; how long to wait before the next.
    async fn look(&mut self) -> Duration {
        let every = self.shared.config.publish.metadata_interval;
        if self.last_counted.is_none_or(|last| last.elapsed() >= every) {
            match self.count_partitions().await {
                None => return SOON,
                Some(Ok(count)) => self.counted(count).await,
                Some(Err(failure)) => self.not_counted(failure),
            }
        }
        self.follow_growth().await;
        let (is_known, holds) = match &self.shared.queue().map {
            Map::Known(partitions) => (true, partitions.holds()),
            Map::Unknown | Map::Refused(_) => (false, false),
        };
        if is_known && !holds { every } else { SOON.min(every) }
    }

    /// `None` where the publisher is closed.
    async fn count_partitions(&self) -> Option<Result<u32, KafkaFailure>> {
        let (producer, topic) = (self.shared.queue().producer.clone()?, Arc::clone(&self.shared.topic));
        tokio::task::spawn_blocking(move || producer.fetch_partitions(&topic, LOOK_LIMIT)).await.ok()
    }

    async fn counted(&mut self, count: u32) {
        if !self.is_prepared {
            self.prepare().await;
            self.is_prepared = true;
        }
        (self.unknown_since, self.last_counted) = (None, Some(Instant::now()));
        let (now, limit) = (self.began.elapsed(), self.shared.config.publish.growth_timeout);
        let topic = &self.shared.topic;
        self.shared.with_queue(|queue| {
            let Map::Known(partitions) = &mut queue.map else {
                queue.map = Map::Known(Partitions::new(count));
                return;
            };
            let before = partitions.count();
            match partitions.learn_count(count, now, limit) {
                Observed::Known => {}
                Observed::Grew => {
                    tracing::info!(topic = &**topic, before, count, "the topic grew: channels that move are held");
                    queue.begin_growth();
                }
                Observed::Replaced => queue.release_all(),
            }
        });
    }

    /// What the broker answers about the topic is believed after a while; that it does not answer changes nothing.
    fn not_counted(&mut self, failure: KafkaFailure) {
        let limit = match failure.kind() {
            FailureKind::UnknownTopic => UNKNOWN_LIMIT,
            FailureKind::Authorization => Duration::ZERO,
            _ => return,
        };
        if self.unknown_since.get_or_insert_with(Instant::now).elapsed() >= limit {
            self.shared.with_queue(|queue| {
                queue.map = Map::Refused(failure);
                queue.release_all();
            });
        }
    }

    /// Before the first record goes: a broker refuses a batch over the topic's limit as a whole, so none may be made.
    async fn prepare(&self) {
        let Some(cluster) = self.connect() else { return };
        let settings = tokio::time::timeout(SETTINGS_LIMIT, cluster.settings(&self.shared.topic)).await;
        let limit = settings.ok().flatten().and_then(|settings| settings.max_message_bytes);
        let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()).filter(|limit| *limit < BATCH_BYTES + BATCH_HEAD_BYTES)
        else {
            return;
        };
        match self.shared.producer(limit.saturating_sub(BATCH_HEAD_BYTES).max(1)) {
            Ok(producer) => {
                let mut queue = self.shared.queue();
                // A closed publisher has none and gets none.
                if queue.producer.is_some() {
                    queue.producer = Some(Arc::new(producer));
                }
            }
            Err(error) => tracing::warn!(%error, "no smaller batches"),
        }
    }

    fn connect(&self) -> Option<Cluster> {
        let kafka = &self.shared.config.kafka;
        Cluster::connect(kafka, &kafka.group).inspect_err(|error| tracing::warn!(%error, "kafka can not be asked")).ok()
    }

    async fn follow_growth(&mut self) {
        while let Some(need) = self.need() {
            if !self.meet(need).await {
                break;
            }
        }
        let now = self.began.elapsed();
        if self.with_partitions(|partitions| partitions.expire(now)) == Some(true) {
            self.tell_not_proven("the group did not get there in time");
        }
    }

    /// Whether there may be a next need at once.
    async fn meet(&mut self, need: Need) -> bool {
        match need {
            Need::Nothing => {
                self.cluster = None;
                false
            }
            Need::Drain => {
                let is_drained = self.shared.queue().is_drained();
                if is_drained {
                    self.with_partitions(Partitions::drained);
                }
                is_drained
            }
            Need::Logs(old) => self.learn_logs(&old).await,
            Need::Commits(old) => {
                self.learn_commits(&old).await;
                false
            }
        }
    }

    fn need(&self) -> Option<Need> {
        match &self.shared.queue().map {
            Map::Known(partitions) => Some(partitions.need()),
            Map::Unknown | Map::Refused(_) => None,
        }
    }

    /// Whether the logs of all are known.
    async fn learn_logs(&mut self, old: &[u32]) -> bool {
        let Some(cluster) = self.cluster() else { return false };
        match in_time(cluster.log_ranges(&self.shared.topic, &numbers(old))).await {
            Ok(ranges) => {
                let known: BTreeMap<u32, (NextOffset, NextOffset)> = ranges
                    .into_iter()
                    .filter_map(|(partition, range)| Some((u32::try_from(partition).ok()?, range.ok()?)))
                    .map(|(partition, range)| (partition, (range.start, range.end)))
                    .collect();
                self.with_partitions(|partitions| partitions.learn_logs(&known));
                known.len() == old.len()
            }
            Err(failure) => {
                self.not_answered(failure.as_ref());
                false
            }
        }
    }

    async fn learn_commits(&mut self, old: &[u32]) {
        let Some(cluster) = self.cluster() else { return };
        match in_time(cluster.committed(&self.shared.topic, &numbers(old))).await {
            Ok(committed) => {
                if let Some(failure) = committed.values().find_map(|committed| committed.as_ref().err()) {
                    self.not_answered(Some(failure));
                }
                let known = committed
                    .into_iter()
                    .filter_map(|(partition, committed)| Some((u32::try_from(partition).ok()?, committed.ok()??.next)))
                    .collect();
                self.with_partitions(|partitions| partitions.learn_commits(&known));
            }
            Err(failure) => self.not_answered(failure.as_ref()),
        }
    }

    /// Who may not ask is never told: where that is said there is nothing to wait for. (Of a group that may not be described the client
    /// library says nothing: that ends with the time.)
    fn not_answered(&self, failure: Option<&KafkaFailure>) {
        let is_final = |failure: &&KafkaFailure| matches!(failure.kind(), FailureKind::Authorization | FailureKind::Authentication);
        let Some(failure) = failure.filter(is_final) else { return };
        if self.with_partitions(Partitions::give_up) == Some(true) {
            self.tell_not_proven(&failure.to_string());
        }
    }

    fn tell_not_proven(&self, why: &str) {
        let (topic, group) = (&*self.shared.topic, &self.shared.config.kafka.group);
        tracing::warn!(topic, group, why, "the topic grew and the order of channels that move is not proven");
    }

    fn cluster(&mut self) -> Option<Cluster> {
        if self.cluster.is_none() {
            self.cluster = self.connect();
        }
        self.cluster.clone()
    }

    /// Changes the map, and sends what it frees.
    fn with_partitions<T>(&self, change: impl FnOnce(&mut Partitions) -> T) -> Option<T> {
        self.shared.with_queue(|queue| {
            let Map::Known(partitions) = &mut queue.map else { return None };
            let result = change(partitions);
            queue.release();
            Some(result)
        })
    }
}

/// `Err(None)`: no answer yet.
async fn in_time<T>(answer: impl Future<Output = Result<T, KafkaFailure>>) -> Result<T, Option<KafkaFailure>> {
    match tokio::time::timeout(ASK_LIMIT, answer).await {
        Ok(answer) => answer.map_err(Some),
        Err(_) => Err(None),
    }
}

fn numbers(partitions: &[u32]) -> Vec<i32> {
    partitions.iter().filter_map(|partition| i32::try_from(*partition).ok()).collect()
}
