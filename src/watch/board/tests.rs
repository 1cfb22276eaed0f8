use std::fs;

use super::*;
use crate::core::lag::{GroupState, Kind, Reading, Retention, Sample, Severity};

fn header(topic: &str) -> Header {
    let [cluster, group] = ["prod", "tags"].map(str::to_owned);
    let retention = Retention { seconds: Some(864_000.0), bytes: None };
    Header { cluster, group, topic: Some(topic.to_owned()), partitions: 1, retention, offsets_retention_s: None, expected: true }
}

fn look(topic: &str, time: f64, sample: Option<Sample>) -> Look {
    Look { header: header(topic), rules: LagRules::default(), time, sample, beside: Beside::default() }
}

/// Nobody reads.
fn stopped(time: f64) -> Sample {
    let reading = Reading { committed: Some(0), end: Some(1_000), start: Some(0), timestamp: Some(time - 500.0), ..Reading::default() };
    Sample { state: Some(GroupState::Empty), members: Some(0), empty_since: None, partitions: vec![reading] }
}

fn open(directory: &std::path::Path) -> Board {
    Board::open(directory, Teller { host: "here".into(), runbooks: String::new() }).unwrap()
}

fn pages(alerts: &[Alert]) -> Vec<Kind> {
    alerts.iter().filter(|alert| alert.severity == Severity::Page).map(|alert| alert.kind).collect()
}

#[test]
fn a_watcher_that_was_away_for_an_hour_calls_neither_again_nor_for_its_own_absence() {
    let directory = tempfile::tempdir().unwrap();
    let board = open(directory.path());
    let start = board.now();
    let at = |step: u32| start + f64::from(step) * 10.0;
    let told: Vec<Alert> = (0..20).flat_map(|step| board.take(look("t", at(step), Some(stopped(at(step)))))).collect();
    assert_eq!(pages(&told), [Kind::Stopped]);
    board.handed_on(&Key::of(&header("t")));
    drop(board);
    let board = open(directory.path());
    assert!(board.pending(&Key::of(&header("t"))).is_empty());
    assert!(board.now() >= at(19), "time does not go back");
    let failed: Vec<Alert> = (380..385).flat_map(|step| board.take(look("t", at(step), None))).collect();
    assert_eq!(pages(&failed), [], "unread for an hour, but looked at for less than one minute");
    let told: Vec<Alert> = (385..400).flat_map(|step| board.take(look("t", at(step), Some(stopped(at(step)))))).collect();
    assert_eq!(pages(&told), []);
    let watched = board.get(&Key::of(&header("t"))).unwrap();
    assert_eq!(lock(&watched).keeper.subject().view(at(400)).incidents[0].opened, at(6));
}

#[test]
fn state_that_cannot_be_read_is_moved_aside_and_the_others_go_on() {
    let directory = tempfile::tempdir().unwrap();
    let board = open(directory.path());
    let now = board.now();
    ["a", "b"].into_iter().for_each(|topic| drop(board.take(look(topic, now, Some(stopped(now))))));
    let damaged = board.place.snapshot(&header("a"));
    drop(board);
    fs::write(&damaged, "nonsense").unwrap();
    let board = open(directory.path());
    assert_eq!(board.keys(), [Key::of(&header("b"))]);
    assert!(damaged.with_extension("unreadable").exists() && !damaged.exists());
    board.take(look("a", now + 10.0, Some(stopped(now))));
    assert_eq!(board.keys().len(), 2, "it begins anew");
}

#[test]
fn what_is_not_watched_any_more_is_closed_and_leaves_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let board = open(directory.path());
    let start = board.now();
    (0..20).for_each(|step| drop(board.take(look("t", start + f64::from(step) * 10.0, Some(stopped(start))))));
    let key = Key::of(&header("t"));
    let closed = board.end(&key);
    assert_eq!(closed.iter().map(|alert| (alert.kind, alert.severity)).collect::<Vec<_>>(), [(Kind::Stopped, Severity::None)]);
    board.remove(&key);
    drop(board);
    assert!(open(directory.path()).keys().is_empty());
}
