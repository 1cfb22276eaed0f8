//! `[worker]`

use std::time::Duration;

use bytesize::ByteSize;

use super::{DAY, Findings, written};
use crate::config::{Config, size};

pub(super) fn check(config: &Config, findings: &mut Findings) {
    let worker = &config.worker;
    // A loss in Redis is found at the pace of commits, which is promised to be at least once a minute.
    findings.lasting("worker.commit_interval", worker.commit_interval, Duration::from_millis(10)..=Duration::from_secs(60));
    findings.lasting("worker.drain_timeout", worker.drain_timeout, Duration::from_millis(100)..=DAY);
    findings.lasting("worker.stall_limit", worker.stall_limit, Duration::from_secs(1)..=DAY);
    findings.within("worker.threads", worker.threads, 0..=1024);
    findings.within("worker.batch.max_records", worker.batch.max_records, 1..=100_000);
    findings.within("worker.batch.events_per_call", worker.batch.events_per_call, 1..=1000);
    waits(config, findings);
    bytes(config, findings);
}

/// One slow answer must not look like a stall.
fn waits(config: &Config, findings: &mut Findings) {
    let stall_limit = config.worker.stall_limit;
    let waits = [
        ("redis.connect_timeout", config.redis.connect_timeout),
        ("redis.call_timeout", config.redis.call_timeout),
        ("kafka.dead_letter.timeout", config.kafka.dead_letter.timeout),
    ];
    for (key, wait) in waits {
        findings.add_unless(stall_limit > wait, &["worker.stall_limit", key], || {
            format!("\"{}\" is not above {key} = \"{}\"", written(stall_limit), written(wait))
        });
    }
}

fn bytes(config: &Config, findings: &mut Findings) {
    let budget = config.worker.memory.budget;
    findings.add_unless(budget >= ByteSize::mib(64), &["worker.memory.budget"], || {
        format!("\"{}\" is below 64MiB, which the process needs before any record", size::text(budget))
    });
    let batch = config.worker.batch.max_bytes;
    let record = config.fold.limits.record_bytes;
    findings.add_unless(batch >= record, &["worker.batch.max_bytes", "fold.limits.record_bytes"], || {
        format!(
            "\"{}\" is below fold.limits.record_bytes = \"{}\": the largest record fits no batch",
            size::text(batch),
            size::text(record)
        )
    });
    findings.add_unless(batch.as_u64() <= budget.as_u64() / 4, &["worker.batch.max_bytes", "worker.memory.budget"], || {
        format!("\"{}\" is more than a quarter of worker.memory.budget = \"{}\"", size::text(batch), size::text(budget))
    });
}
