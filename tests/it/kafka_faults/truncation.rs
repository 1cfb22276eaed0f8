//! Records that were applied and are not in Kafka any more, as after an unclean election.

use super::redis_state::{names, positions};
use crate::support::scene::Scene;

/// As far as the log seems to have been cut.
const CUT: i64 = 40;

#[test]
fn positions_above_the_end_of_the_log_are_moved_back_and_skip_nothing() {
    let mut scene = Scene::new("truncated");
    scene.publish(400);
    let mut worker = scene.worker();
    scene.settle();
    assert!(worker.stop().success());

    let topic_id = scene.kafka.topic_id(&scene.topic).unwrap();
    let field = format!("{}/0", scene.topic);
    let before = scene.kafka.committed(&scene.group, &scene.topic, 0).unwrap();
    let end = scene.kafka.end_offsets(&scene.topic)[&0];
    assert_eq!(before.offset, end);
    let beyond = format!("{topic_id}:{}", end + CUT);
    let slices: Vec<u32> = positions(&scene, 0).into_keys().collect();
    for slice in &slices {
        let _: u64 = scene.redis.command(&["HSET", &names(&scene).positions(*slice), &field, &beyond]);
    }
    scene.kafka.commit_as(&scene.group, &scene.topic, 0, end + CUT, &before.metadata);

    let worker = scene.worker();
    let log = worker.log();
    assert!(log.contains("because=\"truncated\""), "{log}");
    assert!(log.contains("are not in Kafka any more: the log was truncated"), "{log}");
    assert!(log.contains(&format!("{} slices have a position that is not of this log: moved back to {end}", slices.len())), "{log}");
    assert!(positions(&scene, 0).values().all(|position| *position == end));
    // Fewer than were cut in partition 0: skipped, if a position had stayed where it was.
    scene.publish(100);
    scene.assert_exact();
    assert!((worker.rewinds("truncated") - 1.0).abs() < 0.5, "{}", worker.metrics());
}
