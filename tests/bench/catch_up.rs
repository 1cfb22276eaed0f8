//! A backlog is there; how fast is it in Redis?

use std::time::{Duration, Instant};

use crate::meter::{Row, cpu_of, cpu_of_redis, peak_of};
use crate::support::kafka::{KafkaBroker, unique};
use crate::support::redis::{RedisOptions, RedisServer};
use crate::support::worker::{Worker, WorkerConfig};

const PARTITIONS: i32 = 16;
const BUDGET: u64 = 512 << 20;
const CHUNK: usize = 50_000;

pub fn measure(kafka: &KafkaBroker, backlog: usize, json: bool, delta: &str) -> Row {
    let redis = RedisServer::start(RedisOptions::default());
    let topic = unique("backlog");
    kafka.create_topic(&topic, PARTITIONS, &[]);
    kafka.create_topic(&format!("{topic}.dlq"), 1, &[]);
    let mut events = crate::events(json);
    for chunk in (0..backlog).step_by(CHUNK) {
        kafka.produce(&topic, &events.batch(CHUNK.min(backlog - chunk)));
    }
    let config = WorkerConfig::new(kafka, &topic, &format!("{topic}-group"), &[redis.address()], "shasta:")
        .set("fold.delta", delta)
        .set("fold.stream_length", 1_000)
        .set("worker.commit_interval", "5s")
        .set("worker.threads", 0)
        .set("worker.memory.budget", format!("{}MiB", BUDGET >> 20))
        .set("log.filter", "info");
    let redis_cpu = cpu_of_redis(&redis);
    let worker = Worker::spawn(config);
    let (took, counted) = watch(&worker, backlog);
    let pid = worker.pid();
    let row = Row {
        events: counted,
        took,
        own_cpu: Some(cpu_of(pid)),
        redis_cpu: cpu_of_redis(&redis) - redis_cpu,
        memory: Some((peak_of(pid), BUDGET)),
        round_trips: worker.metric("shasta_redis_call_duration_seconds_count", &[]),
    };
    drop(worker);
    kafka.delete_topic(&topic);
    row
}

/// From the first look at which something was applied to the last: starting and joining are not catching up.
fn watch(worker: &Worker, backlog: usize) -> (Duration, usize) {
    let deadline = Instant::now() + Duration::from_secs(300);
    let mut began = None;
    loop {
        assert!(Instant::now() < deadline, "the backlog was not done in time\n{}", worker.log());
        std::thread::sleep(Duration::from_millis(20));
        let Ok(answer) = crate::support::worker::http_get(worker.port(), "/metrics") else { continue };
        let applied = crate::support::worker::sum_series(&answer.body, "shasta_records_applied_total", &[]) as usize;
        let (at, _) = match began {
            Some(began) => began,
            None if applied > 0 => *began.insert((Instant::now(), applied)),
            None => continue,
        };
        if applied >= backlog {
            let first = began.map_or(0, |(_, first)| first);
            // Rates are over what was applied since the first look; per-event costs are over all.
            return (at.elapsed().mul_f64(backlog as f64 / (backlog - first) as f64), backlog);
        }
    }
}
