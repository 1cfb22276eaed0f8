//! `cargo bench --bench core`: what an event costs in the pure core, step by step.

// A benchmark ends at the first surprise, and says where.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_debug_implementations)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use shasta::core::batch::{Batch, Record};
use shasta::core::cache::{CachedValue, Lookup, ReadCache};
use shasta::core::channel::Channel;
use shasta::core::decode::{Codec, Event, Input, Limits, decode};
use shasta::core::delta::{Side, changed};
use shasta::core::entry_id::EntryId;
use shasta::core::json::to_json;
use shasta::core::lag::{Group, Header, LagRules, Reading, Retention, Sample};
use shasta::core::offset::{NextOffset, Offset};
use shasta::core::plan::PlanSettings;
use shasta::core::position::TopicId;
use shasta::core::slice::SliceCount;
use shasta::core::wire::{TagDataRef, put_bytes, put_text};

/// Events of one batch, over 64 channels of 4 objects.
const EVENTS: usize = 1_000;

/// About 330 bytes of JSON in which one of ten members depends on `number`.
fn data(number: usize) -> String {
    let members: Vec<String> = (0..9).map(|member| format!("\"member{member}\":\"a value of some length {member}\"")).collect();
    format!("{{{},\"changing\":{number}}}", members.join(","))
}

fn tag_data(number: usize) -> Vec<u8> {
    let mut identifier = Vec::new();
    let parts =
        [(1, "app".to_owned()), (2, format!("room-{}", number % 64)), (3, "system".to_owned()), (4, format!("object/{}", number % 4))];
    parts.iter().for_each(|(field, part)| put_text(*field, part, &mut identifier));
    let mut event = Vec::new();
    put_bytes(1, &identifier, &mut event);
    put_text(4, &data(number), &mut event);
    event
}

fn event(number: usize) -> Event {
    let value = tag_data(number);
    decode(&Input { value: Some(&value), ..Input::default() }, Codec::Proto, &Limits::default()).unwrap()
}

fn records() -> Vec<Record> {
    let record = |number: usize| {
        let offset = Offset::new(i64::try_from(number).unwrap()).unwrap();
        Record { offset, timestamp_ms: Some(1_700_000_000_000), event: event(number) }
    };
    (0..EVENTS).map(record).collect()
}

fn decoding(criterion: &mut Criterion) {
    let proto = tag_data(7);
    let json = to_json(&TagDataRef::decode(&proto).unwrap()).into_bytes();
    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Elements(1));
    for (name, value, codec) in [("protobuf", &proto, Codec::Proto), ("json", &json, Codec::Json)] {
        let input = Input { value: Some(value), ..Input::default() };
        group.bench_function(name, |bencher| bencher.iter(|| decode(black_box(&input), codec, &Limits::default()).unwrap()));
    }
}

fn deltas(criterion: &mut Criterion) {
    let (before, after) = (data(1), data(2));
    let side = |data| Side { data: Some(data), lifetime: None };
    criterion.bench_function("delta", |bencher| bencher.iter(|| changed(black_box(side(&before)), black_box(side(&after))).unwrap()));
}

fn cache(criterion: &mut Criterion) {
    let slices = SliceCount::new(1024).unwrap();
    let mut cache = ReadCache::new(64 << 20, slices, None);
    let channels: Vec<_> = (0..10_000).map(|number| Channel::new("app", format!("room-{number}"), "system").unwrap().key()).collect();
    let value = CachedValue { tag_data: tag_data(1).into(), id: EntryId { ms: 1, seq: 0 } };
    channels.iter().for_each(|channel| cache.store(channel, "object/1", value.clone()));
    let mut next = channels.iter().cycle();
    criterion.bench_function("cache hit", |bencher| {
        bencher.iter(|| matches!(cache.lookup(black_box(next.next().unwrap()), "object/1", 0), Lookup::Hit(_)));
    });
}

fn planning(criterion: &mut Criterion) {
    let slices = SliceCount::new(1024).unwrap();
    let positions = vec![None; 1024];
    let end = NextOffset::at(i64::try_from(EVENTS).unwrap()).unwrap();
    let topic_id = TopicId::unknown();
    let mut group = criterion.benchmark_group("plan");
    group.throughput(Throughput::Elements(EVENTS as u64));
    for (name, changed) in [("full", false), ("changed", true)] {
        let settings = PlanSettings { partition: 0, topic_id: topic_id.clone(), slices, changed, events_per_call: 64 };
        let cache = ReadCache::new(1 << 20, slices, None);
        group.bench_function(name, |bencher| {
            let batch = |records| Batch::new(records, end, slices, &topic_id, &positions);
            bencher.iter_batched(records, |records| batch(records).plan(&settings, &cache, 0), BatchSize::LargeInput);
        });
    }
}

/// One look at the lag of a whole topic: in the worker and in the watcher every 10 s.
fn looking(criterion: &mut Criterion) {
    const PARTITIONS: usize = 256;
    let sample = |look: i64| {
        let reading = |partition: usize| Reading {
            committed: Some(look * 1_000),
            end: Some(look * 1_010 + i64::try_from(partition).unwrap()),
            start: Some(0),
            timestamp: Some(look as f64 * 9.9),
            owned: Some(true),
            covered: Some(look * 1_000),
            ..Reading::default()
        };
        Sample { partitions: (0..PARTITIONS).map(reading).collect(), ..Sample::default() }
    };
    let header = Header {
        cluster: "default".to_owned(),
        group: "tags".to_owned(),
        topic: None,
        partitions: PARTITIONS,
        retention: Retention::default(),
        offsets_retention_s: None,
        expected: true,
    };
    let mut group = Group::new(header, LagRules::default());
    let mut look = 0;
    let mut observe = move || {
        look += 1;
        group.observe(Some(&sample(look)), look as f64 * 10.0).len()
    };
    // Two days of history, and falling behind all the while: nothing costs more.
    (0..17_280).for_each(|_| {
        observe();
    });
    criterion.bench_function("lag/observe/256 partitions", |bencher| bencher.iter(&mut observe));
}

criterion_group!(benches, decoding, deltas, cache, planning, looking);
criterion_main!(benches);
