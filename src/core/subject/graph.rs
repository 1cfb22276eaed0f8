//! How a group stood each minute, for whoever draws it.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::core::lag::GroupView;

const EVERY_S: f64 = 60.0;
const KEEP_S: f64 = 172_800.0;

/// What is not known is `None`, never 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "settings", derive(schemars::JsonSchema))]
pub struct GraphPoint {
    /// Seconds since 1970.
    pub t: f64,
    /// Age of the oldest record that waits in seconds.
    pub age_s: Option<f64>,
    /// Records that wait.
    pub lag: Option<i64>,
    /// Records per second.
    pub ingest: Option<f64>,
    pub consume: Option<f64>,
}

/// The last 48 hours: at most 2,881 points, 230 kB.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Graph {
    points: VecDeque<GraphPoint>,
}

impl Graph {
    pub fn is_due(&self, now: f64) -> bool {
        let minute = |time: f64| (time / EVERY_S).floor();
        self.points.back().is_none_or(|last| minute(last.t) < minute(now))
    }

    pub fn push(&mut self, view: &GroupView) {
        let GroupView { at: t, age_s, lag, ingest, consume, .. } = *view;
        self.points.push_back(GraphPoint { t, age_s, lag, ingest, consume });
        while self.points.front().is_some_and(|first| first.t < t - KEEP_S) {
            self.points.pop_front();
        }
    }

    pub fn points(&self) -> impl Iterator<Item = &GraphPoint> {
        self.points.iter()
    }
}
