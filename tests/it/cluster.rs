//! A real Redis Cluster of three shards under a worker at work: nodes change places, die, freeze, lose what they had, and slots move.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::checker::{Channel, Names};
use crate::support::cluster_scene::{ClusterScene, SETTLE_LIMIT, SLICES};
use crate::support::events::{EventOptions, channel, event};
use crate::support::kafka::NewRecord;
use crate::support::redis::RedisServer;
use crate::support::redis_cluster::SHARDS;
use crate::support::subscriber::Subscriber;
use crate::support::wait::{until, until_ok};
use crate::support::worker::Worker;

/// A server that must run again before it can end in an orderly way.
struct Frozen<'a>(&'a RedisServer);

impl<'a> Frozen<'a> {
    fn new(server: &'a RedisServer) -> Self {
        server.freeze();
        Self(server)
    }
}

impl Drop for Frozen<'_> {
    fn drop(&mut self) {
        self.0.thaw();
    }
}

fn retries(worker: &Worker, reason: &str) -> f64 {
    worker.metric("shasta_redis_retries_total", &[&format!("reason=\"{reason}\"")])
}

fn ready_reasons(worker: &Worker) -> String {
    worker.get("/readyz").body
}

#[test]
fn two_workers_share_a_cluster_and_call_each_of_its_nodes() {
    let mut scene = ClusterScene::new("cluster-two");
    scene.publish(500);
    let mut first = scene.worker();
    let mut second = scene.worker();
    until("both workers to have partitions", SETTLE_LIMIT, || {
        let count = |worker: &Worker| worker.state()["partitions"].as_array().map_or(0, Vec::len);
        (count(&first) == 2 && count(&second) == 2).then_some(())
    });
    scene.publish(1_000);
    scene.assert_exact();
    for server in scene.cluster.primaries() {
        let label = format!("node=\"{}\"", server.address());
        let calls = |worker: &Worker| worker.metric("shasta_redis_call_duration_seconds_count", &[&label]);
        assert!(calls(&first) + calls(&second) > 0.0, "no calls to {label}\n{}", first.metrics());
    }
    assert!(first.metric("shasta_records_applied_total", &[]) > 0.0);
    assert!(second.metric("shasta_records_applied_total", &[]) > 0.0);
    scene.publish(300);
    first.kill9();
    scene.publish(300);
    scene.assert_exact();
    assert!(second.stop().success(), "{}", second.log());
}

#[test]
fn a_notice_is_heard_on_the_shard_of_its_slice() {
    let mut scene = ClusterScene::new("cluster-notices");
    let names = Names::new(&scene.prefix, SLICES);
    let rooms = scene.events.options().channels;
    let expected: BTreeSet<(String, String)> =
        (0..rooms).map(channel).map(|channel| (names.note(names.slice(&channel)), channel.escaped())).collect();
    let notes: BTreeSet<&String> = expected.iter().map(|(note, _)| note).collect();
    let listen = |shard: usize| {
        let here: Vec<String> = notes.iter().filter(|note| scene.cluster.shard_of_key(note) == shard).map(|note| (*note).clone()).collect();
        assert!(!here.is_empty());
        Subscriber::new(scene.cluster.primary(shard), &here)
    };
    let mut subscribers: Vec<Subscriber> = (0..SHARDS).map(listen).collect();
    let _worker = scene.worker();
    scene.publish(1_000);
    scene.assert_exact();
    assert_eq!(subscribers.iter_mut().flat_map(Subscriber::named).collect::<BTreeSet<_>>(), expected);
}

#[test]
fn a_graceful_failover_under_load_loses_and_doubles_nothing() {
    let mut scene = ClusterScene::new("cluster-failover");
    let worker = scene.worker();
    scene.under_load(|cluster| {
        for shard in 0..SHARDS {
            cluster.failover(shard);
        }
    });
    scene.assert_exact();
    assert!(!worker.log().contains("redis lost acknowledged writes"), "{}", worker.log());
}

#[test]
fn a_killed_primary_is_replaced_under_load() {
    let mut scene = ClusterScene::with_elections("cluster-kill");
    let _worker = scene.worker();
    scene.under_load(|cluster| {
        let killed = cluster.kill_primary(1);
        cluster.restart_server(killed);
        thread::sleep(Duration::from_millis(200));
        // And back: the address that was dead serves again.
        cluster.kill_primary(1);
    });
    scene.assert_exact();
}

/// The replica is cut off first, so that what is lost is no matter of chance.
#[test]
fn acknowledged_writes_that_a_dead_primary_took_along_are_replayed() {
    let mut scene = ClusterScene::with_elections("cluster-lost");
    let worker = scene.worker();
    scene.publish(300);
    scene.assert_exact();
    let replica = scene.cluster.replica(1);
    let replica_pid = Pid::from_raw(replica.info("server")["process_id"].parse().unwrap());
    replica.freeze();
    // What lies in the replica's socket already would still reach it.
    let _: i64 = scene.cluster.primary(1).command(&["CLIENT", "KILL", "TYPE", "replica"]);
    scene.publish(500);
    scene.kafka.wait_committed_to_end(&scene.group, &scene.topic, SETTLE_LIMIT);
    let thaw = thread::spawn(move || {
        thread::sleep(Duration::from_millis(500));
        kill(replica_pid, Signal::SIGCONT).unwrap();
    });
    let killed = scene.cluster.kill_primary(1);
    thaw.join().unwrap();
    scene.assert_exact();
    assert!(worker.log().contains("redis lost acknowledged writes"), "{}", worker.log());
    scene.cluster.restart_server(killed);
    scene.publish(100);
    scene.assert_exact();
}

#[test]
fn a_slot_moves_key_by_key_under_load() {
    let mut scene = ClusterScene::new("cluster-move");
    let worker = scene.worker();
    scene.publish(300);
    let slots = [scene.slot_of(&channel(0)), scene.slot_of(&channel(1))];
    scene.under_load(|cluster| {
        for slot in slots {
            let there = (cluster.shard_of_slot(slot) + 1) % SHARDS;
            let slot_move = cluster.begin_move(slot, there);
            while cluster.move_keys(&slot_move, 1) > 0 {
                thread::sleep(Duration::from_millis(150));
            }
            thread::sleep(Duration::from_millis(150));
            cluster.finish_move(&slot_move);
        }
    });
    scene.assert_exact();
    assert!(retries(&worker, "moved") > 0.0, "{}", worker.metrics());
    assert!(!worker.log().contains("redis lost acknowledged writes"), "{}", worker.log());
}

/// New channels come while their slot is on its way: all their keys are missing on both sides.
#[test]
fn a_slot_without_keys_moves_and_takes_its_first_events_meanwhile() {
    let mut scene = ClusterScene::with("cluster-new", EventOptions { partitions: 1, ..EventOptions::default() });
    let worker = scene.worker();
    let there = scene.channel_in(0);
    let slot_move = scene.cluster.begin_move(scene.slot_of(&there), 1);
    let records: Vec<NewRecord> = (0..50).map(|number| event(&there, "x", &format!("{{\"n\":{number}}}"))).collect();
    scene.kafka.produce(&scene.topic, &records);
    until("the worker to meet the moving slot", SETTLE_LIMIT, || (retries(&worker, "moved") > 0.0).then_some(()));
    assert!(ready_reasons(&worker).contains("waits for moved"), "{}", ready_reasons(&worker));
    while scene.cluster.move_keys(&slot_move, 1) > 0 {}
    scene.cluster.finish_move(&slot_move);
    scene.publish(100);
    scene.assert_exact();
}

#[test]
fn a_node_that_was_emptied_is_filled_again_from_kafka() {
    let mut scene = ClusterScene::new("cluster-empty");
    let worker = scene.worker();
    scene.under_load(|cluster| cluster.empty_node(0));
    scene.assert_exact();
    assert!(worker.log().contains("redis lost acknowledged writes"), "{}", worker.log());
    // Nobody publishes: nothing conflicts, and it is found all the same.
    for shard in [1, 2] {
        scene.cluster.empty_node(shard);
    }
    scene.assert_exact();
    scene.publish(200);
    scene.assert_exact();
}

#[test]
fn a_frozen_primary_is_noticed_and_holds_up_no_other_node() {
    let scene = ClusterScene::with("cluster-frozen", EventOptions { partitions: 3, ..EventOptions::default() });
    let worker = scene.worker();
    let channels: Vec<Channel> = (0..SHARDS).map(|shard| scene.channel_in(shard)).collect();
    // Partition i holds what lies in shard i.
    let publish = |count: u32| {
        for (partition, channel) in (0..).zip(&channels) {
            let one = |number| NewRecord { partition: Some(partition), ..event(channel, "x", &format!("{{\"n\":{number}}}")) };
            scene.kafka.produce(&scene.topic, &(0..count).map(one).collect::<Vec<_>>());
        }
    };
    publish(20);
    scene.assert_exact();
    let frozen = Frozen::new(scene.cluster.primary(0));
    let frozen_at = Instant::now();
    publish(20);
    let node = frozen.0.address();
    until_ok("the other shards' partitions to be committed", Duration::from_secs(5), || {
        let ends = scene.kafka.end_offsets(&scene.topic);
        let committed = scene.kafka.committed_all(&scene.group, &scene.topic);
        let behind: Vec<i32> = [1, 2].into_iter().filter(|partition| committed[partition].offset < ends[partition]).collect();
        if behind.is_empty() { Ok(()) } else { Err(format!("{behind:?} are behind")) }
    });
    until("the frozen node to be noticed", Duration::from_secs(6), || (retries(&worker, "timeout") > 0.0).then_some(()));
    let reasons = ready_reasons(&worker);
    assert!(reasons.contains(&node), "after {:?}: {reasons}", frozen_at.elapsed());
    drop(frozen);
    scene.assert_exact();
    assert!(worker.get("/livez").status == 200);
    until("the worker to be ready again", Duration::from_secs(10), || (worker.get("/readyz").status == 200).then_some(()));
}

#[test]
fn the_replica_of_a_frozen_primary_takes_over() {
    let mut scene = ClusterScene::with_elections("cluster-promotion");
    let worker = scene.worker();
    let applied = || worker.metric("shasta_records_applied_total", &[]);
    scene.under_load(|cluster| {
        let replica = cluster.replica(2);
        let frozen = Frozen::new(cluster.primary(2));
        until("the replica to be promoted", Duration::from_secs(20), || {
            replica.info("replication").get("role").is_some_and(|role| role == "master").then_some(())
        });
        // While the old primary accepts connections and never answers, the worker goes on at the new one.
        let before = applied();
        until("events to be applied again", Duration::from_secs(15), || (applied() > before + 200.0).then_some(()));
        drop(frozen);
        cluster.wait_ready();
    });
    scene.assert_exact();
}

/// A worker that was itself frozen meanwhile knows a cluster that is no more.
#[test]
fn a_worker_that_slept_through_a_failover_finds_its_way() {
    let mut scene = ClusterScene::new("cluster-slept");
    let config = scene.config().set("kafka.session_timeout", "30s");
    let worker = Worker::start(config);
    scene.publish(300);
    worker.signal(Signal::SIGSTOP);
    for shard in 0..SHARDS {
        scene.cluster.failover(shard);
    }
    scene.publish(300);
    worker.signal(Signal::SIGCONT);
    scene.assert_exact();
}
