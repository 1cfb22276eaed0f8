//! From what was measured to a step that was run.

use super::memory::reaching_limit;
use super::step_run::{StepFacts, StepRun};
use crate::core::load::figures::{GeneratorLimit, Slope, Step, StepFigures, StepOutcome, percentile_with_lost, slope};
use crate::load::findings::{Findings, backlog};
use crate::load::run::Measured;

/// The step by the limits of a search; `kept` is for the report.
pub fn judged<K>(step: Step, findings: &Findings, measured: &Measured, kept: K) -> StepRun<K> {
    let line = slope(&backlog(measured, findings.question.begin_us));
    let memory = reaching_limit(measured, findings.question.begin_us);
    let outcome = figures(step, findings, line, !memory.is_empty()).outcome();
    let facts = facts(findings, measured, line, why(findings, &outcome, line, &memory));
    StepRun { step, outcome, facts, is_balanced: findings.unbalanced.is_empty(), is_cut_short: measured.is_cut_short, kept }
}

fn figures(step: Step, findings: &Findings, backlog: Option<Slope>, memory_reaches_limit: bool) -> StepFigures {
    let counted = &findings.accounts.counted;
    let generator = own_limits(&findings.limits);
    let wrong = [&findings.accounts.doubled, &findings.accounts.reordered, &findings.accounts.corrupt];
    StepFigures {
        rate: step.rate,
        verdict: findings.judgement.verdict,
        lost: findings.lost(),
        is_wrong: wrong.iter().any(|listed| listed.total > 0),
        sent: counted.sent,
        errors: counted.failed + counted.unknown + if generator.is_empty() { counted.dropped } else { 0 },
        backlog,
        memory_reaches_limit,
        generator,
    }
}

/// Where the generator was in time and had processor to spare, what it dropped had no room because the system did not answer: that is the
/// system's limit.
fn own_limits(limits: &[GeneratorLimit]) -> Vec<GeneratorLimit> {
    let is_left_out = |limit: &GeneratorLimit| matches!(limit, GeneratorLimit::Dropped { .. } | GeneratorLimit::Achieved { .. });
    let dropped = limits.iter().any(|limit| matches!(limit, GeneratorLimit::Dropped { .. }));
    if dropped && limits.iter().all(is_left_out) { Vec::new() } else { limits.to_vec() }
}

fn why(findings: &Findings, outcome: &StepOutcome, backlog: Option<Slope>, memory: &[String]) -> String {
    use crate::core::load::figures::Broke;
    if !findings.unbalanced.is_empty() {
        return findings.unbalanced.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    }
    match outcome {
        StepOutcome::GeneratorLimit(reason) => reason.clone(),
        StepOutcome::Failed(broke @ Broke::Backlog) => {
            let line = backlog.map_or(String::new(), |line| format!(" by {:.1} events each second, t = {:.1}", line.per_second, line.t));
            format!("{broke}{line}")
        }
        StepOutcome::Failed(broke @ Broke::Memory) => format!("{broke}: {}", memory.join(", ")),
        StepOutcome::Failed(broke @ (Broke::LostEvents | Broke::Wrong)) => format!("{broke}: {}", findings.accounts.faults().join("; ")),
        StepOutcome::Failed(broke @ Broke::Errors) => {
            let counted = &findings.accounts.counted;
            format!("{broke}: {} failed, {} unknown, {} had no room", counted.failed, counted.unknown, counted.dropped)
        }
        StepOutcome::Failed(Broke::Objective | Broke::Undecided) | StepOutcome::Passed | StepOutcome::Inconclusive => {
            findings.judgement.why.clone()
        }
    }
}

fn facts(findings: &Findings, measured: &Measured, backlog: Option<Slope>, why: String) -> StepFacts {
    let latencies = measured.ledger.sorted_latencies(findings.question.stage);
    // What never arrived took for ever: a percentile that touches it is not told.
    let missing = findings.accounts.counted.scheduled - latencies.len() as u64;
    let at = |quantile| percentile_with_lost(&latencies, missing, quantile).filter(|us| us.is_finite());
    StepFacts {
        achieved_per_s: findings.generator.achieved,
        n: findings.accounts.counted.scheduled,
        p50_us: at(0.5),
        p99_us: at(0.99),
        p9999_us: at(0.9999),
        backlog_slope: backlog.map(|line| line.per_second),
        seconds: (measured.offered_us - findings.question.begin_us).max(0) as f64 / 1e6,
        why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_had_no_room_is_the_systems_limit_unless_the_generator_was_late_too() {
        let dropped = [GeneratorLimit::Achieved { share: 0.5 }, GeneratorLimit::Dropped { events: 7 }];
        assert_eq!(own_limits(&dropped), []);
        let slow = [GeneratorLimit::Slip { p999_us: 9_000.0 }, GeneratorLimit::Dropped { events: 7 }];
        assert_eq!(own_limits(&slow), slow);
        assert_eq!(own_limits(&dropped[..1]), dropped[..1]);
    }
}
