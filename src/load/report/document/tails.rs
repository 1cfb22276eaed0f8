//! D2 .. D5: how far the tail of each pair lies above the pair's own median.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Mark;

/// Of one stage, in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tails {
    pub stage: String,
    /// What makes a pair: `host`, `process` or `producer`.
    pub pair_by: String,
    /// D2 .. D5 over the pairs, unweighted.
    pub rows: Vec<TailRow>,
    /// All pairs as one, each pair's median subtracted: D2 .. D5.
    #[serde(default)]
    pub pooled: Vec<PairTail>,
    /// The pairs with the worst tails first; `pairs_total` may be more.
    #[serde(default)]
    pub pairs: Vec<Pair>,
    pub pairs_total: u64,
    /// The medians of windows, to be seen drifting.
    #[serde(default)]
    pub drift: Vec<Drift>,
}

/// A row of the table `Metric | Median | Mean | StdDev | Max | Min`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TailRow {
    /// `D2` .. `D5`.
    pub metric: String,
    pub median_ms: f64,
    pub mean_ms: f64,
    /// With no degree of freedom taken off.
    pub stddev_ms: f64,
    pub max_ms: f64,
    pub min_ms: f64,
    /// Pairs that it is over.
    pub pairs: u64,
    /// Of the pair with the fewest events.
    pub mark: Mark,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Pair {
    pub source: String,
    pub destination: String,
    pub n: u64,
    pub median_ms: f64,
    pub tails: Vec<PairTail>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PairTail {
    /// `D2` .. `D5`.
    pub metric: String,
    pub ms: f64,
    pub mark: Mark,
}

/// The median of one window over all pairs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Drift {
    pub begin_s: f64,
    pub length_s: f64,
    pub n: u64,
    pub median_ms: f64,
}
