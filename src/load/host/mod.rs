//! The machine that makes the load: when it sends, what its clocks do, and whether it is the limit itself.
//!
//! - [`Monotonic`]: the clock of a run, microseconds from its start, and the real time of each.
//! - [`Pacer`]: calls each event when it is due, on a thread of its own; [`SchedulingClass`] says how the kernel treats that thread.
//! - [`ClockWatch`]: steps of the real clock, found as [`ClockStep`]s; [`Tracking`]: what chrony knows of its error.
//! - [`HostSampler`]: CPU, waiting for a CPU and memory, of this process and of others, each second.
//! - [`Hiccups`]: when this machine stood still, which a system under test must not be blamed for.
//! - [`Machine`]: what it is; [`AllowedCpus`]: how much of it this process may use.

mod allowed_cpus;
mod background;
mod chrony;
mod class;
mod clock_step;
mod clock_watch;
mod error;
mod hiccups;
mod machine;
mod monotonic;
mod pacer;
mod process;
mod run_delay;
mod sampler;

pub use allowed_cpus::AllowedCpus;
pub use chrony::{NoTracking, Tracking};
pub use class::SchedulingClass;
pub use clock_step::{ClockSample, ClockStep};
pub use clock_watch::{ClockReport, ClockWatch};
pub use error::HostError;
pub use hiccups::{Hiccup, HiccupReport, Hiccups};
pub use machine::Machine;
pub use monotonic::Monotonic;
pub use pacer::{Continue, Ended, Pacer, PacerHandle, PacerSummary};
pub use process::ProcessUsage;
pub use sampler::{HostReport, HostSample, HostSampler, WatchedProcess, WatchedSample};
