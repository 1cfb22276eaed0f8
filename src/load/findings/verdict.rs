//! The verdict, as it is written down.

use super::finding::Findings;
use crate::core::load::figures::{Cause, ExitCode, Stall as Cluster, Verdict as Judged};
use crate::load::report::{Outcome, Stall, Verdict};
use crate::load::run::Measured;

/// As many stalls are told.
const STALLS: usize = 20;

pub fn verdict(findings: &Findings, measured: &Measured) -> Verdict {
    let judgement = &findings.judgement;
    let slow = Cause::ALL.iter().zip(judgement.causes).find(|(cause, _)| **cause == Cause::Slow).map_or(0, |(_, count)| count);
    let mut stalls: Vec<&Cluster> = judgement.clusters.listed.iter().collect();
    stalls.sort_by_key(|stall| std::cmp::Reverse(stall.events));
    Verdict {
        outcome: outcome(findings),
        exit_code: findings.exit.number(),
        why: why(findings),
        scheduled: judgement.scheduled,
        exceedances: judgement.missed,
        missing: judgement.missed - slow,
        allowed: Some(judgement.allowed),
        low: Some(judgement.plausible.0),
        high: Some(judgement.plausible.1),
        dispersion: Some(judgement.dispersion),
        windows_hit: Some(judgement.clusters.windows_with_misses),
        windows: Some(judgement.clusters.windows),
        stalls: stalls.into_iter().take(STALLS).map(|stall| told(stall, measured)).collect(),
        stalls_total: judgement.clusters.stalls,
    }
}

/// Accounts that do not add up, and a generator that was the limit, prove nothing about the objective.
fn outcome(findings: &Findings) -> Outcome {
    match (findings.exit, findings.judgement.verdict) {
        (ExitCode::Accounts | ExitCode::Missed, _) => Outcome::Fail,
        (ExitCode::Generator | ExitCode::Inconclusive, _) | (_, Judged::Inconclusive) => Outcome::Inconclusive,
        (_, Judged::Pass) => Outcome::Pass,
        (_, Judged::Fail) => Outcome::Fail,
    }
}

fn why(findings: &Findings) -> String {
    let faults = findings.faults();
    let found = |rest: String| faults.iter().cloned().chain([rest]).collect::<Vec<_>>().join("; ");
    match findings.exit {
        ExitCode::Accounts => {
            let sums: Vec<String> = findings.unbalanced.iter().map(ToString::to_string).collect();
            format!("the accounts do not add up: {}", sums.join("; "))
        }
        ExitCode::Generator => {
            let limits: Vec<String> = findings.limits.iter().map(ToString::to_string).collect();
            found(format!("the generator itself was the limit, so nothing is shown of the system's speed: {}", limits.join("; ")))
        }
        ExitCode::Inconclusive if findings.is_blind => {
            "events are missing that may well be stored: streams were trimmed before they were read to here; more channels, or longer streams".to_owned()
        }
        ExitCode::Missed => found(findings.judgement.why.clone()),
        ExitCode::Pass | ExitCode::Inconclusive => findings.judgement.why.clone(),
    }
}

fn told(stall: &Cluster, measured: &Measured) -> Stall {
    let overlapping = measured
        .host
        .hiccups
        .hiccups
        .iter()
        .filter(|hiccup| hiccup.begin_us <= stall.until_us && hiccup.begin_us + hiccup.length_us >= stall.begin_us);
    Stall {
        begin_s: stall.begin_us as f64 / 1e6,
        length_ms: (stall.end_us - stall.begin_us) as f64 / 1e3,
        exceedances: stall.events,
        worst_ms: Some((stall.until_us - stall.begin_us) as f64 / 1e3),
        hiccup_ms: overlapping.map(|hiccup| hiccup.length_us).max().map(|longest| longest as f64 / 1e3),
    }
}
