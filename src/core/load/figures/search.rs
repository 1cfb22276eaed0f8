use super::found::{Found, Next};
use super::search_settings::SearchSettings;
use super::step::{Broke, Purpose, Step, StepOutcome};

/// The search for the breaking point, as a state machine: ask for the `next` step, run it, `report` it.
#[derive(Debug, Clone)]
pub struct Search {
    settings: SearchSettings,
    /// Rates that passed and were not refuted, upwards.
    passed: Vec<f64>,
    /// Rates that failed and were not refuted, downwards: the last is the lowest.
    failed: Vec<(f64, Broke)>,
    /// Repeats of the highest pass that passed as well.
    pass_repeats: u32,
    /// Repeats of the lowest failure that passed.
    failure_repeats: u32,
    failure_is_confirmed: bool,
    once_more: Option<Step>,
    generator: Option<String>,
    steps: Vec<(Step, StepOutcome)>,
}

impl Search {
    /// A search that has not begun.
    pub fn new(settings: SearchSettings) -> Search {
        Search {
            settings,
            passed: Vec::new(),
            failed: Vec::new(),
            pass_repeats: 0,
            failure_repeats: 0,
            failure_is_confirmed: false,
            once_more: None,
            generator: None,
            steps: Vec::new(),
        }
    }

    /// The step to run, or the result; the same answer until the step is reported.
    pub fn next(&self) -> Next {
        if let Some(reason) = &self.generator {
            return Next::Done(self.found(true, format!("the generator was the limit: {reason}; the system may do more")));
        }
        if self.steps.len() as u32 >= self.settings.most_steps {
            return Next::Done(self.so_far(format!("stopped after {} steps", self.steps.len())));
        }
        if let Some(step) = self.once_more {
            return Next::Step(step);
        }
        match (self.passed.last().copied(), self.failed.last().copied()) {
            (None, None) => self.step(self.settings.start_rate, Purpose::Climb),
            (Some(pass), None) => self.step(whole(pass * self.settings.growth), Purpose::Climb),
            (None, Some((failure, broke))) => self.descend(failure, broke),
            (Some(pass), Some((failure, broke))) => self.narrow(pass, failure, broke),
        }
    }

    fn descend(&self, failure: f64, broke: Broke) -> Next {
        // A thousandth of the start: whoever starts there does not look for a capacity.
        if failure < self.settings.start_rate / 1_000.0 {
            return Next::Done(self.found(false, format!("no rate passed: even at {failure:.1} events/s {broke}")));
        }
        self.step(whole(failure / self.settings.growth), Purpose::Descend)
    }

    fn narrow(&self, pass: f64, failure: f64, broke: Broke) -> Next {
        let middle = whole(f64::midpoint(pass, failure));
        if failure > pass * (1.0 + self.settings.resolution) && middle > pass && middle < failure {
            return self.step(middle, Purpose::Bisect);
        }
        if self.pass_repeats < self.settings.repeats {
            return self.step(pass, Purpose::ConfirmPass { repeat: self.pass_repeats + 1 });
        }
        if !self.failure_is_confirmed {
            return self.step(failure, Purpose::ConfirmFailure { repeat: self.failure_repeats + 1 });
        }
        let why = format!("{pass:.0} events/s passed {0} of {0} times; at {failure:.0} events/s {broke}", self.settings.repeats);
        Next::Done(self.found(false, why))
    }

    fn step(&self, rate: f64, purpose: Purpose) -> Next {
        let number = self.steps.len() as u32 + 1;
        Next::Step(Step { number, rate, seconds: self.settings.seconds(rate), purpose, doubled: false })
    }

    /// What is known if the search ends here, before it is done; `why` is told with it.
    pub fn so_far(&self, why: String) -> Found {
        self.found(self.failed.is_empty(), why)
    }

    fn found(&self, is_lower_bound: bool, why: String) -> Found {
        Found {
            capacity: self.passed.last().copied().unwrap_or_default(),
            is_lower_bound,
            is_confirmed: self.pass_repeats >= self.settings.repeats,
            why,
            broke_by: self.failed.last().copied(),
            steps: self.steps.clone(),
        }
    }

    /// Takes what became of a step that `next` gave.
    pub fn report(&mut self, step: Step, outcome: StepOutcome) {
        self.once_more = None;
        match &outcome {
            StepOutcome::Passed => self.pass(step),
            StepOutcome::Failed(broke) => self.fail(step, *broke),
            StepOutcome::Inconclusive if step.doubled => self.fail(step, Broke::Undecided),
            StepOutcome::Inconclusive => {
                self.once_more = Some(Step { number: step.number + 1, seconds: step.seconds * 2.0, doubled: true, ..step });
            }
            StepOutcome::GeneratorLimit(reason) => self.generator = Some(reason.clone()),
        }
        self.steps.push((step, outcome));
    }

    fn pass(&mut self, step: Step) {
        match step.purpose {
            Purpose::ConfirmPass { .. } => self.pass_repeats += 1,
            Purpose::ConfirmFailure { .. } => self.doubt_failure(step.rate),
            Purpose::Climb | Purpose::Descend | Purpose::Bisect => {
                self.passed.push(step.rate);
                self.pass_repeats = 0;
            }
        }
    }

    /// A failure that passes all its repeats was one by chance.
    fn doubt_failure(&mut self, rate: f64) {
        self.failure_repeats += 1;
        if self.failure_repeats < self.settings.repeats {
            return;
        }
        self.failed.pop();
        self.passed.push(rate);
        self.pass_repeats = self.settings.repeats;
        self.expect_failure(false);
    }

    fn fail(&mut self, step: Step, broke: Broke) {
        match step.purpose {
            Purpose::ConfirmPass { .. } => {
                self.passed.pop();
                self.pass_repeats = 0;
                self.failed.push((step.rate, broke));
                // It had its repeats, and not all of them passed.
                self.expect_failure(true);
            }
            Purpose::ConfirmFailure { .. } => self.failure_is_confirmed = true,
            Purpose::Climb | Purpose::Descend | Purpose::Bisect => {
                self.failed.push((step.rate, broke));
                self.expect_failure(false);
            }
        }
    }

    fn expect_failure(&mut self, is_confirmed: bool) {
        self.failure_repeats = 0;
        self.failure_is_confirmed = is_confirmed;
    }
}

/// Whole events per second where that is fine enough.
fn whole(rate: f64) -> f64 {
    if rate >= 100.0 { rate.round() } else { rate }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Broke, Found, Next, Purpose, Search, SearchSettings, Step, StepOutcome};

    fn run(start_rate: f64, mut system: impl FnMut(Step) -> StepOutcome) -> Found {
        let mut search = Search::new(SearchSettings::from_rate(start_rate));
        loop {
            match search.next() {
                Next::Step(step) => search.report(step, system(step)),
                Next::Done(found) => return found,
            }
        }
    }

    fn up_to(capacity: f64) -> impl FnMut(Step) -> StepOutcome {
        move |step| if step.rate <= capacity { StepOutcome::Passed } else { StepOutcome::Failed(Broke::Backlog) }
    }

    #[test]
    fn the_breaking_point_is_climbed_to_bisected_and_confirmed() {
        let found = run(1_000.0, up_to(4_000.0));
        let rates: Vec<f64> = found.steps.iter().map(|(step, _)| step.rate).collect();
        assert_eq!(
            rates,
            [1_000.0, 1_500.0, 2_250.0, 3_375.0, 5_063.0, 4_219.0, 3_797.0, 4_008.0, 3_903.0, 3_903.0, 3_903.0, 3_903.0, 4_008.0]
        );
        assert_eq!((found.capacity, found.broke_by, found.is_confirmed), (3_903.0, Some((4_008.0, Broke::Backlog)), true));
        assert_eq!(found.why, "3903 events/s passed 3 of 3 times; at 4008 events/s the backlog grew");
    }

    #[test]
    fn a_step_lasts_a_minute_or_a_hundred_thousand_events() {
        let Next::Step(slow) = Search::new(SearchSettings::from_rate(100.0)).next() else { panic!("done") };
        let Next::Step(fast) = Search::new(SearchSettings::from_rate(50_000.0)).next() else { panic!("done") };
        assert_eq!((slow.seconds, fast.seconds), (1_000.0, 60.0));
    }

    #[test]
    fn an_inconclusive_step_is_run_twice_as_long_and_then_fails() {
        let mut search = Search::new(SearchSettings::from_rate(1_000.0));
        let Next::Step(first) = search.next() else { panic!("done") };
        search.report(first, StepOutcome::Inconclusive);
        let Next::Step(second) = search.next() else { panic!("done") };
        assert_eq!((second.rate, second.seconds, second.doubled, second.number), (1_000.0, 200.0, true, 2));
        search.report(second, StepOutcome::Inconclusive);
        let Next::Step(third) = search.next() else { panic!("done") };
        assert_eq!((third.rate, third.purpose, third.doubled), (667.0, Purpose::Descend, false));
    }

    #[test]
    fn a_resolution_finer_than_one_event_ends_at_one() {
        let mut search = Search::new(SearchSettings { resolution: 0.0, ..SearchSettings::from_rate(1_000.0) });
        let mut system = up_to(1_777.0);
        let found = loop {
            match search.next() {
                Next::Step(step) => search.report(step, system(step)),
                Next::Done(found) => break found,
            }
        };
        assert_eq!((found.capacity, found.broke_by, found.is_confirmed), (1_777.0, Some((1_778.0, Broke::Backlog)), true));
    }

    #[test]
    fn the_generators_limit_makes_a_lower_bound() {
        let found = run(1_000.0, |step| match step.rate {
            rate if rate < 2_000.0 => StepOutcome::Passed,
            _ => StepOutcome::GeneratorLimit("slip".to_owned()),
        });
        assert_eq!((found.capacity, found.is_lower_bound, found.broke_by), (1_500.0, true, None));
        assert!(found.why.contains("the system may do more"));
    }

    #[test]
    fn a_pass_that_does_not_repeat_is_none() {
        let mut refuted = false;
        let found = run(1_000.0, |step| {
            if matches!(step.purpose, Purpose::ConfirmPass { repeat: 3 }) && !refuted {
                refuted = true;
                return StepOutcome::Failed(Broke::Objective);
            }
            up_to(4_000.0)(step)
        });
        assert!(found.capacity < 3_903.0 && found.capacity > 3_903.0 / 1.06, "{found:?}");
        assert_eq!(found.broke_by, Some((3_903.0, Broke::Objective)));
        assert!(found.is_confirmed);
    }

    #[test]
    fn a_failure_by_chance_does_not_end_the_climb() {
        let mut unlucky = true;
        let found = run(1_000.0, |step| {
            let by_chance = step.rate > 2_000.0 && std::mem::take(&mut unlucky);
            if by_chance { StepOutcome::Failed(Broke::Objective) } else { up_to(4_000.0)(step) }
        });
        assert!(found.capacity <= 4_000.0 && found.capacity > 4_000.0 / 1.06, "{found:?}");
        let repeats =
            found.steps.iter().filter(|(step, _)| step.rate == found.capacity && matches!(step.purpose, Purpose::ConfirmPass { .. }));
        assert_eq!(repeats.count(), 3);
    }

    #[test]
    fn a_system_that_never_passes_ends_the_search() {
        let found = run(1_000.0, |_| StepOutcome::Failed(Broke::LostEvents));
        assert_eq!((found.capacity, found.is_confirmed), (0.0, false));
        assert!(found.why.contains("no rate passed"), "{}", found.why);
        assert!(found.steps.len() < 20);
    }

    proptest! {
        #![proptest_config(crate::core::properties::at_least(64))]
        #[test]
        fn any_capacity_is_found_within_the_resolution(start in 1.0..10_000.0_f64, factor in 0.05..50.0_f64) {
            let capacity = start * factor;
            let found = run(start, up_to(capacity));
            prop_assert!(found.is_confirmed && found.capacity <= capacity);
            prop_assert!(capacity < found.broke_by.unwrap().0 && found.broke_by.unwrap().0 <= found.capacity * 1.05 + 1.0);
        }

        #[test]
        fn any_noise_ends(outcomes in proptest::collection::vec(0..10_u8, 100)) {
            let mut next = outcomes.into_iter();
            let found = run(500.0, |_| match next.next() {
                Some(0..=4) => StepOutcome::Passed,
                Some(5) => StepOutcome::Inconclusive,
                _ => StepOutcome::Failed(Broke::Memory),
            });
            prop_assert!(found.steps.len() <= 60);
        }
    }
}
