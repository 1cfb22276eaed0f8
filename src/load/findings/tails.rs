//! D2 to D5 of the stage that the objective is about.

use super::finding::{Findings, PairBy};
use crate::core::load::figures::{
    DRIFT_WINDOW_US, Drift as Drifting, PairTail as Distance, Pairs, Stage, Support, Tail, Tails as Distances, percentile,
};
use crate::load::report::{Drift, Mark, Pair, PairTail, TailRow, Tails};
use crate::load::run::{Measured, Source};

/// The pairs with the worst tails are listed, so many.
const LISTED: usize = 200;

pub fn tails(findings: &Findings, measured: &Measured) -> Vec<Tails> {
    let stage = findings.question.stage;
    let source_of = |producer: u32| match findings.question.pair_by {
        PairBy::Host | PairBy::Process => measured.sources.of(producer),
        PairBy::Producer => producer,
    };
    let pairs = measured.ledger.pairs(stage, source_of);
    let distances = Distances::of(&pairs);
    if distances.rows.is_empty() {
        return Vec::new();
    }
    vec![Tails {
        stage: stage.name().to_owned(),
        pair_by: findings.question.pair_by.as_str().to_owned(),
        rows: distances.rows.iter().map(|row| tail_row(row, distances.pairs)).collect(),
        pooled: distances.rows.iter().map(pooled).collect(),
        pairs: listed(findings, measured, &pairs, &distances),
        pairs_total: distances.pairs as u64,
        drift: drift(measured, stage),
    }]
}

fn tail_row(row: &Tail, pairs: usize) -> TailRow {
    TailRow {
        metric: row.name.to_owned(),
        median_ms: row.spread.median_ms,
        mean_ms: row.spread.mean_ms,
        stddev_ms: row.spread.deviation_ms,
        max_ms: row.spread.max_ms,
        min_ms: row.spread.min_ms,
        pairs: pairs as u64,
        mark: mark(row.support),
    }
}

fn pooled(row: &Tail) -> PairTail {
    PairTail { metric: row.name.to_owned(), ms: row.pooled_us / 1_000.0, mark: mark(row.pooled_support) }
}

fn listed(findings: &Findings, measured: &Measured, pairs: &Pairs, distances: &Distances) -> Vec<Pair> {
    let Some(worst) = distances.rows.last() else { return Vec::new() };
    let mut order: Vec<&Distance> = worst.of_pairs.iter().collect();
    order.sort_by(|left, right| right.distance_us.total_cmp(&left.distance_us));
    order.truncate(LISTED);
    order.into_iter().map(|pair| told(findings, measured, pairs, distances, pair)).collect()
}

fn told(findings: &Findings, measured: &Measured, pairs: &Pairs, distances: &Distances, pair: &Distance) -> Pair {
    let same = |other: &&Distance| (other.source, other.destination) == (pair.source, pair.destination);
    let tails = distances.rows.iter().filter_map(|row| {
        let distance = row.of_pairs.iter().find(same)?;
        Some(PairTail { metric: row.name.to_owned(), ms: distance.distance_us / 1_000.0, mark: mark(distance.support) })
    });
    let median = pairs.get(&(pair.source, pair.destination)).and_then(|sorted| percentile(sorted, 0.5));
    Pair {
        source: source(findings, measured, pair.source),
        destination: destination(findings, measured, pair.destination),
        n: pair.n,
        median_ms: median.unwrap_or(0.0) / 1_000.0,
        tails: tails.collect(),
    }
}

fn source(findings: &Findings, measured: &Measured, source: u32) -> String {
    let is_producer = findings.question.pair_by == PairBy::Producer;
    let index = if is_producer { measured.sources.of(source) } else { source };
    let Some(Source { host, process }) = measured.sources.hosts.get(index as usize) else { return source.to_string() };
    match findings.question.pair_by {
        PairBy::Host => host.clone(),
        PairBy::Process => format!("{host} (process {process})"),
        PairBy::Producer => format!("{host} producer {source}"),
    }
}

fn destination(findings: &Findings, measured: &Measured, destination: u16) -> String {
    match findings.question.stage {
        Stage::Stored => measured.owners.name(destination),
        Stage::Delivered => format!("follower {destination}"),
        Stage::Sent | Stage::Acknowledged | Stage::Consumed => "kafka".to_owned(),
    }
}

fn drift(measured: &Measured, stage: Stage) -> Vec<Drift> {
    let counted = measured.ledger.entries().filter(|entry| entry.scheduled.counted);
    let samples = counted.filter_map(|entry| Some((entry.scheduled.intended_us, entry.latency_us(stage)?)));
    let windows = Drifting::of(samples, DRIFT_WINDOW_US).windows;
    let told = windows.into_iter().map(|window| Drift {
        begin_s: window.begin_us as f64 / 1e6,
        length_s: DRIFT_WINDOW_US as f64 / 1e6,
        n: window.n,
        median_ms: window.median_us / 1_000.0,
    });
    told.collect()
}

const fn mark(support: Support) -> Mark {
    match support {
        Support::OnlyMaximum => Mark::OnlyMaximum,
        Support::Weak => Mark::Weak,
        Support::Firm => Mark::Sound,
    }
}
