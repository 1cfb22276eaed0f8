//! Whether the objective held.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Pass,
    Fail,
    /// The run can not tell.
    #[default]
    Inconclusive,
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Inconclusive => "INCONCLUSIVE",
        }
    }
}

/// By counting events over the limit, lost, failed, dropped and late, out of those scheduled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    pub outcome: Outcome,
    pub exit_code: u8,
    /// One sentence.
    pub why: String,
    pub scheduled: u64,
    /// k, of which so many are not latencies but missing: lost, failed, dropped, late.
    pub exceedances: u64,
    pub missing: u64,
    /// n(1-q): so many are allowed in the mean.
    pub allowed: Option<f64>,
    /// One-sided 95 % bounds of the mean number of exceedances, widened by the dispersion.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// Variance over mean of the exceedances in blocks of 10 s; 1 where they are independent.
    pub dispersion: Option<f64>,
    /// Blocks with an exceedance, of all.
    pub windows_hit: Option<u64>,
    pub windows: Option<u64>,
    /// The longest; `stalls_total` may be more.
    #[serde(default)]
    pub stalls: Vec<Stall>,
    pub stalls_total: u64,
}

/// Exceedances that follow each other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stall {
    /// The first intended time.
    pub begin_s: f64,
    pub length_ms: f64,
    pub exceedances: u64,
    /// The worst latency; `null` where an event never arrived.
    pub worst_ms: Option<f64>,
    /// The load host itself stood still for so long at that time: the stall is not the system's.
    pub hiccup_ms: Option<f64>,
}
