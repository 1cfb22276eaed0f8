//! What the tests stand on: servers that end with the test, events, and the oracle that judges what the worker made of them.

// A part of the harness is there for the tests that need it, not for each build of the binary.
#![allow(dead_code)]

pub mod checker;
pub mod cluster_scene;
pub mod events;
pub mod kafka;
pub mod kafka_wire;
pub mod ports;
pub mod process;
pub mod redis;
pub mod redis_cluster;
pub mod running;
pub mod scene;
pub mod scratch;
pub mod subscriber;
pub mod tls;
pub mod wait;
pub mod worker;
