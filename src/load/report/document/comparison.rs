//! Two runs beside each other.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Mark;

pub const COMPARISON_SCHEMA: &str = "shasta.load.compare/1";

/// What `shasta load compare A B` found; a ratio is B / A, so above 1 B is slower.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// `shasta.load.compare/1`.
    pub schema: String,
    pub a: Side,
    pub b: Side,
    /// Settings that are not the same.
    #[serde(default)]
    pub differences: Vec<Difference>,
    pub rows: Vec<Compared>,
    pub regression: bool,
    pub exit_code: u8,
    /// One sentence.
    pub why: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Side {
    /// The file it was read from.
    pub name: String,
    pub commit: Option<String>,
    pub started_at: String,
    pub host: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    pub setting: String,
    pub a: String,
    pub b: String,
}

/// One percentile of one stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Compared {
    pub stage: String,
    pub quantile: f64,
    pub a_us: Option<f64>,
    pub b_us: Option<f64>,
    pub ratio: Option<f64>,
    /// 95 %.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// Of the run with fewer events.
    pub mark: Mark,
    pub regression: bool,
}
