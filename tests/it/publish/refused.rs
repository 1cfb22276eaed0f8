//! Each reason for which a record comes back, provoked.

use std::time::{Duration, Instant};

use super::{config, event, published, runtime, within};
use crate::support::kafka::{KafkaBroker, KafkaOptions, unique};
use shasta::config::Config;
use shasta::{PublishError, Publisher};
use tokio::runtime::Runtime;

#[test]
fn a_record_over_the_topics_limit_is_refused_alone() {
    let (kafka, topic) = (KafkaBroker::shared(), unique("publish-large"));
    // Twenty of the small ones are over it together.
    kafka.create_topic(&topic, 1, &[("max.message.bytes", "5000")]);
    let outcomes = runtime().block_on(async {
        let publisher = Publisher::connect(&config(kafka, &topic)).unwrap();
        publisher.pause();
        let records = (0..200).map(|number| event("a", &"x".repeat(if number % 50 == 7 { 20_000 } else { 400 })));
        let taken: Vec<_> = records.map(|record| publisher.try_publish(record).unwrap()).collect();
        publisher.resume();
        let mut outcomes = Vec::new();
        for acknowledgement in taken {
            outcomes.push(within(acknowledgement).await);
        }
        outcomes
    });
    for (number, outcome) in outcomes.into_iter().enumerate() {
        match outcome {
            Ok(_) => assert_ne!(number % 50, 7),
            Err(error) => {
                assert_eq!((number % 50, error.reason(), error.is_retryable()), (7, "too_large", false), "{error}");
                assert!(!error.may_have_been_stored());
                assert_eq!(error.into_record().data.unwrap().len(), 20_000);
            }
        }
    }
    assert_eq!(kafka.read_topic(&topic).len(), 196);
}

#[test]
fn an_unknown_topic_is_said_and_found_once_it_is_made() {
    let (kafka, topic) = (KafkaBroker::shared(), unique("publish-unknown"));
    let (runtime, record) = (runtime(), event("a", "1"));
    let publisher = runtime.block_on(async { Publisher::connect(&config(kafka, &topic)).unwrap() });
    let error = runtime.block_on(published(&publisher, record.clone())).unwrap_err();
    assert_eq!((error.reason(), error.is_retryable(), error.may_have_been_stored()), ("unknown_topic", true, false), "{error}");
    assert_eq!(error.into_record(), record);
    kafka.create_topic(&topic, 3, &[]);
    let begun = Instant::now();
    while let Err(error) = runtime.block_on(published(&publisher, record.clone())) {
        assert!(error.is_retryable() && begun.elapsed() < Duration::from_secs(30), "{error}");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(kafka.read_topic(&topic).len(), 1);
}

/// A publisher that has published already, and soon gives up on what comes next.
fn impatient(mut config: Config) -> (Runtime, Publisher) {
    config.publish.delivery_timeout = Duration::from_secs(2);
    config.publish.growth_timeout = Duration::from_secs(1);
    let runtime = runtime();
    let publisher = runtime.block_on(async {
        let publisher = Publisher::connect(&config).unwrap();
        published(&publisher, event("a", "first")).await.unwrap();
        publisher
    });
    (runtime, publisher)
}

#[test]
fn without_a_broker_the_queue_fills_and_what_never_left_expires_unsent() {
    let mut kafka = KafkaBroker::start(KafkaOptions::default());
    kafka.create_topic("t", 2, &[]);
    let mut config = config(&kafka, "t");
    config.publish.queue_records = 50;
    let (runtime, publisher) = impatient(config);
    kafka.stop();
    let taken: Vec<_> =
        runtime.block_on(async { (0..50).map(|number| publisher.try_publish(event("a", &number.to_string())).unwrap()).collect() });
    let full = publisher.try_publish(event("a", "refused")).unwrap_err();
    assert!(matches!(full, PublishError::QueueFull { .. }), "{full}");
    assert_eq!(full.into_record(), event("a", "refused"));
    // The awaiting form gets room when others expire, and then expires itself.
    let waited = runtime.block_on(published(&publisher, event("a", "waited"))).unwrap_err();
    assert_eq!(waited.reason(), "expired");
    for (number, acknowledgement) in taken.into_iter().enumerate() {
        let error = runtime.block_on(within(acknowledgement)).unwrap_err();
        assert_eq!((error.reason(), error.is_retryable(), error.may_have_been_stored()), ("expired", true, false), "{error}");
        assert_eq!(error.into_record(), event("a", &number.to_string()));
    }
    assert_eq!(publisher.counts().queued_records, 0);
    kafka.restart();
    let begun = Instant::now();
    while let Err(error) = runtime.block_on(published(&publisher, event("a", "last"))) {
        assert!(begun.elapsed() < Duration::from_secs(60), "{error}");
    }
    let stored: Vec<_> = kafka.read_topic("t").into_iter().map(|record| record.value.unwrap()).collect();
    assert_eq!(stored.len(), 2);
}

#[test]
fn a_broker_that_does_not_answer_leaves_it_unknown_whether_a_record_was_stored() {
    let kafka = KafkaBroker::start(KafkaOptions::default());
    kafka.create_topic("t", 1, &[]);
    let (runtime, publisher) = impatient(config(&kafka, "t"));
    kafka.freeze();
    let error = runtime.block_on(published(&publisher, event("a", "second"))).unwrap_err();
    assert_eq!((error.reason(), error.may_have_been_stored()), ("expired", true), "{error}");
    assert_eq!((error.unpublished().partition, error.is_retryable()), (Some(0), true));
    kafka.thaw();
}
