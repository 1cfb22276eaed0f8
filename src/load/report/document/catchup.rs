//! How a backlog is worked off.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Times are from the restart of the workers unless told otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Catchup {
    /// From stop to restart.
    pub outage_s: f64,
    /// When the workers stopped and were started again, from the start of the run.
    pub stopped_at_s: Option<f64>,
    pub restarted_at_s: Option<f64>,
    /// That was published meanwhile, and after it.
    pub rate_per_s: f64,
    /// Events that waited at the restart.
    pub backlog: u64,
    /// From the stop to the first alert; `null`: none came.
    pub alert_s: Option<f64>,
    pub first_stored_s: Option<f64>,
    /// Until nothing of the backlog waited; `null`: not in this run.
    pub drain_s: Option<f64>,
    /// Until new events were as fast as before the stop.
    pub fresh_s: Option<f64>,
    pub peak_per_s: Option<f64>,
    pub mean_per_s: Option<f64>,
    /// R: consumed per ingested while it drained.
    pub ratio: Option<f64>,
    #[serde(default)]
    pub eta_errors: Vec<EtaError>,
    pub cache_hits_percent: Option<f64>,
    pub lost: u64,
    pub doubled: u64,
    /// Whether the broker read the backlog from memory, not from its disk: "the backlog (120 MB) was in the page cache".
    pub page_cache: Option<String>,
    /// "a 2-day outage at this rate takes X".
    pub two_days: Option<String>,
    /// The backlog through outage and drain.
    #[serde(default)]
    pub curve: Vec<Backlog>,
}

/// How wrong the foretold end was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EtaError {
    /// Of the drain, 10, 50 or 90.
    pub done_percent: f64,
    /// What was left, as foretold then and as it was.
    pub foretold_s: Option<f64>,
    pub real_s: Option<f64>,
}

impl EtaError {
    /// Positive: it was foretold to take longer than it did.
    pub fn error_percent(&self) -> Option<f64> {
        let real = self.real_s.filter(|real| *real > 0.0)?;
        Some((self.foretold_s? - real) / real * 100.0)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Backlog {
    /// From the start of the run.
    pub at_s: f64,
    pub waiting: Option<u64>,
    pub consumed_per_s: Option<f64>,
    pub ingested_per_s: Option<f64>,
    /// What the watcher foretold then.
    pub eta_s: Option<f64>,
}
