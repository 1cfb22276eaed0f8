use super::super::mock::MockFault;
use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn records_come_in_order_through_their_partitions_queue() {
    let world = World::with_partitions(1);
    world.publish(0, numbers(0..100)).await;
    let mut member = world.join();
    let handle = member.partition().await;
    assert_eq!(handle.started_at(), NextOffset::ZERO);
    let expected: Vec<_> = numbers(0..100).enumerate().map(|(offset, value)| (i64::try_from(offset).unwrap(), value)).collect();
    assert_eq!(read(&handle, 100).await, expected);
    assert_eq!(handle.position(), Some(at(100)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_reader_is_woken_by_the_queue_itself() {
    let world = World::with_partitions(1);
    let mut member = world.join();
    let handle = member.partition().await;
    world.publish(0, numbers(0..1)).await;
    assert_eq!(read(&handle, 1).await.len(), 1);
    let waiting = async {
        // Far longer than the test's patience: only a wake-up ends it.
        while handle.poll().is_none() {
            handle.ready(PATIENCE * 10).await;
        }
    };
    let publishing = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        world.publish(0, numbers(1..2)).await;
    };
    tokio::time::timeout(PATIENCE, async { tokio::join!(waiting, publishing) }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn absent_and_empty_are_told_apart_and_headers_come_as_they_were_written() {
    let world = World::with_partitions(1);
    let publisher = Producer::new(&world.kafka).unwrap();
    let odd = OwnedHeader { name: vec![0xff, b'x'], value: None };
    let headers = [OwnedHeader::new("Content-Type", "text/plain"), odd.clone(), OwnedHeader::new("content-type", "application/json")];
    publisher.send(TOPIC, Some(0), None, Some(b""), &headers, Some(1_700_000_000_000)).await.unwrap();
    publisher.send(TOPIC, Some(0), Some(b""), None, &[], None).await.unwrap();
    let mut member = world.join();
    let handle = member.partition().await;
    let mut messages = Vec::new();
    while messages.len() < 2 {
        match handle.poll() {
            Some(message) => messages.push(message.unwrap()),
            None => handle.ready(Duration::from_millis(50)).await,
        }
    }
    assert_eq!((messages[0].key(), messages[0].value()), (None, Some(&b""[..])));
    assert_eq!((messages[1].key(), messages[1].value()), (Some(&b""[..]), None));
    assert_eq!(messages[0].owned_headers(), headers);
    assert_eq!(messages[0].content_type(), Some(&b"application/json"[..]));
    assert_eq!(messages[0].timestamp_ms(), Some(1_700_000_000_000));
    assert_eq!(messages[1].content_type(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_fetched_before_a_seek_comes_after_it() {
    let world = World::with_partitions(1);
    world.publish(0, numbers(0..200)).await;
    let mut member = world.join();
    let mut handle = member.partition().await;
    for target in [150, 3, 0, 198, 7, 42] {
        // Some are read, others wait in the queue: those must go.
        read(&handle, 1).await;
        handle.seek(at(target), None).await.unwrap();
        assert_eq!(handle.position(), None);
        assert_eq!(read(&handle, 1).await[0].0, target);
    }
    assert_eq!(read(&handle, 100).await.last().unwrap().0, 142);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seek_right_after_the_assignment_is_not_undone() {
    for _ in 0..10 {
        let world = World::with_partitions(4);
        for partition in 0..4 {
            world.publish(partition, numbers(0..5)).await;
        }
        let mut member = world.join();
        for mut handle in member.assigned().await {
            handle.seek(at(3), None).await.unwrap();
            assert_eq!(read(&handle, 2).await[0].0, 3);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offset_out_of_range_is_an_error_and_a_seek_reads_on() {
    let world = World::with_partitions(1);
    world.publish(0, numbers(0..50)).await;
    let mut member = world.join();
    let mut handle = member.partition().await;
    for target in [10, 20] {
        handle.seek(at(1_000_000), None).await.unwrap();
        let error = error(&handle).await;
        assert!(
            matches!(&error, PartitionError::OutOfRange { partition: 0, at: Some(offset), .. } if *offset == at(1_000_000)),
            "{error:?}"
        );
        // Fetching has stopped: nothing comes by itself.
        handle.ready(Duration::from_millis(300)).await;
        assert!(handle.poll().is_none());
        handle.seek(at(target), None).await.unwrap();
        assert_eq!(read(&handle, 5).await[0].0, target);
    }
    // And what is published later arrives through the same queue.
    handle.seek(at(50), None).await.unwrap();
    world.publish(0, numbers(50..52)).await;
    assert_eq!(read(&handle, 2).await[1], (51, "51".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_fails_once_with_out_of_range_stops_until_the_seek() {
    let world = World::with_partitions(1);
    world.publish(0, numbers(0..10)).await;
    world.mock.fail(MockFault::FetchOutOfRange, 1).unwrap();
    let mut member = world.join();
    let mut handle = member.partition().await;
    assert!(matches!(error(&handle).await, PartitionError::OutOfRange { .. }));
    handle.seek(at(4), None).await.unwrap();
    assert_eq!(read(&handle, 6).await[0].0, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_is_described_and_a_missing_one_told_apart() {
    let world = World::with_partitions(3);
    let cluster = Cluster::connect(&world.kafka, "observers").unwrap();
    let described = cluster.describe(TOPIC).await.unwrap();
    assert_eq!(described.partitions, 3);
    assert_eq!(cluster.describe(TOPIC).await.unwrap().id, described.id);
    let missing = cluster.describe("no-such-topic").await.unwrap_err();
    assert!(matches!(missing, TopicError::Unknown { .. }), "{missing:?}");
    assert_eq!(cluster.settings(TOPIC).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn log_ranges_name_what_is_unknown() {
    let world = World::with_partitions(2);
    world.publish(1, numbers(0..7)).await;
    let cluster = Cluster::connect(&world.kafka, "observers").unwrap();
    let ranges = cluster.log_ranges(TOPIC, &[0, 1, 9]).await.unwrap();
    assert_eq!(ranges[&0], Ok(LogRange { start: at(0), end: at(0) }));
    assert_eq!(ranges[&1], Ok(LogRange { start: at(0), end: at(7) }));
    assert!(ranges[&9].is_err());
    assert_eq!(cluster.log_ends(TOPIC, &[1]).await.unwrap()[&1], Ok(at(7)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_is_gone_is_an_error_in_bounded_time_and_the_status_says_why() {
    let world = World::with_partitions(1);
    let cluster = Cluster::connect(&world.kafka, "observers").unwrap();
    world.mock.set_down(true).unwrap();
    let asked = tokio::time::timeout(PATIENCE, cluster.log_ends(TOPIC, &[0])).await.unwrap();
    assert!(asked.is_err());
    assert!(cluster.status().last_failure().is_some());
    world.mock.set_down(false).unwrap();
    assert_eq!(cluster.log_ends(TOPIC, &[0]).await.unwrap()[&0], Ok(at(0)));
    assert!(cluster.status().last_failure().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_piece_of_the_log_is_read_without_joining() {
    let world = World::with_partitions(2);
    world.publish(1, numbers(0..10)).await;
    let read = async |from, last| {
        let reader = LogReader::open(&world.kafka, TOPIC, 1).unwrap();
        let last = crate::core::offset::Offset::new(last).unwrap();
        let (offsets, end) = reader.read(at(from), last, |message| message.offset().get()).await.unwrap();
        assert_eq!(end, LogEnd::Reached);
        offsets
    };
    assert_eq!(read(3, 6).await, [3, 4, 5, 6]);
    assert_eq!(read(8, 20).await, [8, 9]);
}
