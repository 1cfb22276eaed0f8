//! What a system takes.

use std::ops::Range;

use crate::core::load::figures::{Ledger, Stage};

/// Events that came to a stage within the time (microseconds from the start), each second.
pub fn throughput(ledger: &Ledger, stage: Stage, within_us: &Range<i64>) -> f64 {
    let at_us = ledger.entries().filter_map(|entry| Some(entry.scheduled.intended_us + entry.latency_us(stage)?));
    let seconds = (within_us.end - within_us.start).max(1) as f64 / 1e6;
    at_us.filter(|at_us| within_us.contains(at_us)).count() as f64 / seconds
}
