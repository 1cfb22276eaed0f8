//! A topic, a Redis Cluster of three shards and the workers between them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::checker::{Channel, Names, Rules, World, check, describe};
use super::events::{EventOptions, Events};
use super::kafka::{KafkaBroker, unique};
use super::redis::RedisServer;
use super::redis_cluster::RedisCluster;
use super::wait::until_ok;
use super::worker::{Worker, WorkerConfig};

pub const SETTLE_LIMIT: Duration = Duration::from_secs(60);
/// Long enough that no replica stands for election unless it is told to, however busy the machine is.
const PATIENT: Duration = Duration::from_secs(60);
pub const SLICES: u32 = 1024;

/// One test's topic and cluster.
pub struct ClusterScene {
    pub kafka: &'static KafkaBroker,
    pub cluster: RedisCluster,
    pub topic: String,
    pub group: String,
    pub prefix: String,
    pub events: Events,
}

impl ClusterScene {
    pub fn new(label: &str) -> Self {
        Self::with(label, EventOptions::default())
    }

    /// A cluster whose servers call a dead one dead within a second.
    pub fn with_elections(label: &str) -> Self {
        Self::on(RedisCluster::start(), label, EventOptions::default())
    }

    pub fn with(label: &str, events: EventOptions) -> Self {
        let cluster = RedisCluster::start();
        cluster.set_node_timeout(PATIENT);
        Self::on(cluster, label, events)
    }

    pub fn on(cluster: RedisCluster, label: &str, events: EventOptions) -> Self {
        let kafka = KafkaBroker::shared();
        let topic = unique(label);
        kafka.create_topic(&topic, events.partitions, &[]);
        kafka.create_topic(&format!("{topic}.dlq"), 1, &[]);
        let (group, prefix) = (format!("{topic}-group"), format!("{topic}:"));
        Self { kafka, cluster, topic, group, prefix, events: Events::new(events) }
    }

    pub fn config(&self) -> WorkerConfig {
        // One node is enough: the others are found by asking it.
        let seeds = &self.cluster.addresses()[..1];
        WorkerConfig::new(self.kafka, &self.topic, &self.group, seeds, &self.prefix).set("redis.slices", SLICES)
    }

    pub fn worker(&self) -> Worker {
        Worker::start(self.config())
    }

    pub fn publish(&mut self, count: usize) {
        self.kafka.produce(&self.topic, &self.events.batch(count));
    }

    /// Disturbs the cluster while events flow, with some before and some after.
    pub fn under_load<T>(&mut self, disturb: impl FnOnce(&mut RedisCluster) -> T) -> T {
        let Self { kafka, cluster, topic, events, .. } = self;
        let stopped = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !stopped.load(Ordering::Relaxed) {
                    kafka.produce(topic, &events.batch(10));
                    thread::sleep(Duration::from_millis(10));
                }
            });
            // Also when the disturbance panics: the scope waits for its threads.
            let _stop = StopOnDrop(&stopped);
            thread::sleep(Duration::from_millis(300));
            let result = disturb(cluster);
            thread::sleep(Duration::from_millis(300));
            result
        })
    }

    pub fn violations(&self) -> Result<(), String> {
        let mut connections: Vec<_> = self.cluster.primaries().into_iter().map(RedisServer::conn).collect();
        let world = World::read(self.kafka, &self.topic, &self.group, &self.prefix, &mut connections);
        let rules = Rules { committed_to_the_end: true, slices: Some(SLICES), ..Rules::default() };
        let violations = check(&world, &rules);
        if violations.is_empty() { Ok(()) } else { Err(describe(&violations)) }
    }

    /// Waits until all is applied and committed, also after what was lost is replayed, and all of it is right.
    #[track_caller]
    pub fn assert_exact(&self) {
        self.kafka.wait_committed_to_end(&self.group, &self.topic, SETTLE_LIMIT);
        until_ok("the cluster to hold exactly what kafka says", SETTLE_LIMIT, || self.violations());
    }

    /// The slot in which a channel lies.
    pub fn slot_of(&self, channel: &Channel) -> u16 {
        self.cluster.slot_of_key(&self.positions_key(channel))
    }

    pub fn positions_key(&self, channel: &Channel) -> String {
        let names = Names::new(&self.prefix, SLICES);
        names.positions(names.slice(channel))
    }

    /// A channel that lies in this shard.
    pub fn channel_in(&self, shard: usize) -> Channel {
        let mut candidates = (0..).map(|number| Channel::new("app", &format!("room {number}"), "system"));
        candidates.find(|channel| self.cluster.shard_of_key(&self.positions_key(channel)) == shard).unwrap()
    }
}

struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
