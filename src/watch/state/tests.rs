use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::keeper::Found;
use super::*;
use crate::core::lag::{GroupState, Header, LagRules, Reading, Retention, Sample};
use crate::core::subject::{Entry, Notice, Subject};

const LOOKS: u32 = 60;
/// In the middle of the incident that the looks make.
const SNAPSHOT_AT: u32 = 25;

fn header(partitions: usize) -> Header {
    Header {
        cluster: "prod".into(),
        group: "tags".into(),
        topic: Some("t".into()),
        partitions,
        retention: Retention { seconds: Some(864_000.0), bytes: None },
        offsets_retention_s: None,
        expected: true,
    }
}

/// Nobody reads from 100 s to 400 s.
fn entry(step: u32) -> Entry {
    let now = f64::from(step) * 10.0;
    let stands = (100.0..400.0).contains(&now);
    let consumed = if stands { 100.0 } else { now };
    let reading = Reading {
        committed: Some((consumed * 100.0) as i64),
        end: Some((now * 100.0) as i64 + 100),
        start: Some(0),
        timestamp: Some(consumed),
        ..Reading::default()
    };
    let (state, members) = if stands { (GroupState::Empty, 0) } else { (GroupState::Stable, 1) };
    let sample = Sample { state: Some(state), members: Some(members), empty_since: None, partitions: vec![reading] };
    Entry::Looked { time: now, sample: Some(sample), silenced: false }
}

/// A notice as the outbox knows it.
fn told(notice: &Notice) -> String {
    let event = &notice.event;
    format!("{} {:?} {} {} {}", event.incident, event.event, event.kind, event.severity, event.t)
}

/// What the rest of the looks make of a subject, on top of what is pending: as a watcher would that was started again.
fn rest(subject: &Subject, from: u32, outbox: &mut BTreeSet<String>) -> String {
    let mut subject = subject.clone();
    outbox.extend(subject.pending().iter().map(told));
    for step in from..LOOKS {
        outbox.extend(subject.apply(&entry(step)).iter().map(told));
    }
    format!("{:?}", subject.view(f64::from(LOOKS) * 10.0))
}

fn uninterrupted() -> (BTreeSet<String>, String) {
    let mut outbox = BTreeSet::new();
    let view = rest(&Subject::new(header(1), LagRules::default()), 1, &mut outbox);
    (outbox, view)
}

fn keeper(directory: &Path) -> (Keeper, PathBuf) {
    let path = Place::open(directory).unwrap().snapshot(&header(1));
    fs::remove_file(directory.join("lock")).unwrap();
    (Keeper::begin(path.clone(), header(1), LagRules::default(), 0.0), path)
}

/// Runs the looks up to `to` with a snapshot in the middle; returns what was handed on.
fn run(keeper: &mut Keeper, from: u32, to: u32) -> BTreeSet<String> {
    let mut outbox = BTreeSet::new();
    for step in from..to {
        outbox.extend(keeper.enter(&entry(step)).iter().map(told));
        keeper.handed_on();
        if step == SNAPSHOT_AT {
            keeper.tidy(1e9);
        }
    }
    outbox
}

fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let paths = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

/// The time of the last look that a subject knows of.
fn next_step(subject: &Subject) -> u32 {
    subject.view(0.0).read_at.map_or(1, |at| (at / 10.0) as u32 + 1)
}

#[test]
fn a_watcher_that_was_killed_at_any_byte_of_the_journal_goes_on_with_the_same_incidents() {
    let directory = tempfile::tempdir().unwrap();
    let (mut keeper, path) = keeper(directory.path());
    let (expected, view) = uninterrupted();
    let handed_on = run(&mut keeper, 1, LOOKS);
    assert_eq!(handed_on, expected);
    assert!(expected.iter().any(|told| told.contains("Open STOPPED page")) && expected.len() >= 3, "{expected:?}");
    drop(keeper);
    let journal = files(directory.path(), "journal").pop().unwrap();
    let whole = fs::read(&journal).unwrap();
    assert!(whole.len() > 1_000);
    for cut in 0..=whole.len() {
        fs::write(&journal, &whole[..cut]).unwrap();
        let Found { keeper, .. } = Keeper::open(&path, 0.0).unwrap();
        let from = next_step(keeper.subject());
        // What was handed on before the cut, and after it again.
        let before = handed_on.iter().filter(|told| told.rsplit(' ').next().unwrap().parse::<f64>().unwrap() < f64::from(from) * 10.0);
        let mut outbox: BTreeSet<String> = before.cloned().collect();
        assert_eq!((rest(keeper.subject(), from, &mut outbox), &outbox), (view.clone(), &expected), "cut at {cut}");
    }
}

#[test]
fn what_is_written_after_a_cut_is_not_hidden_by_it() {
    let directory = tempfile::tempdir().unwrap();
    let (mut keeper, path) = keeper(directory.path());
    run(&mut keeper, 1, 10);
    drop(keeper);
    let journal = files(directory.path(), "journal").pop().unwrap();
    let whole = fs::read(&journal).unwrap();
    fs::write(&journal, &whole[..whole.len() - 3]).unwrap();
    let Found { mut keeper, dropped } = Keeper::open(&path, 0.0).unwrap();
    assert!(dropped > 0 && next_step(keeper.subject()) == 9);
    run(&mut keeper, 9, 20);
    let view = keeper.subject().view(200.0);
    drop(keeper);
    let Found { keeper, dropped } = Keeper::open(&path, 0.0).unwrap();
    assert_eq!((keeper.subject().view(200.0), dropped), (view, 0));
}

#[test]
fn what_was_not_handed_on_before_the_end_is_pending_after_it() {
    let directory = tempfile::tempdir().unwrap();
    let (mut keeper, path) = keeper(directory.path());
    let mut first = Vec::new();
    for step in 1..LOOKS {
        first = keeper.enter(&entry(step));
        if !first.is_empty() {
            break;
        }
    }
    drop(keeper);
    let Found { mut keeper, dropped } = Keeper::open(&path, 0.0).unwrap();
    assert_eq!((keeper.subject().pending(), dropped), (&first[..], 0));
    keeper.handed_on();
    drop(keeper);
    assert!(Keeper::open(&path, 0.0).unwrap().keeper.subject().pending().is_empty());
}

#[test]
fn a_snapshot_that_was_cut_at_any_byte_while_it_was_written_does_not_count() {
    let directory = tempfile::tempdir().unwrap();
    let (mut keeper, path) = keeper(directory.path());
    run(&mut keeper, 1, 20);
    let snapshot = fs::read(&path).unwrap();
    keeper.tidy(1e9);
    let next = fs::read(&path).unwrap();
    drop(keeper);
    let journal = files(directory.path(), "journal").pop().unwrap();
    fs::remove_file(&journal).unwrap();
    // As it was before the second snapshot was renamed; what it was written to is there by some part, and its journal is new.
    let (old, fresh) = (path.with_extension("1.journal"), path.with_extension("new"));
    for cut in (0..=next.len()).step_by(97) {
        fs::write(&path, &snapshot).unwrap();
        fs::write(&fresh, &next[..cut]).unwrap();
        fs::write(&journal, b"").unwrap();
        fs::remove_file(&old).ok();
        let Found { mut keeper, .. } = Keeper::open(&path, 0.0).unwrap();
        assert_eq!(run(&mut keeper, 1, LOOKS), uninterrupted().0, "cut at {cut}");
    }
}

#[test]
fn a_process_that_ended_between_a_snapshot_and_the_removal_of_the_old_journal_replays_nothing_twice() {
    let directory = tempfile::tempdir().unwrap();
    let (mut keeper, path) = keeper(directory.path());
    run(&mut keeper, 1, 20);
    let old = files(directory.path(), "journal").pop().unwrap();
    let content = fs::read(&old).unwrap();
    keeper.tidy(1e9);
    let view = keeper.subject().view(200.0);
    drop(keeper);
    fs::write(&old, content).unwrap();
    let Found { keeper, .. } = Keeper::open(&path, 0.0).unwrap();
    assert_eq!(keeper.subject().view(200.0), view);
    assert_eq!(files(directory.path(), "journal").len(), 1, "the old one is removed");
}

#[test]
fn a_snapshot_that_is_damaged_or_of_another_version_is_said_and_not_read_by_half() {
    let directory = tempfile::tempdir().unwrap();
    let (keeper, path) = keeper(directory.path());
    drop(keeper);
    let whole = fs::read(&path).unwrap();
    for cut in 0..whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let error = Keeper::open(&path, 0.0).unwrap_err();
        assert!(matches!(&error, StateError::Unreadable { .. }) && !error.is_retryable(), "{cut}: {error}");
    }
    fs::write(&path, [&b"shasta.watch.state/0\n"[..], &whole[21..]].concat()).unwrap();
    assert!(Keeper::open(&path, 0.0).unwrap_err().to_string().contains("of another version"));
}

#[test]
fn a_disk_that_cannot_be_written_stops_no_incident_and_is_written_to_again_later() {
    let directory = tempfile::tempdir().unwrap();
    let gone = directory.path().join("gone");
    let path = gone.join("0123456789abcdef.snapshot");
    let mut keeper = Keeper::begin(path.clone(), header(1), LagRules::default(), 0.0);
    assert!(keeper.trouble().is_some_and(StateError::is_retryable));
    assert_eq!(run(&mut keeper, 1, 40).len(), 1, "the page");
    fs::create_dir(&gone).unwrap();
    keeper.tidy(1e10);
    assert!(keeper.trouble().is_none());
    run(&mut keeper, 40, LOOKS);
    let again = Keeper::open(&path, 0.0).unwrap().keeper;
    assert_eq!(again.subject().view(600.0), keeper.subject().view(600.0));
}

#[test]
fn a_directory_has_one_watcher() {
    let directory = tempfile::tempdir().unwrap();
    let place = Place::open(directory.path()).unwrap();
    assert!(matches!(Place::open(directory.path()), Err(StateError::InUse { .. })));
    drop(place);
    assert!(Place::open(directory.path()).is_ok());
}

#[test]
fn a_subject_that_is_removed_leaves_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let (mut keeper, _) = keeper(directory.path());
    run(&mut keeper, 1, 10);
    keeper.remove().unwrap();
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

/// The names of all members, however deep.
fn shape(value: &serde_json::Value, path: &str, names: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(members) => members.iter().for_each(|(name, value)| {
            let numbered = name.parse::<f64>().is_ok() || name.contains('/');
            let path = format!("{path}.{}", if numbered { "*" } else { name });
            names.insert(path.clone());
            shape(value, &path, names);
        }),
        serde_json::Value::Array(values) => values.iter().for_each(|value| shape(value, &format!("{path}[]"), names)),
        _ => {}
    }
}

#[test]
fn the_shape_of_what_is_stored_has_a_number() {
    let mut subject = Subject::new(header(1), LagRules::default());
    (1..LOOKS).for_each(|step| drop(subject.apply(&entry(step))));
    let mut names = BTreeSet::new();
    shape(&serde_json::to_value(&subject).unwrap(), "", &mut names);
    shape(&serde_json::to_value(entry(1)).unwrap(), "entry", &mut names);
    let all: String = names.into_iter().map(|name| name + "\n").collect();
    let digest = sha1_smol::Sha1::from(&all).digest().to_string();
    assert_eq!((snapshot::FORMAT, &digest[..8]), (&b"shasta.watch.state/1\n"[..], "e78e09a7"), "another shape is another format:\n{all}");
}

/// As much as 48 hours can leave behind: all rings are full.
#[test]
fn what_is_kept_of_a_partition_is_bounded() {
    const PARTITIONS: usize = 16;
    let directory = tempfile::tempdir().unwrap();
    let path = Place::open(directory.path()).unwrap().snapshot(&header(PARTITIONS));
    let mut keeper = Keeper::begin(path.clone(), header(PARTITIONS), LagRules::default(), 0.0);
    let times = (0..600).map(|step| f64::from(step) * 300.0).chain((1..700).map(|step| 179_700.0 + f64::from(step) * 10.0));
    let mut looks = 0;
    for time in times {
        let reading = Reading {
            committed: Some((time * 1_000.0) as i64),
            end: Some((time * 1_001.0) as i64),
            start: Some(0),
            timestamp: Some(time - 1.0),
            owned: Some(true),
            owner: Some("consumer-worker-17".into()),
            ..Reading::default()
        };
        let sample = Sample { state: Some(GroupState::Stable), members: Some(4), empty_since: None, partitions: vec![reading; PARTITIONS] };
        keeper.enter(&Entry::Looked { time, sample: Some(sample), silenced: false });
        looks += 1;
    }
    let journal = fs::metadata(files(directory.path(), "journal").pop().unwrap()).unwrap().len();
    keeper.close(1e9);
    let snapshot = fs::metadata(&path).unwrap().len();
    let (of_partition, of_look) = (snapshot / PARTITIONS as u64, journal / looks / PARTITIONS as u64);
    println!("{of_partition} bytes of a partition in a snapshot, {of_look} of a look at it in the journal");
    assert!(of_partition < 40_000 && of_look < 100, "{of_partition} {of_look}");
}
