//! How far the clocks can be believed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Clock {
    pub host: String,
    /// What disciplines it: `chrony`, `none`, `Redis' clock` ..
    pub source: String,
    /// Against true time, where known; positive is ahead.
    pub offset_us: Option<f64>,
    /// At most this far off beside the offset.
    pub error_us: Option<f64>,
    #[serde(default)]
    pub steps: Vec<ClockStep>,
    /// What may be read from it: "one-way figures to +-0.3 ms" ..
    pub note: Option<String>,
}

/// The real-time clock jumped against the monotonic one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClockStep {
    pub at_s: f64,
    /// Positive: it jumped ahead.
    pub by_us: f64,
}
