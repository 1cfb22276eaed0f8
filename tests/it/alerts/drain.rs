//! A worker that is stopped while records go on coming in, and the drain after it. It takes minutes, of waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::paced_link::PacedLink;
use super::watcher::{Watcher, config};
use super::webhook::Webhook;
use super::{kinds, until_group};
use crate::support::events::EventOptions;
use crate::support::kafka::NewRecord;
use crate::support::redis::RedisOptions;
use crate::support::scene::Scene;
use crate::support::wait::until;
use crate::support::worker::Worker;

const EVERY: Duration = Duration::from_millis(250);
const AT_ONCE: usize = 5;
/// Each second.
const INGEST: usize = 20;
/// Twice as fast as records come in they are drained, one at a time: so slowly that a busy machine keeps the pace.
const DRAINS_EVERY: Duration = Duration::from_millis(25);
/// What is not committed yet where nothing waits: the end that is foretold.
const CAUGHT_UP_S: f64 = 6.0;
/// As near as what is foretold is, however near the end: three looks. It is as old as a look, and reckons with the one before.
const CLOSE_S: f64 = 30.0;
const STOPPED_FOR: Duration = Duration::from_secs(140);

/// [`INGEST`] records a second until it is dropped.
struct Feed {
    stop: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Feed {
    fn start(scene: &Scene, records: Vec<NewRecord>) -> Self {
        let (kafka, topic) = (scene.kafka, scene.topic.clone());
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let began = Instant::now();
            for (number, some) in (0..).zip(records.chunks(AT_ONCE)) {
                if told.load(Ordering::Relaxed) {
                    return;
                }
                kafka.produce(&topic, some);
                // By the clock: a late round is made up for.
                thread::sleep((EVERY * (number + 1)).saturating_sub(began.elapsed()));
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(thread::JoinHandle::join);
    }
}

/// A look at the drain: seconds since the worker was started again, and what was foretold then.
struct Foretold {
    at: f64,
    now_s: Option<f64>,
    forecast_s: Option<f64>,
}

#[test]
fn a_stopped_worker_pages_within_two_minutes_and_the_end_of_its_drain_is_foretold() {
    let mut scene = Scene::with("drain", EventOptions { partitions: 1, ..EventOptions::default() }, RedisOptions::default());
    let link = PacedLink::start(scene.redis.address());
    let webhook = Webhook::start();
    let records = scene.events.batch(INGEST * 900);
    let over_link = vec![toml::Value::String(link.address())];
    let mut worker = Worker::start(scene.config().set("redis.nodes", over_link).set("worker.batch.max_records", 1));
    let feed = Feed::start(&scene, records);
    let mut watcher = Watcher::start(&config(scene.kafka, &scene.topic, &scene.group, &webhook, ""));
    until_group(&watcher, "a reading", Duration::from_secs(60), |group| group["view"]["members"] == 1);
    thread::sleep(Duration::from_secs(45));
    assert_eq!(webhook.pages(), Vec::<Value>::new(), "all is well before");

    assert!(worker.stop().success());
    let stopped = Instant::now();
    let page = webhook.wait_for("the page", Duration::from_secs(120), |alert| alert["severity"] == "page");
    println!("{} paged {:.0} s after SIGTERM", page["kind"], stopped.elapsed().as_secs_f64());
    assert_eq!(page["kind"], "STOPPED");
    watcher.kill_and_restart();
    let opened = until_group(&watcher, "the incident after a restart", Duration::from_secs(60), |group| kinds(group).contains(&"STOPPED"));
    assert_eq!(opened["incidents"][0]["opened"].as_f64().unwrap() as i64, page["opened"].as_i64().unwrap());
    thread::sleep(STOPPED_FOR.saturating_sub(stopped.elapsed()));

    link.pace(DRAINS_EVERY);
    worker.restart();
    let restarted = Instant::now();
    let mut foretold = Vec::new();
    let drained = until("the end of the drain", Duration::from_secs(600), || {
        thread::sleep(Duration::from_secs(5));
        let document = watcher.document().ok()?;
        let view = &document["groups"][0]["view"];
        let at = restarted.elapsed().as_secs_f64();
        let forecast_s = view["eta_forecast_s"][1].as_f64();
        foretold.push(Foretold { at, now_s: view["eta_now_s"].as_f64(), forecast_s });
        (view["age_s"].as_f64()? < CAUGHT_UP_S).then_some(at)
    });
    drop(feed);
    judge(&foretold, drained);
    webhook
        .wait_for("the page to be resolved", Duration::from_secs(200), |alert| alert["key"] == page["key"] && alert["state"] == "resolved");
    webhook
        .wait_for("the incident to be closed", Duration::from_secs(400), |alert| alert["key"] == page["key"] && alert["state"] == "closed");
    let opens: Vec<Value> = webhook.pages().into_iter().filter(|alert| alert["previous"].is_null()).collect();
    assert_eq!(opens.len(), 1, "one page for all of it: {:#?}", webhook.alerts());
    watcher.stop();
    assert!(worker.stop().success());
}

/// From a third of the drain on, what is foretold is within 25 % of the truth, or as near as looks allow.
fn judge(foretold: &[Foretold], drained: f64) {
    let (mut right, mut all) = (0, 0);
    for Foretold { at, now_s, forecast_s } in foretold {
        let truth = drained - at;
        let show = |eta: Option<f64>| eta.map_or("-".to_owned(), |eta| format!("{eta:.0}"));
        println!("{at:5.0} s: truth {truth:5.0} s, at this pace {:>5} s, forecast {:>5} s", show(*now_s), show(*forecast_s));
        if *at >= drained / 3.0 && truth > 0.0 {
            all += 1;
            right += usize::from(now_s.is_some_and(|eta| (eta - truth).abs() <= (0.25 * truth).max(CLOSE_S)));
        }
    }
    println!("the drain took {drained:.0} s; {right} of {all} looks from a third of it on were right");
    assert!(all >= 12 && right * 100 >= all * 95, "{right} of {all}");
}
