//! The limit: what one client can put into Redis when nothing else has to be done.

use std::time::Instant;

use prost::Message;
use shasta::core::channel::Channel;
use shasta::core::keys::Keys;
use shasta::core::slice::SliceCount;
use shasta::core::wire::{DeltaChange, TagDataRef, encode_delta, encode_envelope_head};

use crate::meter::{Row, cpu_of_redis};
use crate::support::checker::TagData;
use crate::support::redis::{RedisOptions, RedisServer};

/// Commands in one write: beyond some hundred more does not help.
const DEPTH: usize = 1_000;

pub fn measure(count: usize) -> Row {
    let redis = RedisServer::start(RedisOptions::default());
    let mut events = crate::events(false);
    let pipelines = encode(&mut events, count);
    let mut connection = redis.conn();
    let cpu = cpu_of_redis(&redis);
    let started = Instant::now();
    for (packed, commands) in &pipelines {
        connection.send_packed_command(packed).unwrap();
        for _ in 0..*commands {
            connection.recv_response().unwrap();
        }
    }
    let took = started.elapsed();
    Row { events: count, took, own_cpu: None, redis_cpu: cpu_of_redis(&redis) - cpu, memory: None, round_trips: pipelines.len() as f64 }
}

/// The same keys and bytes as the worker writes in mode `full`.
fn encode(events: &mut crate::support::events::Events, count: usize) -> Vec<(Vec<u8>, usize)> {
    let keys = Keys::new("shasta:").unwrap();
    let slices = SliceCount::new(1024).unwrap();
    let mut pipelines = Vec::new();
    let mut pipeline = redis::Pipeline::new();
    for offset in 0..count {
        let record = events.next_record();
        let value = record.value.unwrap();
        let event = TagDataRef::decode(&value).unwrap();
        let _ = TagData::decode(value.as_slice()).unwrap();
        let part = |part: Option<&str>| part.unwrap_or_default().to_owned();
        let channel = Channel::new(part(event.app_id), part(event.tag), part(event.scope)).unwrap();
        let slice = slices.slice_of(&channel.key());
        let path = channel.to_string();
        let name = part(event.name);
        let (mut delta, mut envelope) = (Vec::new(), Vec::new());
        let timestamp = Some(1_700_000_000_000);
        encode_delta(0, i64::try_from(offset).unwrap(), timestamp, &name, DeltaChange::Set(&value), &mut delta);
        encode_envelope_head(&value, timestamp, &mut envelope);
        envelope.extend_from_slice(b"\x12\x0f1700000000000-0");
        pipeline.cmd("XADD").arg(keys.stream(slice, &path)).arg("MAXLEN").arg("~").arg(1000).arg("*").arg("d").arg(delta);
        pipeline.cmd("HSET").arg(keys.snapshot(slice, &path)).arg(name).arg(envelope);
        if pipeline.len() >= DEPTH {
            pipelines.push((pipeline.get_packed_pipeline(), pipeline.len()));
            pipeline = redis::Pipeline::new();
        }
    }
    if !pipeline.is_empty() {
        pipelines.push((pipeline.get_packed_pipeline(), pipeline.len()));
    }
    pipelines
}
