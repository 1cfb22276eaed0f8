//! `make bench`: one table from one run, each figure beside its rival.
//!
//! - the limit: the same keys and bytes as plain pipelined HSET + XADD from memory by one client, no Kafka, no fence;
//! - catching up with a backlog on a real Kafka, `full` and `changed`, protobuf and JSON;
//! - publish to stored at a steady rate, open loop, beside a bare consumer without Redis in the same run;
//! - publish to followers likewise, few channels and many.

// A benchmark ends at the first surprise, and says where.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable, missing_debug_implementations)]

mod catch_up;
mod latency;
mod limit;
mod meter;
// What of the harness the benchmark does not need.
#[allow(unused_imports)]
#[path = "../it/support/mod.rs"]
mod support;

use support::events::{EventOptions, Events};
use support::kafka::KafkaBroker;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The shape of the work: about 450 bytes an event.
pub fn events(json: bool) -> Events {
    events_of(20_000, json)
}

/// The same over another number of channels.
pub fn events_of(channels: u32, json: bool) -> Events {
    let json = f64::from(u8::from(json));
    let options =
        EventOptions { channels, objects: 4, partitions: 16, deletes: 0.0, plain: 0.0, data_bytes: 330, json, ..EventOptions::default() };
    Events::new(options)
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

fn main() {
    // `cargo test --benches` only asks whether it builds.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    // As `shasta` does: the worker of the latencies is in this process.
    nix::sys::prctl::set_thp_disable(true).unwrap();
    let only = std::env::var("BENCH").unwrap_or_default();
    let wanted = |name: &str| only.is_empty() || only.split(',').any(|one| one == name);
    let backlog = number("BACKLOG", 500_000);
    let kafka = KafkaBroker::shared();
    let limit = limit::measure(number("LIMIT", 300_000));
    println!("{}", meter::Row::HEADER);
    println!("{}", limit.row("(a) plain HSET + XADD from memory", None));
    if wanted("catch-up") {
        for (label, json, delta) in [
            ("(b) catch-up, full, protobuf", false, "full"),
            ("(b) catch-up, changed, protobuf", false, "changed"),
            ("(b) catch-up, full, JSON", true, "full"),
            ("(b) catch-up, changed, JSON", true, "changed"),
        ] {
            if only.is_empty() || only.contains("catch-up") {
                println!("{}", catch_up::measure(kafka, backlog, json, delta).row(label, Some(&limit)));
            }
        }
    }
    if wanted("latency") {
        let (seconds, runs) = if std::env::var_os("LONG").is_some() { (600, 3) } else { (number("SECONDS", 60), 1) };
        latency::measure(kafka, number("RATE", 1_000), seconds, runs);
    }
    if wanted("follow") {
        latency::measure_followed(kafka, number("RATE", 1_000), number("SECONDS", 60));
    }
}
