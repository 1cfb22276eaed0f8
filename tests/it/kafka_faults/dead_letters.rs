//! Records that can never be applied, and a dead-letter topic that is missing or too small.

use std::collections::BTreeSet;

use super::PATIENCE;
use super::redis_state::{lose_slice_of, names};
use crate::support::checker::{TagData, World, assert_correct};
use crate::support::events::{channel, invalid_records, partition_of, tag_data};
use crate::support::kafka::{KafkaRecord, NewRecord};
use crate::support::scene::Scene;
use crate::support::wait::until_ok;
use crate::support::worker::Worker;
use prost::Message;

fn header(letter: &KafkaRecord, name: &str) -> Option<String> {
    let (_, value) = letter.headers.iter().rev().find(|(found, _)| found == name)?;
    String::from_utf8(value.clone()?).ok()
}

fn letters_topic(scene: &Scene) -> String {
    format!("{}.dlq", scene.topic)
}

fn wait_for_letters(worker: &Worker) {
    until_ok("partition 0 to wait for the dead letters", PATIENCE, || {
        let readyz = worker.get("/readyz");
        let told = readyz.status == 503 && readyz.body.contains("partition 0 waits for dead_letters");
        if told { Ok(()) } else { Err(format!("{} {}", readyz.status, readyz.body)) }
    });
}

#[test]
fn without_a_dead_letter_topic_one_partition_waits_and_its_neighbours_go_on() {
    let mut scene = Scene::new("nodlq");
    scene.kafka.delete_topic(&letters_topic(&scene));
    scene.kafka.produce(&scene.topic, &invalid_records(0));
    scene.publish(400);
    let worker = Worker::spawn(scene.config().set("kafka.dead_letter.timeout", "5s"));
    until_ok("an answer", PATIENCE, || worker.try_get("/livez").map(drop));
    wait_for_letters(&worker);
    let ends = scene.kafka.end_offsets(&scene.topic);
    until_ok("the neighbours to be committed to their ends", PATIENCE, || {
        let committed = scene.kafka.committed_all(&scene.group, &scene.topic);
        let behind = (1..4).find(|partition| committed.get(partition).is_none_or(|found| found.offset < ends[partition]));
        behind.map_or(Ok(()), |partition| Err(format!("partition {partition}: {:?}", committed.get(&partition))))
    });
    assert!(worker.get("/readyz").body.contains("does not exist"), "{}", worker.get("/readyz").body);
    assert_eq!(worker.get("/livez").status, 200);
    assert_eq!(scene.kafka.committed(&scene.group, &scene.topic, 0).unwrap().offset, 0);
    scene.kafka.create_topic(&letters_topic(&scene), 1, &[]);
    scene.assert_exact();
}

#[test]
fn a_value_that_the_dead_letter_topic_does_not_take_is_left_out() {
    let mut scene = Scene::new("smalldlq");
    scene.kafka.configure_topic(&letters_topic(&scene), &[("max.message.bytes", "2000")]);
    scene.publish(100);
    let large = NewRecord { partition: Some(0), value: Some(vec![0x0d; 5_000]), key: Some(b"key".to_vec()), ..NewRecord::default() };
    scene.kafka.produce(&scene.topic, &[large]);
    scene.kafka.produce(&scene.topic, &invalid_records(0));
    scene.publish(100);
    let _worker = scene.worker();
    scene.settle();
    let mut rules = scene.rules();
    rules.value_may_be_omitted = true;
    let world = scene.world();
    assert_correct(&world, &rules);
    let omitted: Vec<String> = world.dead_letters.iter().filter_map(|letter| header(letter, "shasta-value-omitted")).collect();
    assert_eq!(omitted, ["5000"]);
}

/// One that is refused for its size even without its value, before one that is taken: the mark of what was dead-lettered must not pass
/// the first.
#[test]
fn a_dead_letter_that_was_refused_is_sent_by_the_next_worker_too() {
    let mut scene = Scene::new("halfdlq");
    let topic = letters_topic(&scene);
    let refused = NewRecord { partition: Some(0), key: Some(b"\x0a\x01a".to_vec()), ..NewRecord::default() };
    let nothing = TagData { identifier: None, ..tag_data(&channel(0), "x", "") };
    let taken = NewRecord { partition: Some(0), value: Some(nothing.encode_to_vec()), ..NewRecord::default() };
    scene.kafka.produce(&scene.topic, &[refused, taken]);
    // As a batch of one the second has about 260 bytes and the topic's name, the first, for its longer reason and error, about 330.
    let limit = 295 + scene.topic.len();
    scene.kafka.configure_topic(&topic, &[("max.message.bytes", &limit.to_string())]);
    let mut worker = Worker::spawn(scene.config());
    until_ok("an answer", PATIENCE, || worker.try_get("/livez").map(drop));
    wait_for_letters(&worker);
    let stored = scene.kafka.read_topic(&topic);
    assert_eq!(stored.iter().map(|letter| header(letter, "shasta-offset").unwrap()).collect::<Vec<_>>(), ["1"]);
    assert!(worker.stop().success(), "{}", worker.log());

    scene.kafka.configure_topic(&topic, &[("max.message.bytes", "1000000")]);
    scene.publish(50);
    let _worker = scene.worker();
    scene.assert_exact();
}

#[test]
fn every_reason_has_its_code_and_what_was_sent_is_not_sent_again_by_a_replay() {
    const LIMIT: usize = 4_096;
    let mut scene = Scene::new("reasons");
    let too_large = tag_data(&channel(0), "large", &"x".repeat(LIMIT)).encode_to_vec();
    scene.publish(300);
    scene.kafka.produce(&scene.topic, &invalid_records(0));
    scene.kafka.produce(&scene.topic, &[NewRecord { partition: Some(0), value: Some(too_large), ..NewRecord::default() }]);
    let config = || scene.config().set("fold.limits.record_bytes", "4KiB");
    let mut worker = Worker::start(config());
    // A channel of partition 0 that had no event yet finds a key of another type.
    let mistyped = fresh_channel(&scene, 0);
    let _: String = scene.redis.command(&["SET", &names(&scene).snapshot(&mistyped), "not a hash"]);
    scene.kafka.produce(&scene.topic, &[crate::support::events::event(&mistyped, "x", "{}")]);
    scene.settle();
    let mut rules = scene.rules();
    rules.record_bytes = LIMIT;
    rules.wrong_typed.insert(mistyped.clone());
    let world = without_snapshot(&scene, &mistyped);
    assert_correct(&world, &rules);
    let reasons: BTreeSet<String> = world.dead_letters.iter().map(|letter| header(letter, "shasta-reason").unwrap()).collect();
    let expected = [
        "empty_field",
        "empty_value_without_object_key",
        "field_too_long",
        "key_mismatch",
        "no_identifier",
        "record_too_large",
        "undecodable_json",
        "undecodable_value",
        "wrong_type",
    ];
    assert_eq!(reasons, expected.map(str::to_owned).into());
    for reason in expected {
        let counted = worker.metric("shasta_records_dead_lettered_total", &[&format!("reason=\"{reason}\"")]);
        let sent = world.dead_letters.iter().filter(|letter| header(letter, "shasta-reason").as_deref() == Some(reason)).count();
        assert!((counted - sent as f64).abs() < 0.5, "{counted} of {reason} counted, {sent} sent");
    }

    assert!(worker.stop().success());
    let in_partition_0 = (0..20).map(channel).find(|channel| partition_of(&crate::support::checker::channel_key(channel), 4) == 0).unwrap();
    lose_slice_of(&scene, &in_partition_0);
    let worker = Worker::start(config());
    let again = until_ok("the replay to have passed the invalid ones", PATIENCE, || {
        match worker.metric("shasta_records_skipped_total", &["reason=\"dead_lettered_before\""]) {
            skipped if skipped > 12.5 => Ok(skipped),
            skipped => Err(format!("{skipped} skipped")),
        }
    });
    assert!((again - 13.0).abs() < 0.5, "{again}");
    until_ok("redis to be whole again", PATIENCE, || {
        let violations = crate::support::checker::check(&without_snapshot(&scene, &mistyped), &rules);
        if violations.is_empty() { Ok(()) } else { Err(crate::support::checker::describe(&violations)) }
    });
    assert_eq!(scene.world().dead_letters, world.dead_letters);
}

/// One that the scene's events never name.
fn fresh_channel(scene: &Scene, partition: i32) -> crate::support::checker::Channel {
    use crate::support::checker::{Channel, channel_key};
    let mut candidates = (0..).map(|number| Channel::new("mistyped", &format!("room-{number}"), "system"));
    candidates.find(|channel| partition_of(&channel_key(channel), scene.partitions()) == partition).unwrap()
}

/// The key of a wrong type is the test's own.
fn without_snapshot(scene: &Scene, channel: &crate::support::checker::Channel) -> World {
    let mut world = scene.world();
    world.store.others.remove(&names(scene).snapshot(channel));
    world
}
