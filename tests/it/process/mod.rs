//! The daemon as a process: how it ends, what it tells, what it needs.

mod http;
mod memory;
mod stop;
mod systemd;
mod traces;

use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// The lag of every partition has been asked for.
fn wait_lag_known(worker: &crate::support::worker::Worker) {
    crate::support::wait::until_ok("the lag to be known", PATIENCE, || {
        let state = worker.state();
        let unknown =
            state["partitions"].as_array().unwrap().iter().find(|partition| partition["lag"].is_null() || partition["end"].is_null());
        unknown.map_or(Ok(()), |partition| Err(partition.to_string()))
    });
}
