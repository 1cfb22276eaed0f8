//! The producers of a load test against a real Kafka: connected as asked, everything answered, and every acknowledgement true.

mod crowd;
mod few;
mod outage;
mod secure;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use shasta::config::Config;
use shasta::load::fleet::{Answer, Clock, Fleet, FleetError, FleetKind, FleetSettings, Outcome, Outcomes, Route, Shipment};
use tokio::runtime::Runtime;

use crate::support::kafka::{KafkaBroker, KafkaRecord};

/// Longer than anything that is waited for here may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn config(brokers: String, topic: &str) -> Config {
    let mut config = Config::default();
    config.kafka.brokers = brokers;
    config.kafka.topic = topic.to_owned();
    config
}

/// `producers` of them; each sends to one partition.
fn routes(producers: u32, partitions: i32) -> Vec<Route> {
    (0..producers).map(|producer| Route { producer, partition: partition(producer, partitions) }).collect()
}

fn partition(producer: u32, partitions: i32) -> i32 {
    i32::try_from(producer).unwrap() % partitions
}

fn settings(kind: FleetKind, producers: u32, partitions: i32) -> FleetSettings {
    FleetSettings { kind, routes: routes(producers, partitions), outstanding: Some(10_000), delivery_timeout: PATIENCE }
}

/// A fleet and what it said.
struct Load {
    fleet: Fleet,
    outcomes: Arc<Outcomes>,
    producers: u32,
    partitions: i32,
}

impl Load {
    async fn connect(settings: &FleetSettings, config: &Config, partitions: i32) -> Result<Self, FleetError> {
        let outcomes = Arc::new(Outcomes::default());
        let started = Instant::now();
        let clock: Clock = Arc::new(move || i64::try_from(started.elapsed().as_micros()).unwrap());
        let fleet = Fleet::connect(settings, config, clock, Arc::<Outcomes>::clone(&outcomes)).await?;
        let producers = u32::try_from(settings.routes.len()).unwrap();
        Ok(Self { fleet, outcomes, producers, partitions })
    }

    /// Event n is producer n's, in turn; its value says which it is.
    fn shipment(&self, event: u64) -> Shipment {
        let producer = u32::try_from(event % u64::from(self.producers)).unwrap();
        let (key, value) = (format!("key-{producer}").into_bytes(), event.to_string().into_bytes());
        Shipment { event, producer, partition: partition(producer, self.partitions), key, value, timestamp_ms: 1_700_000_000_000 }
    }

    /// What was answered at the end, by event, and how many of those had no answer.
    async fn finish(self) -> (BTreeMap<u64, Answer>, usize) {
        let unknown = self.fleet.finish(PATIENCE).await;
        let mut answers = BTreeMap::new();
        for Outcome { event, answer, .. } in self.outcomes.take() {
            assert_eq!(answers.insert(event, answer), None, "event {event} was answered twice");
        }
        (answers, unknown)
    }
}

/// Each acknowledged event is in the topic where its answer says. Returns how many records the topic has.
#[track_caller]
fn assert_true(kafka: &KafkaBroker, topic: &str, answers: &BTreeMap<u64, Answer>) -> usize {
    let records = kafka.read_topic(topic);
    let by_place: BTreeMap<_, _> = records.iter().map(|record| ((record.partition, record.offset), event_of(record))).collect();
    for (event, answer) in answers {
        if let Answer::Acknowledged { partition, offset } = answer {
            assert_eq!(by_place.get(&(*partition, *offset)), Some(event), "event {event} at {partition}/{offset}");
        }
    }
    records.len()
}

fn event_of(record: &KafkaRecord) -> u64 {
    String::from_utf8(record.value.clone().unwrap()).unwrap().parse().unwrap()
}

/// The events of each producer in the order of the log.
fn order(kafka: &KafkaBroker, topic: &str) -> BTreeMap<Vec<u8>, Vec<u64>> {
    let mut order: BTreeMap<_, Vec<u64>> = BTreeMap::new();
    let mut records = kafka.read_topic(topic);
    records.sort_by_key(|record| (record.partition, record.offset));
    for record in &records {
        order.entry(record.key.clone().unwrap()).or_default().push(event_of(record));
    }
    order
}

fn is_acknowledged(answer: &Answer) -> bool {
    matches!(answer, Answer::Acknowledged { .. })
}
