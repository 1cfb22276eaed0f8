//! The laws of ledger and accounts together: known faults are counted as such, and the accounts balance in any order.

use proptest::prelude::*;

use super::{Accounts, Cause, Ledger, Objective, Observation, Outcome, Scheduled, Stage, UNREADABLE, What};
use crate::core::properties::at_least;

const WATCHED: [Stage; 3] = Stage::SIGHTING;
const CHANNELS: u32 = 20;

/// An event a millisecond, ten producers, each channel in its own partition modulo four; the first tenth is warm-up.
fn ledger_of(events: u32) -> Ledger {
    let mut ledger = Ledger::with_capacity(events as usize);
    for event in 0..events {
        let intended_us = i64::from(event) * 1_000;
        let (producer, sequence) = (event % 10, event / 10);
        ledger.push(Scheduled { intended_us, producer, sequence, channel: event % CHANNELS, counted: event >= events / 10 });
    }
    ledger
}

fn place(event: u64) -> (i32, i64) {
    ((event % u64::from(CHANNELS) % 4) as i32, event as i64)
}

fn seen(event: u64, stage: Stage, partition: i32, offset: i64) -> Observation {
    let what = match stage {
        Stage::Consumed => What::Consumed { partition, offset },
        Stage::Stored => What::Stored { partition, offset, owner: partition as u16 },
        Stage::Delivered => What::Delivered { partition, offset, follower: 1 },
        Stage::Acknowledged => What::Acknowledged { partition, offset },
        Stage::Sent => What::Sent,
    };
    Observation { event, at_us: event as i64 * 1_000 + 100 * stage as i64 + 7, what }
}

fn at(event: u64, stage: Stage) -> Observation {
    let (partition, offset) = place(event);
    seen(event, stage, partition, offset)
}

fn told(event: u64, what: What) -> Observation {
    Observation { event, at_us: event as i64 * 1_000 + 50, what }
}

fn observe_all(ledger: &mut Ledger, observations: impl IntoIterator<Item = Observation>) {
    observations.into_iter().for_each(|observation| ledger.observe(&observation));
}

/// What a faultless run shows of events.
fn faultless(events: std::ops::Range<u64>) -> impl Iterator<Item = Observation> {
    events.flat_map(|event| Stage::ALL.map(|stage| at(event, stage)))
}

#[test]
fn an_event_costs_at_most_56_bytes() {
    assert_eq!(Ledger::bytes_per_event(), 56);
}

#[test]
fn a_faultless_run_has_faultless_accounts() {
    let mut ledger = ledger_of(1_000);
    observe_all(&mut ledger, faultless(0..1_000));
    let accounts = Accounts::of(&ledger, &WATCHED, Some(2_000_000));
    assert_eq!(accounts.check(), []);
    assert_eq!(accounts.faults(), Vec::<String>::new());
    assert_eq!((accounts.counted.scheduled, accounts.warm_up.scheduled, accounts.all().acknowledged), (900, 100, 1_000));
    for stage in WATCHED {
        let account = *accounts.counted.stage(stage).unwrap();
        assert_eq!((account.unique, account.acknowledged_lost, account.late, account.distinct), (900, 0, 0, 900));
        let sightings = account.sightings;
        assert_eq!((sightings.received, sightings.doubled, sightings.reordered, sightings.overtaken), (900, 0, 0, 0));
    }
    let pairs = ledger.pairs(Stage::Stored, |producer| producer / 5);
    assert_eq!(pairs.keys().copied().collect::<Vec<_>>(), [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (1, 2), (1, 3)]);
    assert!(pairs.values().flatten().all(|latency_us| *latency_us == 307));
}

/// Faults are put in where one sink makes them: all are seen at the same stage.
fn with_known_faults(ledger: &mut Ledger) {
    let lost = [200, 201, 202, 400, 777, 1_500, 1_999];
    let doubled = [300, 301, 900, 901, 902];
    let corrupt = 1_234;
    // Each is seen after the channel's next one, which comes twenty events later.
    let delayed = [500, 1_000, 1_600];
    for event in 0..2_000 {
        observe_all(ledger, [at(event, Stage::Sent), at(event, Stage::Acknowledged)]);
        if event == corrupt {
            ledger.observe(&told(event, What::Corrupt { stage: Stage::Consumed }));
        } else if !lost.contains(&event) && !delayed.contains(&event) {
            ledger.observe(&at(event, Stage::Consumed));
        }
        if doubled.contains(&event) {
            ledger.observe(&at(event, Stage::Consumed));
        }
        if let Some(overdue) = event.checked_sub(u64::from(CHANNELS)).filter(|overdue| delayed.contains(overdue)) {
            ledger.observe(&at(overdue, Stage::Consumed));
        }
    }
}

#[test]
fn known_faults_are_counted_exactly_and_named() {
    let mut ledger = ledger_of(2_000);
    with_known_faults(&mut ledger);
    let accounts = Accounts::of(&ledger, &[Stage::Consumed], None);
    assert_eq!(accounts.check(), []);
    let events = |listed: &super::Listed| listed.first.iter().map(|named| named.event).collect::<Vec<_>>();
    assert_eq!((accounts.lost.total, events(&accounts.lost)), (7, vec![200, 201, 202, 400, 777, 1_500, 1_999]));
    assert_eq!((accounts.doubled.total, events(&accounts.doubled)), (5, vec![300, 301, 900, 901, 902]));
    assert_eq!((accounts.reordered.total, events(&accounts.reordered)), (3, vec![500, 1_000, 1_600]));
    assert_eq!((accounts.corrupt.total, events(&accounts.corrupt)), (1, vec![1_234]));
    assert_eq!((accounts.overtaken.total, accounts.never_sent.total), (0, 0));
    assert_eq!(accounts.faults().len(), 4);
    assert_eq!(accounts.faults()[0], "7 events were acknowledged and lost, first event 200 (producer 0, sequence 20)");
    let named = accounts.lost.first[3];
    assert_eq!((named.producer, named.sequence, named.channel, named.stage, named.counted), (0, 40, 0, Stage::Consumed, true));
}

#[test]
fn one_event_at_two_offsets_is_a_producers_retry() {
    let mut ledger = ledger_of(100);
    observe_all(&mut ledger, faultless(0..100));
    observe_all(&mut ledger, [Stage::Consumed, Stage::Stored, Stage::Delivered].map(|stage| seen(50, stage, place(50).0, 5_000)));
    let accounts = Accounts::of(&ledger, &WATCHED, None);
    assert_eq!(accounts.check(), []);
    for stage in WATCHED {
        let sightings = accounts.counted.stage(stage).unwrap().sightings;
        assert_eq!((sightings.copies, sightings.doubled, sightings.overtaken, sightings.reordered), (1, 0, 0, 0));
    }
    ledger.observe(&seen(50, Stage::Stored, place(50).0, 5_000));
    let accounts = Accounts::of(&ledger, &WATCHED, None);
    assert_eq!((accounts.doubled.total, accounts.check().len()), (1, 0));
}

#[test]
fn a_retry_that_was_overtaken_in_kafka_is_not_our_reordering() {
    let mut ledger = ledger_of(100);
    observe_all(&mut ledger, (0..100).map(|event| at(event, Stage::Sent)));
    observe_all(&mut ledger, [seen(20, Stage::Consumed, 0, 1), seen(60, Stage::Consumed, 0, 2), seen(40, Stage::Consumed, 0, 3)]);
    let sightings = Accounts::of(&ledger, &[Stage::Consumed], None).counted.stages[0].sightings;
    assert_eq!((sightings.overtaken, sightings.reordered), (1, 0));
    ledger.observe(&seen(80, Stage::Consumed, 0, 0));
    let sightings = Accounts::of(&ledger, &[Stage::Consumed], None).counted.stages[0].sightings;
    assert_eq!((sightings.overtaken, sightings.reordered), (1, 1));
}

#[test]
fn a_second_follower_is_no_double_but_its_second_sighting_is() {
    let mut ledger = ledger_of(100);
    observe_all(&mut ledger, faultless(0..100));
    let by_another = told(50, What::Delivered { partition: place(50).0, offset: 50, follower: 2 });
    ledger.observe(&by_another);
    let accounts = Accounts::of(&ledger, &WATCHED, None);
    let sightings = accounts.counted.stage(Stage::Delivered).unwrap().sightings;
    assert_eq!((sightings.elsewhere, sightings.doubled, accounts.check().len()), (1, 0, 0));
    ledger.observe(&by_another);
    assert_eq!(Accounts::of(&ledger, &WATCHED, None).doubled.total, 1);
}

#[test]
fn what_the_producer_was_told_is_held_against_what_is_there() {
    let mut ledger = ledger_of(100);
    observe_all(&mut ledger, (0..100).map(|event| at(event, Stage::Sent)));
    observe_all(&mut ledger, (0..96).flat_map(|event| [at(event, Stage::Acknowledged), at(event, Stage::Stored)]));
    observe_all(&mut ledger, [told(96, What::Unknown), told(97, What::Failed), told(98, What::Unknown), told(99, What::Unknown)]);
    observe_all(&mut ledger, [96, 97, 98].map(|event| at(event, Stage::Stored)));
    let accounts = Accounts::of(&ledger, &[Stage::Stored], Some(90_307));
    assert_eq!(accounts.check(), []);
    let account = accounts.counted.stages[0];
    assert_eq!((account.failed_but_seen, account.unacknowledged_but_seen, account.acknowledged_lost, account.late), (1, 2, 0, 8));
    let objective: Objective = "p99<1ms".parse().unwrap();
    let causes: Vec<Cause> = ledger.misses(Stage::Stored, objective, None).iter().map(|miss| miss.cause).collect();
    assert_eq!(causes, [Cause::Failed, Cause::Unknown]);
    assert_eq!(ledger.misses(Stage::Stored, objective, Some(90_307)).iter().filter(|miss| miss.cause == Cause::Late).count(), 7);
    assert_eq!(ledger.misses(Stage::Stored, "p99<307us".parse().unwrap(), None).len(), 90);
    assert_eq!(ledger.misses(Stage::Stored, "p99<308us".parse().unwrap(), None).len(), 2);
}

#[test]
fn negative_latencies_are_kept_and_counted() {
    let mut ledger = ledger_of(10);
    observe_all(&mut ledger, faultless(0..9));
    observe_all(&mut ledger, [at(9, Stage::Sent), at(9, Stage::Acknowledged)]);
    ledger.observe(&Observation { at_us: 8_000, ..at(9, Stage::Stored) });
    let accounts = Accounts::of(&ledger, &[Stage::Stored], None);
    assert_eq!(accounts.counted.negative, [0, 0, 0, 1, 0]);
    assert_eq!(ledger.sorted_latencies(Stage::Stored)[0], -1_000);
    assert_eq!(ledger.pairs(Stage::Stored, |_| 0)[&(0, 1)], [-1_000, 307, 307]);
}

#[test]
fn books_that_do_not_add_up_are_told() {
    let unbalanced = |spoil: &[Observation]| {
        let mut ledger = ledger_of(100);
        observe_all(&mut ledger, faultless(0..99));
        observe_all(&mut ledger, spoil.iter().copied());
        let checked = Accounts::of(&ledger, &WATCHED, None).check();
        checked.into_iter().map(|unbalanced| unbalanced.equation).collect::<Vec<_>>()
    };
    assert_eq!(unbalanced(&[told(99, What::Dropped)]), Vec::<String>::new());
    assert_eq!(unbalanced(&[]), ["scheduled = sent + dropped"]);
    assert_eq!(unbalanced(&[at(99, Stage::Sent)]), ["sent = acknowledged + failed + unknown"]);
    assert_eq!(unbalanced(&[at(3, Stage::Sent)]), ["events sent = observations sent"]);
    assert_eq!(unbalanced(&[told(99, What::Dropped), told(7, What::Failed)]), ["sent = acknowledged + failed + unknown"]);
    let ghost = [told(99, What::Dropped), at(99, Stage::Stored)];
    assert_eq!(unbalanced(&ghost), ["seen without having been sent = 0 (stored)"]);
    let stranger = [told(99, What::Dropped), at(100, Stage::Acknowledged)];
    assert_eq!(unbalanced(&stranger), ["sends and answers of events that are not in the schedule = 0"]);
}

#[test]
fn strangers_are_counted_apart() {
    let mut ledger = ledger_of(10);
    observe_all(
        &mut ledger,
        [at(10, Stage::Consumed), at(u64::MAX - 1, Stage::Stored), told(UNREADABLE, What::Corrupt { stage: Stage::Stored })],
    );
    let accounts = Accounts::of(&ledger, &WATCHED, None);
    assert_eq!((accounts.outsiders.sighted, accounts.outsiders.corrupt, accounts.corrupt.total), (2, 1, 1));
    assert!(accounts.corrupt.first.is_empty());
    assert_eq!(accounts.faults(), ["1 records were corrupt"]);
}

#[test]
fn the_fate_of_an_event_can_be_read_back() {
    let mut ledger = ledger_of(4);
    observe_all(&mut ledger, faultless(0..1));
    observe_all(&mut ledger, [told(1, What::Dropped), at(2, Stage::Sent)]);
    let outcomes: Vec<Outcome> = ledger.entries().map(|entry| entry.outcome).collect();
    assert_eq!(outcomes, [Outcome::Acknowledged, Outcome::Dropped, Outcome::Pending, Outcome::Open]);
    let entry = ledger.entry(0).unwrap();
    assert_eq!(entry.latencies_us, [Some(7), Some(107), Some(207), Some(307), Some(407)]);
    assert_eq!((entry.place, entry.owner, entry.follower), (Some((0, 0)), Some(0), Some(1)));
    assert_eq!(ledger.entry(4), None);
    ledger.observe(&at(3, Stage::Acknowledged));
    assert_eq!(ledger.entry(3).and_then(|entry| entry.place), Some(place(3)));
    observe_all(&mut ledger, [seen(2, Stage::Acknowledged, -1, -1), seen(2, Stage::Acknowledged, 0, -1)]);
    assert_eq!(ledger.entry(2).and_then(|entry| entry.place), None);
}

/// What really became of an event.
#[derive(Debug, Clone, Copy)]
struct Truth {
    answer: u8,
    stored: bool,
    copies: u8,
    doubles: u8,
    corrupt: bool,
}

fn truths() -> impl Strategy<Value = Vec<Truth>> {
    let one = (0..4_u8, any::<bool>(), 0..3_u8, 0..3_u8, proptest::bool::weighted(0.1));
    let one = one.prop_map(|(answer, stored, copies, doubles, corrupt)| Truth { answer, stored, copies, doubles, corrupt });
    proptest::collection::vec(one, 1..60)
}

fn shown(event: u64, truth: Truth) -> Vec<Observation> {
    if truth.answer == 0 {
        return vec![told(event, What::Dropped)];
    }
    let answer = match truth.answer {
        1 => at(event, Stage::Acknowledged),
        2 => told(event, What::Failed),
        _ => told(event, What::Unknown),
    };
    let mut shown = vec![at(event, Stage::Sent), answer];
    if truth.corrupt {
        shown.push(told(event, What::Corrupt { stage: Stage::Stored }));
    }
    if truth.stored {
        shown.push(at(event, Stage::Stored));
        shown.extend((0..truth.doubles).map(|_| at(event, Stage::Stored)));
        shown.extend((1..=truth.copies).map(|copy| seen(event, Stage::Stored, place(event).0, event as i64 + 1_000 * i64::from(copy))));
    }
    shown
}

proptest! {
    #![proptest_config(at_least(256))]
    #[test]
    fn the_accounts_balance_in_any_order(
        (truths, observations) in truths().prop_flat_map(|truths| {
            let all: Vec<Observation> = truths.iter().enumerate().flat_map(|(event, truth)| shown(event as u64, *truth)).collect();
            (Just(truths), Just(all).prop_shuffle())
        })
    ) {
        let mut ledger = ledger_of(truths.len() as u32);
        observe_all(&mut ledger, observations);
        let accounts = Accounts::of(&ledger, &[Stage::Stored], None);
        prop_assert_eq!(accounts.check(), vec![]);
        let there = truths.iter().filter(|truth| truth.answer > 0 && truth.stored);
        let lost = truths.iter().filter(|truth| truth.answer == 1 && !truth.stored && !truth.corrupt);
        let account = accounts.all().stages[0];
        prop_assert_eq!(account.unique, there.clone().count() as u64);
        prop_assert_eq!(account.sightings.doubled, there.clone().map(|truth| u64::from(truth.doubles)).sum::<u64>());
        prop_assert_eq!(account.sightings.copies, there.map(|truth| u64::from(truth.copies)).sum::<u64>());
        prop_assert_eq!(account.acknowledged_lost, lost.clone().count() as u64);
        prop_assert_eq!(accounts.lost.total, lost.count() as u64);
    }
}
