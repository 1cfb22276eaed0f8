//! One step that was run.

use crate::core::load::figures::{Step, StepOutcome};

/// A step, what became of it, and what to keep of it.
#[derive(Clone, Debug)]
pub struct StepRun<K> {
    pub step: Step,
    pub outcome: StepOutcome,
    pub facts: StepFacts,
    /// The accounts add up. If not, nothing of the step can be believed, and the search ends.
    pub is_balanced: bool,
    /// Somebody stopped it: it is not judged.
    pub is_cut_short: bool,
    /// For the report, if this is the last step that passed.
    pub kept: K,
}

/// What was measured in a step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepFacts {
    pub achieved_per_s: f64,
    pub n: u64,
    /// At the stage of the objective, from the intended time, in microseconds.
    pub p50_us: Option<f64>,
    pub p99_us: Option<f64>,
    pub p9999_us: Option<f64>,
    /// Events per second per second.
    pub backlog_slope: Option<f64>,
    /// That counted.
    pub seconds: f64,
    /// Of the objective, or of what broke.
    pub why: String,
}

impl<K> StepRun<K> {
    /// `step 3: 2250/s for 60 s: passed, p99.99 12.3 ms`
    pub fn line(&self) -> String {
        let Step { number, rate, .. } = self.step;
        let outcome = match &self.outcome {
            _ if !self.is_balanced => "its accounts do not add up".to_owned(),
            _ if self.is_cut_short => "stopped".to_owned(),
            StepOutcome::Passed => "passed".to_owned(),
            StepOutcome::Failed(broke) => format!("failed: {broke}"),
            StepOutcome::Inconclusive => "inconclusive".to_owned(),
            StepOutcome::GeneratorLimit(reason) => format!("the generator was the limit: {reason}"),
        };
        let ms = |us: Option<f64>| us.map_or("-".to_owned(), |us| format!("{:.1} ms", us / 1_000.0));
        let StepFacts { p99_us, p9999_us, seconds, .. } = &self.facts;
        format!("step {number}: {rate:.0}/s for {seconds:.0} s: {outcome}; p99 {}, p99.99 {}", ms(*p99_us), ms(*p9999_us))
    }
}
