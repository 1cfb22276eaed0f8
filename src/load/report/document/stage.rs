//! How long events took.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// From one point in the life of an event to another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stage {
    /// Where it ends: `send`, `acknowledged`, `consumed`, `stored`, `delivered`.
    pub name: String,
    /// Where it begins, nearly always `intended`.
    pub from: String,
    /// What the clocks allow: "+-1 ms, Redis' clock".
    pub clock: Option<String>,
    pub n: u64,
    /// Latencies below 0; they are among the n.
    pub negative: u64,
    /// p50, p90, p99, p99.9, p99.99, p99.999 in this order.
    pub percentiles: Vec<Percentile>,
    pub min_us: Option<f64>,
    pub mean_us: Option<f64>,
    pub max_us: Option<f64>,
    /// Quantiles in rising order, for a curve: up to 1 - 1/n, no further.
    #[serde(default)]
    pub curve: Vec<Point>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Percentile {
    /// 0 .. 1.
    pub quantile: f64,
    /// `null`: too few events to have one.
    pub us: Option<f64>,
    /// 95 % by order statistics; `high_us` is `null` where the events do not bound it.
    pub low_us: Option<f64>,
    pub high_us: Option<f64>,
    pub mark: Mark,
}

/// What n makes of a percentile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    #[default]
    Sound,
    /// n(1-q) < 10.
    Weak,
    /// n(1-q) < 1.
    OnlyMaximum,
}

impl Mark {
    /// By how many of n events lie above the quantile.
    pub fn of(n: u64, quantile: f64) -> Self {
        // A hair more than n(1-q) in floating point would make 10 of 100,000 weak.
        let above = (n as f64).mul_add(-quantile, n as f64) * (1.0 + 1e-9) + 1e-9;
        match above {
            above if above < 1.0 => Self::OnlyMaximum,
            above if above < 10.0 => Self::Weak,
            _ => Self::Sound,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    pub quantile: f64,
    pub us: f64,
}
