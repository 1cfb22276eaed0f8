//! Where it breaks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Capacity {
    /// In the order in which they ran.
    pub steps: Vec<Step>,
    /// Events per second that passed 3 of 3; `null`: not even the first.
    pub found_per_s: Option<f64>,
    /// The lowest rate that failed.
    pub broke_at_per_s: Option<f64>,
    /// The system did not break: the generator or the end of the search was the limit, so it can do at least this.
    pub lower_bound: bool,
    /// One sentence.
    pub why: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    pub rate_per_s: f64,
    pub achieved_per_s: Option<f64>,
    /// How often it ran at this rate, and how often it passed.
    pub runs: u64,
    pub passes: u64,
    pub outcome: StepOutcome,
    /// One sentence.
    pub why: String,
    pub n: u64,
    pub p50_us: Option<f64>,
    pub p99_us: Option<f64>,
    pub p9999_us: Option<f64>,
    /// Change of the backlog, in events per second per second of the run.
    pub backlog_slope: Option<f64>,
    pub duration_s: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    Pass,
    Fail,
    #[default]
    Inconclusive,
    /// The generator could not offer it.
    Generator,
}

impl StepOutcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::Generator => "generator is the limit",
        }
    }
}
