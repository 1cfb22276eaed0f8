//! From connecting to dropping.

use std::fs;
use std::time::Duration;

use super::{PATIENCE, config, event, published, runtime, within};
use crate::support::kafka::{KafkaBroker, KafkaOptions, unique};
use crate::support::wait::until_ok;
use shasta::Publisher;

/// The threads of this process that a publisher's clients have started, by name.
fn threads() -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let names = tasks.filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
    names.map(|name| name.trim().to_owned()).filter(|name| name == "kafka-publish").collect()
}

#[test]
fn a_dropped_publisher_leaves_no_thread_and_no_task() {
    let (kafka, topic) = (KafkaBroker::shared(), unique("publish-drop"));
    kafka.create_topic(&topic, 2, &[]);
    let runtime = runtime();
    runtime.block_on(async {
        for _ in 0..3 {
            let publisher = Publisher::connect(&config(kafka, &topic)).unwrap();
            published(&publisher, event("a", "1")).await.unwrap();
            // What is on its way does not keep it.
            publisher.send(event("a", "2")).unwrap();
        }
    });
    until_ok("the tasks to end", PATIENCE, || match runtime.metrics().num_alive_tasks() {
        0 => Ok(()),
        tasks => Err(format!("{tasks} tasks")),
    });
    drop(runtime);
    // Other tests of this process may have publishers of their own: those end too.
    until_ok("the threads to end", PATIENCE * 3, || match threads() {
        threads if threads.is_empty() => Ok(()),
        threads => Err(format!("{threads:?}")),
    });
}

#[test]
fn a_publisher_that_connects_before_its_broker_is_there_publishes_once_it_is() {
    let mut kafka = KafkaBroker::start(KafkaOptions::default());
    kafka.create_topic("t", 2, &[]);
    kafka.stop();
    let runtime = runtime();
    let (publisher, waiting) = runtime.block_on(async {
        let publisher = Publisher::connect(&config(&kafka, "t")).unwrap();
        let waiting = publisher.try_publish(event("a", "1")).unwrap();
        let left = publisher.flush(Duration::from_millis(500)).await;
        assert_eq!(left.into_iter().map(|left| left.record).collect::<Vec<_>>(), [event("a", "1")]);
        (publisher, waiting)
    });
    kafka.restart();
    assert_eq!(runtime.block_on(within(publisher.flush(PATIENCE))), []);
    runtime.block_on(within(waiting)).unwrap();
}

/// A broker that is killed under load: nothing is lost unsaid, nothing stored twice.
#[test]
fn through_a_killed_broker_everything_is_stored_once_or_comes_back() {
    let mut kafka = KafkaBroker::start(KafkaOptions::default());
    kafka.create_topic("t", 3, &[]);
    let runtime = runtime();
    let publisher = runtime.block_on(async { Publisher::connect(&config(&kafka, "t")).unwrap() });
    let sent: Vec<_> = (0..30_000).map(|number| event(&format!("room-{}", number % 50), &number.to_string())).collect();
    let offered = sent.clone();
    let publishing = {
        let publisher = publisher.clone();
        runtime.spawn(async move { publisher.publish_all(offered).await })
    };
    until_ok("a part to be published", PATIENCE, || if publisher.counts().published > 2_000 { Ok(()) } else { Err("not yet") });
    kafka.restart();
    let outcomes = runtime.block_on(within(publishing)).unwrap();
    let log = kafka.read_topic("t");
    let mut stored: Vec<Vec<u8>> = log.iter().map(|record| record.value.clone().unwrap()).collect();
    let count = stored.len();
    stored.sort();
    stored.dedup();
    assert_eq!(stored.len(), count, "something was stored twice");
    for (record, outcome) in sent.iter().zip(&outcomes) {
        let value = prost::Message::encode_to_vec(record);
        let at = log.iter().find(|found| outcome.as_ref().is_ok_and(|to| (found.partition, found.offset) == (to.partition, to.offset)));
        match outcome {
            Ok(_) => assert_eq!(at.unwrap().value.as_ref(), Some(&value)),
            Err(error) => assert!(error.may_have_been_stored() || stored.binary_search(&value).is_err(), "{error}"),
        }
    }
    assert!(outcomes.iter().all(Result::is_ok), "{:?}", outcomes.iter().find(|outcome| outcome.is_err()));
}
