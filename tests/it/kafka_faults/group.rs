//! Members of the group that come, go and come back from the dead.

use super::PATIENCE;
use super::load::Load;
use crate::support::scene::Scene;
use crate::support::wait::until_ok;
use crate::support::worker::Worker;

const REBALANCES: &str = "shasta_rebalances_total";

fn has_partitions(worker: &Worker) -> Result<(), String> {
    let state = worker.state();
    let partitions = state["partitions"].as_array().unwrap();
    let folding = partitions.iter().filter(|partition| partition["phase"] == "folding").count();
    if folding > 0 { Ok(()) } else { Err(format!("{partitions:?}")) }
}

#[test]
fn a_zombie_that_wakes_up_after_its_session_harms_nothing() {
    let mut scene = Scene::new("zombie");
    scene.publish(2_000);
    let load = Load::start(&mut scene);
    let mut zombie = scene.worker();
    zombie.freeze();
    let heir = scene.worker();
    until_ok("the heir to take over", PATIENCE, || has_partitions(&heir));
    until_ok("the heir to get on", PATIENCE, || match heir.metric("shasta_records_applied_total", &[]) {
        applied if applied > 100.0 => Ok(()),
        applied => Err(format!("{applied} applied")),
    });
    zombie.thaw();
    until_ok("the zombie to leave or to come back", PATIENCE, || {
        if !zombie.process().is_running() {
            return Ok(());
        }
        let lost = zombie.metric(REBALANCES, &["kind=\"lost\""]);
        if lost > 0.0 { has_partitions(&zombie) } else { Err(format!("{lost} losses, {}", zombie.state())) }
    });
    load.stop();
    scene.assert_exact();
    assert!(zombie.process().is_running(), "it comes back by itself\n{}", zombie.log());
}

#[test]
fn workers_that_come_and_go_under_load_hand_over_without_applying_twice() {
    let mut scene = Scene::new("storm");
    scene.publish(1_000);
    let load = Load::start(&mut scene);
    let mut skipped = 0.0;
    let mut leave = |mut worker: Worker| {
        skipped += worker.metric("shasta_records_skipped_total", &[]);
        assert!(worker.stop().success(), "{}", worker.log());
    };
    let first = scene.worker();
    let second = scene.worker();
    until_ok("the second to take a part", PATIENCE, || has_partitions(&second));
    let third = scene.worker();
    until_ok("the third to take a part", PATIENCE, || has_partitions(&third));
    leave(first);
    let fourth = scene.worker();
    until_ok("the fourth to take a part", PATIENCE, || has_partitions(&fourth));
    leave(second);
    leave(third);
    load.stop();
    scene.settle();
    leave(fourth);
    scene.assert_exact();
    assert!(skipped < 50.0, "{skipped} were read again: given away before they were committed");
}

#[test]
fn a_static_member_that_is_back_within_its_session_moves_no_partition() {
    let mut scene = Scene::new("static");
    scene.publish(500);
    let config = |name: &str| scene.config().set("kafka.instance_id", name).set("kafka.session_timeout", "30s");
    let mut one = Worker::start(config("one"));
    let neighbour = Worker::start(config("neighbour"));
    until_ok("the neighbour to take a part", PATIENCE, || has_partitions(&neighbour));
    until_ok("the first to have the rest", PATIENCE, || match one.state()["partitions"].as_array().unwrap().len() {
        2 => Ok(()),
        count => Err(format!("{count} partitions")),
    });
    let before = neighbour.metric(REBALANCES, &[]);
    // In order, then killed.
    for round in 0..2 {
        if round == 0 {
            assert!(one.stop().success());
        }
        one.restart();
        until_ok("its own partitions", PATIENCE, || has_partitions(&one));
    }
    let records = scene.events.batch(500);
    scene.kafka.produce(&scene.topic, &records);
    scene.assert_exact();
    let after = neighbour.metric(REBALANCES, &[]);
    assert!((after - before).abs() < 0.5, "{} rebalances at the neighbour", after - before);
}
