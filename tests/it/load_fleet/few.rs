//! Few fat connections, Shasta's own publisher, and its rival without a bound.

use prost::Message;
use shasta::core::murmur2;
use shasta::core::tag_data::{TagData, TagDataObjectIdentifier};

use super::*;
use crate::support::kafka::unique;

fn all_acknowledged(kind: FleetKind, clients: usize) {
    let (kafka, topic) = (KafkaBroker::shared(), unique("few"));
    kafka.create_topic(&topic, 4, &[]);
    let answers = runtime().block_on(async {
        let load = Load::connect(&settings(kind, 20, 4), &config(kafka.address(), &topic), 4).await.unwrap();
        assert_eq!((load.fleet.connections(), load.fleet.retries()), (clients, None));
        for event in 0..2_000 {
            load.fleet.ship(load.shipment(event)).unwrap();
        }
        let (answers, unknown) = load.finish().await;
        assert_eq!(unknown, 0);
        answers
    });
    assert_eq!(answers.values().filter(|answer| is_acknowledged(answer)).count(), 2_000);
    assert_eq!(assert_true(kafka, &topic, &answers), 2_000);
    assert!(order(kafka, &topic).values().all(|events| events.is_sorted()));
}

#[test]
fn few_fat_connections_acknowledge_everything_in_order() {
    all_acknowledged(FleetKind::Fat { clients: 3, linger: Duration::from_millis(2) }, 3);
}

#[test]
fn the_bare_one_takes_more_than_the_bound_of_the_others() {
    all_acknowledged(FleetKind::Bare { linger: Duration::ZERO }, 1);
    let kafka = KafkaBroker::shared();
    let topic = unique("bare");
    kafka.create_topic(&topic, 1, &[]);
    runtime().block_on(async {
        let settings = FleetSettings { outstanding: Some(1), ..settings(FleetKind::Bare { linger: Duration::from_secs(1) }, 1, 1) };
        let load = Load::connect(&settings, &config(kafka.address(), &topic), 1).await.unwrap();
        (0..100).for_each(|event| load.fleet.ship(load.shipment(event)).unwrap());
        assert_eq!(load.finish().await.0.len(), 100);
    });
}

#[test]
fn the_publisher_answers_for_each_event_and_refuses_above_its_queue() {
    let (kafka, topic) = (KafkaBroker::shared(), unique("own"));
    kafka.create_topic(&topic, 4, &[]);
    runtime().block_on(async {
        let settings = FleetSettings { outstanding: Some(50), ..settings(FleetKind::Publisher, 1, 4) };
        let load = Load::connect(&settings, &config(kafka.address(), &topic), 4).await.unwrap();
        let refused = (0..500).filter(|event| load.fleet.ship(publication(*event)).is_err()).count();
        assert!(refused > 0, "500 records fitted into a queue of 50");
        for event in 500..600 {
            tokio::time::timeout(PATIENCE, load.fleet.ship_waiting(publication(event))).await.expect("no room").unwrap();
        }
        let (answers, unknown) = load.finish().await;
        assert_eq!((answers.len(), unknown), (600 - refused, 0));
        assert!(answers.values().all(is_acknowledged));
    });
}

fn publication(event: u64) -> Shipment {
    let text = |text: &str| Some(text.to_owned());
    let identifier = TagDataObjectIdentifier { app_id: text("app"), tag: text("room"), scope: text("system"), name: text("n") };
    let value = TagData { identifier: Some(identifier), deleted: None, lifetime: None, data: Some(event.to_string()) }.encode_to_vec();
    let partition = i32::try_from(murmur2::positive(b"any") % 4).unwrap();
    Shipment { event, producer: 0, partition, key: b"any".to_vec(), value, timestamp_ms: 0 }
}
