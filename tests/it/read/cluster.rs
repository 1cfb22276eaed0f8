//! A follower of a cluster whose nodes change places.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;

use super::terminal::Terminal;
use super::{LIMIT, channel, path};
use crate::support::checker::Names;
use crate::support::cluster_scene::{ClusterScene, SLICES};
use crate::support::events::event;
use crate::support::kafka::NewRecord;
use crate::support::redis_cluster::SHARDS;
use crate::support::wait::until;

const ROOMS: [&str; 6] = ["attic", "cellar", "garage", "garden", "hall", "kitchen"];
/// How far a disturbance lets the events run on.
const BETWEEN: i64 = 20;

fn numbered(number: i64) -> Vec<NewRecord> {
    ROOMS.iter().map(|room| event(&channel(room), "light/1", &number.to_string())).collect()
}

#[test]
fn a_follower_sees_every_change_through_a_failover() {
    let scene = ClusterScene::new("read-cluster");
    let ClusterScene { kafka, cluster, topic, group, prefix, .. } = &scene;
    let _worker = scene.worker();
    kafka.produce(topic, &numbered(0));
    kafka.wait_committed_to_end(group, topic, LIMIT);

    let sets = [format!("redis.nodes={}", cluster.addresses()[0]), format!("redis.prefix={prefix}")];
    let follow = Terminal::read(["--all", "--follow", "--set", &sets[0], "--set", &sets[1]].into_iter());
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut take = |count: usize| {
        for _ in 0..count {
            let line = follow.json();
            assert_ne!(line["type"], "restarted", "{line}");
            let data = if line["type"] == "snapshot" { &line["objects"]["light/1"]["data"] } else { &line["data"] };
            told.entry(line["channel"].as_str().unwrap().to_owned()).or_default().push(data.to_string());
        }
    };
    take(ROOMS.len());

    // Each disturbance happens in mid-flow; the last number is published behind all of them.
    let (published, is_over) = (AtomicI64::new(0), AtomicI64::new(i64::MAX));
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 1.. {
                kafka.produce(topic, &numbered(number));
                published.store(number, Ordering::SeqCst);
                if number >= is_over.load(Ordering::SeqCst) {
                    break;
                }
            }
        });
        let run_on = || {
            let from = published.load(Ordering::SeqCst);
            until("events to go on", LIMIT, || (published.load(Ordering::SeqCst) >= from + BETWEEN).then_some(()));
        };
        run_on();
        for shard in 0..SHARDS {
            cluster.failover(shard);
            run_on();
        }
        let names = Names::new(prefix, SLICES);
        let slot = cluster.slot_of_key(&names.stream(&channel("hall")));
        cluster.move_slot(slot, (cluster.shard_of_slot(slot) + 1) % SHARDS);
        run_on();
        is_over.store(published.load(Ordering::SeqCst) + BETWEEN, Ordering::SeqCst);
    });
    let last = published.load(Ordering::SeqCst);
    take(ROOMS.len() * usize::try_from(last).unwrap());
    let numbers: Vec<String> = (0..=last).map(|number| number.to_string()).collect();
    for room in ROOMS {
        assert_eq!(told[&path(room)], numbers, "{room}");
    }
    let ended = follow.interrupted();
    assert_eq!((ended.code, ended.lines.len()), (Some(0), 0));
}
