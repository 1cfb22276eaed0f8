use super::super::mock::MockFault;
use super::*;
use crate::core::position::TopicId;

const DEAD: &str = "tag-data.dlq";

fn letter() -> DeadLetterRecord {
    DeadLetterRecord {
        key: Some(Vec::new()),
        value: Some(vec![7; 2000]),
        headers: vec![
            OwnedHeader::new("a", "1"),
            OwnedHeader::new("a", "2"),
            OwnedHeader { name: b"null".to_vec(), value: None },
            OwnedHeader { name: vec![0xff], value: Some(vec![0]) },
        ],
        origin: Origin {
            topic: TOPIC.to_owned(),
            topic_id: TopicId::unknown(),
            partition: 3,
            offset: Offset::new(41).unwrap(),
            timestamp_ms: Some(12),
        },
        reason: "undecodable",
        error: "not a TagData".to_owned(),
    }
}

/// The one dead letter as key, value and headers.
async fn stored(world: &World) -> (Option<Vec<u8>>, Option<Vec<u8>>, Vec<OwnedHeader>) {
    let mut kafka = world.kafka.clone();
    kafka.topic = DEAD.to_owned();
    kafka.group = "dead-letter-readers".to_owned();
    let (_consumer, mut events) = Consumer::join(&kafka, FetchBounds::default(), PATIENCE).unwrap();
    let Some(GroupEvent::Assigned(handles)) = events.recv().await else { panic!("no assignment") };
    let read = async {
        loop {
            if let Some(message) = handles[0].poll() {
                let message = message.unwrap();
                return (message.key().map(<[u8]>::to_vec), message.value().map(<[u8]>::to_vec), message.owned_headers());
            }
            handles[0].ready(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, read).await.unwrap()
}

fn world() -> World {
    let world = World::with_partitions(1);
    world.mock.create_topic(DEAD, 1).unwrap();
    world
}

fn header(headers: &[OwnedHeader], name: &str) -> Option<String> {
    let found = headers.iter().rev().find(|header| header.name == name.as_bytes())?;
    found.value.clone().map(|value| String::from_utf8(value).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_keeps_key_value_and_headers_as_they_came() {
    let world = world();
    let sent = letter();
    let letters = DeadLetters::new(&world.kafka).unwrap();
    assert_eq!(letters.send(&sent).await, Ok(DeadLetterStored::Whole));
    let (key, value, headers) = stored(&world).await;
    assert_eq!((key, value), (sent.key, sent.value));
    assert_eq!(headers[..4], sent.headers[..]);
    assert_eq!(header(&headers, "shasta-offset").as_deref(), Some("41"));
    assert_eq!(header(&headers, "shasta-topic-id").as_deref(), Some("-"));
    assert_eq!(header(&headers, "shasta-reason").as_deref(), Some("undecodable"));
    assert_eq!(header(&headers, "shasta-value-omitted"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn absent_parts_of_a_dead_letter_stay_absent() {
    let world = world();
    let sent = DeadLetterRecord { key: None, value: Some(Vec::new()), headers: Vec::new(), ..letter() };
    DeadLetters::new(&world.kafka).unwrap().send(&sent).await.unwrap();
    let (key, value, _) = stored(&world).await;
    assert_eq!((key, value), (None, Some(Vec::new())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_the_broker_finds_too_large_is_left_out_and_counted() {
    let world = world();
    world.mock.fail(MockFault::ProduceTooLarge, 1).unwrap();
    let letters = DeadLetters::new(&world.kafka).unwrap();
    assert_eq!(letters.send(&letter()).await, Ok(DeadLetterStored::WithoutValue));
    let (key, value, headers) = stored(&world).await;
    assert_eq!((key, value), (Some(Vec::new()), None));
    assert_eq!(header(&headers, "shasta-value-omitted").as_deref(), Some("2000"));
    assert_eq!(header(&headers, "a").as_deref(), Some("2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_above_the_clients_own_limit_is_left_out_too() {
    let world = world();
    let sent = DeadLetterRecord { value: Some(vec![0; (64 << 20) + 1]), ..letter() };
    assert_eq!(DeadLetters::new(&world.kafka).unwrap().send(&sent).await, Ok(DeadLetterStored::WithoutValue));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_and_headers_that_are_too_large_do_not_hold_a_partition_either() {
    let world = world();
    world.mock.fail(MockFault::ProduceTooLarge, 2).unwrap();
    let letters = DeadLetters::new(&world.kafka).unwrap();
    assert_eq!(letters.send(&letter()).await, Ok(DeadLetterStored::OriginOnly));
    let (key, _, headers) = stored(&world).await;
    assert_eq!(key, None);
    assert_eq!(header(&headers, "shasta-headers-omitted").as_deref(), Some("4"));
    assert_eq!(header(&headers, "a"), None);
    // The producer is as good as before.
    assert_eq!(letters.send(&letter()).await, Ok(DeadLetterStored::Whole));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_and_a_timeout_are_told_apart() {
    let mut world = world();
    // Long enough for a refusal to come on a busy machine.
    world.kafka.dead_letter.timeout = Duration::from_secs(5);
    let letters = DeadLetters::new(&world.kafka).unwrap();
    world.mock.fail(MockFault::ProduceNotAuthorized, 1).unwrap();
    let refused = letters.send(&letter()).await.unwrap_err();
    assert!(matches!(refused, DeadLetterError::NotAuthorized { .. }), "{refused:?}");
    until_stored(&letters).await;
    world.mock.set_down(true).unwrap();
    let start = std::time::Instant::now();
    let late = letters.send(&letter()).await.unwrap_err();
    assert!(matches!(late, DeadLetterError::TimedOut { .. }), "{late:?}");
    assert!(late.is_retryable() && start.elapsed() < Duration::from_secs(30));
    world.mock.set_down(false).unwrap();
    until_stored(&letters).await;
}

/// The library keeps a topic's refusal until it has asked for the metadata again, and waits between connects.
async fn until_stored(letters: &DeadLetters) {
    let stored = async {
        while letters.send(&letter()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, stored).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publish_to_a_closed_cluster_may_have_been_stored() {
    let mut world = World::with_partitions(1);
    world.kafka.properties.insert("message.timeout.ms".to_owned(), "1000".to_owned());
    let publisher = Producer::new(&world.kafka).unwrap();
    world.mock.set_down(true).unwrap();
    let error = publisher.send(TOPIC, Some(0), None, Some(b"x"), &[], None).await.unwrap_err();
    assert!(matches!(error, ProduceError::TimedOut { .. }), "{error:?}");
    assert!(publisher.status().last_failure().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publish_tells_where_the_record_is() {
    let world = World::with_partitions(4);
    let publisher = Producer::new(&world.kafka).unwrap();
    let first = publisher.send(TOPIC, Some(2), None, Some(b"x"), &[], None).await.unwrap();
    let second = publisher.send(TOPIC, Some(2), None, None, &[], None).await.unwrap();
    assert_eq!((first, second), (Stored { partition: 2, offset: 0 }, Stored { partition: 2, offset: 1 }));
    let keyed = publisher.send(TOPIC, None, Some(b"some key"), Some(b"x"), &[], None).await.unwrap();
    // Kafka's own partitioner: murmur2, made positive, modulo.
    let expected = crate::core::murmur2::positive(b"some key") % 4;
    assert_eq!(u32::try_from(keyed.partition).unwrap(), expected);
}
