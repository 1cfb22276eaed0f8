use super::*;

/// Offsets of outcomes, all of which succeeded.
fn offsets(outcomes: Vec<Result<Published, PublishError>>) -> Vec<(i32, i64)> {
    outcomes.into_iter().map(|outcome| outcome.map(|published| (published.partition, published.offset)).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_lies_where_its_channel_does_whatever_its_key_names() {
    let mut world = World::with_partitions(16);
    for (key, offset) in [(crate::config::KeyForm::Channel, 0), (crate::config::KeyForm::Object, 2)] {
        world.config.publish.key = key;
        let publisher = world.connect();
        for (record, offset) in [event("a", "1"), TagData { deleted: Some(true), ..event("a", "2") }].into_iter().zip(offset..) {
            let published = within(publisher.publish(record)).await.unwrap();
            let expected = Published { topic: TOPIC.into(), partition: partition_of("a", 16), offset, order: Order::Kept };
            assert_eq!(published, expected);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_are_published_in_order_through_a_queue_that_is_smaller() {
    let mut world = World::with_partitions(1);
    world.config.publish.queue_records = 3;
    let publisher = world.connect();
    let outcomes = within(publisher.publish_all((0..200).map(|number| event("a", &number.to_string())))).await;
    assert_eq!(offsets(outcomes), (0..200).map(|offset| (0, offset)).collect::<Vec<_>>());
    let counts = publisher.counts();
    assert_eq!((counts.published, counts.failed, counts.queued_records, counts.queued_bytes), (200, 0, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_publisher_takes_what_has_room_and_goes_on_in_order() {
    let mut world = World::with_partitions(1);
    world.config.publish.queue_records = 2;
    let publisher = world.connect();
    publisher.pause();
    let first = publisher.try_publish(event("a", "0")).unwrap();
    let second = publisher.try_publish(event("a", "1")).unwrap();
    let full = publisher.try_publish(event("a", "refused")).unwrap_err();
    assert_eq!((full.reason(), full.is_retryable(), full.may_have_been_stored()), ("queue_full", true, false));
    assert_eq!(full.into_record(), event("a", "refused"));
    assert_eq!(publisher.send(event("a", "refused")).unwrap_err().reason(), "queue_full");

    let mut third = Box::pin(publisher.publish(event("a", "2")));
    let mut given_up = Box::pin(publisher.publish(event("a", "given up")));
    let mut fourth = Box::pin(publisher.publish(event("a", "3")));
    for waiting in [&mut third, &mut given_up, &mut fourth] {
        assert!(futures_util::poll!(waiting).is_pending());
    }
    drop(given_up);
    // Whoever came first goes first: there is no room beside those that wait.
    assert_eq!(publisher.try_publish(event("a", "refused")).unwrap_err().reason(), "queue_full");
    publisher.resume();
    let outcomes = within(async { vec![first.await, second.await, third.await, fourth.await] }).await;
    assert_eq!(offsets(outcomes), [(0, 0), (0, 1), (0, 2), (0, 3)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flush_gives_what_is_left_and_leaves_it_on_its_way() {
    let world = World::with_partitions(1);
    let publisher = world.connect();
    assert_eq!(within(publisher.flush(PATIENCE)).await, []);
    within(publisher.publish(event("a", "0"))).await.unwrap();
    publisher.pause();
    let waiting = publisher.try_publish(event("a", "1")).unwrap();
    publisher.send(event("b", "2")).unwrap();
    let left = within(publisher.flush(Duration::from_millis(50))).await;
    assert_eq!(left.iter().map(|left| left.record.clone()).collect::<Vec<_>>(), [event("a", "1"), event("b", "2")]);
    assert!(left.iter().all(|left| !left.may_have_been_stored && left.partition.is_none()));
    publisher.resume();
    assert_eq!(within(publisher.flush(PATIENCE)).await, []);
    assert_eq!(within(waiting).await.unwrap().offset, 1);
    assert_eq!(publisher.counts().published, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flush_does_not_wait_for_what_comes_after_it() {
    let world = World::with_partitions(1);
    let publisher = world.connect();
    let first = publisher.try_publish(event("a", "0")).unwrap();
    let mut flush = Box::pin(publisher.flush(PATIENCE));
    assert!(futures_util::poll!(&mut flush).is_pending());
    within(first).await.unwrap();
    publisher.pause();
    publisher.send(event("a", "1")).unwrap();
    assert_eq!(within(flush).await, []);
}
