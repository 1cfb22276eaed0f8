//! What an inspector changes, and what it tells of topics and brokers.

use std::time::Duration;

use shasta::config::Kafka;
use shasta::core::lag::Retention;
use shasta::core::offset::NextOffset;
use shasta::kafka::Inspector;

use super::{Scene, reading};
use crate::support::kafka::block_on;

const LIMIT: Duration = Duration::from_secs(10);

fn inspector(scene: &Scene) -> Inspector {
    Inspector::connect(&Kafka { brokers: scene.kafka.address(), ..Kafka::default() }).unwrap()
}

#[test]
fn deleted_records_move_the_start_of_their_partition_alone() {
    let scene = Scene::new("deleted", 2);
    scene.produce(0, &[1_000, 2_000, 3_000]);
    scene.produce(1, &[1_000, 2_000]);
    scene.commit(0, 1);
    assert_eq!(reading(&scene.look(), 0).timestamp, Some(2.0));
    let before = NextOffset::at(2).unwrap();
    let starts = block_on(inspector(&scene).delete_records(&scene.topic, &[(0, before)], LIMIT)).unwrap();
    assert_eq!(starts.into_iter().collect::<Vec<_>>(), [(0, Ok(before))]);
    let look = scene.look();
    assert_eq!((reading(&look, 0).committed, reading(&look, 0).start, reading(&look, 0).timestamp), (Some(1), Some(2), Some(3.0)));
    assert_eq!(reading(&look, 1).start, Some(0));
}

#[test]
fn retention_is_set_alone_and_given_back() {
    let scene = Scene::new("kept", 1);
    scene.kafka.configure_topic(&scene.topic, &[("retention.bytes", "123456789"), ("retention.ms", "3600000")]);
    let inspector = inspector(&scene);
    let settings = || block_on(inspector.topic_settings(&scene.topic, LIMIT)).unwrap();
    assert_eq!((settings().retention_ms, settings().retention_bytes), (Some(3_600_000), Some(123_456_789)));
    block_on(inspector.set_retention(&scene.topic, Some(864_000_000), LIMIT)).unwrap();
    assert_eq!((settings().retention_ms, settings().retention_bytes), (Some(864_000_000), Some(123_456_789)));
    block_on(inspector.set_retention(&scene.topic, None, LIMIT)).unwrap();
    assert_eq!(settings().retention_ms, Some(604_800_000), "the broker's default");
    let error = block_on(inspector.set_retention("no-such-topic", Some(1), LIMIT)).unwrap_err();
    assert!(error.reason().contains("topic"), "{error}");
}

#[test]
fn what_the_topic_and_the_brokers_keep_stands_in_the_header() {
    let scene = Scene::new("header", 1);
    scene.kafka.configure_topic(&scene.topic, &[("retention.bytes", "1000000"), ("retention.ms", "3600000")]);
    let header = scene.look().header;
    assert_eq!(header.retention, Retention { seconds: Some(3_600.0), bytes: Some(1_000_000.0) });
    assert_eq!(header.offsets_retention_s, Some(604_800.0));
    let compacted = Scene::new("compacted", 1);
    compacted.kafka.configure_topic(&compacted.topic, &[("cleanup.policy", "compact"), ("retention.ms", "3600000")]);
    assert_eq!(compacted.look().header.retention, Retention::default(), "compaction deletes nothing by age");
}
