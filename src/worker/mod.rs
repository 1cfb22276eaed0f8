//! The daemon: a member of the group with one task per assigned partition, from start to drain.
//!
//! - [`run`]: connects, checks, joins, works, drains.
//! - `task`: one partition; `starting`, `intake`, `applying`, `dead_letters`, `checkpoint` are its steps.
//! - `group`: assignments become tasks; `shared`: what tasks have in common; [`memory`]: the budget, cut into pools.
//! - `status`, [`state`], `lag`: what others see.

mod applying;
mod backoff;
mod checkpoint;
mod dead_letters;
mod group;
mod intake;
mod interrupt;
mod lag;
mod layout_keeper;
pub mod memory;
mod run;
mod shared;
mod starting;
mod startup;
pub mod state;
mod status;
mod task;

pub use run::{Shutdown, run};
pub use startup::StartError;
