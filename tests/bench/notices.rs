//! `make bench-notices`: what the notice to readers costs Redis. The same calls without a notice, with one that nobody hears, and with one
//! that a subscriber hears, in short turns on one server, so that whatever else the machine does meets all three. Two estimates: the
//! median of the turns' ratios, and the ratio of the quietest tenths, as what disturbs only ever adds.

// A benchmark ends at the first surprise, and says where.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable, missing_debug_implementations)]

// What of the harness the benchmark does not need.
#[allow(dead_code)]
mod meter;
#[allow(unused_imports)]
#[path = "../it/support/mod.rs"]
mod support;

use std::thread;

use meter::cpu_of_redis;
use redis::{Connection, ConnectionLike, FromRedisValue};
use shasta::config;
use shasta::core::call::{Call, CallChannel, CallEvent, Expected, Outcome, Write};
use shasta::core::keys::Keys;
use shasta::core::offset::{NextOffset, Offset};
use shasta::core::position::{Position, TopicId};
use shasta::core::slice::{Slice, SliceCount};
use shasta::store::{Fold, Publish, Store};
use support::redis::{RedisOptions, RedisServer};

/// Events of a call, each of another channel: the longest notice for the least work.
const EVENTS: usize = 64;
const SLICES: u32 = 32;
/// Calls of one pipeline.
const DEPTH: usize = 16;

/// Calls of each slice in a turn.
const CALLS: usize = 2;

/// No channel's name: the last message of a turn.
const END: &str = "end";

/// What a turn does about notices.
#[derive(Clone, Copy)]
struct Way {
    label: &'static str,
    notices: Option<Publish>,
    subscriber: bool,
}

const WAYS: [Way; 3] = [
    Way { label: "no notice", notices: None, subscriber: false },
    Way { label: "a notice, no subscriber", notices: Some(Publish::Sharded), subscriber: false },
    Way { label: "a notice, one subscriber", notices: Some(Publish::Sharded), subscriber: true },
];

struct Bench {
    redis: RedisServer,
    control: Connection,
    store: Store,
    fold: Fold,
    /// Where each slice stands.
    next: i64,
}

impl Bench {
    async fn start() -> Self {
        let redis = RedisServer::start(RedisOptions::default());
        let store = Store::connect(&config::Redis { nodes: vec![redis.address()], ..config::Redis::default() }).await.unwrap();
        store.probe().await.unwrap();
        let keys = Keys::new("shasta:").unwrap();
        let fold = Fold { keys, field: "tag-data/0".to_owned(), stream_length: 100, ttl_ms: Some(86_400_000), notices: None };
        Self { control: redis.conn(), redis, store, fold, next: 0 }
    }

    /// Microseconds of Redis' processor time per event; `delta`: bytes of a stream entry.
    async fn turn(&mut self, way: Way, delta: usize) -> f64 {
        self.fold.notices = way.notices;
        let subscriber = way.subscriber.then(|| self.subscribe());
        let before = cpu_of_redis(&self.redis);
        for _ in 0..CALLS {
            let calls: Vec<Call> = slices().map(|slice| self.call(slice, delta)).collect();
            for pipeline in calls.chunks(DEPTH) {
                for answer in self.store.apply(&self.fold, 0, pipeline).await.results {
                    assert!(matches!(&answer, Ok(Outcome::Applied(ids)) if ids.len() == EVENTS), "{answer:?}");
                }
            }
            self.next += EVENTS as i64;
        }
        if let Some(subscriber) = subscriber {
            let last = self.fold.keys.note(slices().next().unwrap());
            redis::cmd("SPUBLISH").arg(last).arg(END).exec(&mut self.control).unwrap();
            assert_eq!(subscriber.join().unwrap(), CALLS * SLICES as usize, "notices heard");
        }
        let took = cpu_of_redis(&self.redis) - before;
        took.as_secs_f64() * 1e6 / (CALLS * SLICES as usize * EVENTS) as f64
    }

    /// Counts what it hears until the end is said.
    fn subscribe(&self) -> thread::JoinHandle<usize> {
        let mut connection = self.redis.conn();
        for slice in slices() {
            connection.req_command(redis::cmd("SSUBSCRIBE").arg(self.fold.keys.note(slice))).unwrap();
        }
        let mut heard = move || Vec::<String>::from_redis_value(connection.recv_response().unwrap()).unwrap().pop();
        thread::spawn(move || std::iter::from_fn(|| heard().filter(|message| message != END)).count())
    }

    fn call(&self, slice: Slice, delta: usize) -> Call {
        let position = |next: i64| Position::new(TopicId::unknown(), NextOffset::at(next).unwrap());
        let channels = (0..EVENTS).map(|room| CallChannel { path: format!("conference/room-{slice}-{room}/system"), refresh: false });
        let event = |channel: usize| CallEvent {
            offset: Offset::new(self.next + channel as i64).unwrap(),
            channel,
            name: "participant/17".to_owned(),
            delta: vec![b'd'; delta],
            write: Write::Set { envelope_head: vec![b'e'; 450], now: true },
            expected: Expected::Anything,
        };
        let base = (self.next > 0).then(|| position(self.next));
        Call {
            slice,
            base,
            next: position(self.next + EVENTS as i64),
            channels: channels.collect(),
            events: (0..EVENTS).map(event).collect(),
        }
    }
}

fn slices() -> impl Iterator<Item = Slice> {
    SliceCount::new(SLICES).unwrap().all()
}

/// The value below which this share of them lies.
fn quantile(values: impl Iterator<Item = f64>, share: f64) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share) as usize]
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // `cargo test --benches` only asks whether it builds.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let rounds: usize = std::env::var("ROUNDS").map_or(250, |text| text.parse().unwrap());
    println!("{:48}{:>16}{:>14}{:>16}{:>16}", "", "redis us/event", "of no notice", "middle half", "quietest tenth");
    for (shape, delta) in [("full, entries of 450 bytes", 450), ("changed, entries of 120 bytes", 120)] {
        let mut bench = Bench::start().await;
        // Until the streams are trimmed, as they are for ever after.
        for _ in 0..120 {
            bench.turn(WAYS[0], delta).await;
        }
        let mut measured: Vec<[f64; WAYS.len()]> = Vec::new();
        for round in 0..rounds {
            let mut micros = [0.0; WAYS.len()];
            // Each way comes first, second and last as often as the others.
            for turn in 0..WAYS.len() {
                let way = (round + turn) % WAYS.len();
                micros[way] = bench.turn(WAYS[way], delta).await;
            }
            measured.push(micros);
        }
        for (index, way) in WAYS.iter().enumerate() {
            let micros = quantile(measured.iter().map(|micros| micros[index]), 0.5);
            let ratio = |share| quantile(measured.iter().map(|micros| micros[index] / micros[0]), share);
            let middle = format!("{:.3}-{:.3}", ratio(0.25), ratio(0.75));
            let quiet = |index: usize| quantile(measured.iter().map(|micros| micros[index]), 0.1);
            let label = format!("{shape}: {}", way.label);
            println!("{label:48}{micros:>16.2}{:>14.3}{middle:>16}{:>16.3}", ratio(0.5), quiet(index) / quiet(0));
        }
    }
}
