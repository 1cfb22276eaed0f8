//! 256 partitions and ten groups in a small part of an interval.

use std::time::Instant;

use futures_util::future::join_all;

use super::{Scene, sample, watched};
use crate::support::kafka::{NewRecord, block_on};

const PARTITIONS: i32 = 256;
const GROUPS: usize = 10;

#[test]
fn ten_groups_of_256_partitions_are_looked_at_with_their_first_records_each_time() {
    let scene = Scene::new("many", PARTITIONS);
    let record = |partition: i32, at: i64| NewRecord {
        partition: Some(partition),
        value: Some(vec![7; 500]),
        timestamp_ms: Some(1_000_000 + at * 1_000),
        ..NewRecord::default()
    };
    let records: Vec<NewRecord> = (0..8).flat_map(|at| (0..PARTITIONS).map(move |partition| record(partition, at))).collect();
    scene.kafka.produce(&scene.topic, &records);
    let groups: Vec<_> = (0..GROUPS).map(|group| watched(&format!("{}-{group}", scene.group), &[&scene.topic])).collect();
    let commit = |offset: i64| {
        for group in &groups {
            scene.kafka.commit_all_as(&group.group, &scene.topic, PARTITIONS, offset);
        }
    };
    // All of them lag, and each moves between the looks: as many first records as a look reads.
    let mut took = Vec::new();
    for offset in 1..=5 {
        commit(offset);
        let started = Instant::now();
        let looks = block_on(join_all(groups.iter().map(|group| scene.looker.look(group))));
        took.push(started.elapsed());
        for look in looks.iter().flatten() {
            let partitions = &sample(look).partitions;
            assert_eq!(partitions.len(), PARTITIONS as usize);
            assert!(partitions.iter().all(|reading| reading.committed == Some(offset) && reading.end == Some(8)));
            let stamps: Vec<f64> = partitions.iter().filter_map(|reading| reading.timestamp).collect();
            assert!(stamps.len() == 64 || offset == 1, "{} first records", stamps.len());
            assert!(stamps.iter().all(|stamp| *stamp == 1_000.0 + offset as f64));
        }
    }
    took.remove(0);
    let worst = took.iter().max().unwrap();
    println!("{GROUPS} groups of {PARTITIONS} partitions, all of them behind: {took:?}, {:.1} % of 10 s", worst.as_secs_f64() * 10.0);
}
