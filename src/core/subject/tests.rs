use super::*;
use crate::core::lag::{GroupState, Reading, Retention, Sample};

const INCIDENT: &str = "prod/tags/progress/tag-data";

fn header(partitions: usize) -> Header {
    Header {
        cluster: "prod".into(),
        group: "tags".into(),
        topic: Some("tag-data".into()),
        partitions,
        retention: Retention { seconds: Some(864_000.0), bytes: None },
        offsets_retention_s: None,
        expected: true,
    }
}

fn subject() -> Subject {
    Subject::new(header(1), LagRules::default())
}

/// 100/s come in; nobody reads from `stopped` on.
fn sample(now: f64, stopped: f64) -> Sample {
    let consumed = now.min(stopped);
    let reading = Reading {
        committed: Some((consumed * 100.0) as i64),
        end: Some((now * 100.0) as i64 + 100),
        start: Some(0),
        timestamp: Some(consumed),
        ..Reading::default()
    };
    let members = if now < stopped { 1 } else { 0 };
    let state = if members > 0 { GroupState::Stable } else { GroupState::Empty };
    Sample { state: Some(state), members: Some(members), empty_since: None, partitions: vec![reading] }
}

fn look(now: f64, stopped: f64, silenced: bool) -> Entry {
    Entry::Looked { time: now, sample: Some(sample(now, stopped)), silenced }
}

fn looks(from: u32, to: u32, stopped: f64, silenced: bool) -> impl Iterator<Item = Entry> {
    (from..to).map(move |step| look(f64::from(step) * 10.0, stopped, silenced))
}

fn run(subject: &mut Subject, entries: impl Iterator<Item = Entry>) -> Vec<(Change, Kind, Severity)> {
    let told = |notice: Notice| (notice.event.event, notice.event.kind, notice.event.severity);
    entries.flat_map(|entry| subject.apply(&entry)).map(told).collect()
}

#[test]
fn maintenance_is_quiet_and_what_is_wrong_at_its_end_pages_at_once() {
    let mut subject = subject();
    assert_eq!(run(&mut subject, looks(1, 100, 300.0, true)), []);
    assert_eq!(subject.view(990.0).state, Some(Kind::Stopped), "it is shown all the same");
    assert_eq!(run(&mut subject, looks(100, 101, 300.0, false)), [(Change::Open, Kind::Stopped, Severity::Page)]);
    assert_eq!(run(&mut subject, looks(101, 110, 300.0, false)), [], "once");
}

#[test]
fn who_was_called_hears_of_the_end_in_a_maintenance_too() {
    let mut subject = subject();
    assert_eq!(run(&mut subject, looks(1, 100, 300.0, false)), [(Change::Open, Kind::Stopped, Severity::Page)]);
    let told = run(&mut subject, looks(100, 400, f64::INFINITY, true));
    assert_eq!(told.iter().map(|(change, ..)| *change).collect::<Vec<_>>(), [Change::Resolve, Change::Close], "{told:?}");
}

#[test]
fn what_began_and_ended_in_a_maintenance_is_told_to_nobody() {
    let mut subject = subject();
    assert_eq!(run(&mut subject, looks(1, 100, 300.0, true)), []);
    assert_eq!(run(&mut subject, looks(100, 400, f64::INFINITY, true)), []);
    assert_eq!(run(&mut subject, looks(400, 500, f64::INFINITY, false)), []);
}

#[test]
fn no_maintenance_covers_a_loss() {
    let mut subject = subject();
    run(&mut subject, looks(1, 100, 300.0, true));
    let mut lost = sample(1_000.0, 300.0);
    lost.partitions[0].start = Some(40_000);
    let told = run(&mut subject, [Entry::Looked { time: 1_000.0, sample: Some(lost), silenced: true }].into_iter());
    assert_eq!(told, [(Change::Open, Kind::DataLost, Severity::Page)]);
    assert_eq!(subject.gone(), (10_000, 0));
}

#[test]
fn a_loss_that_goes_on_is_counted_once() {
    let mut subject = subject();
    run(&mut subject, looks(1, 100, 300.0, false));
    for (step, start) in [(100, 31_000), (101, 33_000), (102, 33_000)] {
        let now = f64::from(step) * 10.0;
        let mut lost = sample(now, 300.0);
        lost.partitions[0].start = Some(start);
        subject.apply(&Entry::Looked { time: now, sample: Some(lost), silenced: false });
    }
    assert_eq!(subject.gone(), (3_000, 0));
}

#[test]
fn an_acknowledged_incident_says_by_whom_until_it_gets_worse() {
    let mut subject = subject();
    run(&mut subject, looks(1, 100, 300.0, false));
    let acknowledge = Entry::Acknowledged { incident: INCIDENT.into(), by: "ann".into(), time: 995.0 };
    assert_eq!(subject.apply(&acknowledge)[0].acknowledged_by.as_deref(), Some("ann"));
    assert_eq!(subject.acknowledgement(INCIDENT).unwrap().at, 995.0);
    assert!(subject.apply(&Entry::Acknowledged { incident: "other".into(), by: "ann".into(), time: 996.0 }).is_empty());
    run(&mut subject, looks(100, 400, f64::INFINITY, false));
    assert_eq!(subject.acknowledgement(INCIDENT), None, "closed");
}

#[test]
fn an_acknowledged_loss_is_over() {
    let mut subject = subject();
    run(&mut subject, looks(1, 100, 300.0, false));
    let mut lost = sample(1_000.0, 300.0);
    lost.partitions[0].start = Some(40_000);
    subject.apply(&Entry::Looked { time: 1_000.0, sample: Some(lost.clone()), silenced: false });
    subject.apply(&Entry::Acknowledged { incident: "prod/tags/data_lost/tag-data".into(), by: "ann".into(), time: 1_001.0 });
    let told = run(&mut subject, [Entry::Looked { time: 1_010.0, sample: Some(lost), silenced: false }].into_iter());
    assert!(told.contains(&(Change::Close, Kind::DataLost, Severity::None)) || told.iter().any(|told| told.0 == Change::Close), "{told:?}");
}

#[test]
fn the_absence_of_the_watcher_is_no_trouble_of_the_group() {
    let mut subject = subject();
    run(&mut subject, looks(1, 100, f64::INFINITY, false));
    subject.apply(&Entry::Resumed { time: 4_590.0 });
    let failed = |time| Entry::Looked { time, sample: None, silenced: false };
    assert_eq!(run(&mut subject, (459..464).map(|step| failed(f64::from(step) * 10.0))), [], "not unread for an hour");
    assert_eq!(run(&mut subject, looks(464, 600, f64::INFINITY, false)), []);
}

#[test]
fn an_incident_that_was_open_is_the_same_after_an_absence() {
    let mut subject = subject();
    run(&mut subject, looks(1, 100, 300.0, false));
    subject.apply(&Entry::Resumed { time: 4_600.0 });
    assert_eq!(run(&mut subject, looks(461, 500, 300.0, false)), [], "no second page");
    let opened = subject.view(5_000.0).incidents[0].opened;
    assert!(opened < 400.0, "{opened}");
}

#[test]
fn a_group_that_cannot_be_read_is_unknown_also_before_its_first_reading() {
    let mut subject = Subject::new(header(0), LagRules::default());
    let failed = |step: u32| Entry::Looked { time: f64::from(step) * 10.0, sample: None, silenced: false };
    let told = run(&mut subject, (1..20).map(failed));
    assert_eq!(told, [(Change::Open, Kind::Unknown, Severity::Warn), (Change::Change, Kind::Unknown, Severity::Page)]);
}

#[test]
fn an_expected_group_that_does_not_exist_has_no_offsets() {
    let mut subject = Subject::new(header(0), LagRules::default());
    let dead = Sample { state: Some(GroupState::Dead), members: Some(0), empty_since: None, partitions: Vec::new() };
    let look = |step: u32| Entry::Looked { time: f64::from(step) * 10.0, sample: Some(dead.clone()), silenced: false };
    assert_eq!(run(&mut subject, (1..20).map(look)), [(Change::Open, Kind::NoOffsets, Severity::Page)]);
}

#[test]
fn a_topic_that_was_made_again_ends_what_was_told_of_the_old_one() {
    let mut subject = Subject::new(header(2), LagRules::default());
    let two = |now: f64| {
        let mut two = sample(now, 300.0);
        two.partitions.push(two.partitions[0].clone());
        Entry::Looked { time: now, sample: Some(two), silenced: false }
    };
    run(&mut subject, (1..100).map(|step| two(f64::from(step) * 10.0)));
    let told = run(&mut subject, [Entry::Adopted { header: header(1), time: 995.0 }].into_iter());
    assert_eq!(told, [(Change::Close, Kind::Stopped, Severity::None)]);
    assert_eq!(subject.view(996.0).of, 1);
}

#[test]
fn notices_are_pending_until_they_are_handed_on() {
    let mut subject = subject();
    run(&mut subject, looks(1, 100, 300.0, false));
    assert_eq!(subject.pending().len(), 1);
    subject.apply(&Entry::HandedOn);
    assert!(subject.pending().is_empty());
}

#[test]
fn a_point_a_minute_is_kept_for_two_days() {
    let mut subject = subject();
    run(&mut subject, looks(1, 18_000, f64::INFINITY, false));
    let points: Vec<_> = subject.graph().points().collect();
    assert!((2_879..=2_881).contains(&points.len()), "{}", points.len());
    assert!(points.windows(2).all(|pair| pair[1].t - pair[0].t == 60.0));
    assert_eq!(points.last().unwrap().ingest, Some(100.0));
}
