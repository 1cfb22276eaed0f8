//! What people tell watchers, and trials.

use std::process::{Command, Output};

use serde_json::Value;

use super::watcher::{TOKEN, Watcher, config};
use super::webhook::Webhook;
use super::{PATIENCE, kinds, produce, until_group};
use crate::support::kafka::{KafkaBroker, unique};
use crate::support::ports::free_port;
use crate::support::scratch::Scratch;

fn shasta(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_shasta")).args(args).env("USER", "ann").output().unwrap()
}

fn told(output: &Output) -> (i32, String) {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    (output.status.code().unwrap(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn maintenance_reaches_every_watcher_or_says_which_it_did_not() {
    let (kafka, topic, webhook) = (KafkaBroker::shared(), unique("maintenance"), Webhook::start());
    let group = format!("{topic}-group");
    kafka.create_topic(&topic, 1, &[]);
    produce(kafka, &topic, 100);
    kafka.commit_as(&group, &topic, 0, 10, "");
    let watcher = Watcher::start(&config(kafka, &topic, &group, &webhook, "[lag]\ninterval = \"1s\"\n"));
    let (own, dead) = (format!("http://127.0.0.1:{}", watcher.port()), format!("http://127.0.0.1:{}", free_port()));
    let token = format!("watch.token={TOKEN}");
    let to = |urls: &[&str], args: &[&str]| {
        let watchers = format!("watch.watchers={}", urls.join(","));
        told(&shasta(&[&["--set", &watchers, "--set", &token], args].concat()))
    };
    let announce = ["maintenance", "--group", &group, "--for", "30m", "--reason", "upgrade"];
    let (code, text) = to(&[&own, &dead], &announce);
    assert!(code == 1 && text.contains(&format!("{own}: quiet until")) && text.contains(&format!("{dead}: not reached")), "{text}");
    let shown = until_group(&watcher, "the maintenance", PATIENCE, |group| !group["maintenance"].is_null());
    assert!(shown["maintenance"]["by"].as_str().unwrap().starts_with("ann@"), "{shown}");
    let (code, text) = to(&[&own], &["maintenance"]);
    assert!(code == 0 && text.contains("1 announced") && text.contains("upgrade"), "{text}");

    // A loss calls all the same, and goes when somebody knows of it.
    kafka.delete_records(&topic, 0, 50);
    webhook.wait_for("the page", PATIENCE, |alert| alert["kind"] == "DATA_LOST");
    let incident = format!("default/{group}/data_lost/{topic}");
    let (code, text) = to(&[&own], &["lag", "ack", &incident]);
    assert!(code == 0 && text.contains("acknowledged by ann@"), "{text}");
    webhook.wait_for("the end of it", PATIENCE, |alert| alert["kind"] == "DATA_LOST" && alert["state"] == "closed");
    until_group(&watcher, "no incident", PATIENCE, |group| kinds(group).iter().all(|kind| *kind != "DATA_LOST"));
    let (code, text) = to(&[&own], &["lag", "ack", &incident]);
    assert!(code == 1 && text.contains("no incident"), "{text}");

    let (code, text) = to(&[&own], &["maintenance", "--group", &group, "--end"]);
    assert!(code == 0 && text.contains("ended"), "{text}");
    let wrong = told(&shasta(&[
        "--set",
        &format!("watch.watchers={own}"),
        "--set",
        "watch.token=wrong",
        "maintenance",
        "--group",
        &group,
        "--end",
    ]));
    assert!(wrong.0 == 1 && wrong.1.contains("the token is wrong") && !wrong.1.contains(TOKEN), "{wrong:?}");
}

#[test]
fn a_look_once_says_by_its_exit_code_whether_all_could_be_read() {
    let (kafka, topic) = (KafkaBroker::shared(), unique("once"));
    kafka.create_topic(&topic, 1, &[]);
    let scratch = Scratch::new("once");
    let directory = format!("alerts.directory={}", scratch.join("state").display());
    let once = |brokers: &str| {
        let [brokers, topic] = [format!("kafka.brokers={brokers}"), format!("kafka.topic={topic}")];
        shasta(&["watch", "--once", "--set", &brokers, "--set", &topic, "--set", &directory])
    };
    let (code, text) = told(&once(&kafka.address()));
    assert_eq!(code, 0, "{text}");
    let (code, text) = told(&once(&format!("127.0.0.1:{}", free_port())));
    assert!(code == 69 && text.contains("not everything could be read"), "{text}");
}

#[test]
fn a_test_alert_goes_through_every_channel() {
    let webhook = Webhook::start();
    let scratch = Scratch::new("test-alert");
    let directory = format!("alerts.directory={}", scratch.join("state").display());
    let channel = |name: &str, url: &str| {
        let set = |key: &str, value: &str| ["--set".to_owned(), format!("alerts.channels.{name}.{key}={value}")];
        [set("type", "webhook"), set("url", url)].concat()
    };
    let test = |channels: &[String]| {
        let mut args = vec!["watch", "--test-alert", "--set", &directory];
        args.extend(channels.iter().map(String::as_str));
        told(&shasta(&args))
    };
    let (code, text) = test(&channel("good", &webhook.url()));
    assert!(code == 0 && text.contains("good: delivered"), "{text}");
    let alerts: Vec<Value> = webhook.alerts();
    assert!(alerts.len() >= 2 && alerts[0]["key"] == alerts[1]["key"], "{alerts:#?}");
    let dead = format!("http://127.0.0.1:{}/", free_port());
    let (code, text) = test(&[channel("good", &webhook.url()), channel("bad", &dead)].concat());
    assert!(code == 1 && text.contains("good: delivered") && text.contains("1 of 2 channels"), "{text}");
    let (code, text) = test(&[]);
    assert!(code == 78 && text.contains("no channel is configured"), "{text}");
}
