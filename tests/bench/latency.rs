//! Publish to stored, and to followers, at a steady rate. Open loop: the schedule is decided beforehand, and each event counts from the time at which it
//! was meant to be sent, whatever became of the ones before.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer};
use shasta::config::Config;
use shasta::telemetry::{BatchSpans, Metrics};
use shasta::worker::{Shutdown, run};
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::support::events::Events;
use crate::support::kafka::{KafkaBroker, NewRecord, unique};
use crate::support::redis::{RedisOptions, RedisServer};

const PARTITIONS: i32 = 16;
/// Connections, caches and the processor's clock are cold at first: not counted.
const WARM_UP: usize = 10;

/// Where each event went, with its number and the time at which it was due.
type Sent = HashMap<(i32, i64), (usize, Instant)>;
/// When an event was seen, by partition and offset.
type Seen = Vec<(i32, i64, Instant)>;

/// When batches were applied, by partition and the offset after them: a process has one place that hears of it.
static APPLIED: LazyLock<Arc<Mutex<Seen>>> = LazyLock::new(|| {
    let applied: Arc<Mutex<Seen>> = Arc::default();
    let watching = tracing_subscriber::registry().with(Applied(Arc::clone(&applied)));
    tracing::subscriber::set_global_default(watching).unwrap();
    applied
});

/// Publish to stored.
pub fn measure(kafka: &KafkaBroker, rate: usize, seconds: usize, runs: usize) {
    println!("\n(c) publish to stored, {rate}/s for {seconds} s, from the intended send time, ms");
    println!("{HEADER}");
    let results: Vec<Run> = (0..runs).map(|_| one_run(kafka, &mut crate::events(false), rate, seconds, None)).collect();
    let median = |pick: fn(&Run) -> &Percentiles| {
        let mut runs: Vec<&Percentiles> = results.iter().map(pick).collect();
        runs.sort_by(|a, b| a.0[4].total_cmp(&b.0[4]));
        runs[runs.len() / 2].clone()
    };
    let (stored, direct, slip) = (median(|run| &run.stored), median(|run| &run.direct), median(|run| &run.slip));
    println!("{}", stored.line("stored in Redis"));
    println!("{}", direct.line("direct: a bare consumer"));
    println!("{}", slip.line("the pacer's own slip"));
    println!("stored - direct at p50: {:.2} ms; stored / direct at p99.99: {:.2}", stored.0[0] - direct.0[0], stored.0[4] / direct.0[4]);
}

/// Publish to a follower, who is in the worker's process here and shares its processors.
pub fn measure_followed(kafka: &KafkaBroker, rate: usize, seconds: usize) {
    println!("\n(d) publish to follower, {rate}/s for {seconds} s, from the intended send time, ms");
    println!("{HEADER}");
    for (label, channels, follow) in
        [("20 channels, each followed", 20, Follow::Each), ("10,000 channels on one client", 10_000, Follow::Many)]
    {
        let mut events = crate::events_of(channels, false);
        let run = one_run(kafka, &mut events, rate, seconds, Some((follow, channels)));
        println!("{}", run.delivered.map_or_else(String::new, |delivered| delivered.line(label)));
        println!("{}", run.stored.line("  stored in Redis, same run"));
        println!("{}", run.direct.line("  direct: a bare consumer"));
        println!("  {}", run.cost.unwrap_or_default());
    }
}

const HEADER: &str = "                                      p50      p90      p99    p99.9   p99.99      max";

/// How followers follow.
#[derive(Clone, Copy)]
enum Follow {
    Each,
    Many,
}

struct Run {
    stored: Percentiles,
    direct: Percentiles,
    slip: Percentiles,
    /// To followers, where there are any, and what they cost.
    delivered: Option<Percentiles>,
    cost: Option<String>,
}

/// p50, p90, p99, p99.9, p99.99 and the largest, milliseconds.
#[derive(Clone)]
struct Percentiles([f64; 6]);

impl Percentiles {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        // Linear interpolation at (n - 1) q.
        let at = |q: f64| {
            let place = (values.len() - 1) as f64 * q;
            let (below, above) = (values[place.floor() as usize], values[place.ceil() as usize]);
            below + (above - below) * place.fract()
        };
        Self([0.5, 0.9, 0.99, 0.999, 0.9999, 1.0].map(at))
    }

    fn line(&self, label: &str) -> String {
        self.0.iter().fold(format!("{label:32}"), |line, value| format!("{line}{value:>9.2}"))
    }
}

fn one_run(kafka: &KafkaBroker, events: &mut Events, rate: usize, seconds: usize, follow: Option<(Follow, u32)>) -> Run {
    let redis = RedisServer::start(RedisOptions::default());
    let topic = unique("latency");
    kafka.create_topic(&topic, PARTITIONS, &[]);
    kafka.create_topic(&format!("{topic}.dlq"), 1, &[]);
    let records = events.batch(rate * (seconds + WARM_UP));

    let applied = &*APPLIED;
    applied.lock().unwrap_or_else(PoisonError::into_inner).clear();
    let (stop, told) = tokio::sync::watch::channel(Shutdown::Run);
    let worker = std::thread::spawn({
        let config = config(kafka, &topic, &redis);
        move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(run(config, Metrics::new(shasta::telemetry::Build::current()).unwrap(), BatchSpans::OFF, told)).unwrap();
        }
    });
    let (done, is_done) = channel();
    let direct = std::thread::spawn({
        let config = kafka.client();
        let topic = topic.clone();
        move || consume(config, &topic, &is_done)
    });
    std::thread::sleep(Duration::from_secs(8));
    let followers = follow.map(|(follow, channels)| Followers::start(&redis, follow, channels));

    let before = redis.info("commandstats");
    let (sent, slip) = publish(kafka, &topic, &records, rate);
    std::thread::sleep(Duration::from_secs(3));
    done.send(()).unwrap();
    let direct = direct.join().unwrap();
    let cost = followers.as_ref().map(|_| cost_of_reading(&before, &redis, records.len()));
    let delivered = followers.map(Followers::stop);
    stop.send_replace(Shutdown::Drain);
    worker.join().unwrap();

    let counted = |at: &HashMap<(i32, i64), Instant>| {
        let mut values = Vec::new();
        for (place, (index, due)) in &sent {
            if *index >= rate * WARM_UP {
                let at = at.get(place).unwrap_or_else(|| panic!("{place:?} was not seen"));
                values.push(at.saturating_duration_since(*due).as_secs_f64() * 1e3);
            }
        }
        Percentiles::of(values)
    };
    let by_place = |seen: Seen| seen.into_iter().map(|(partition, offset, at)| ((partition, offset), at)).collect();
    let stored = stored(&applied.lock().unwrap(), &sent);
    Run {
        stored: counted(&stored),
        direct: counted(&by_place(direct)),
        slip: Percentiles::of(slip),
        delivered: delivered.map(|delivered| counted(&by_place(delivered))),
        cost,
    }
}

/// What the followers' reads took of Redis, by its own count.
fn cost_of_reading(before: &HashMap<String, String>, redis: &RedisServer, events: usize) -> String {
    let now = redis.info("commandstats");
    let of = |stats: &HashMap<String, String>, command: &str, field: &str| {
        let stat = stats.get(&format!("cmdstat_{command}")).cloned().unwrap_or_default();
        let value = stat.split(',').find_map(|part| part.strip_prefix(&format!("{field}="))?.parse::<f64>().ok());
        value.unwrap_or_default()
    };
    let more = |command: &str, field: &str| (of(&now, command, field) - of(before, command, field)) / events as f64;
    format!(
        "Redis, per event: {:.2} XRANGE of {:.2} us in all, {:.2} us to publish the notice",
        more("xrange", "calls"),
        more("xrange", "usec"),
        more("spublish", "usec"),
    )
}

/// Applications that follow, on a thread of their own.
struct Followers {
    stop: tokio::sync::oneshot::Sender<()>,
    thread: std::thread::JoinHandle<Seen>,
}

impl Followers {
    /// Returns once everything is followed.
    fn start(redis: &RedisServer, follow: Follow, channels: u32) -> Self {
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let (ready, is_ready) = channel();
        let settings = shasta::config::Redis { nodes: vec![redis.address()], ..shasta::config::Redis::default() };
        let following = async move {
            let client = shasta::Client::connect(&settings).await.unwrap();
            let channels = (0..channels).map(|room| crate::support::events::channel(room).escaped().parse().unwrap());
            let seen = Arc::new(Mutex::new(Seen::new()));
            let note = |seen: &Mutex<Seen>, change: &shasta::Change| {
                if let shasta::Change::Set { event, .. } | shasta::Change::Deleted { event, .. } = change {
                    let place = (i32::try_from(event.partition).unwrap(), i64::try_from(event.offset).unwrap());
                    seen.lock().unwrap().push((place.0, place.1, Instant::now()));
                }
            };
            let mut tasks = tokio::task::JoinSet::new();
            match follow {
                Follow::Each => {
                    for channel in channels {
                        let (mut subscription, seen) = (client.follow(channel).await.unwrap(), Arc::clone(&seen));
                        tasks.spawn(async move {
                            while let Some(change) = subscription.next().await {
                                note(&seen, &change.unwrap());
                            }
                        });
                    }
                }
                Follow::Many => {
                    let mut subscriptions = client.follow_many(channels);
                    for _ in 0..subscriptions.len() {
                        subscriptions.next().await.unwrap().1.unwrap();
                    }
                    let seen = Arc::clone(&seen);
                    tasks.spawn(async move {
                        while let Some((_, change)) = subscriptions.next().await {
                            note(&seen, &change.unwrap());
                        }
                    });
                }
            }
            ready.send(()).unwrap();
            let _stopped = stopped.await;
            tasks.shutdown().await;
            std::mem::take(&mut *seen.lock().unwrap())
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let thread = std::thread::spawn(move || runtime.block_on(following));
        is_ready.recv().unwrap();
        Self { stop, thread }
    }

    fn stop(self) -> Seen {
        self.stop.send(()).unwrap();
        self.thread.join().unwrap()
    }
}

fn config(kafka: &KafkaBroker, topic: &str, redis: &RedisServer) -> Config {
    let mut config = Config::default();
    config.kafka.brokers = kafka.address();
    config.kafka.topic = topic.to_owned();
    config.kafka.group = format!("{topic}-group");
    config.redis.nodes = vec![redis.address()];
    config.http.listen = String::new();
    config
}

/// When each event was stored: with the batch that reached past it.
fn stored(applied: &Seen, sent: &Sent) -> HashMap<(i32, i64), Instant> {
    let mut by_partition: HashMap<i32, Vec<(i64, Instant)>> = HashMap::new();
    for (partition, next, at) in applied {
        by_partition.entry(*partition).or_default().push((*next, *at));
    }
    let mut stored = HashMap::new();
    for (partition, offset) in sent.keys() {
        let batches = &by_partition[partition];
        let batch = batches.partition_point(|(next, _)| next <= offset);
        if let Some((_, at)) = batches.get(batch) {
            stored.insert((*partition, *offset), *at);
        }
    }
    stored
}

/// Hears of each batch when Redis has answered for it.
struct Applied(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Fields {
    partition: i64,
    next: i64,
    is_batch: bool,
}

impl Visit for Fields {
    fn record_i64(&mut self, field: &Field, value: i64) {
        if field.name() == "partition" {
            self.partition = value;
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        match field.name() {
            "next" => self.next = format!("{value:?}").parse().unwrap_or_default(),
            "message" => self.is_batch = format!("{value:?}") == "batch applied",
            _ => {}
        }
    }
}

impl<S: tracing::Subscriber> Layer<S> for Applied {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let at = Instant::now();
        if event.metadata().target() != "shasta::worker" {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        if fields.is_batch {
            self.0.lock().unwrap().push((i32::try_from(fields.partition).unwrap(), fields.next, at));
        }
    }
}

fn consume(mut config: ClientConfig, topic: &str, done: &Receiver<()>) -> Seen {
    config.set("group.id", unique("direct")).set("auto.offset.reset", "earliest").set("enable.auto.commit", "false");
    let consumer: BaseConsumer = config.create().unwrap();
    consumer.subscribe(&[topic]).unwrap();
    let mut seen = Vec::new();
    while done.try_recv().is_err() {
        if let Some(message) = consumer.poll(Duration::from_millis(100)) {
            let message = message.unwrap();
            seen.push((message.partition(), message.offset(), Instant::now()));
        }
    }
    seen
}

struct Acknowledged(Mutex<Sender<(usize, i32, i64)>>);

impl rdkafka::ClientContext for Acknowledged {}

impl ProducerContext for Acknowledged {
    type DeliveryOpaque = Box<usize>;

    fn delivery(&self, result: &DeliveryResult<'_>, index: Box<usize>) {
        let message = result.as_ref().unwrap_or_else(|(error, _)| panic!("publish: {error}"));
        let _ = self.0.lock().unwrap().send((*index, message.partition(), message.offset()));
    }
}

/// Sends each record when it is due. Returns where each went with its number and due time, and how late the pacer itself was.
fn publish(kafka: &KafkaBroker, topic: &str, records: &[NewRecord], rate: usize) -> (Sent, Vec<f64>) {
    let (sender, acknowledged) = channel();
    let mut config = kafka.client();
    config.set("acks", "all").set("linger.ms", "0");
    let producer: ThreadedProducer<Acknowledged> = config.create_with_context(Acknowledged(Mutex::new(sender))).unwrap();
    let interval = Duration::from_secs(1) / u32::try_from(rate).unwrap();
    let start = Instant::now() + Duration::from_millis(100);
    let due = |index: usize| start + interval * u32::try_from(index).unwrap();
    let mut slip = Vec::with_capacity(records.len());
    for (index, record) in records.iter().enumerate() {
        std::thread::sleep(due(index).saturating_duration_since(Instant::now()));
        if index >= rate * WARM_UP {
            slip.push(Instant::now().saturating_duration_since(due(index)).as_secs_f64() * 1e3);
        }
        let key = record.key.as_deref().unwrap_or_default();
        let value = record.value.as_deref().unwrap_or_default();
        let message = BaseRecord::with_opaque_to(topic, Box::new(index)).key(key).payload(value).partition(record.partition.unwrap());
        producer.send(message).unwrap_or_else(|(error, _)| panic!("publish: {error}"));
    }
    producer.flush(Duration::from_secs(30)).unwrap();
    drop(producer);
    let sent = acknowledged.iter().map(|(index, partition, offset)| ((partition, offset), (index, due(index)))).collect();
    (sent, slip)
}
