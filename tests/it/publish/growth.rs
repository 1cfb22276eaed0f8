//! A topic that gets more partitions under load: no channel's order breaks, or it is told.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use prost::Message as _;
use tokio::runtime::Runtime;

use super::{PATIENCE, config, event, runtime, within};
use crate::support::checker::{Change, Delta, TagData};
use crate::support::kafka::{KafkaBroker, unique};
use crate::support::scene::Scene;
use crate::support::wait::until;
use crate::support::worker::Worker;
use shasta::Publisher;
use shasta::publish::Order;

const ROOMS: usize = 24;

/// Publishes round after round until a record lies in partition `beyond` or above; how many of the last round are proven and how many not.
pub fn publish_until_moved(runtime: &Runtime, publisher: &Publisher, rooms: usize, beyond: i32) -> (usize, usize) {
    let begun = Instant::now();
    loop {
        assert!(begun.elapsed() < PATIENCE, "no channel moved");
        let outcomes = runtime.block_on(within(publisher.publish_all((0..rooms).map(|room| event(&format!("room-{room}"), "2")))));
        let published: Vec<_> = outcomes.into_iter().map(Result::unwrap).collect();
        if published.iter().any(|published| published.partition >= beyond) {
            let kept = published.iter().filter(|published| published.order == Order::Kept).count();
            return (kept, published.len() - kept);
        }
    }
}

/// The numbers that each room's stream has, in its order.
fn streams(scene: &Scene) -> BTreeMap<String, Vec<u64>> {
    let mut numbers: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for entry in scene.world().store.streams.values().flatten() {
        let delta = Delta::decode(&*entry.fields[0].1).unwrap();
        let Some(Change::Set(bytes)) = delta.change else { panic!("{delta:?}") };
        let tag_data = TagData::decode(&*bytes).unwrap();
        let room = tag_data.identifier.unwrap().tag.unwrap();
        numbers.entry(room).or_default().push(tag_data.data.unwrap().parse().unwrap());
    }
    numbers
}

fn worker(scene: &Scene) -> Worker {
    let mut properties = toml::Table::new();
    properties.insert("topic.metadata.refresh.interval.ms".to_owned(), "300".into());
    let config = scene.config().set("fold.delta", "full").set("kafka.properties", properties);
    // Small batches: a backlog takes its time.
    Worker::start(config.set("worker.batch.max_records", 5))
}

/// The worker has all the new partitions before it gets on with the backlog of the old ones: whatever was sent to a new one at once would
/// come first.
#[test]
fn no_channel_changes_its_order_when_partitions_are_added_under_load() {
    let scene = Scene::new("growth");
    let worker = worker(&scene);
    let mut config = config(scene.kafka, &scene.topic);
    config.kafka.group = scene.group.clone();
    config.publish.delivery_timeout = Duration::from_secs(60);
    config.publish.growth_timeout = Duration::from_secs(50);
    let runtime = runtime();
    let publisher = runtime.block_on(async { Publisher::connect(&config).unwrap() });
    let mut next = 0_u64;
    let mut round = |count: usize| {
        let records: Vec<_> =
            (0..count * ROOMS).map(|at| event(&format!("room-{}", at % ROOMS), &(next + (at / ROOMS) as u64).to_string())).collect();
        next += count as u64;
        records.into_iter().map(|record| runtime.block_on(within(publisher.enqueue(record))).unwrap()).collect::<Vec<_>>()
    };
    let mut taken = round(20);
    scene.redis.freeze();
    taken.extend(round(200));
    scene.kafka.add_partitions(&scene.topic, 8);
    // Channels that do not move get on meanwhile, and the others wait.
    until("the growth to be seen", PATIENCE, || {
        taken.extend(round(1));
        let is_held = publisher.counts().queued_records > 5 * ROOMS;
        let is_beyond = scene.kafka.end_offsets(&scene.topic).into_iter().any(|(partition, end)| partition >= 4 && end > 0);
        (is_held || is_beyond).then_some(())
    });
    taken.extend(round(20));
    until("the worker to have the new partitions", PATIENCE, || (worker.state()["partitions"].as_array()?.len() == 8).then_some(()));
    scene.redis.thaw();
    for _ in 0..50 {
        taken.extend(round(2));
        thread::sleep(Duration::from_millis(20));
    }
    let published: Vec<_> = taken.into_iter().map(|acknowledgement| runtime.block_on(within(acknowledgement)).unwrap()).collect();
    assert!(published.iter().all(|published| published.order == Order::Kept));
    assert!(published.iter().any(|published| published.partition >= 4));
    assert_eq!(publisher.counts().order_not_proven, 0);
    scene.settle();
    let streams = streams(&scene);
    assert_eq!(streams.len(), ROOMS);
    for (room, numbers) in streams {
        assert_eq!(numbers, (0..next).collect::<Vec<_>>(), "{room}");
    }
}

#[test]
fn without_a_group_that_commits_the_order_of_channels_that_move_is_told_as_not_proven() {
    let (kafka, topic) = (KafkaBroker::shared(), unique("growth-alone"));
    kafka.create_topic(&topic, 2, &[]);
    let mut config = config(kafka, &topic);
    config.publish.growth_timeout = Duration::from_secs(1);
    let runtime = runtime();
    let publisher = runtime.block_on(async { Publisher::connect(&config).unwrap() });
    let before = runtime.block_on(within(publisher.publish_all((0..ROOMS).map(|room| event(&format!("room-{room}"), "1")))));
    let before: Vec<_> = before.into_iter().map(Result::unwrap).collect();
    kafka.add_partitions(&topic, 4);
    let (kept, not_proven) = publish_until_moved(&runtime, &publisher, ROOMS, 2);
    assert_eq!(publisher.counts().order_not_proven, not_proven as u64);
    // The next round tells it too: the group still was not seen there.
    let after = runtime.block_on(within(publisher.publish_all((0..ROOMS).map(|room| event(&format!("room-{room}"), "3")))));
    for (before, after) in before.iter().zip(after) {
        let after = after.unwrap();
        let expected = if before.partition == after.partition { Order::Kept } else { Order::NotProven };
        assert_eq!(after.order, expected, "{before:?} {after:?}");
    }
    assert!(kept > 0 && not_proven > 0, "{kept} kept, {not_proven} not proven");
    // Once it commits the ends of the old partitions, there is nothing more to tell.
    for (partition, end) in kafka.end_offsets(&topic).into_iter().filter(|(partition, _)| *partition < 2) {
        kafka.commit_as(&config.kafka.group, &topic, partition, end, "");
    }
    until("the order to be proven", PATIENCE, || {
        let outcomes = runtime.block_on(within(publisher.publish_all((0..ROOMS).map(|room| event(&format!("room-{room}"), "4")))));
        outcomes.into_iter().all(|outcome| outcome.unwrap().order == Order::Kept).then_some(())
    });
}
