//! Capacity tests whose numbers can be believed: a schedule that is decided beforehand, latencies from the intended time, and accounts in
//! which every event is.
//!
//! - [`run`]: sends a schedule and writes down what becomes of each event.
//! - [`fleet`]: who sends; [`observe`]: who looks; [`host`]: what the load host itself does meanwhile.
//! - [`local_servers`]: a system on this machine to be tested.
//! - [`capacity`]: run after run, until it breaks.
//! - [`backpressure`]: more than can be taken, for publishers with and without a bound.
//! - [`catchup`]: the workers are stopped meanwhile, and started again.
//! - [`raw`]: what a run was told, row by row; [`results`]: runs that are joined, checked and compared afterwards.
//! - [`findings`]: what a run means; [`report`]: how it is told, to people and for machines.
//!
//! The pure parts, pace and schedule, ledger and verdicts, are in [`crate::core::load`].

pub mod backpressure;
pub mod capacity;
pub mod catchup;
mod channels;
mod error;
pub mod findings;
pub mod fleet;
pub mod host;
pub mod local_servers;
pub mod observe;
pub mod raw;
pub mod report;
pub mod results;
pub mod run;
mod run_clock;

pub use channels::APP_ID;
pub use error::LoadError;
