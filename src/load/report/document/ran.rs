//! What ran, and how it was asked for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ran {
    pub mode: Mode,
    /// As it was typed, without secrets.
    pub command: String,
    pub version: String,
    /// Of the source that the binary was built from.
    pub commit: Option<String>,
    /// When it started, as RFC 3339.
    pub started_at: String,
    /// From the first to the last intended time, warm-up included.
    pub duration_s: f64,
    pub config: Config,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    #[default]
    Run,
    Capacity,
    Backpressure,
    Catchup,
    /// Several results joined.
    Merge,
}

impl Mode {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Capacity => "capacity",
            Self::Backpressure => "backpressure",
            Self::Catchup => "catchup",
            Self::Merge => "merge",
        }
    }
}

/// Whether events are due whatever the system does, or wait for the answer to the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    #[default]
    Open,
    Closed,
}

impl Model {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// What decides the load. What does not apply is `null`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Config {
    pub model: Model,
    /// The pace as it was given, such as `1000:30,100:60`.
    pub pace: Option<String>,
    /// `phase`, `poisson`, `jitter`, `burst` or the file that was replayed.
    pub arrivals: Option<String>,
    pub seed: Option<u64>,
    pub producers: Option<u64>,
    pub connections: Option<u64>,
    /// The client that sent: `rskafka`, `librdkafka`, `shasta` or `sink`.
    pub client: Option<String>,
    pub payload_bytes: Option<u64>,
    pub channels: Option<u64>,
    /// What an event passes: `sink`, `kafka`, `worker` or `follower`.
    pub level: Option<String>,
    pub acks: Option<String>,
    pub linger_ms: Option<f64>,
    pub warm_up_s: f64,
    /// What makes a pair of the tails: `host`, `process` or `producer`.
    pub pair_by: Option<String>,
    pub objective: Option<Objective>,
    /// Any further setting that decides the figures, as name and value.
    #[serde(default)]
    pub others: Vec<(String, String)>,
}

/// The latency that has to hold, and for which share of the scheduled events.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Objective {
    /// The stage it is about, as in `stages`.
    pub stage: String,
    /// 0 .. 1, such as 0.9999.
    pub quantile: f64,
    pub limit_ms: f64,
}
