//! The search, as it is written down.

use super::searched::Searched;
use super::step_run::{StepFacts, StepRun};
use crate::core::load::figures::{Broke, StepOutcome};
use crate::load::report::{self, Capacity};

/// One line for each rate, in the order in which they ran first; figures are those of its worst run.
pub fn section<K>(searched: &Searched<K>) -> Capacity {
    let found = &searched.found;
    let mut rates: Vec<f64> = Vec::new();
    for run in &searched.runs {
        if !rates.contains(&run.step.rate) {
            rates.push(run.step.rate);
        }
    }
    Capacity {
        steps: rates.iter().filter_map(|rate| step(searched, *rate)).collect(),
        found_per_s: (found.capacity > 0.0).then_some(found.capacity),
        broke_at_per_s: found.broke_by.map(|(rate, _)| rate),
        lower_bound: found.is_lower_bound,
        why: found.why.clone(),
    }
}

fn step<K>(searched: &Searched<K>, rate: f64) -> Option<report::Step> {
    let runs: Vec<&StepRun<K>> = searched.runs.iter().filter(|run| run.step.rate == rate).collect();
    let slowest = |run: &&&StepRun<K>| run.facts.p9999_us.unwrap_or(f64::INFINITY);
    let worst = runs.iter().max_by(|left, right| slowest(left).total_cmp(&slowest(right)))?;
    let decisive = runs.iter().rev().find(|run| is_failure(run) && !is_repeated(run, &runs)).or(runs.last())?;
    let StepFacts { p50_us, p99_us, p9999_us, backlog_slope, achieved_per_s, .. } = worst.facts;
    Some(report::Step {
        rate_per_s: rate,
        achieved_per_s: Some(achieved_per_s),
        runs: runs.len() as u64,
        passes: runs.iter().filter(|run| run.outcome == StepOutcome::Passed && run.is_balanced && !run.is_cut_short).count() as u64,
        outcome: outcome(searched, rate, decisive),
        why: decisive.facts.why.clone(),
        n: runs.iter().map(|run| run.facts.n).sum(),
        p50_us,
        p99_us,
        p9999_us,
        backlog_slope,
        duration_s: runs.iter().map(|run| run.facts.seconds).sum(),
    })
}

fn is_failure<K>(run: &StepRun<K>) -> bool {
    run.outcome != StepOutcome::Passed || !run.is_balanced || run.is_cut_short
}

/// The load host was disturbed, and the step was run again.
fn is_repeated<K>(run: &StepRun<K>, runs: &[&StepRun<K>]) -> bool {
    let again = runs.iter().filter(|other| other.step == run.step).count() > 1;
    again && matches!(run.outcome, StepOutcome::GeneratorLimit(_)) && runs.last().is_some_and(|last| last.outcome != run.outcome)
}

/// A rate that was found passed, also where one run of it had failed by chance.
fn outcome<K>(searched: &Searched<K>, rate: f64, decisive: &StepRun<K>) -> report::StepOutcome {
    match &decisive.outcome {
        _ if !decisive.is_balanced => report::StepOutcome::Fail,
        _ if rate == searched.found.capacity => report::StepOutcome::Pass,
        _ if decisive.is_cut_short => report::StepOutcome::Inconclusive,
        StepOutcome::Passed => report::StepOutcome::Pass,
        StepOutcome::Failed(Broke::Undecided) | StepOutcome::Inconclusive => report::StepOutcome::Inconclusive,
        StepOutcome::Failed(_) => report::StepOutcome::Fail,
        StepOutcome::GeneratorLimit(_) => report::StepOutcome::Generator,
    }
}
