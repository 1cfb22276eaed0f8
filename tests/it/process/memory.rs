//! What a process holds is bounded by its configuration, whatever waits in Kafka.

use std::time::Duration;

use super::PATIENCE;
use crate::support::checker::Channel;
use crate::support::events::event;
use crate::support::kafka::NewRecord;
use crate::support::scene::Scene;
use crate::support::wait::until_ok;
use crate::support::worker::Worker;

const BUDGET_MIB: u64 = 128;
const BACKLOG: usize = 300_000;

/// What the kernel says of the process.
fn status(worker: &mut Worker, field: &str) -> Option<String> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", worker.process().pid())).unwrap();
    Some(status.lines().find_map(|line| line.strip_prefix(field))?.trim().to_owned())
}

/// The most memory that the process ever had, in MiB.
fn peak_mib(worker: &mut Worker) -> u64 {
    let peak = status(worker, "VmHWM:").unwrap();
    peak.trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

#[test]
fn a_backlog_behind_a_frozen_redis_stays_within_the_memory_budget() {
    let scene = Scene::new("backlog");
    let rooms: Vec<Channel> = (0..1_000).map(|room| Channel::new("a", &format!("{room}"), "system")).collect();
    let record = |number: usize| event(&rooms[number % rooms.len()], &format!("o{}", number % 7), "{\"a\":1}");
    for chunk in 0..BACKLOG / 50_000 {
        let records: Vec<NewRecord> = (0..50_000).map(|number| record(chunk * 50_000 + number)).collect();
        scene.kafka.produce(&scene.topic, &records);
    }
    let config = scene.config().set("worker.memory.budget", format!("{BUDGET_MIB}MiB")).set("redis.call_timeout", "500ms");
    let mut worker = Worker::start(config);
    scene.redis.pause(Duration::from_secs(10));
    let frozen = peak_mib(&mut worker);
    let before = worker.metric("shasta_records_applied_total", &[]);
    until_ok("the work to go on", PATIENCE, || match worker.metric("shasta_records_applied_total", &[]) - before {
        more if more > 20_000.0 => Ok(()),
        more => Err(format!("{more} applied since")),
    });
    // What the allocator asks for would otherwise be cleared 2 MiB at a time. Old kernels have no such line.
    assert_ne!(status(&mut worker, "THP_enabled:").as_deref(), Some("1"));
    let peak = peak_mib(&mut worker);
    println!("peak {peak} MiB, after the pause {frozen} MiB");
    assert!(peak < BUDGET_MIB, "{peak} MiB ({frozen} MiB after the pause) of {BUDGET_MIB} MiB");
}
