use super::*;
use crate::core::decode::Reason;
use crate::kafka::mock::MockFault;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_worker_would_refuse_comes_back_at_once() {
    let mut world = World::with_partitions(1);
    world.config.fold.limits.record_bytes = bytesize::ByteSize::kib(1);
    let publisher = world.connect();
    let nameless = TagData { identifier: None, ..event("a", "1") };
    let error = publisher.publish(nameless.clone()).await.unwrap_err();
    let PublishError::Invalid { invalid, .. } = &error else { panic!("{error:?}") };
    assert_eq!((invalid.reason, error.reason(), error.is_retryable()), (Reason::NoIdentifier, "invalid", false));
    assert_eq!(error.to_string(), "publish to tag-data: an event without an identifier: invalid: the value has no identifier");
    assert_eq!(error.into_record(), nameless);
    let large = publisher.send(event("a", &"x".repeat(2000))).unwrap_err();
    assert_eq!((large.reason(), large.may_have_been_stored()), ("too_large", false));
    assert!(large.to_string().starts_with("publish to tag-data: app/a/system \"n\": too large: key and value are 20"), "{large}");
    assert_eq!(publisher.counts(), PublisherCounts::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_belongs_to_its_record_alone() {
    let world = World::with_partitions(1);
    let publisher = world.connect();
    within(publisher.publish(event("a", "0"))).await.unwrap();
    world.mock.fail(MockFault::ProduceTooLarge, 1).unwrap();
    let error = within(publisher.publish(event("a", "1"))).await.unwrap_err();
    assert_eq!((error.reason(), error.unpublished().partition, error.may_have_been_stored()), ("too_large", Some(0), false));
    assert_eq!(error.into_record(), event("a", "1"));
    assert_eq!(within(publisher.publish(event("a", "2"))).await.unwrap().offset, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_that_nobody_waits_for_are_told_to_whoever_asks() {
    let world = World::with_partitions(1);
    let publisher = world.connect();
    let mut failures = publisher.failures();
    within(publisher.publish(event("a", "0"))).await.unwrap();
    world.mock.fail(MockFault::ProduceTooLarge, 1).unwrap();
    publisher.send(event("a", "sent")).unwrap();
    assert_eq!(within(failures.next()).await.unwrap().into_record(), event("a", "sent"));
    world.mock.fail(MockFault::ProduceTooLarge, 1).unwrap();
    drop(publisher.try_publish(event("a", "dropped")).unwrap());
    assert_eq!(within(failures.next()).await.unwrap().into_record(), event("a", "dropped"));
    assert_eq!(failures.dropped(), 0);
    drop(publisher);
    assert_eq!(within(failures.next()).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_that_is_dropped_gives_back_what_it_has() {
    let mut world = World::with_partitions(1);
    world.config.publish.queue_records = 2;
    let publisher = world.connect();
    within(publisher.publish(event("a", "0"))).await.unwrap();
    world.mock.set_down(true).unwrap();
    let sent = publisher.try_publish(event("a", "sent")).unwrap();
    publisher.pause();
    let unsent = publisher.try_publish(event("a", "unsent")).unwrap();
    drop(publisher);
    let (sent, unsent) = within(async { (sent.await.unwrap_err(), unsent.await.unwrap_err()) }).await;
    assert_eq!((sent.reason(), unsent.reason(), unsent.may_have_been_stored()), ("closed", "closed", false));
    assert_eq!((sent.into_record(), unsent.into_record()), (event("a", "sent"), event("a", "unsent")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_left_expires_as_not_stored_with_the_cause() {
    let mut world = World::with_partitions(1);
    world.config.publish.delivery_timeout = Duration::from_secs(4);
    world.mock.set_down(true).unwrap();
    let publisher = world.connect();
    let error = within(publisher.publish(event("a", "0"))).await.unwrap_err();
    assert_eq!((error.reason(), error.is_retryable(), error.may_have_been_stored()), ("expired", true, false));
    assert!(error.to_string().contains("no acknowledgement within 4s, it was not stored: kafka can not be reached"), "{error}");
}

#[test]
fn outside_of_a_runtime_there_is_no_publisher() {
    let error = Publisher::connect(&Config::default()).unwrap_err();
    assert!(matches!(error, ConnectError::NoRuntime), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fatal_failure_gives_back_all_and_says_to_connect_again() {
    let world = World::with_partitions(1);
    let publisher = world.connect();
    within(publisher.publish(event("a", "0"))).await.unwrap();
    let producer = publisher.producer();
    publisher.pause();
    let waiting = publisher.try_publish(event("a", "1")).unwrap();
    producer.fail_for_good();
    publisher.resume();
    let error = within(waiting).await.unwrap_err();
    assert_eq!((error.reason(), error.is_retryable(), error.may_have_been_stored()), ("fatal", false, false), "{error}");
    assert_eq!(error.into_record(), event("a", "1"));
    assert_eq!(within(publisher.publish(event("a", "2"))).await.unwrap_err().reason(), "fatal");
}
