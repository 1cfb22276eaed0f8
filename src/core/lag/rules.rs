//! The numbers of the rules. They were tried on the traces of `tests/lag`.

use serde::{Deserialize, Serialize};

use super::pace::Pace;

/// What is promised, and what counts as much.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LagRules {
    /// The freshness that is promised: records are not older than this when they are consumed, in seconds.
    pub freshness_s: f64,
    /// A drain that takes longer calls somebody, in seconds.
    pub longest_drain_s: f64,
    /// Consuming less by this share is falling behind at once; catching up is as much more.
    pub margin: f64,
    /// Fewer records than this are no backlog.
    pub least_backlog: f64,
    /// A partition that was seen first so long ago or less only warns, in seconds.
    pub young_s: f64,
}

impl Default for LagRules {
    fn default() -> Self {
        Self { freshness_s: 300.0, longest_drain_s: 1_800.0, margin: 0.05, least_backlog: 100.0, young_s: 600.0 }
    }
}

impl LagRules {
    /// The age of the oldest record above which the promise is broken: never so low that a commit in time breaks it.
    pub fn freshness(&self, pace: Pace) -> f64 {
        self.freshness_s.max(pace.floor_s() + pace.gap_s)
    }

    /// How many waiting records are a backlog at this ingest per second.
    pub fn backlog(&self, ingest: f64) -> f64 {
        self.least_backlog.max(10.0 * ingest)
    }
}
