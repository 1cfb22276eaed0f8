//! A process that is killed, and the next one.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::alerts::{page, resolved};
use super::receiver::{Behaviour, Receiver, TAKES};
use super::world::{World, alerts, channel, wait_for};
use crate::config::ChannelKind;
use crate::notify::NotifyError;

/// Set in the process that is killed: its directory and where it sends to.
const PLACE: &str = "SHASTA_TEST_NOTIFIER";

#[tokio::main]
async fn watcher(place: &str) {
    let (directory, url) = place.split_once(' ').unwrap();
    let world = World::start(&alerts(directory.as_ref(), [("hook", channel(ChannelKind::Webhook, url))]));
    world.notifier.submit(page("a")).await;
    world.notifier.submit(page("b")).await;
    println!("submitted");
    std::future::pending::<()>().await;
}

#[test]
fn what_was_handed_in_before_a_kill_is_told_by_the_next_process_and_no_page_twice() {
    if let Ok(place) = std::env::var(PLACE) {
        return watcher(&place);
    }
    let directory = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(Behaviour::Hang);
    let test = "notify::tests::kill::what_was_handed_in_before_a_kill_is_told_by_the_next_process_and_no_page_twice";
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(PLACE, format!("{} {}", directory.path().display(), receiver.url()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line == "submitted"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(wait_for("a send is on its way", || !receiver.requests().is_empty()));
    let settings = alerts(directory.path(), [("hook", channel(ChannelKind::Webhook, &receiver.url()))]);
    let second = || crate::notify::Notifier::start(&settings, "host-1", world_metrics());
    assert!(matches!(runtime.block_on(async { second() }), Err(NotifyError::Outbox(_))), "the first process still has it");
    child.kill().unwrap();
    child.wait().unwrap();
    receiver.behave(TAKES);
    runtime.block_on(async {
        let world = World::start(&settings);
        assert_eq!(world.notifier.open_alerts().len(), 2);
        wait_for("both are told", || receiver.taken().len() == 2).await;
        world.notifier.shutdown().await;
        let world = World::start(&settings);
        world.notifier.submit(resolved("a")).await;
        wait_for("the end is told", || receiver.taken().len() == 3).await;
        world.notifier.shutdown().await;
    });
    let told: Vec<_> =
        receiver.taken().iter().map(|request| (request.json()["key"].to_string(), request.json()["state"].to_string())).collect();
    assert_eq!(told[2], ("\"a\"".to_owned(), "\"resolved\"".to_owned()), "nothing came twice: {told:?}");
}

fn world_metrics() -> crate::telemetry::NotifyMetrics {
    crate::telemetry::Metrics::new(crate::telemetry::Build::current()).unwrap().notify().clone()
}
