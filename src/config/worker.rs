//! `[worker]`: the daemon's own pace and bounds.

use std::time::Duration;

use bytesize::ByteSize;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::duration::DurationText;
use super::size::{self, SizeText};

/// The daemon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Worker {
    /// How often each partition's offset is committed, as a checkpoint of all its slices.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "DurationText")]
    pub commit_interval: Duration,
    /// How long a stop may take to finish what is in flight and commit.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "DurationText")]
    pub drain_timeout: Duration,
    /// A partition with work that makes no progress for this long, and waits for nothing that it can name, ends the process.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "DurationText")]
    pub stall_limit: Duration,
    /// Threads for the partitions' tasks; 0: one per core.
    pub threads: u32,
    pub batch: Batch,
    pub memory: Memory,
}

/// `[worker.batch]`: upper limits; a batch is whatever is ready, and never waits to fill.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Batch {
    /// Records of one partition that are applied together.
    pub max_records: u32,
    /// Bytes of keys and values of such a batch.
    #[serde(with = "size")]
    #[schemars(with = "SizeText")]
    pub max_bytes: ByteSize,
    /// Events in one script call. A call blocks its Redis: 64 to 128 take less than 1 ms.
    pub events_per_call: u32,
}

/// `[worker.memory]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Memory {
    /// What the process may use: partition queues, read caches, batches in flight and a fixed base are cut from it.
    #[serde(with = "size")]
    #[schemars(with = "SizeText")]
    pub budget: ByteSize,
}

impl Default for Worker {
    fn default() -> Self {
        Self {
            commit_interval: Duration::from_secs(5),
            drain_timeout: Duration::from_secs(25),
            stall_limit: Duration::from_secs(60),
            threads: 0,
            batch: Batch::default(),
            memory: Memory::default(),
        }
    }
}

impl Default for Batch {
    fn default() -> Self {
        Self { max_records: 2000, max_bytes: ByteSize::mib(2), events_per_call: 64 }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self { budget: ByteSize::mib(512) }
    }
}
