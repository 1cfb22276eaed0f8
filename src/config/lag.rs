//! `[lag]`: when lag is a trouble, and how often is looked.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::duration::DurationText;
use crate::core::lag::LagRules;

/// The rules of lag: the same in the worker, in `shasta watch` and in `shasta lag`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Lag {
    /// How often is looked.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "DurationText")]
    pub interval: Duration,
    /// The freshness that is promised: records are not older than this when they are consumed.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "DurationText")]
    pub freshness: Duration,
    /// A drain that takes longer calls somebody.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "DurationText")]
    pub longest_drain: Duration,
    /// Consuming less than is written by this share is falling behind; catching up is as much more.
    pub margin: f64,
    /// Fewer records than this are no backlog.
    pub least_backlog: u32,
    /// A partition that appeared so long ago or less only warns.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "DurationText")]
    pub young: Duration,
}

impl Default for Lag {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(10),
            freshness: Duration::from_secs(300),
            longest_drain: Duration::from_secs(1_800),
            margin: 0.05,
            least_backlog: 100,
            young: Duration::from_secs(600),
        }
    }
}

impl From<&Lag> for LagRules {
    fn from(lag: &Lag) -> Self {
        Self {
            freshness_s: lag.freshness.as_secs_f64(),
            longest_drain_s: lag.longest_drain.as_secs_f64(),
            margin: lag.margin,
            least_backlog: lag.least_backlog.into(),
            young_s: lag.young.as_secs_f64(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_by_default_are_those_of_the_core() {
        assert_eq!(LagRules::from(&Lag::default()), LagRules::default());
    }
}
