//! Many connections on a broker that fails: no event vanishes.

use std::collections::BTreeSet;

use super::*;
use crate::support::kafka::KafkaOptions;

const CONNECTIONS: usize = 20;

#[test]
fn a_broker_that_is_killed_and_comes_back_leaves_every_event_answered_and_every_acknowledgement_true() {
    let mut kafka = KafkaBroker::start(KafkaOptions::default());
    kafka.create_topic("outage", 4, &[]);
    let runtime = runtime();
    let load = runtime.block_on(async {
        let settings = settings(FleetKind::Many { connections: CONNECTIONS }, 20, 4);
        Load::connect(&settings, &config(kafka.address(), "outage"), 4).await.unwrap()
    });
    ship(&load, 0..500);
    runtime.block_on(answered(&load));
    ship(&load, 500..1_000);
    kafka.kill9();
    ship(&load, 1_000..2_000);
    kafka.restart();
    ship(&load, 2_000..3_000);
    let (answers, unknown, retries, connections) = runtime.block_on(async {
        answered(&load).await;
        let (retries, connections) = (load.fleet.retries().unwrap(), load.fleet.connections());
        let (answers, unknown) = load.finish().await;
        (answers, unknown, retries, connections)
    });
    assert_eq!((answers.len(), unknown), (3_000, 0));
    assert!(answers.values().all(is_acknowledged), "with a minute's time all are acknowledged in the end");
    assert_eq!(connections, CONNECTIONS);
    assert!(retries >= 1_000 / 2, "{retries} retries");
    assert!(assert_true(&kafka, "outage", &answers) >= 3_000);
    for (key, events) in order(&kafka, "outage") {
        // A record that was sent again may be there twice, but what is seen for the first time comes in order, and all of it.
        let mut seen = BTreeSet::new();
        let first: Vec<u64> = events.into_iter().filter(|event| seen.insert(*event)).collect();
        assert!(first.len() == 150 && first.is_sorted(), "{key:?}: {first:?}");
    }
}

#[test]
fn without_a_broker_every_event_ends_as_failed_or_unknown() {
    let mut kafka = KafkaBroker::start(KafkaOptions::default());
    kafka.create_topic("gone", 2, &[]);
    let runtime = runtime();
    let load = runtime.block_on(async {
        let settings = FleetSettings { delivery_timeout: Duration::from_secs(2), ..settings(FleetKind::Many { connections: 4 }, 4, 2) };
        Load::connect(&settings, &config(kafka.address(), "gone"), 2).await.unwrap()
    });
    ship(&load, 0..10);
    kafka.freeze();
    ship(&load, 10..50);
    kafka.thaw();
    kafka.kill9();
    ship(&load, 50..200);
    let (answers, unknown) = runtime.block_on(load.finish());
    assert_eq!((answers.len(), unknown), (200, 0), "each is answered by its own timeout");
    // What was handed over after the end was never sent.
    assert!((100..200).all(|event| matches!(answers[&event], Answer::Failed { .. })), "{answers:?}");
}

#[test]
fn a_frozen_broker_makes_events_unknown_and_what_comes_after_it_is_acknowledged() {
    let kafka = KafkaBroker::start(KafkaOptions::default());
    kafka.create_topic("frozen", 2, &[]);
    let runtime = runtime();
    runtime.block_on(async {
        let settings = FleetSettings { delivery_timeout: Duration::from_secs(1), ..settings(FleetKind::Many { connections: 4 }, 4, 2) };
        let load = Load::connect(&settings, &config(kafka.address(), "frozen"), 2).await.unwrap();
        kafka.freeze();
        ship(&load, 0..4);
        answered(&load).await;
        kafka.thaw();
        let mut event = 4;
        // The lanes are connected anew meanwhile: the first of these may be over before they are.
        let acknowledged = async {
            loop {
                ship(&load, event..event + 4);
                event += 4;
                tokio::time::sleep(Duration::from_millis(200)).await;
                if load.fleet.connections() == 4 {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, acknowledged).await.expect("no connection is open again");
        let (answers, _) = load.finish().await;
        assert!((0..4).all(|event| matches!(answers[&event], Answer::Unknown { .. })), "{answers:?}");
        assert!(answers.values().filter(|answer| is_acknowledged(answer)).count() >= 4, "{answers:?}");
    });
}

fn ship(load: &Load, events: std::ops::Range<u64>) {
    for event in events {
        load.fleet.ship(load.shipment(event)).unwrap();
    }
}

/// Waits until nothing is outstanding.
async fn answered(load: &Load) {
    let answered = async {
        while load.fleet.outstanding() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, answered).await.expect("something has no answer");
}
