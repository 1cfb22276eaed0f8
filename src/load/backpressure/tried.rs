//! One trial, as it came out.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::phases::Phases;
use super::recovery::recovery_s;
use super::throughput::throughput;
use super::trial::Trial;
use crate::core::load::figures::{Entry, GeneratorLimit, Ledger, LittleCheck, Outcome, Promises, Stage, bounded, percentile, slope};
use crate::load::findings::Findings;
use crate::load::report::{Cell, Mark, Percentile};
use crate::load::run::Measured;

const QUANTILES: [f64; 6] = [0.5, 0.9, 0.99, 0.999, 0.9999, 1.0];
/// So many times the p99 before the overload is still as before, and so much in any case.
const AS_BEFORE: f64 = 2.0;
const AS_BEFORE_US: f64 = 10_000.0;

/// A cell of the matrix, and whether it can be believed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// `stable` is open: that takes another trial.
    pub cell: Cell,
    /// Sums that do not hold.
    pub unbalanced: Vec<String>,
    /// Why the load host, and not the publisher, was the limit.
    pub limits: Vec<String>,
    /// Of the promise to tell the truth and of the bound, in numbers.
    pub why: Vec<String>,
    /// Somebody stopped it.
    pub is_cut_short: bool,
}

/// From what was measured in the phases of a trial.
pub fn tried(trial: &Trial, phases: &Phases, findings: &Findings, measured: &Measured) -> Tried {
    let window = phases.window_us();
    let (truthful, memory) = (promises(measured).truthful(), memory(measured, &window));
    let within = bounded(&memory);
    let cell = Cell {
        truthful: Some(truthful.holds),
        bounded: within.as_ref().map(|held| held.holds),
        memory_slope_bytes_per_s: slope(&memory).map(|line| line.per_second),
        recovery_s: recovery(measured, phases),
        ..counted(trial, phases, measured)
    };
    Tried {
        cell: waited(cell, measured, &window),
        unbalanced: findings.unbalanced.iter().map(ToString::to_string).collect(),
        limits: findings.limits.iter().filter(|limit| is_the_hosts(limit)).map(ToString::to_string).collect(),
        why: [Some(truthful.why), within.map(|held| held.why)].into_iter().flatten().collect(),
        is_cut_short: measured.is_cut_short,
    }
}

/// What was refused, and what a blocked caller sent late, is the publisher's doing here.
fn is_the_hosts(limit: &GeneratorLimit) -> bool {
    !matches!(limit, GeneratorLimit::Dropped { .. } | GeneratorLimit::Achieved { .. } | GeneratorLimit::Slip { .. })
}

/// Over the whole run: what was promised in the overload may be kept after it.
fn promises(measured: &Measured) -> Promises {
    let count = |is: fn(&Entry) -> bool| measured.ledger.entries().filter(is).count() as u64;
    let unknown = count(|entry| entry.outcome == Outcome::Unknown);
    Promises {
        offered: measured.ledger.len() as u64,
        acknowledged: count(|entry| entry.outcome == Outcome::Acknowledged),
        rejected: count(|entry| entry.outcome == Outcome::Dropped),
        expired: count(|entry| entry.outcome == Outcome::Failed),
        // Those of which nothing was said are unknown in the ledger too.
        unknown: unknown.saturating_sub(measured.unanswered as u64),
        acknowledged_lost: count(|entry| entry.outcome == Outcome::Acknowledged && entry.latency_us(Stage::Consumed).is_none()),
    }
}

/// What became of the events that were due in the overload.
fn counted(trial: &Trial, phases: &Phases, measured: &Measured) -> Cell {
    let window = phases.window_us();
    let entries = || measured.ledger.entries().filter(|entry| window.contains(&entry.scheduled.intended_us));
    let count = |outcomes: &[Outcome]| entries().filter(|entry| outcomes.contains(&entry.outcome)).count() as u64;
    let offered = entries().count() as u64;
    let rejected = count(&[Outcome::Dropped]);
    let mut responses: Vec<i64> = entries().filter_map(|entry| entry.latency_us(Stage::Acknowledged)).collect();
    responses.sort_unstable();
    Cell {
        publisher: trial.publisher.as_str().to_owned(),
        bound: trial.bound.map(u64::from),
        policy: trial.policy.as_str().to_owned(),
        overload: trial.overload,
        duration_s: phases.during.as_secs_f64(),
        offered,
        accepted: offered - rejected - count(&[Outcome::Open]),
        durable: entries().filter(|entry| entry.latency_us(Stage::Consumed).is_some()).count() as u64,
        durable_per_s: Some(throughput(&measured.ledger, Stage::Consumed, &window)),
        rejected,
        expired: count(&[Outcome::Failed, Outcome::Unknown]).saturating_sub(measured.unanswered as u64),
        acknowledged_lost: promises(measured).acknowledged_lost,
        untold: measured.unanswered as u64,
        response: QUANTILES.into_iter().map(|quantile| response(&responses, quantile)).collect(),
        ..Cell::default()
    }
}

fn response(sorted: &[i64], quantile: f64) -> Percentile {
    let mark = if quantile < 1.0 { Mark::of(sorted.len() as u64, quantile) } else { Mark::Sound };
    Percentile { quantile, us: percentile(sorted, quantile), mark, ..Percentile::default() }
}

/// The time in the queue, and what it has to be by Little's law.
fn waited(cell: Cell, measured: &Measured, window: &Range<i64>) -> Cell {
    let in_queue = |entry: &Entry| {
        let acknowledged_us = entry.latency_us(Stage::Acknowledged)?;
        let is_within = window.contains(&(entry.scheduled.intended_us + acknowledged_us));
        is_within.then(|| acknowledged_us - entry.latency_us(Stage::Sent).unwrap_or(0))
    };
    let waits: Vec<f64> = measured.ledger.entries().filter_map(|entry| in_queue(&entry)).map(|us| us as f64 / 1e6).collect();
    let outstanding: Vec<f64> = measured.outstanding.iter().filter(|(at_us, _)| window.contains(at_us)).map(|(_, n)| *n as f64).collect();
    let answered = throughput(&measured.ledger, Stage::Acknowledged, window);
    let law = mean(&waits).zip(mean(&outstanding)).and_then(|(wait, outstanding)| LittleCheck::of(outstanding, answered, wait));
    Cell { queue_ms: law.map(|law| law.measured_seconds * 1e3), little_ms: law.map(|law| law.expected_seconds * 1e3), ..cell }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// This process' memory in the overload: (seconds, bytes). Its first quarter fills the queue, which is no growth.
fn memory(measured: &Measured, window: &Range<i64>) -> Vec<(f64, f64)> {
    let from_us = window.start + (window.end - window.start) / 4;
    let samples = measured.host.usage.samples.iter().filter(|sample| (from_us..window.end).contains(&sample.at_us));
    samples.map(|sample| (sample.at_us as f64 / 1e6, sample.resident_bytes as f64)).collect()
}

fn recovery(measured: &Measured, phases: &Phases) -> Option<f64> {
    let window = phases.window_us();
    let limit_us = as_before_us(&measured.ledger, window.start)?;
    let after = measured.ledger.entries().filter(|entry| entry.scheduled.intended_us >= window.end);
    recovery_s(after.map(|entry| (entry.scheduled.intended_us, entry.latency_us(Stage::Acknowledged))), window.end, limit_us)
}

/// What counts as fast, by the second half of the time before the overload.
fn as_before_us(ledger: &Ledger, begin_us: i64) -> Option<i64> {
    let before = ledger.entries().filter(|entry| (begin_us / 2..begin_us).contains(&entry.scheduled.intended_us));
    let mut responses: Vec<i64> = before.filter_map(|entry| entry.latency_us(Stage::Acknowledged)).collect();
    responses.sort_unstable();
    percentile(&responses, 0.99).map(|us| (us * AS_BEFORE).max(AS_BEFORE_US) as i64)
}
