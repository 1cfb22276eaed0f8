//! The rules of lag against traces whose truth is known.
#![allow(clippy::unwrap_used, clippy::panic)]

mod chance;
#[cfg(feature = "daemon")]
mod command;
mod laws;
mod others;
mod outcome;
mod plain;
mod prometheus;
mod properties;
mod recorder;
mod scenario;
#[cfg(feature = "daemon")]
mod screen;
mod table;
