//! Many connections on a broker that is well.

use std::fs;
use std::time::Duration;

use shasta::load::fleet::{FleetKind, Reason};

use super::*;
use crate::support::kafka::KafkaOptions;
use crate::support::wait::until;

const CONNECTIONS: usize = 50;

#[test]
fn fifty_producers_are_fifty_connections_and_everything_is_acknowledged_in_order() {
    let kafka = KafkaBroker::start(KafkaOptions::default());
    kafka.create_topic("crowd", 4, &[]);
    let answers = runtime().block_on(async {
        let settings = settings(FleetKind::Many { connections: CONNECTIONS }, 50, 4);
        let load = Load::connect(&settings, &config(kafka.address(), "crowd"), 4).await.unwrap();
        assert_eq!(load.fleet.connections(), CONNECTIONS);
        // And one for metadata.
        until("the broker to see as many", PATIENCE, || (connections(&kafka) == CONNECTIONS + 1).then_some(()));
        for event in 0..5_000 {
            load.fleet.ship(load.shipment(event)).unwrap();
        }
        let notes = load.fleet.notes();
        assert!(!notes.iter().any(|note| note.contains("Nagle")), "{notes:?}");
        let (answers, unknown) = load.finish().await;
        assert_eq!(unknown, 0);
        answers
    });
    assert_eq!(answers.values().filter(|answer| is_acknowledged(answer)).count(), 5_000);
    assert_eq!(assert_true(&kafka, "crowd", &answers), 5_000);
    assert!(order(&kafka, "crowd").values().all(|events| events.is_sorted()), "a producer's records are not in order");
    let records = kafka.read_topic("crowd");
    assert!(records.iter().all(|record| record.timestamp_ms == 1_700_000_000_000));
}

#[test]
fn above_the_bound_a_record_comes_back_and_nothing_is_told_of_it() {
    let kafka = KafkaBroker::start(KafkaOptions::default());
    kafka.create_topic("bound", 1, &[]);
    runtime().block_on(async {
        let settings = FleetSettings { outstanding: Some(5), ..settings(FleetKind::Many { connections: 1 }, 1, 1) };
        let load = Load::connect(&settings, &config(kafka.address(), "bound"), 1).await.unwrap();
        kafka.freeze();
        let refused = (0..12).filter_map(|event| load.fleet.ship(load.shipment(event)).err());
        let refused: Vec<_> = refused.map(|refused| (refused.shipment.event, refused.reason)).collect();
        assert_eq!(refused, (5..12).map(|event| (event, Reason::Full)).collect::<Vec<_>>());
        assert_eq!(load.fleet.outstanding(), 5);
        kafka.thaw();
        tokio::time::timeout(PATIENCE, load.fleet.ship_waiting(load.shipment(5))).await.expect("no room after the answers").unwrap();
        let (answers, unknown) = load.finish().await;
        assert_eq!((answers.keys().copied().collect::<Vec<_>>(), unknown), ((0..6).collect(), 0));
        assert!(answers.values().all(is_acknowledged), "{answers:?}");
    });
}

/// Open loop: a request that waits for its answer keeps the next ones not back.
#[test]
fn records_are_on_the_wire_while_those_before_them_wait_for_their_answers() {
    let kafka = KafkaBroker::start(KafkaOptions::default());
    kafka.create_topic("wire", 1, &[]);
    runtime().block_on(async {
        let load = Load::connect(&settings(FleetKind::Many { connections: 1 }, 1, 1), &config(kafka.address(), "wire"), 1).await.unwrap();
        kafka.freeze();
        for event in 0..3 {
            load.fleet.ship(load.shipment(event)).unwrap();
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
        let waiting = received_and_unread(&kafka);
        kafka.thaw();
        // Each request repeats the topic and the key, about 150 bytes.
        assert!(waiting > 300, "{waiting} bytes have reached the broker");
        assert_eq!(load.finish().await.1, 0);
    });
}

#[test]
fn a_producer_without_a_route_is_told_so() {
    let kafka = KafkaBroker::shared();
    kafka.create_topic("routeless", 1, &[]);
    runtime().block_on(async {
        let config = config(kafka.address(), "routeless");
        let load = Load::connect(&settings(FleetKind::Many { connections: 1 }, 1, 1), &config, 1).await.unwrap();
        let stray = Shipment { producer: 7, ..load.shipment(0) };
        assert_eq!(load.fleet.ship(stray).unwrap_err().reason, Reason::Invalid);
        assert_eq!(load.fleet.outstanding(), 0);
    });
}

#[test]
fn a_topic_that_is_not_there_is_named() {
    let error = runtime().block_on(async {
        let config = config(KafkaBroker::shared().address(), "nowhere");
        Load::connect(&settings(FleetKind::Many { connections: 1 }, 1, 1), &config, 1).await.err().unwrap()
    });
    assert!(error.to_string().contains("nowhere"), "{error}");
}

/// Established connections at the broker's end.
fn connections(kafka: &KafkaBroker) -> usize {
    at_the_broker(kafka).len()
}

/// Bytes in the broker's socket buffers.
fn received_and_unread(kafka: &KafkaBroker) -> u64 {
    at_the_broker(kafka).iter().sum()
}

/// The bytes that wait in each established connection of the broker's port, as the kernel lists them.
fn at_the_broker(kafka: &KafkaBroker) -> Vec<u64> {
    let address = kafka.address();
    let port: u16 = address.rsplit_once(':').unwrap().1.parse().unwrap();
    let text = ["/proc/net/tcp", "/proc/net/tcp6"].map(|file| fs::read_to_string(file).unwrap_or_default()).concat();
    let established = text.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (local, state, queues) = (fields.get(1)?, fields.get(3)?, fields.get(4)?);
        let is_its = u16::from_str_radix(local.rsplit_once(':')?.1, 16).ok()? == port && *state == "01";
        is_its.then(|| u64::from_str_radix(queues.split_once(':')?.1, 16).ok())?
    });
    established.collect()
}
