//! Much at once, slow beside fast, and a disk that is full.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::alerts::{page, resolved};
use super::receiver::{Behaviour, Receiver, TAKES};
use super::world::{World, alerts, channel, wait_for};
use crate::config::ChannelKind;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_channel_does_not_hold_up_a_fast_one() {
    let directory = tempfile::tempdir().unwrap();
    let (slow, fast) = (Receiver::start(Behaviour::Hang), Receiver::start(TAKES));
    let mut settings = alerts(
        directory.path(),
        [("fast", channel(ChannelKind::Webhook, &fast.url())), ("slow", channel(ChannelKind::Webhook, &slow.url()))],
    );
    settings.channels.get_mut("slow").unwrap().timeout = Duration::from_secs(60);
    let world = World::start(&settings);
    let started = Instant::now();
    for number in 0..50 {
        world.notifier.submit(page(&number.to_string())).await;
    }
    wait_for("the fast one has all", || fast.taken().len() == 50).await;
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    assert_eq!(slow.requests().len(), 1, "one at a time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_incidents_at_once_are_told_once_each_and_the_file_stays_small() {
    let directory = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(TAKES);
    let world = World::start(&alerts(directory.path(), [("hook", channel(ChannelKind::Webhook, &receiver.url()))]));
    for number in 0..1_000 {
        world.notifier.submit(page(&format!("prod/tags/{number}"))).await;
    }
    wait_for("all are told", || receiver.taken().len() == 1_000).await;
    let told: BTreeSet<String> = receiver.taken().iter().map(|request| request.json()["key"].to_string()).collect();
    assert_eq!(told.len(), 1_000);
    for number in 0..1_000 {
        world.notifier.submit(resolved(&format!("prod/tags/{number}"))).await;
        let closed =
            crate::core::delivery::Alert { state: crate::core::delivery::State::Closed, ..resolved(&format!("prod/tags/{number}")) };
        world.notifier.submit(closed).await;
    }
    let size = || std::fs::metadata(directory.path().join("outbox.jsonl")).unwrap().len();
    let largest = size();
    wait_for("the file is written anew", || size() < 2 << 20).await;
    assert!(largest < 16 << 20, "{largest}");
    world.notifier.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_full_disk_alerts_go_out_from_memory_and_the_file_has_all_when_there_is_room() {
    let directory = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(TAKES);
    let settings = alerts(directory.path(), [("hook", channel(ChannelKind::Webhook, &receiver.url()))]);
    let world = World::start(&settings);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    world.notifier.shared.outbox.as_ref().unwrap().lock().await.file = full;
    world.notifier.submit(page("a")).await;
    wait_for("it is told", || receiver.taken().len() == 1).await;
    wait_for("the file has it", || std::fs::read_to_string(directory.path().join("outbox.jsonl")).unwrap().contains("\"key\":\"a\"")).await;
    world.notifier.shutdown().await;
    let world = World::start(&settings);
    assert_eq!(world.notifier.open_alerts().len(), 1);
    world.notifier.submit(resolved("a")).await;
    wait_for("the end is told", || receiver.taken().len() == 2).await;
    world.notifier.shutdown().await;
}
