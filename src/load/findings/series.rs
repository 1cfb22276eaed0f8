//! What happened within each second.

use std::collections::BTreeMap;

use super::finding::Findings;
use crate::core::load::figures::{Entry, Ledger, Outcome, Stage, percentile};
use crate::load::report::Second;
use crate::load::run::Measured;

const SECOND_US: i64 = 1_000_000;

/// Counts by second.
#[derive(Debug, Default)]
struct Counts {
    offered: u64,
    reached: [u64; 5],
    failed: u64,
    slip_max_us: i64,
    latencies: Vec<i64>,
}

pub fn series(findings: &Findings, measured: &Measured) -> Vec<Second> {
    let mut seconds = counted(&measured.ledger, findings.question.stage);
    let (mut sent, mut answered, mut acknowledged, mut stored) = (0, 0, 0, 0);
    let last = measured.watched.last().copied();
    let mut all = Vec::with_capacity(seconds.len());
    for (number, counts) in &mut seconds {
        counts.latencies.sort_unstable();
        let of = |stage: Stage| Stage::ALL.iter().zip(counts.reached).find(|(one, _)| **one == stage).map_or(0, |(_, count)| count);
        sent += of(Stage::Sent);
        answered += of(Stage::Acknowledged) + counts.failed;
        acknowledged += of(Stage::Acknowledged);
        stored += last.map_or(0, of);
        let watched = |stage: Stage| measured.watched.contains(&stage).then(|| of(stage));
        let at = |quantile| percentile(&counts.latencies, quantile);
        all.push(Second {
            at_s: *number as f64,
            offered: Some(counts.offered),
            sent: Some(of(Stage::Sent)),
            acknowledged: Some(of(Stage::Acknowledged)),
            stored: watched(Stage::Stored),
            delivered: watched(Stage::Delivered),
            failed: Some(counts.failed),
            p50_us: at(0.5),
            p99_us: at(0.99),
            p9999_us: at(0.9999),
            max_us: counts.latencies.last().map(|us| *us as f64),
            outstanding: Some(u64::saturating_sub(sent, answered)),
            lag: last.map(|_| u64::saturating_sub(acknowledged, stored)),
            slip_max_us: Some(counts.slip_max_us as f64),
            ..Second::default()
        });
    }
    for second in &mut all {
        add_host(second, measured);
    }
    all
}

/// Acknowledged and not at the last stage yet, at the end of each second: (seconds, events).
pub fn backlog(measured: &Measured, from_us: i64) -> Vec<(f64, f64)> {
    let Some(last) = measured.watched.last().copied() else { return Vec::new() };
    let (mut acknowledged, mut arrived, mut points) = (0_u64, 0_u64, Vec::new());
    for (number, counts) in counted(&measured.ledger, last) {
        for (stage, count) in Stage::ALL.iter().zip(counts.reached) {
            acknowledged += if *stage == Stage::Acknowledged { count } else { 0 };
            arrived += if *stage == last { count } else { 0 };
        }
        let end_us = (number + 1) * SECOND_US;
        if end_us > from_us && end_us <= measured.offered_us {
            points.push((number as f64 + 1.0, acknowledged.saturating_sub(arrived) as f64));
        }
    }
    points
}

fn counted(ledger: &Ledger, stage: Stage) -> BTreeMap<i64, Counts> {
    let mut seconds: BTreeMap<i64, Counts> = BTreeMap::new();
    for entry in ledger.entries() {
        add(&mut seconds, &entry, stage);
    }
    // A second in which nothing happened is one all the same.
    let last = seconds.keys().next_back().copied().unwrap_or(0);
    for second in 0..last {
        seconds.entry(second).or_default();
    }
    seconds
}

fn add(seconds: &mut BTreeMap<i64, Counts>, entry: &Entry, stage: Stage) {
    let intended_us = entry.scheduled.intended_us;
    let due = seconds.entry(intended_us.div_euclid(SECOND_US)).or_default();
    due.offered += 1;
    due.failed += u64::from(matches!(entry.outcome, Outcome::Failed | Outcome::Unknown));
    due.slip_max_us = due.slip_max_us.max(entry.latency_us(Stage::Sent).unwrap_or(0));
    due.latencies.extend(entry.latency_us(stage));
    for (index, latency_us) in entry.latencies_us.iter().enumerate() {
        let Some(latency_us) = latency_us else { continue };
        let reached = seconds.entry((intended_us + latency_us).div_euclid(SECOND_US)).or_default();
        if let Some(count) = reached.reached.get_mut(index) {
            *count += 1;
        }
    }
}

fn add_host(second: &mut Second, measured: &Measured) {
    let begin_us = (second.at_s * 1e6) as i64;
    let end_us = begin_us + SECOND_US;
    let within = |at_us: i64| (begin_us..end_us).contains(&at_us);
    let hiccups = measured.host.hiccups.hiccups.iter().filter(|hiccup| within(hiccup.begin_us));
    second.hiccup_max_us = Some(hiccups.map(|hiccup| hiccup.length_us).max().unwrap_or(0) as f64);
    let usage = &measured.host.usage;
    let pair = usage.samples.windows(2).find(|pair| matches!(pair, [_, last] if within(last.at_us)));
    if let Some([first, last]) = pair {
        second.cpu_percent = Some(percent(first.at_us, first.cpu_us, last.at_us, last.cpu_us));
        second.rss_bytes = Some(last.resident_bytes);
    }
    for process in &usage.processes {
        let pair = process.samples.windows(2).find(|pair| matches!(pair, [_, last] if within(last.at_us)));
        let Some([first, last]) = pair else { continue };
        let cpu = percent(first.at_us, first.cpu_us, last.at_us, last.cpu_us);
        second.worker_cpu_percent = Some(second.worker_cpu_percent.unwrap_or(0.0) + cpu);
        second.worker_rss_bytes = Some(second.worker_rss_bytes.unwrap_or(0) + last.resident_bytes);
    }
}

fn percent(from_us: i64, cpu_before: u64, to_us: i64, cpu_after: u64) -> f64 {
    cpu_after.saturating_sub(cpu_before) as f64 / (to_us - from_us).max(1) as f64 * 100.0
}
