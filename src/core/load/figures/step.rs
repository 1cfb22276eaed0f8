use std::fmt;

use super::generator::GeneratorLimit;
use super::slope::Slope;
use super::verdict::Verdict;

/// More than this share of the sent events without a good answer fails a step.
pub const ERROR_SHARE: f64 = 0.000_1;

/// One run of a capacity search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// From 1.
    pub number: u32,
    /// Events per second.
    pub rate: f64,
    /// To count, after the system has settled.
    pub seconds: f64,
    pub purpose: Purpose,
    /// The second try, twice as long, after an inconclusive one.
    pub doubled: bool,
}

/// Why a step is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Further up until something breaks.
    Climb,
    /// Further down until something passes.
    Descend,
    /// Between the last pass and the first failure.
    Bisect,
    /// The highest pass once more; repeats from 1.
    ConfirmPass { repeat: u32 },
    /// The next step above it once more: it might have failed by chance.
    ConfirmFailure { repeat: u32 },
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq)]
pub enum StepOutcome {
    Passed,
    Failed(Broke),
    /// Too few events for a verdict.
    Inconclusive,
    /// The load host could not offer the rate; the reason is told in the result.
    GeneratorLimit(String),
}

/// What broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broke {
    Objective,
    LostEvents,
    Errors,
    Backlog,
    Memory,
    /// Twice no verdict.
    Undecided,
    /// Doubled, reordered or damaged.
    Wrong,
}

impl fmt::Display for Broke {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Broke::Objective => "the objective was missed",
            Broke::LostEvents => "events were lost",
            Broke::Errors => "more than 0.01 % of the sends failed",
            Broke::Backlog => "the backlog grew",
            Broke::Memory => "memory was on its way to its limit",
            Broke::Wrong => "events were doubled, reordered or damaged",
            Broke::Undecided => "no verdict even after twice the time",
        })
    }
}

/// What a step is judged by.
#[derive(Debug, Clone, PartialEq)]
pub struct StepFigures {
    pub rate: f64,
    pub verdict: Verdict,
    pub lost: u64,
    /// Events came twice, out of order or damaged.
    pub is_wrong: bool,
    pub sent: u64,
    /// Failed or unanswered.
    pub errors: u64,
    /// Acknowledged minus stored, by the ledger.
    pub backlog: Option<Slope>,
    /// Memory of the system reaches its limit within the horizon that matters.
    pub memory_reaches_limit: bool,
    pub generator: Vec<GeneratorLimit>,
}

impl StepFigures {
    /// A limit of the generator comes first: nothing else is then the system's.
    pub fn outcome(&self) -> StepOutcome {
        if !self.generator.is_empty() {
            let reasons: Vec<String> = self.generator.iter().map(ToString::to_string).collect();
            return StepOutcome::GeneratorLimit(reasons.join("; "));
        }
        match self.broke() {
            Some(broke) => StepOutcome::Failed(broke),
            None if self.verdict == Verdict::Inconclusive => StepOutcome::Inconclusive,
            None => StepOutcome::Passed,
        }
    }

    fn broke(&self) -> Option<Broke> {
        let found = [
            (self.lost > 0, Broke::LostEvents),
            (self.is_wrong, Broke::Wrong),
            (self.errors as f64 > ERROR_SHARE * self.sent as f64, Broke::Errors),
            (self.backlog.is_some_and(|backlog| backlog.grows(self.rate)), Broke::Backlog),
            (self.memory_reaches_limit, Broke::Memory),
            (self.verdict == Verdict::Fail, Broke::Objective),
        ];
        found.into_iter().find(|(is_so, _)| *is_so).map(|(_, broke)| broke)
    }
}

#[cfg(test)]
mod tests {
    use super::{Broke, GeneratorLimit, Slope, StepFigures, StepOutcome, Verdict};

    fn figures() -> StepFigures {
        StepFigures {
            rate: 1_000.0,
            verdict: Verdict::Pass,
            lost: 0,
            is_wrong: false,
            sent: 100_000,
            errors: 10,
            backlog: Some(Slope { per_second: 10.0, standard_error: 0.1, t: 100.0 }),
            memory_reaches_limit: false,
            generator: vec![],
        }
    }

    #[test]
    fn a_step_on_all_its_limits_passes() {
        assert_eq!(figures().outcome(), StepOutcome::Passed);
    }

    #[test]
    fn each_limit_breaks_a_step_by_itself() {
        let failing = |change: fn(&mut StepFigures)| {
            let mut figures = figures();
            change(&mut figures);
            figures.outcome()
        };
        assert_eq!(failing(|figures| figures.lost = 1), StepOutcome::Failed(Broke::LostEvents));
        assert_eq!(failing(|figures| figures.is_wrong = true), StepOutcome::Failed(Broke::Wrong));
        assert_eq!(failing(|figures| figures.errors = 11), StepOutcome::Failed(Broke::Errors));
        let growing = Some(Slope { per_second: 11.0, standard_error: 0.1, t: 110.0 });
        assert_eq!(StepFigures { backlog: growing, ..figures() }.outcome(), StepOutcome::Failed(Broke::Backlog));
        assert_eq!(failing(|figures| figures.memory_reaches_limit = true), StepOutcome::Failed(Broke::Memory));
        assert_eq!(failing(|figures| figures.verdict = Verdict::Fail), StepOutcome::Failed(Broke::Objective));
        assert_eq!(failing(|figures| figures.verdict = Verdict::Inconclusive), StepOutcome::Inconclusive);
    }

    #[test]
    fn the_generators_limit_hides_all_others() {
        let mut figures = figures();
        figures.lost = 5;
        figures.generator = vec![GeneratorLimit::Dropped { events: 3 }];
        assert_eq!(figures.outcome(), StepOutcome::GeneratorLimit("3 events were never sent".to_owned()));
    }
}
