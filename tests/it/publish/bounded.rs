//! What a publisher holds is bounded by its configuration, whatever Kafka does.

use std::time::Duration;

use super::{config, event, published, runtime};
use crate::support::kafka::{KafkaBroker, KafkaOptions};
use bytesize::ByteSize;
use shasta::Publisher;

/// What this process has in memory, bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[test]
fn with_the_broker_gone_memory_stays_within_the_bounds_however_much_is_offered() {
    let mut kafka = KafkaBroker::start(KafkaOptions::default());
    kafka.create_topic("t", 4, &[]);
    let mut config = config(&kafka, "t");
    config.publish.queue_bytes = ByteSize::mib(8);
    config.publish.failures = 10;
    config.publish.delivery_timeout = Duration::from_secs(2);
    config.publish.growth_timeout = Duration::from_secs(1);
    let runtime = runtime();
    let publisher = runtime.block_on(async {
        let publisher = Publisher::connect(&config).unwrap();
        published(&publisher, event("a", "1")).await.unwrap();
        publisher
    });
    kafka.kill9();
    let before = resident();
    let (data, mut taken, mut refused, mut most) = ("x".repeat(2000), 0, 0, 0);
    // 400 MB are offered, and queue and failures turn over several times.
    runtime.block_on(async {
        for number in 0..200_000 {
            match publisher.send(event(&format!("room-{}", number % 100), &data)) {
                Ok(()) => taken += 1,
                Err(_queue_full) => refused += 1,
            }
            let counts = publisher.counts();
            assert!(counts.queued_bytes <= 8 << 20 && counts.queued_records <= 10_000, "{counts:?}");
            if number % 1000 == 0 {
                most = most.max(resident());
                tokio::time::sleep(Duration::from_millis(40)).await;
            }
        }
    });
    let grown = most.saturating_sub(before) >> 20;
    println!("{taken} taken, {refused} refused, {grown} MiB more than before");
    assert!(taken > 8_000 && refused > 10_000, "{taken} taken, {refused} refused");
    // Each twice, as it was given and as it is sent, and the failures: far from what was offered.
    assert!(grown < 64, "{grown} MiB");
    let left = runtime.block_on(publisher.flush(Duration::from_secs(30)));
    assert_eq!(left, []);
    let counts = publisher.counts();
    assert_eq!((counts.failed, counts.failures_dropped), (taken, taken - 10));
}
