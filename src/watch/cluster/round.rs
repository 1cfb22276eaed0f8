//! One look at all groups of a cluster.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::StreamExt as _;
use futures_util::stream;

use super::courier::Courier;
use super::roster::{Listed, Roster};
use crate::config::WatchedGroup;
use crate::core::lag::{Header, LagRules, Sample};
use crate::telemetry::SharedSampler;
use crate::telemetry::facts::{GroupLeftOut, LookFailed, LooksAreSlow};
use crate::watch::board::{Beside, Key, Look};
use crate::watch::document::ClusterDocument;
use crate::watch::lock;
use crate::watch::look::{LIMIT, Looker, TopicLook};
use crate::watch::workers::{self, Workers};

/// Requests of one connection beside each other; each group has a few.
const GROUPS_AT_ONCE: usize = 32;
/// Of groups that nobody configured: 76 MB of memory.
const DISCOVERED_PARTITIONS: usize = 2_048;

#[derive(Debug)]
pub struct Round {
    pub cluster: String,
    pub looker: Looker,
    pub roster: Roster,
    /// By group.
    pub workers: BTreeMap<String, Workers>,
    pub rules: LagRules,
    pub courier: Courier,
    pub sampler: SharedSampler,
}

/// What is told of a cluster after a round.
#[derive(Debug, Default)]
struct Outcome {
    read: bool,
    error: Option<String>,
    throttle_ms: Option<u64>,
}

impl Round {
    pub fn cluster(&self) -> &str {
        &self.cluster
    }

    /// Ends in a bounded time whatever the cluster does.
    pub async fn look(&self, every: Duration) {
        let began = Instant::now();
        self.roster.discover(&self.looker).await;
        let listed = self.roster.listed(&self.cluster, Duration::from_secs_f64(self.rules.freshness_s));
        if self.roster.is_complete() {
            self.forget_unlisted(&listed).await;
        }
        let outcome = Mutex::new(Outcome::default());
        let (configured, found): (Vec<_>, Vec<_>) = listed.into_iter().partition(|listed| listed.expected);
        self.look_at(configured, &outcome).await;
        // A cluster that hangs would take the time of its configured groups.
        if lock(&outcome).error.is_none() {
            self.look_at(found, &outcome).await;
        }
        self.tell(outcome.into_inner().unwrap_or_default()).await;
        if began.elapsed() > every {
            LooksAreSlow { cluster: &self.cluster, took: began.elapsed() }.emit(&self.sampler, Instant::now());
        }
    }

    async fn look_at(&self, listed: Vec<Listed>, outcome: &Mutex<Outcome>) {
        stream::iter(listed).for_each_concurrent(GROUPS_AT_ONCE, |listed| self.look_at_group(listed, outcome)).await;
    }

    async fn look_at_group(&self, listed: Listed, outcome: &Mutex<Outcome>) {
        let workers = self.workers.get(&listed.group.group);
        let asked = async {
            match workers {
                Some(workers) => workers.ask().await,
                None => workers::Told::default(),
            }
        };
        let ((looks, unread), told) = tokio::join!(self.looks(&listed), asked);
        for header in unread {
            let time = self.courier.board.now();
            self.courier.take(Look { header, rules: self.rules_of(&listed), time, sample: None, beside: Beside::default() }).await;
        }
        let topics = looks.iter().filter(|look| !look.topic.is_empty()).count();
        if topics > 0 && listed.group.topics.is_empty() {
            // Of the time before its first commit.
            self.end_where(&listed, |key| key.topic.is_none()).await;
        }
        let abandoned: Vec<bool> = looks.iter().map(|look| listed.group.topics.is_empty() && is_abandoned(look, &looks)).collect();
        for (mut look, is_abandoned) in looks.into_iter().zip(abandoned) {
            self.note(&look, outcome);
            if is_abandoned {
                self.end_where(&listed, |key| key.topic.as_deref() == Some(&look.topic)).await;
                continue;
            }
            if let (Some(workers), Ok(sample)) = (workers, &mut look.sample) {
                workers.cover(&told, &look.topic, sample);
            }
            self.take(look, &listed, &told.beside).await;
        }
    }

    /// Of each of its topics, also of those that it had before it lost its offsets. What is not even that is unread.
    async fn looks(&self, listed: &Listed) -> (Vec<TopicLook>, Vec<Header>) {
        let mut looks = self.limited(&listed.group).await;
        let is_seen = |header: &Header| looks.iter().any(|look| Some(&look.topic) == header.topic.as_ref());
        let (cluster, group) = (self.cluster.clone(), listed.group.group.clone());
        let known = self.courier.on_board(move |board| board.headers_of(&cluster, &group)).await.unwrap_or_default();
        let unseen: Vec<Header> = known.into_iter().filter(|header| header.topic.is_some() && !is_seen(header)).collect();
        let is_unread = looks.iter().any(|look| look.topic.is_empty() && look.sample.is_err());
        if unseen.is_empty() || !listed.group.topics.is_empty() {
            return (looks, Vec::new());
        }
        looks.retain(|look| !look.topic.is_empty());
        if is_unread || looks.is_empty() {
            return (looks, unseen);
        }
        let topics = unseen.into_iter().filter_map(|header| header.topic).collect();
        looks.extend(self.limited(&WatchedGroup { topics, ..listed.group.clone() }).await);
        (looks, Vec::new())
    }

    /// A look has its own limit; this is for the day on which it does not keep it.
    async fn limited(&self, group: &WatchedGroup) -> Vec<TopicLook> {
        tokio::time::timeout(LIMIT * 2, self.looker.look(group)).await.unwrap_or_default()
    }

    async fn take(&self, look: TopicLook, listed: &Listed, asked: &Beside) {
        let header = Header { expected: listed.expected, ..look.header };
        if !self.has_room(&header) {
            return;
        }
        let beside = Beside {
            broker_state: look.details.state,
            isolation: Some(look.details.isolation.name()),
            throttle_ms: look.details.throttle_ms,
            ..asked.clone()
        };
        let sample: Option<Sample> = look.sample.ok();
        let time = self.courier.board.now() - seconds_since(look.time);
        self.courier.take(Look { header, rules: self.rules_of(listed), time, sample, beside }).await;
    }

    fn rules_of(&self, listed: &Listed) -> LagRules {
        LagRules { freshness_s: listed.group.freshness.as_secs_f64(), ..self.rules }
    }

    /// For a group that nobody configured, and that is not watched yet.
    fn has_room(&self, header: &Header) -> bool {
        let board = &self.courier.board;
        if header.expected || board.has(&Key::of(header)) {
            return true;
        }
        let partitions = board.discovered_partitions();
        let has_room = partitions + header.partitions <= DISCOVERED_PARTITIONS;
        if !has_room {
            GroupLeftOut { cluster: &self.cluster, partitions }.emit(&self.sampler, Instant::now());
        }
        has_room
    }

    fn note(&self, look: &TopicLook, outcome: &Mutex<Outcome>) {
        let mut outcome = lock(outcome);
        outcome.throttle_ms = outcome.throttle_ms.max(look.details.throttle_ms);
        match &look.sample {
            Ok(_) => outcome.read = true,
            Err(error) => {
                LookFailed { cluster: &self.cluster, error }.emit(&self.sampler, Instant::now());
                outcome.error = Some(error.to_string());
            }
        }
    }

    async fn tell(&self, outcome: Outcome) {
        let board = &self.courier.board;
        let last_success = outcome.read.then(|| board.now());
        let Outcome { error, throttle_ms, .. } = outcome;
        board.note_cluster(ClusterDocument { name: self.cluster.clone(), last_success, error, throttle_ms });
    }

    /// Groups that nobody configured and that are gone.
    async fn forget_unlisted(&self, listed: &[Listed]) {
        let is_listed = |key: &Key| listed.iter().any(|listed| listed.group.group == key.group);
        let gone = self.courier.board.keys().into_iter().filter(|key| key.cluster == self.cluster && !is_listed(key));
        for key in gone.collect::<Vec<_>>() {
            self.courier.end(key).await;
        }
    }

    async fn end_where(&self, listed: &Listed, ends: impl Fn(&Key) -> bool) {
        for key in self.courier.board.keys_of(&self.cluster, &listed.group.group).into_iter().filter(ends) {
            self.courier.end(key).await;
        }
    }
}

/// Its offsets have expired or were deleted, nobody has it, and the group goes on with other topics.
fn is_abandoned(look: &TopicLook, all: &[TopicLook]) -> bool {
    let never = |look: &TopicLook| {
        let sample = look.sample.as_ref().ok()?;
        Some(sample.partitions.iter().all(|reading| reading.committed == Some(-1) && reading.owned != Some(true)))
    };
    !look.topic.is_empty() && never(look) == Some(true) && all.iter().any(|other| never(other) == Some(false))
}

/// How long ago it was by the machine's clock, as far as that can be.
fn seconds_since(unix: f64) -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    (now - unix).clamp(0.0, 2.0 * LIMIT.as_secs_f64())
}
