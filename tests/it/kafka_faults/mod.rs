//! What goes wrong around Kafka, the group and the process must not show in Redis: faults are made, and the oracle judges what is left.

mod broker;
mod committed;
mod crash;
mod dead_letters;
mod gaps;
mod group;
pub mod load;
mod mixed_keys;
pub mod redis_state;
mod retention;
mod topic;
mod truncation;

use std::time::Duration;

/// For what needs a session to expire, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
