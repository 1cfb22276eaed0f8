//! Every test that needs a real Kafka, a real Redis or a running `shasta`, in one binary.
//!
//! Each test owns its world: its own topic and prefix, on a broker that all share or on servers of its own. A server that can not be
//! started fails the test. `tests/setup.sh` brings the servers.

// Test code ends at the first surprise, and says where.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable)]

mod alerts;
mod cluster;
mod follow;
mod harness;
mod inspect;
mod kafka_faults;
mod lag;
mod load;
mod load_fleet;
mod local;
mod notices;
mod process;
mod publish;
mod python_reader;
mod read;
mod redis_faults;
mod secure;
mod support;

mod whole;
