//! The daemon as a process: how it ends, what it tells, what it needs.

mod http;
mod memory;
mod stop;
mod systemd;
mod traces;

use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// The worker knows that nothing waits in any of its partitions, and so do its rules of lag, which look less often.
fn wait_caught_up(worker: &crate::support::worker::Worker) {
    crate::support::wait::until_ok("a lag of 0", PATIENCE, || {
        let state = worker.state();
        let partitions = state["partitions"].as_array().unwrap();
        let mut all = partitions.iter().chain(state["lag"]["partitions"].as_array().into_iter().flatten());
        let is_judged = state["lag"]["of"].as_u64() == Some(partitions.len() as u64);
        let behind = all.any(|partition| partition["lag"].as_u64() != Some(0));
        if is_judged && !behind { Ok(()) } else { Err(state.to_string()) }
    });
}
