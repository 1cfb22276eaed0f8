//! The run, second by second.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happened within one second. What was not measured is `null` and drawn as a gap.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Second {
    /// When it began.
    pub at_s: f64,
    /// Events that were due.
    pub offered: Option<u64>,
    pub sent: Option<u64>,
    pub acknowledged: Option<u64>,
    pub stored: Option<u64>,
    pub delivered: Option<u64>,
    pub failed: Option<u64>,
    /// Latencies from the intended time to the end of the objective's stage, of the events that were due in this second.
    pub p50_us: Option<f64>,
    pub p99_us: Option<f64>,
    pub p9999_us: Option<f64>,
    /// The worst of them.
    pub max_us: Option<f64>,
    /// Sent and not answered yet, at its end.
    pub outstanding: Option<u64>,
    /// Acknowledged and not yet at the last stage that the run looks at, at its end.
    pub lag: Option<u64>,
    pub slip_max_us: Option<f64>,
    pub hiccup_max_us: Option<f64>,
    /// Of the load host's process, 100 is one processor.
    pub cpu_percent: Option<f64>,
    pub rss_bytes: Option<u64>,
    /// Of all workers together.
    pub worker_cpu_percent: Option<f64>,
    pub worker_rss_bytes: Option<u64>,
}
