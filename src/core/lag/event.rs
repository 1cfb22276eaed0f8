//! One line of what changed, as `shasta lag replay --json` prints it.

use serde::{Deserialize, Serialize};

use super::kind::{Kind, Severity};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    Open,
    /// The kind, the severity or the set of partitions; never numbers alone.
    Change,
    /// Nobody needs to act any more.
    Resolve,
    Close,
}

/// A change of an incident and how things stood then. What is not known is `None`, never 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Seconds of the samples' clock.
    pub t: f64,
    /// The same for the same cluster, group, class of kind and topic, whoever watches.
    pub incident: String,
    pub event: Change,
    pub kind: Kind,
    pub severity: Severity,
    pub partitions: Vec<usize>,
    pub of: usize,
    /// Of the oldest record that waits in any partition.
    pub age_s: Option<f64>,
    pub lag: Option<i64>,
    /// Records per second over the middle window.
    pub ingest: Option<f64>,
    pub consume: Option<f64>,
    pub speed: Option<f64>,
    /// `None`: never at this pace.
    pub eta_now_s: Option<f64>,
    /// From the better to the worse minutes of the last hour; `None`: not in sight, or not known.
    pub eta_forecast_s: Option<[Option<f64>; 2]>,
    /// Until retention deletes the first record that waits.
    pub ttl_s: Option<f64>,
    pub evidence: String,
}

/// Three decimals: more is noise, and a line stays readable.
pub fn rounded(number: f64) -> f64 {
    (number * 1_000.0).round() / 1_000.0
}
