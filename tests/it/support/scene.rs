//! A topic, a Redis and the workers between them: what a test of the whole sets up, disturbs, and has judged in the end.

use std::time::Duration;

use super::checker::{Rules, World, assert_correct, check, describe};
use super::events::{EventOptions, Events};
use super::kafka::{KafkaBroker, unique};
use super::redis::{RedisOptions, RedisServer};
use super::wait::until_ok;
use super::worker::{Worker, WorkerConfig};

/// Long enough for a worker that has to wait out a session, on a busy machine.
const SETTLE_LIMIT: Duration = Duration::from_secs(90);

/// One test's world on the shared broker, with a Redis of its own.
pub struct Scene {
    pub kafka: &'static KafkaBroker,
    pub redis: RedisServer,
    pub topic: String,
    pub group: String,
    pub prefix: String,
    pub events: Events,
    partitions: i32,
}

impl Scene {
    /// Four partitions, twenty channels, a Redis that keeps nothing over a restart.
    pub fn new(label: &str) -> Self {
        Self::with(label, EventOptions::default(), RedisOptions::default())
    }

    pub fn with(label: &str, events: EventOptions, redis: RedisOptions) -> Self {
        Self::on(KafkaBroker::shared(), label, events, redis)
    }

    /// The same on another broker.
    pub fn on(kafka: &'static KafkaBroker, label: &str, events: EventOptions, redis: RedisOptions) -> Self {
        let topic = unique(label);
        let partitions = events.partitions;
        kafka.create_topic(&topic, partitions, &[]);
        kafka.create_topic(&format!("{topic}.dlq"), 1, &[]);
        Self {
            kafka,
            redis: RedisServer::start(redis),
            group: format!("{topic}-group"),
            prefix: format!("{topic}:"),
            topic,
            events: Events::new(events),
            partitions,
        }
    }

    pub fn config(&self) -> WorkerConfig {
        WorkerConfig::new(self.kafka, &self.topic, &self.group, &[self.redis.address()], &self.prefix)
    }

    /// A worker that is ready.
    pub fn worker(&self) -> Worker {
        Worker::start(self.config())
    }

    pub fn publish(&mut self, count: usize) {
        let records = self.events.batch(count);
        self.kafka.produce(&self.topic, &records);
    }

    /// Waits until the group has committed all there is.
    pub fn settle(&self) {
        self.kafka.wait_committed_to_end(&self.group, &self.topic, SETTLE_LIMIT);
    }

    pub fn world(&self) -> World {
        World::read(self.kafka, &self.topic, &self.group, &self.prefix, &mut [self.redis.conn()])
    }

    pub fn rules(&self) -> Rules {
        Rules { committed_to_the_end: true, ..Rules::default() }
    }

    /// Waits for the end of the work, then has everything judged.
    #[track_caller]
    pub fn assert_exact(&self) {
        self.settle();
        assert_correct(&self.world(), &self.rules());
    }

    /// As [`Self::assert_exact`] where the end can not be told by the commits alone, as after a rewind.
    #[track_caller]
    pub fn assert_exact_soon(&self) {
        until_ok("redis to hold exactly what kafka says", SETTLE_LIMIT, || {
            let violations = check(&self.world(), &self.rules());
            if violations.is_empty() { Ok(()) } else { Err(describe(&violations)) }
        });
    }

    pub fn partitions(&self) -> i32 {
        self.partitions
    }
}
