//! Everything that a Redis can do to a worker: end, forget, fill up, refuse, hold what does not belong there. In the end it is exact.

mod expiry;
mod layout;
mod load;
mod log_in;
mod loss;
mod memory;
mod mode;
mod refusal;
mod server;
mod slice;
mod wrong_type;

use std::time::Duration;

use crate::support::checker::Names;
use crate::support::scene::Scene;
use crate::support::wait::{until, until_ok};
use crate::support::worker::{Worker, http_get};

/// What a topic of four partitions gets.
const SLICES: u32 = 1024;
const LIMIT: Duration = Duration::from_secs(30);
const LOSS: &str = "redis lost acknowledged writes";

fn names(scene: &Scene) -> Names {
    Names::new(&scene.prefix, SLICES)
}

/// Waits until `/readyz` says no, with all of these words.
fn until_not_ready(worker: &Worker, words: &[&str]) {
    until_ok(format!("/readyz to say {words:?}"), LIMIT, || match http_get(worker.port(), "/readyz") {
        Ok(answer) if answer.status == 503 && words.iter().all(|word| answer.body.contains(word)) => Ok(()),
        Ok(answer) => Err(format!("{} {}", answer.status, answer.body)),
        Err(error) => Err(error.to_string()),
    });
}

fn applied(worker: &Worker) -> f64 {
    worker.metric("shasta_records_applied_total", &[])
}

/// Waits until the process that runs now has applied so many events: after a restart they may all come at once.
fn until_applied(worker: &Worker, events: f64) {
    until("events to be applied", LIMIT, || (applied(worker) >= events).then_some(()));
}

/// Waits until the worker has applied so many more events.
fn until_applied_more(worker: &Worker, events: f64) {
    let from = applied(worker);
    until("events to be applied", LIMIT, || (applied(worker) >= from + events).then_some(()));
}

fn conflicts(worker: &Worker) -> f64 {
    worker.metric("shasta_fence_outcomes_total", &["outcome=\"conflict\""])
}

fn until_logged(worker: &Worker, words: &str, limit: Duration) {
    until_ok(format!("{words:?} in the log"), limit, || if worker.log().contains(words) { Ok(()) } else { Err(worker.log()) });
}
