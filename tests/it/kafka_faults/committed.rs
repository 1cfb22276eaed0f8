//! Committed offsets that are gone, or that somebody else wrote.

use std::collections::BTreeMap;

use super::redis_state::lose_slice_of;
use crate::support::checker::assert_correct;
use crate::support::events::channel;
use crate::support::scene::Scene;

#[test]
fn with_its_offsets_deleted_a_group_folds_from_the_start_and_slices_ahead_skip() {
    let mut scene = Scene::new("nooffsets");
    scene.publish(600);
    let mut worker = scene.worker();
    scene.settle();
    assert!(worker.stop().success());
    scene.kafka.delete_group_offsets(&scene.group, &scene.topic);
    assert!(scene.kafka.committed_all(&scene.group, &scene.topic).is_empty());
    scene.publish(200);
    let worker = scene.worker();
    scene.assert_exact();
    let skipped = worker.metric("shasta_records_skipped_total", &[]);
    assert!((skipped - 600.0).abs() < 0.5, "{skipped} skipped");
}

#[test]
fn offsets_of_another_tool_are_trusted_while_redis_knows_nothing_of_the_topic() {
    let mut scene = Scene::new("foreign");
    scene.publish(800);
    let ends = scene.kafka.end_offsets(&scene.topic);
    let starts: BTreeMap<i32, i64> = (0..3).map(|partition| (partition, ends[&partition] / 2)).collect();
    scene.kafka.commit_as(&scene.group, &scene.topic, 0, starts[&0], "");
    scene.kafka.commit_as(&scene.group, &scene.topic, 1, starts[&1], "1;moved by the night shift");
    scene.kafka.commit_bytes_as(&scene.group, &scene.topic, 2, starts[&2], &[0xff, 0xfe, b';', 0xc3]);
    let worker = scene.worker();
    scene.publish(100);
    scene.settle();
    let mut rules = scene.rules();
    rules.starts = starts;
    assert_correct(&scene.world(), &rules);
    let log = worker.log();
    assert_eq!(log.matches("because=\"foreign_commit_trusted\"").count(), 3, "{log}");
    assert_eq!(log.matches("that another tool committed is trusted").count(), 3, "{log}");
    assert_eq!(log.matches("because=\"nothing_known\"").count(), 1, "{log}");
}

#[test]
fn offsets_of_another_tool_are_not_trusted_once_redis_has_positions() {
    let mut scene = Scene::new("overwritten");
    scene.publish(600);
    let mut worker = scene.worker();
    scene.settle();
    assert!(worker.stop().success());
    let ends = scene.kafka.end_offsets(&scene.topic);
    for (partition, end) in &ends {
        match partition {
            0 => scene.kafka.commit_bytes_as(&scene.group, &scene.topic, *partition, *end, &[0xff; 9]),
            _ => scene.kafka.commit_as(&scene.group, &scene.topic, *partition, *end, ["", "not ours"][*partition as usize % 2]),
        }
    }
    // What the metadata would have told is lost with it: one slice came to nothing meanwhile.
    lose_slice_of(&scene, &channel(0));
    let worker = scene.worker();
    scene.publish(100);
    scene.assert_exact_soon();
    assert_eq!(worker.log().matches("because=\"foreign_commit\"").count(), ends.len(), "{}", worker.log());
}
