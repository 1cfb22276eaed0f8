//! What happens when more comes than can be taken.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Percentile;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Backpressure {
    /// Events per second that are an overload of 1.
    pub capacity_per_s: Option<f64>,
    pub cells: Vec<Cell>,
    /// One sentence.
    pub why: String,
}

/// One publisher at one overload.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cell {
    /// `shasta` or `bare`.
    pub publisher: String,
    /// How many events may be outstanding; `null`: any number.
    pub bound: Option<u64>,
    /// `block` or `reject`.
    pub policy: String,
    /// 3 is three times the capacity.
    pub overload: f64,
    pub duration_s: f64,
    pub offered: u64,
    pub accepted: u64,
    pub durable: u64,
    /// That became durable while the load was on, whenever they were offered, each second.
    #[serde(default)]
    pub durable_per_s: Option<f64>,
    pub rejected: u64,
    /// Taken, and given up later: whoever published was told so.
    pub expired: u64,
    pub acknowledged_lost: u64,
    /// Refused or lost without a word to whoever published.
    pub untold: u64,
    /// From the intended time to the acknowledgement, p50 .. max (quantile 1), of those that were acknowledged.
    #[serde(default)]
    pub response: Vec<Percentile>,
    /// Of the events that were acknowledged while the load was on: the mean time from taken to acknowledged, and what Little's law makes of it: outstanding / throughput.
    pub queue_ms: Option<f64>,
    pub little_ms: Option<f64>,
    pub memory_slope_bytes_per_s: Option<f64>,
    /// From the end of the overload until latencies were as before it.
    pub recovery_s: Option<f64>,
    /// Nothing acknowledged was lost and every refusal was told.
    pub truthful: Option<bool>,
    /// The memory did not grow.
    pub bounded: Option<bool>,
    /// At least 95 % of the durable events per second at an overload of 1.
    pub stable: Option<bool>,
}
