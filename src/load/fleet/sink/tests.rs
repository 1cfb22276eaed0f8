//! The sink as the load generator meets it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::*;
use crate::config::Config;
use crate::load::fleet::{Answer, Clock, Fleet, FleetKind, FleetSettings, Outcomes, Reason};

#[derive(Default)]
struct Seen(Mutex<Vec<Sighting>>);

impl Watcher for Seen {
    fn saw(&self, sighting: Sighting) {
        self.0.lock().unwrap().push(sighting);
    }
}

struct World {
    fleet: Fleet,
    outcomes: Arc<Outcomes>,
    seen: Arc<Seen>,
    clock: Clock,
}

async fn world(faults: &str, events: u64, outstanding: Option<usize>) -> World {
    let (outcomes, seen) = (Arc::new(Outcomes::default()), Arc::new(Seen::default()));
    let sink = SinkSettings {
        delay: Duration::from_millis(1),
        stages: vec![(Stage::Consumed, Duration::from_micros(200)), (Stage::Delivered, Duration::ZERO)],
        faults: faults.parse().unwrap(),
        seed: 11,
        events: 0..events,
        watcher: Arc::<Seen>::clone(&seen),
    };
    let settings = FleetSettings { kind: FleetKind::Sink(sink), routes: Vec::new(), outstanding, delivery_timeout: Duration::from_secs(5) };
    let started = Instant::now();
    let clock: Clock = Arc::new(move || started.elapsed().as_micros() as i64);
    let fleet = Fleet::connect(&settings, &Config::default(), Arc::clone(&clock), Arc::<Outcomes>::clone(&outcomes)).await.unwrap();
    World { fleet, outcomes, seen, clock }
}

fn shipment(event: u64) -> Shipment {
    let (key, value) = (vec![(event % 10) as u8], event.to_le_bytes().to_vec());
    Shipment { event, producer: 0, partition: (event % 3) as i32, key, value, timestamp_ms: 0 }
}

#[tokio::test]
async fn each_fault_is_made_as_often_as_asked() {
    let World { fleet, outcomes, seen, .. } = world("lose=7,double=5,reorder=3,corrupt=1,fail=2,unanswered=4", 5_000, None).await;
    (0..5_000).for_each(|event| fleet.ship(shipment(event)).unwrap());
    let Fleet::Sink(sink) = &fleet else { panic!("no sink") };
    let wanted = FaultsMade { lose: 7, double: 5, reorder: 3, corrupt: 1, fail: 2, unanswered: 4 };
    assert_eq!(sink.faults_made(), wanted);
    assert_eq!(fleet.finish(Duration::from_secs(1)).await, 4);
    let answers = outcomes.take();
    let count = |wanted: fn(&Answer) -> bool| answers.iter().filter(|outcome| wanted(&outcome.answer)).count();
    assert_eq!(count(|answer| matches!(answer, Answer::Acknowledged { .. })), 5_000 - 2 - 4);
    assert_eq!(count(|answer| *answer == Answer::Failed { reason: Reason::Injected }), 2);
    assert_eq!(count(|answer| matches!(answer, Answer::Unknown { .. })), 4);
    let seen = seen.0.lock().unwrap();
    let of = |stage| seen.iter().filter(move |sighting| sighting.stage == stage);
    assert_eq!((of(Stage::Consumed).count(), of(Stage::Delivered).count()), (5_000 - 7 - 2 + 5, 5_000 - 7 - 2 + 5));
    assert_eq!(of(Stage::Stored).count(), 0);
}

#[tokio::test]
async fn what_is_due_in_a_pause_is_answered_after_it() {
    let World { fleet, outcomes, clock, .. } = world("pause=40ms/100ms", 300, None).await;
    let mut earliest = Vec::new();
    for event in 0..300 {
        earliest.push(clock() + 1_000);
        fleet.ship(shipment(event)).unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(fleet.finish(Duration::from_secs(1)).await, 0);
    let (answers, mut paused) = (outcomes.take(), 0);
    assert_eq!(answers.len(), 300);
    for outcome in answers {
        let due_us = earliest[outcome.event as usize];
        if due_us >= 100_000 && due_us % 100_000 < 40_000 {
            paused += 1;
            assert!(outcome.at_us >= due_us - due_us % 100_000 + 40_000, "{outcome:?} was due at {due_us}");
        }
    }
    assert!(paused > 0);
}

#[tokio::test]
async fn above_the_bound_a_record_comes_back() {
    let World { fleet, .. } = world("pause=9s/10s", 10, Some(3)).await;
    let refused: Vec<_> = (0..10).filter_map(|event| fleet.ship(shipment(event)).err()).collect();
    assert!(refused.len() >= 5, "{refused:?}");
    assert!(refused.iter().all(|refused| refused.reason == Reason::Full));
}

#[tokio::test]
async fn a_slow_hand_over_holds_the_load_generator_back() {
    let World { fleet, .. } = world("slow=20ms", 3, None).await;
    let started = Instant::now();
    (0..3).for_each(|event| fleet.ship(shipment(event)).unwrap());
    assert!(started.elapsed() >= Duration::from_millis(60));
}
