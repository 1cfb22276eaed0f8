//! How a run goes, each second.

use crate::core::load::figures::{Ledger, Stage, percentile};

/// The latencies of so many seconds are looked at.
const LAST_US: i64 = 10_000_000;
/// At most so many events of them.
const EVENTS: u64 = 1_000_000;

/// A look at a run that goes on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    pub at_s: f64,
    /// Until the last event is due; `None` in a closed loop, which takes as long as it takes.
    pub left_s: Option<f64>,
    /// Events per second that were due, and sent, in the last 10 s.
    pub offered_per_s: f64,
    pub sent_per_s: f64,
    /// Of those that reached the last stage in the last 10 s.
    pub p99_ms: Option<f64>,
    pub p9999_ms: Option<f64>,
    pub slip_max_ms: f64,
    /// Sent, and not seen at the last stage.
    pub lag: u64,
    pub failed: u64,
    /// By the generator itself: it did not send them.
    pub dropped: u64,
    pub is_warm_up: bool,
}

impl Progress {
    pub fn of(ledger: &Ledger, last: Stage, now_us: i64) -> Self {
        let events = ledger.len() as u64;
        let recent = (events.saturating_sub(EVENTS)..events).filter_map(|event| ledger.entry(event));
        let recent: Vec<_> = recent.filter(|entry| entry.scheduled.intended_us >= now_us - LAST_US).collect();
        let mut latencies: Vec<i64> = recent.iter().filter_map(|entry| entry.latency_us(last)).collect();
        latencies.sort_unstable();
        let slips = recent.iter().filter_map(|entry| entry.latency_us(Stage::Sent));
        let seconds = (now_us.min(LAST_US) as f64 / 1e6).max(0.1);
        let at = |quantile| percentile(&latencies, quantile).map(|us| us / 1_000.0);
        Self {
            at_s: now_us as f64 / 1e6,
            left_s: None,
            offered_per_s: recent.len() as f64 / seconds,
            sent_per_s: slips.clone().count() as f64 / seconds,
            p99_ms: at(0.99),
            p9999_ms: at(0.9999),
            slip_max_ms: slips.max().unwrap_or(0) as f64 / 1_000.0,
            lag: 0,
            failed: 0,
            dropped: 0,
            is_warm_up: recent.last().is_some_and(|entry| !entry.scheduled.counted),
        }
    }
}
