//! Where it ran.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Machine {
    pub host: String,
    /// That the run may use.
    pub cpus: Option<f64>,
    pub cpu_model: Option<String>,
    pub memory_bytes: Option<u64>,
    pub kernel: Option<String>,
    /// Whether servers and workers ran on it too.
    pub shared: bool,
}

/// What was tested.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Servers {
    pub kafka: Option<String>,
    pub redis: Option<String>,
    pub brokers: Option<u64>,
    pub redis_nodes: Option<u64>,
    pub topic: Option<String>,
    pub partitions: Option<u64>,
    pub workers: Option<u64>,
    pub worker_version: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoadHost {
    pub host: String,
    /// The first and the number of the producers that it was.
    pub first_producer: u64,
    pub producers: u64,
    pub scheduled: u64,
    pub started_at: Option<String>,
}
