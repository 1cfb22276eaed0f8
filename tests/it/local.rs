//! What a run starts for itself on one machine: a real Kafka, a Redis, workers.

use std::path::Path;
use std::time::Duration;

use bytesize::ByteSize;
use shasta::kafka::{Cluster, Producer};
use shasta::local::{KafkaJars, KafkaProcess, Launcher, LocalError, PrivateRedis, WorkerSettings, Workers};

use crate::support::events::{EventOptions, Events, KeyMode};
use crate::support::scratch::Scratch;

const TOPIC: &str = "local-tags";
const GROUP: &str = "local-workers";
const PARTITIONS: u32 = 4;
const LIMIT: Duration = Duration::from_secs(30);

struct World {
    workers: Workers,
    redis: PrivateRedis,
    kafka: KafkaProcess,
    events: Events,
    _directory: Scratch,
}

impl World {
    async fn start() -> Self {
        let directory = Scratch::new("local");
        let launcher = Launcher::new(directory.path()).await;
        let libs = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/kafka/libs");
        let jars = KafkaJars::known(Some(&libs)).unwrap().unwrap();
        let kafka = KafkaProcess::start(&launcher, &jars).await.unwrap();
        let dead_letters = kafka.settings(TOPIC, GROUP).dead_letter_topic();
        tokio::try_join!(kafka.create_topic(TOPIC, PARTITIONS), kafka.create_topic(&dead_letters, 1)).unwrap();
        let redis = PrivateRedis::start(&launcher).await.unwrap();
        let settings = WorkerSettings {
            brokers: kafka.address(),
            topic: TOPIC.to_owned(),
            group: GROUP.to_owned(),
            redis: vec![format!("127.0.0.1:{}", redis.port)],
            prefix: "local:".to_owned(),
            stream_length: 1_000,
            memory: ByteSize::mib(128),
            properties: [("heartbeat.interval.ms".to_owned(), "500".to_owned())].into(),
        };
        let workers = Workers::start(launcher, env!("CARGO_BIN_EXE_shasta").into(), &settings, 2).unwrap();
        let events = Events::new(EventOptions { key: KeyMode::None, json: 0.0, partitions: 4, ..EventOptions::default() });
        Self { workers, redis, kafka, events, _directory: directory }
    }

    async fn ready(&mut self) {
        self.workers.ready(PARTITIONS, || self.redis.child.ended().map_or(Ok(()), Err)).await.unwrap();
    }

    async fn publish(&mut self, count: usize) {
        let producer = Producer::new(&self.kafka.settings(TOPIC, GROUP)).unwrap();
        for record in self.events.batch(count) {
            producer.send(TOPIC, record.partition, record.key.as_deref(), record.value.as_deref(), &[], None).await.unwrap();
        }
    }

    /// What the processes that run now have applied.
    async fn applied(&self) -> f64 {
        self.workers.views().await.iter().filter_map(|view| view.sample).map(|sample| sample.batch_records).sum()
    }

    async fn wait_applied(&self, count: f64) {
        let begun = std::time::Instant::now();
        while self.applied().await < count {
            assert!(begun.elapsed() < LIMIT, "{} of {count} are applied", self.applied().await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(self.applied().await, count);
    }
}

#[tokio::test]
async fn workers_that_were_stopped_go_on_where_they_were() {
    let mut world = World::start().await;
    world.ready().await;
    let described = Cluster::connect(&world.kafka.settings(TOPIC, GROUP), GROUP).unwrap().describe(TOPIC).await.unwrap();
    assert_eq!(described.partitions, PARTITIONS);
    world.publish(100).await;
    world.wait_applied(100.0).await;
    let views = world.workers.views().await;
    assert!(views.iter().all(|view| view.ready && view.resident_bytes.is_some_and(|bytes| bytes > 1 << 20)), "{views:?}");

    world.workers.stop().await.unwrap();
    assert!(world.workers.views().await.iter().all(|view| !view.ready && view.partitions.is_empty()));
    world.workers.look_after(false).unwrap();
    world.publish(60).await;
    world.workers.start_again().unwrap();
    world.ready().await;
    world.wait_applied(60.0).await;

    world.workers.kill().await.unwrap();
    assert_eq!(world.applied().await, 0.0);
    world.workers.start_again().unwrap();
    world.ready().await;
    assert!(world.workers.all().iter().all(|worker| worker.restarts == 2));
    world.workers.stop().await.unwrap();
    world.kafka.end().await.unwrap();
}

#[tokio::test]
async fn a_topic_that_can_not_be_made_says_why() {
    let directory = Scratch::new("local-topic");
    let launcher = Launcher::new(directory.path()).await;
    let libs = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/kafka/libs");
    let kafka = KafkaProcess::start(&launcher, &KafkaJars::known(Some(&libs)).unwrap().unwrap()).await.unwrap();
    kafka.create_topic("twice", 1).await.unwrap();
    let refused = kafka.create_topic("twice", 1).await.unwrap_err();
    assert!(matches!(refused, LocalError::ChildEnded { .. }) && refused.to_string().contains("already exists"), "{refused}");
    kafka.end().await.unwrap();
}
