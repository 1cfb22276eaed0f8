//! `shasta lag record`, `peek` and `retention`, as a user meets them.

use std::fs;
use std::process::{Command, Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use shasta::core::lag::{Header, Line};

use super::{KEPT, PATIENCE, Scene};
use crate::support::checker::Channel;
use crate::support::events::event;
use crate::support::kafka::{KafkaBroker, NewRecord};
use crate::support::scratch::Scratch;
use crate::support::wait;

fn command(kafka: &KafkaBroker, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shasta"));
    command.arg("lag").args(args).args(["--set", &format!("kafka.brokers={}", kafka.address()), "--set", "lag.interval=1s"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Exit code, standard output, standard error.
fn shasta(kafka: &KafkaBroker, args: &[&str]) -> (i32, String, String) {
    said(command(kafka, args).output().unwrap())
}

fn said(Output { status, stdout, stderr }: Output) -> (i32, String, String) {
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn what_is_recorded_until_it_is_interrupted_can_be_replayed() {
    let (scene, directory) = (Scene::new("recorded", 2), Scratch::new("recorded"));
    scene.produce(0, &[1_000, 2_000]);
    scene.commit(0, 1);
    let file = directory.join("trace.jsonl");
    let path = file.to_str().unwrap();
    let recorder = command(scene.kafka, &["record", &scene.group, "--output", path]).spawn().unwrap();
    let lines = || fs::read_to_string(&file).unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>();
    wait::until("three samples", PATIENCE, || (lines().len() >= 4).then_some(()));
    kill(Pid::from_raw(i32::try_from(recorder.id()).unwrap()), Signal::SIGINT).unwrap();
    let (code, stdout, stderr) = said(recorder.wait_with_output().unwrap());
    assert_eq!((code, stdout.as_str()), (0, ""), "{stderr}");
    assert_eq!(stderr, format!("{} samples recorded\n", lines().len() - 1));

    let header = Header::parse(&lines()[0]).unwrap();
    assert_eq!((header.group.as_str(), header.topic.as_deref(), header.partitions), (scene.group.as_str(), Some(scene.topic.as_str()), 2));
    for (number, line) in lines().iter().enumerate().skip(1) {
        let sample = Line::parse(line, number + 1, 2).unwrap().sample.unwrap();
        let [first, second] = &sample.partitions[..] else { panic!("{sample:?}") };
        assert_eq!((first.committed, first.end, first.timestamp), (Some(1), Some(2), Some(2.0)));
        assert_eq!((second.committed, second.end), (Some(-1), Some(0)));
    }
    let (code, stdout, stderr) = shasta(scene.kafka, &["replay", path]);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    let (code, _, stderr) = shasta(scene.kafka, &["record", &scene.group, "--output", path]);
    assert!(code == 1 && stderr.contains("exists"), "no trace is overwritten: {stderr}");
}

#[test]
fn a_record_ends_by_itself_and_says_what_it_could_not_read() {
    let scene = Scene::new("ends", 1);
    let (code, stdout, _) = shasta(scene.kafka, &["record", &scene.group, "--topic", &scene.topic, "--for", "2500ms"]);
    assert_eq!(code, 0);
    assert!(stdout.lines().count() >= 3 && stdout.contains("\"state\":\"Dead\""), "{stdout}");
    let (code, stdout, stderr) = shasta(scene.kafka, &["record", &scene.group, "--topic", "no-such-topic", "--for", "1s"]);
    assert_eq!((code, stdout.as_str()), (69, ""));
    assert!(stderr.ends_with("nothing was recorded: topic no-such-topic: does not exist\n"), "{stderr}");
    let (code, _, stderr) = shasta(scene.kafka, &["record", &scene.group, "--for", "1s"]);
    assert!(code == 1 && stderr.contains("has committed nothing"), "{stderr}");
    assert_eq!(shasta(scene.kafka, &["record", "g", "--cluster", "nowhere"]).0, 2);
}

fn place(scene: &Scene, offset: i64) -> String {
    format!("{}/0@{offset}", scene.topic)
}

#[test]
fn a_record_is_shown_as_a_worker_reads_it_or_with_why_it_cannot() {
    let scene = Scene::new("peek", 1);
    let good =
        NewRecord { timestamp_ms: Some(1_700_000_000_000), ..event(&Channel::new("app", "room", "system"), "door", r#"{"open":true}"#) };
    let bad = NewRecord { key: Some(b"a key".to_vec()), value: Some(vec![0xff, 0xff]), ..NewRecord::default() };
    scene.kafka.produce(&scene.topic, &[good, bad]);
    let (code, stdout, stderr) = shasta(scene.kafka, &["peek", &place(&scene, 0)]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.starts_with(&format!("{}  2023-11-14T22:13:20.000Z (", place(&scene, 0))), "{stdout}");
    for part in ["app/room/system", "object   \"door\"", r#"\"open\":true"#, "goes from 0 to 2\n"] {
        assert!(stdout.contains(part), "{part}: {stdout}");
    }
    let (code, stdout, _) = shasta(scene.kafka, &["peek", &place(&scene, 1)]);
    assert_eq!(code, 0, "{stdout}");
    for part in ["key      5 bytes  \"a key\"", "value    2 bytes  0xffff", "\ninvalid  ", "goes to the dead letters"] {
        assert!(stdout.contains(part), "{part}: {stdout}");
    }
}

#[test]
fn where_there_is_no_record_it_is_said_what_is_there() {
    let scene = Scene::new("gap", 1);
    let records = |count: usize| vec![NewRecord { value: Some(b"v".to_vec()), ..NewRecord::default() }; count];
    scene.kafka.produce(&scene.topic, &records(2));
    // 2 and its marker, 4 and its marker, 6, 7 open.
    scene.kafka.produce_in_transaction(&scene.topic, &records(1), true);
    scene.kafka.produce_in_transaction(&scene.topic, &records(1), false);
    scene.kafka.produce(&scene.topic, &records(1));
    let (transaction, _) = scene.kafka.open_transaction(&scene.topic, &records(1));
    scene.kafka.delete_records(&scene.topic, 0, 1);
    let log = format!("the log of {}/0 goes from 1 to 8, undecided from 7 on", scene.topic);
    let said = |offset: i64| shasta(scene.kafka, &["peek", &place(&scene, offset)]);
    let failed = |message: String| (1, String::new(), format!("{message}\n"));
    assert_eq!(said(0), failed(format!("{} was deleted: {log}", place(&scene, 0))));
    assert_eq!(said(8), failed(format!("{} is not written yet: {log}", place(&scene, 8))));
    let (code, _, stderr) = said(3);
    assert!(code == 1 && stderr.contains(&format!("there is no record at {}", place(&scene, 3))), "{stderr}");
    assert!(stderr.contains(&format!("the next record is {}; {log}", place(&scene, 4))), "{stderr}");
    for (offset, is_read) in [(1, true), (2, true), (4, false), (6, true), (7, false)] {
        let (code, stdout, stderr) = said(offset);
        assert_eq!((code, stdout.contains("aborted or is not decided")), (0, !is_read), "{offset}: {stdout}{stderr}");
    }
    transaction.abort();
    let (code, _, stderr) = shasta(scene.kafka, &["peek", &format!("{}/9@0", scene.topic)]);
    assert!(code == 1 && stderr.contains("has 1 partitions"), "{stderr}");
    assert_eq!(shasta(scene.kafka, &["peek", "no-such-topic/0@0"]).0, 1);
    assert_eq!(shasta(scene.kafka, &["peek", "nonsense"]).0, 2);
}

#[test]
fn retention_is_extended_after_a_question_and_undone_by_the_printed_command() {
    let scene = Scene::new("extend", 1);
    let (kafka, topic) = (scene.kafka, scene.topic.as_str());
    assert_eq!(KEPT[0], ("retention.ms", "-1"));
    let extend = ["retention", "extend", topic, "--to", "10d", "--yes"];
    let (code, _, stderr) = shasta(kafka, &extend);
    assert!(code == 1 && stderr.contains("for ever already"), "{stderr}");
    for (set, before, undo) in
        [(&[("retention.ms", "432000000")][..], "for 5days;", "5days"), (&[], "for 7days (the cluster's default);", "default")]
    {
        kafka.configure_topic(topic, set);
        let (code, stdout, stderr) = shasta(kafka, &extend[..5]);
        assert_eq!((code, stdout.as_str()), (2, ""), "nobody to ask: {stderr}");
        let (code, stdout, stderr) = shasta(kafka, &extend);
        assert_eq!(code, 0, "{stderr}");
        assert!(stderr.contains(&format!("topic {topic} keeps its records {before} from now on for 10days")), "{stderr}");
        let command = format!("shasta lag retention restore {topic} --to {undo}");
        assert_eq!(stdout, format!("topic {topic} keeps its records for 10days\nto undo it: {command}\n"));
        let words: Vec<&str> = command.split(' ').skip(2).chain(["--yes"]).collect();
        let (code, stdout, stderr) = shasta(kafka, &words);
        assert_eq!(code, 0, "{stderr}");
        assert_eq!(stdout, format!("topic {topic} keeps its records {}\n", before.trim_end_matches(';')));
        assert!(stderr.contains("read or not"), "{stderr}");
    }
    let (code, _, stderr) = shasta(kafka, &["retention", "extend", topic, "--to", "1d", "--yes"]);
    assert!(code == 1 && stderr.contains("keeps its records for 7days"), "{stderr}");
    assert_eq!(shasta(kafka, &["retention", "extend", "no-such-topic", "--to", "1d", "--yes"]).0, 1);
}
