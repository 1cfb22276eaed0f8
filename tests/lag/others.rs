//! Other rates, partition counts, commit intervals, lost samples and clocks; what a sample alone can tell.

use shasta::core::lag::{Event, Group, GroupState, Kind, LagRules, Reading, Sample, Severity};

use super::outcome::{header, run};
use super::scenario::{HOUR, Scenario, daily};

/// Well for three hours, and in the last one nothing applied for 40 min.
fn stands_still(name: &'static str) -> Scenario {
    let is_down = |time: f64| (3.0 * HOUR..3.0 * HOUR + 2_400.0).contains(&time);
    Scenario { ingest: Box::new(daily), capacity: Box::new(move |time| if is_down(time) { 0.0 } else { 4.0 }), ..Scenario::new(name, 5.0) }
}

fn cases() -> Vec<(Scenario, f64)> {
    vec![
        (Scenario { rate: 12_500.0, ..stands_still("fast") }, 110.0),
        (Scenario { rate: 0.0125, ..stands_still("one record in 10 s") }, 330.0),
        (Scenario { partitions: 1, ..stands_still("one partition") }, 110.0),
        (Scenario { partitions: 64, hours: 4.5, ..stands_still("many partitions") }, 110.0),
        (Scenario { commit_s: 60.0, ..stands_still("commits once a minute") }, 260.0),
        (Scenario { commit_s: 300.0, ..stands_still("commits every 5 min") }, 1_300.0),
        (Scenario { missing: 0.1, ..stands_still("every tenth sample is missing") }, 130.0),
        (Scenario { clock_s: 5.0, ..stands_still("the watcher's clock is ahead") }, 110.0),
        (Scenario { clock_s: -5.0, ..stands_still("the watcher's clock is behind") }, 110.0),
    ]
}

#[test]
fn standing_still_is_found_and_nothing_else_at_any_pace() {
    for (scenario, within) in cases() {
        for seed in [11, 12] {
            let outcome = run(&scenario, seed);
            let pages = outcome.episodes(Severity::Page);
            let from = 3.0 * HOUR;
            assert!(outcome.events.first().is_some_and(|event| event.t >= from), "{} {seed}: {:#?}", scenario.name, outcome.story());
            assert!(pages.first().is_some_and(|page| page.0 <= from + within), "{} {seed}: {:#?}", scenario.name, outcome.story());
            assert_eq!(pages.len(), 1, "{} {seed}: {:#?}", scenario.name, outcome.story());
        }
    }
}

/// A group of four partitions that is shown one sample after the other.
struct Shown {
    group: Group,
    sample: Sample,
    time: f64,
    events: Vec<Event>,
}

impl Shown {
    fn new() -> Self {
        let scenario = Scenario { partitions: 4, retention_s: Some(86_400.0), ..Scenario::new("shown", 1.0) };
        let reading = Reading { committed: Some(0), end: Some(0), start: Some(0), owned: Some(true), ..Reading::default() };
        let sample = Sample { state: Some(GroupState::Stable), members: Some(2), empty_since: None, partitions: vec![reading; 4] };
        Self { group: Group::new(header(&scenario), LagRules::default()), sample, time: 0.0, events: Vec::new() }
    }

    /// For so many seconds; each 10 s the change is made before it is looked at.
    fn go(&mut self, seconds: f64, mut change: impl FnMut(&mut Sample)) -> &mut Self {
        let until = self.time + seconds;
        while self.time < until {
            self.time += 10.0;
            change(&mut self.sample);
            self.events.extend(self.group.observe(Some(&self.sample), self.time));
        }
        self
    }

    fn fail(&mut self, seconds: f64) -> &mut Self {
        let until = self.time + seconds;
        while self.time < until {
            self.time += 10.0;
            self.events.extend(self.group.observe(None, self.time));
        }
        self
    }

    /// What was told since the last call.
    fn told(&mut self) -> Vec<(Kind, Severity)> {
        self.events.drain(..).map(|event| (event.kind, event.severity)).collect()
    }
}

fn flows(sample: &mut Sample) {
    for reading in &mut sample.partitions {
        (reading.committed, reading.end) = (reading.end, reading.end.map(|end| end + 1_000));
    }
}

fn stands(sample: &mut Sample) {
    sample.partitions.iter_mut().for_each(|reading| reading.end = reading.end.map(|end| end + 1_000));
}

#[test]
fn unknown_warns_then_pages_and_resolves_nothing() {
    let mut shown = Shown::new();
    shown.go(1_200.0, flows).go(200.0, stands);
    assert_eq!(shown.told().last(), Some(&(Kind::Stopped, Severity::Page)));
    shown.fail(3_600.0);
    assert_eq!(shown.told(), [(Kind::Unknown, Severity::Warn), (Kind::Unknown, Severity::Page)]);
    let open: Vec<Kind> = shown.group.incidents().map(|incident| incident.kind).collect();
    assert_eq!(open, [Kind::Unknown, Kind::Stopped]);
    shown.go(600.0, stands);
    assert_eq!(shown.told(), [(Kind::Unknown, Severity::None), (Kind::Unknown, Severity::None)]);
}

#[test]
fn what_is_open_of_a_partition_stays_while_it_cannot_be_read() {
    let mut shown = Shown::new();
    shown.go(1_200.0, flows).go(400.0, |sample| {
        let committed = sample.partitions[2].committed;
        flows(sample);
        sample.partitions[2].committed = committed;
    });
    shown.told();
    let mut last = None;
    shown.go(1_200.0, |sample| {
        let read = last.get_or_insert_with(|| sample.partitions[2].clone()).clone();
        sample.partitions[2] = read;
        flows(sample);
        (sample.partitions[2].committed, sample.partitions[2].end) = (None, None);
    });
    assert_eq!(shown.told(), [(Kind::Unknown, Severity::Warn), (Kind::Unknown, Severity::Page)]);
    let open: Vec<(Kind, Severity)> = shown.group.incidents().map(|incident| (incident.kind, incident.severity)).collect();
    assert_eq!(open, [(Kind::Unknown, Severity::Page), (Kind::Stalled, Severity::Page)]);
}

#[test]
fn one_partition_without_owner_or_that_stands_is_told_by_its_number() {
    let mut shown = Shown::new();
    shown.go(1_200.0, flows).go(400.0, |sample| {
        let committed = sample.partitions[2].committed;
        flows(sample);
        sample.partitions[2].committed = committed;
    });
    assert!(shown.events.iter().all(|event| event.partitions == [2] && event.of == 4), "{:?}", shown.events);
    assert!(shown.events.iter().any(|event| event.kind == Kind::Stalled && event.severity == Severity::Warn), "{:?}", shown.events);
    assert!(shown.told().contains(&(Kind::Stalled, Severity::Page)));
    let mut shown = Shown::new();
    shown.go(1_200.0, flows).go(600.0, |sample| {
        let committed = sample.partitions[1].committed;
        flows(sample);
        (sample.partitions[1].committed, sample.partitions[1].owned) = (committed, Some(false));
    });
    let told = shown.told();
    assert_eq!(told.first(), Some(&(Kind::Unassigned, Severity::Warn)), "{told:?}");
    assert!(told.contains(&(Kind::Unassigned, Severity::Page)), "{told:?}");
}

#[test]
fn a_log_that_lost_what_was_not_read_says_how_much() {
    let mut shown = Shown::new();
    shown
        .go(1_200.0, flows)
        .go(60.0, stands)
        .go(10.0, |sample| sample.partitions[3].start = sample.partitions[3].committed.map(|at| at + 1_234));
    let lost = shown.events.iter().find(|event| event.kind == Kind::DataLost).unwrap();
    assert_eq!((lost.severity, &lost.partitions), (Severity::Page, &vec![3]));
    assert!(lost.evidence.contains(" 1234 records"), "{}", lost.evidence);
}

#[test]
fn a_rewind_and_offsets_beyond_the_end_are_told_at_once() {
    let mut shown = Shown::new();
    shown.go(1_200.0, flows).go(10.0, |sample| sample.partitions[0].committed = Some(10));
    assert_eq!(shown.told(), [(Kind::Rewind, Severity::Page)], "what comes now is twenty minutes old");
    let mut shown = Shown::new();
    shown.go(1_200.0, flows).go(20.0, |sample| sample.partitions[0].end = Some(10));
    assert!(shown.told().contains(&(Kind::OffsetsBeyondEnd, Severity::Page)));
}

#[test]
fn commits_without_a_member_are_skipped_records() {
    let mut shown = Shown::new();
    shown.go(1_200.0, flows).go(300.0, |sample| {
        stands(sample);
        (sample.members, sample.state) = (Some(0), Some(GroupState::Empty));
    });
    assert_eq!(shown.told(), [(Kind::Stopped, Severity::Page)]);
    shown.go(10.0, |sample| sample.partitions.iter_mut().for_each(|reading| reading.committed = reading.end));
    assert_eq!(shown.told(), [(Kind::Skipped, Severity::Page)]);
}

#[test]
fn a_transaction_that_hangs_is_no_lag_and_is_told() {
    let mut shown = Shown::new();
    shown.go(1_200.0, flows).go(600.0, |sample| {
        for reading in &mut sample.partitions {
            reading.committed = reading.end;
            reading.high_watermark = Some(reading.high_watermark.or(reading.end).unwrap() + 1_000);
        }
    });
    assert_eq!(shown.told(), [(Kind::HungTransaction, Severity::Warn), (Kind::HungTransaction, Severity::Page)]);
}

#[test]
fn offsets_that_expire_are_told_two_days_and_half_a_day_before() {
    let mut shown = Shown::new();
    shown.go(600.0, flows).go(604_800.0 - 40_000.0, |sample| {
        sample.partitions.iter_mut().for_each(|reading| reading.committed = reading.end);
        (sample.members, sample.state) = (Some(0), Some(GroupState::Empty));
    });
    assert_eq!(shown.told(), [(Kind::OffsetsExpiring, Severity::Warn), (Kind::OffsetsExpiring, Severity::Page)]);
}

#[test]
fn rebalances_without_end_are_told_and_a_short_one_is_not() {
    let rebalances = |sample: &mut Sample| {
        stands(sample);
        sample.state = Some(GroupState::Rebalancing);
    };
    let mut shown = Shown::new();
    let stable = |sample: &mut Sample| {
        flows(sample);
        sample.state = Some(GroupState::Stable);
    };
    shown.go(1_200.0, flows).go(50.0, rebalances).go(600.0, stable);
    assert!(shown.told().is_empty());
    let moves_a_bit = |sample: &mut Sample| {
        rebalances(sample);
        sample.partitions.iter_mut().for_each(|reading| reading.committed = reading.committed.map(|committed| committed + 1));
    };
    shown.go(150.0, moves_a_bit);
    let told = shown.told();
    assert!(told.contains(&(Kind::Rebalancing, Severity::Warn)) || told.contains(&(Kind::Rebalancing, Severity::Page)), "{told:?}");
}
