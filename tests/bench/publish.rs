//! `make bench-publish`: acknowledged records per second and processor time per record, beside a bare client of the same library.
//!
//! A batch is published, all of it is waited for, then the next: so many records are on their way at once, and the client library puts up to as
//! many in a request. The publisher and its rival, a `FutureProducer` that is given records already encoded and partitioned, take turns on the
//! same broker and topic, pinned to one core or two; the broker is not pinned. The median of the rounds is shown.

// A benchmark ends at the first surprise, and says where.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable, missing_debug_implementations)]

#[allow(dead_code)]
mod meter;
// What of the harness the benchmark does not need.
#[allow(unused_imports)]
#[path = "../it/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;
use rdkafka::config::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use shasta::Publisher;
use shasta::config::Config;
use shasta::core::publication::{KeyForm, Publication};
use shasta::core::tag_data::{TagData, TagDataObjectIdentifier};

use support::kafka::{KafkaBroker, unique};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PARTITIONS: u32 = 4;
const BATCHES: [usize; 4] = [1, 10, 100, 1_000];

/// What one round came to.
#[derive(Clone, Copy)]
struct Figures {
    per_second: f64,
    cpu_us: f64,
}

/// About 450 bytes a record, in 1,000 channels.
fn events(count: usize) -> Vec<TagData> {
    let text = |text: String| Some(text);
    let event = |number: usize| {
        let (tag, name) = (text(format!("room-{}", number % 1_000)), text(format!("light/{}", number % 7)));
        let identifier = TagDataObjectIdentifier { app_id: text("app".to_owned()), tag, scope: text("system".to_owned()), name };
        TagData { identifier: Some(identifier), deleted: None, lifetime: Some(60), data: text("x".repeat(400)) }
    };
    (0..count).map(event).collect()
}

/// Runs on a thread of its own that is bound to the first cores, with all the threads that come of it.
fn pinned(cores: usize, work: impl FnOnce() -> Figures + Send) -> Figures {
    let bound = move || {
        let mut set = CpuSet::new();
        (0..cores).for_each(|core| set.set(core).unwrap());
        sched_setaffinity(Pid::from_raw(0), &set).unwrap();
        work()
    };
    std::thread::scope(|scope| scope.spawn(bound).join().unwrap())
}

fn runtime(cores: usize) -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(cores).enable_all().build().unwrap()
}

/// Repeats a batch until the time is over, after a warm-up that is not counted.
async fn measure(batch: usize, seconds: f64, mut publish: impl AsyncFnMut()) -> Figures {
    let (mut started, mut cpu, mut count, mut is_warm) = (Instant::now(), Duration::ZERO, 0, false);
    loop {
        publish().await;
        count += batch;
        if !is_warm && started.elapsed() > Duration::from_millis(500) {
            (started, cpu, count, is_warm) = (Instant::now(), meter::cpu_of(std::process::id()), 0, true);
        }
        if is_warm && started.elapsed().as_secs_f64() > seconds {
            let (took, used) = (started.elapsed().as_secs_f64(), meter::cpu_of(std::process::id()) - cpu);
            return Figures { per_second: count as f64 / took, cpu_us: used.as_secs_f64() * 1e6 / count as f64 };
        }
    }
}

fn publisher(kafka: &KafkaBroker, topic: &str, batch: usize, cores: usize, seconds: f64) -> Figures {
    let mut config = Config::default();
    config.kafka.brokers = kafka.address();
    config.kafka.topic = topic.to_owned();
    let properties = [("linger.ms", "0".to_owned()), ("batch.num.messages", batch.to_string())];
    config.kafka.properties.extend(properties.map(|(name, value)| (name.to_owned(), value)));
    let events = events(batch);
    runtime(cores).block_on(async {
        let publisher = Publisher::connect(&config).unwrap();
        measure(batch, seconds, async || {
            for outcome in publisher.publish_all(events.iter().cloned()).await {
                outcome.unwrap();
            }
        })
        .await
    })
}

fn rival(kafka: &KafkaBroker, topic: &str, batch: usize, cores: usize, seconds: f64) -> Figures {
    let mut config: ClientConfig = kafka.client();
    config.set("acks", "all").set("enable.idempotence", "true").set("linger.ms", "0").set("batch.num.messages", batch.to_string());
    let encode = |event| {
        let publication = Publication::new(event, KeyForm::Channel, &shasta::core::decode::Limits::default()).unwrap();
        let partition = i32::try_from(publication.hash() % PARTITIONS).unwrap();
        (partition, publication.key().to_vec(), publication.value().to_vec())
    };
    let records: Vec<(i32, Vec<u8>, Vec<u8>)> = events(batch).into_iter().map(encode).collect();
    runtime(cores).block_on(async {
        let producer: FutureProducer = config.create().unwrap();
        measure(batch, seconds, async || {
            let send = |(partition, key, value): &(i32, Vec<u8>, Vec<u8>)| {
                let record = FutureRecord {
                    topic,
                    partition: Some(*partition),
                    payload: Some(value),
                    key: Some(key),
                    timestamp: None,
                    headers: None,
                };
                producer.send_result(record).unwrap_or_else(|(error, _)| panic!("{error}"))
            };
            let sent: Vec<_> = records.iter().map(send).collect();
            for delivery in sent {
                delivery.await.unwrap().unwrap();
            }
        })
        .await
    })
}

fn median(mut figures: Vec<Figures>) -> Figures {
    figures.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
    figures[figures.len() / 2]
}

fn number(name: &str, default: f64) -> f64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

fn main() {
    // `cargo test --benches` only asks whether it builds.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let (seconds, rounds) = (number("SECONDS", 2.0), number("ROUNDS", 3.0) as usize);
    let (kafka, topic) = (KafkaBroker::shared(), unique("bench-publish"));
    kafka.create_topic(&topic, PARTITIONS as i32, &[("retention.bytes", "200000000"), ("segment.bytes", "50000000")]);
    println!("cores  batch   publishes/s  cpu us/record    bare client/s  cpu us/record    ratio");
    for cores in [1, 2] {
        for batch in BATCHES {
            let (mut own, mut bare) = (Vec::new(), Vec::new());
            for _ in 0..rounds.max(1) {
                own.push(pinned(cores, || publisher(kafka, &topic, batch, cores, seconds)));
                bare.push(pinned(cores, || rival(kafka, &topic, batch, cores, seconds)));
            }
            let (own, bare) = (median(own), median(bare));
            println!(
                "{cores:>5}{batch:>7}{:>14.0}{:>15.1}{:>17.0}{:>15.1}{:>9.2}",
                own.per_second,
                own.cpu_us,
                bare.per_second,
                bare.cpu_us,
                own.per_second / bare.per_second
            );
        }
    }
}
