//! A Kafka that goes away and comes back.

use std::time::{Duration, Instant};

use super::PATIENCE;
use crate::support::checker::{Rules, World, assert_correct};
use crate::support::events::{EventOptions, Events};
use crate::support::kafka::{KafkaBroker, KafkaOptions};
use crate::support::redis::{RedisOptions, RedisServer};
use crate::support::wait::until_ok;
use crate::support::worker::{Worker, WorkerConfig};

const TOPIC: &str = "tags";
const GROUP: &str = "group";
const PREFIX: &str = "p:";

/// A scene on a broker of its own.
struct OwnBroker {
    kafka: KafkaBroker,
    redis: RedisServer,
    events: Events,
}

impl OwnBroker {
    fn start() -> Self {
        let kafka = KafkaBroker::start(KafkaOptions::default());
        kafka.create_topic(TOPIC, 4, &[]);
        kafka.create_topic("tags.dlq", 1, &[]);
        Self { kafka, redis: RedisServer::start(RedisOptions::default()), events: Events::new(EventOptions::default()) }
    }

    fn config(&self) -> WorkerConfig {
        WorkerConfig::new(&self.kafka, TOPIC, GROUP, &[self.redis.address()], PREFIX)
    }

    fn publish(&mut self, count: usize) {
        self.kafka.produce(TOPIC, &self.events.batch(count));
    }

    #[track_caller]
    fn assert_exact(&self) {
        self.kafka.wait_committed_to_end(GROUP, TOPIC, PATIENCE);
        let world = World::read(&self.kafka, TOPIC, GROUP, PREFIX, &mut [self.redis.conn()]);
        assert_correct(&world, &Rules { committed_to_the_end: true, ..Rules::default() });
    }
}

fn wait_applied(worker: &Worker, more_than: f64) {
    until_ok(format!("more than {more_than} to be applied"), PATIENCE, || {
        let applied = worker.metric("shasta_records_applied_total", &[]);
        if applied > more_than { Ok(()) } else { Err(format!("{applied} applied")) }
    });
}

#[test]
fn a_kafka_that_is_killed_or_restarted_in_mid_work_costs_no_event() {
    let mut own = OwnBroker::start();
    own.publish(2_000);
    let mut worker = Worker::start(own.config());
    wait_applied(&worker, 50.0);
    own.kafka.kill9();
    std::thread::sleep(Duration::from_millis(500));
    own.kafka.restart();
    own.publish(1_000);
    wait_applied(&worker, 2_000.0);
    own.kafka.stop();
    own.kafka.restart();
    own.publish(500);
    own.assert_exact();
    assert!(worker.process().is_running());
    worker.wait_ready();
    assert!(worker.stop().success());
}

#[test]
fn a_kafka_that_is_down_holds_up_the_start_with_a_reason_and_a_stop_not_at_all() {
    const DRAIN: Duration = Duration::from_secs(4);
    let mut own = OwnBroker::start();
    own.publish(300);
    own.kafka.stop();
    let mut worker = Worker::spawn(own.config().set("worker.drain_timeout", "4s"));
    until_ok("a reason", PATIENCE, || {
        let answer = worker.try_get("/readyz").map_err(|error| error.to_string())?;
        let told = answer.status == 503 && answer.body.contains("topic tags") && answer.body.to_lowercase().contains("connect");
        if told { Ok(()) } else { Err(format!("{} {}", answer.status, answer.body)) }
    });
    assert_eq!(worker.get("/livez").status, 200);
    own.kafka.restart();
    worker.wait_ready();
    own.assert_exact();

    own.publish(300);
    own.kafka.kill9();
    let asked = Instant::now();
    let status = worker.stop();
    // Beside the drain: the endpoint's second, and a busy machine.
    assert!(asked.elapsed() < DRAIN + Duration::from_secs(5), "{:?}\n{}", asked.elapsed(), worker.log());
    assert!(status.success(), "{status}");
    own.kafka.restart();
    let _worker = Worker::start(own.config());
    own.assert_exact();
}
