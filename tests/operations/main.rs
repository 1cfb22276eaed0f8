//! What is deployed beside the binary, against the binary: rules of Prometheus, the dashboard, runbooks.
#![cfg(feature = "daemon")]
#![allow(clippy::unwrap_used, clippy::panic)]

mod dashboard;
mod metrics;
mod promql;
mod rules;
mod runbooks;
mod tool;
