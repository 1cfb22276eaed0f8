//! Offsets without a record that nobody lost: markers of transactions, aborted records, compaction.

use std::time::Duration;

use super::PATIENCE;
use crate::support::scene::Scene;
use crate::support::wait::until_ok;
use crate::support::worker::Worker;

fn nothing_is_lost_and_nothing_waits(worker: &Worker) {
    until_ok("a lag of 0", PATIENCE, || {
        let state = worker.state();
        let lags: Vec<_> = state["partitions"].as_array().unwrap().iter().map(|partition| partition["lag"].as_u64()).collect();
        if lags.iter().all(|lag| *lag == Some(0)) { Ok(()) } else { Err(format!("{lags:?}")) }
    });
    assert!(worker.metric("shasta_offsets_lost_total", &[]) < 0.5, "{}", worker.log());
}

#[test]
fn transactions_are_folded_if_committed_and_their_markers_are_no_lag() {
    let mut scene = Scene::new("transactions");
    let mut worker = scene.worker();
    for commit in [true, false, true, false] {
        let records = scene.events.batch(60);
        scene.kafka.produce_in_transaction(&scene.topic, &records, commit);
    }
    scene.assert_exact();
    nothing_is_lost_and_nothing_waits(&worker);
    assert!(worker.stop().success());
    // The same from the start of the log, at once.
    scene.kafka.delete_group(&scene.group);
    let worker = scene.worker();
    scene.assert_exact();
    nothing_is_lost_and_nothing_waits(&worker);
}

#[test]
fn a_partition_of_nothing_but_an_aborted_transaction_is_committed_to_its_end() {
    let mut scene = Scene::new("aborted");
    let records = scene.events.batch(100);
    scene.kafka.produce_in_transaction(&scene.topic, &records, false);
    let worker = scene.worker();
    scene.assert_exact();
    nothing_is_lost_and_nothing_waits(&worker);
}

#[test]
fn what_compaction_took_out_is_not_counted_as_lost() {
    let mut scene = Scene::new("compacted");
    let compact =
        [("cleanup.policy", "compact"), ("segment.bytes", "40000"), ("min.cleanable.dirty.ratio", "0.01"), ("segment.ms", "1000")];
    scene.kafka.configure_topic(&scene.topic, &compact);
    // In small batches: one has to fit into a segment.
    (0..60).for_each(|_| scene.publish(25));
    let count = || scene.kafka.read_topic(&scene.topic).len();
    until_ok("the log to be compacted", PATIENCE, || {
        let before = count();
        std::thread::sleep(Duration::from_secs(1));
        if before < 1_000 && before == count() { Ok(()) } else { Err(format!("{before} records")) }
    });
    // What is judged must be what was read.
    scene.kafka.configure_topic(&scene.topic, &[("cleanup.policy", "delete")]);
    let worker = scene.worker();
    scene.publish(100);
    scene.assert_exact();
    nothing_is_lost_and_nothing_waits(&worker);
}
