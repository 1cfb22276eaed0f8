//! Watching consumer groups from outside, without joining them.
//!
//! - `run`: from the configuration to a clean end. `cluster`: a task for each looks at its groups through [`look`]; `workers` are asked
//!   beside.
//! - `board`: everything that is watched. [`state`]: how it outlives the process; `clock`: time that does not go back.
//! - `api`, [`document`], [`page`]: what people and programs are told; `metrics`: what Prometheus is; `pulse`: whether all this goes on.

mod api;
mod board;
mod clock;
mod cluster;
pub mod document;
pub mod look;
mod metrics;
pub mod page;
mod pulse;
mod recovery;
mod run;
pub mod state;
mod workers;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use run::{WatchError, Watcher};

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
