//! Step after step.

use std::time::Duration;

use super::bounds::Bounds;
use super::searched::{Ended, Searched};
use super::step_run::StepRun;
use crate::core::load::figures::{Next, Search, Step, StepOutcome};

/// Runs what the search asks for until it is through, out of time or stopped. `elapsed` is since the begin; `say` hears of each step as it
/// ends.
///
/// # Errors
/// Those of a step that could not be run.
pub async fn drive<K, E>(
    bounds: &Bounds,
    elapsed: impl Fn() -> Duration,
    mut run: impl AsyncFnMut(Step) -> Result<StepRun<K>, E>,
    mut say: impl FnMut(&StepRun<K>),
) -> Result<Searched<K>, E> {
    let mut search = Search::new(bounds.settings);
    let mut runs: Vec<StepRun<K>> = Vec::new();
    loop {
        let step = match search.next() {
            Next::Done(found) => return Ok(Searched { found, runs, ended: Ended::Done }),
            Next::Step(step) => step,
        };
        if elapsed() + bounds.step(step.seconds) > bounds.longest {
            let why = format!("stopped after {} steps: a further one would end after {:?}", runs.len(), bounds.longest);
            return Ok(Searched { found: search.so_far(why), runs, ended: Ended::OutOfTime });
        }
        let ran = run(step).await?;
        say(&ran);
        let ended = ended(&ran);
        if let Some((ended, why)) = ended {
            runs.push(ran);
            return Ok(Searched { found: search.so_far(why), runs, ended });
        }
        // The load host may have been disturbed: only a limit that is there twice ends the search.
        let is_first = !runs.iter().any(|run| run.step == step);
        if !(is_first && matches!(ran.outcome, StepOutcome::GeneratorLimit(_))) {
            search.report(step, ran.outcome.clone());
        }
        runs.push(ran);
    }
}

fn ended<K>(ran: &StepRun<K>) -> Option<(Ended, String)> {
    let rate = ran.step.rate;
    match (ran.is_balanced, ran.is_cut_short) {
        (false, _) => Some((Ended::Unbalanced, format!("the accounts of the step at {rate:.0} events/s do not add up: {}", ran.facts.why))),
        (true, true) => Some((Ended::Stopped, format!("stopped by hand in the step at {rate:.0} events/s, which is not judged"))),
        (true, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::convert::Infallible;

    use super::super::step_run::StepFacts;
    use super::super::{exit, section};
    use super::*;
    use crate::core::load::figures::{Broke, ExitCode, Purpose, SearchSettings};
    use crate::load::report;

    /// A system with a knee: above it the backlog grows. Time passes as its steps take it.
    struct Pretended {
        knee: f64,
        elapsed: Cell<Duration>,
    }

    impl Pretended {
        fn with_knee(knee: f64) -> Self {
            Self { knee, elapsed: Cell::new(Duration::ZERO) }
        }

        fn run(&self, step: Step) -> StepRun<u32> {
            self.elapsed.set(self.elapsed.get() + bounds().step(step.seconds));
            let is_above = step.rate > self.knee;
            let outcome = if is_above { StepOutcome::Failed(Broke::Backlog) } else { StepOutcome::Passed };
            let p9999_us = Some(if is_above { 1e6 } else { 1e4 + step.rate });
            let facts = StepFacts { n: 100, p9999_us, seconds: step.seconds, why: format!("at {}", step.rate), ..StepFacts::default() };
            StepRun { step, outcome, facts, is_balanced: true, is_cut_short: false, kept: step.number }
        }

        async fn search(&self, change: impl Fn(&mut StepRun<u32>)) -> Searched<u32> {
            let one = async |step| {
                let mut ran = self.run(step);
                change(&mut ran);
                Ok::<_, Infallible>(ran)
            };
            drive(&bounds(), || self.elapsed.get(), one, |_| ()).await.unwrap()
        }
    }

    fn bounds() -> Bounds {
        let longest = Duration::from_secs(7_200);
        Bounds { settings: SearchSettings::from_rate(1_000.0), settle: Duration::from_secs(10), longest }
    }

    #[tokio::test]
    async fn a_known_knee_is_found_and_told_with_its_last_passing_step() {
        let searched = Pretended::with_knee(4_000.0).search(|_| ()).await;
        assert_eq!((searched.found.capacity, searched.ended, exit(&searched)), (3_903.0, Ended::Done, ExitCode::Pass));
        let told = searched.told().unwrap();
        assert_eq!((told.step.rate, told.step.purpose), (3_903.0, Purpose::ConfirmPass { repeat: 3 }));
        assert_eq!(told.kept, 12);
        let section = section(&searched);
        let found = section.steps.iter().find(|step| step.rate_per_s == 3_903.0).unwrap();
        assert_eq!((found.runs, found.passes, found.outcome, found.n), (4, 4, report::StepOutcome::Pass, 400));
        let above = section.steps.iter().find(|step| step.rate_per_s == 4_008.0).unwrap();
        assert_eq!((above.runs, above.passes, above.outcome), (2, 0, report::StepOutcome::Fail));
        assert_eq!((section.found_per_s, section.broke_at_per_s, section.lower_bound), (Some(3_903.0), Some(4_008.0), false));
        assert_eq!(section.steps.iter().map(|step| step.runs).sum::<u64>(), searched.runs.len() as u64);
    }

    #[tokio::test]
    async fn accounts_that_do_not_add_up_end_the_search_and_are_what_is_told() {
        let unbalanced = |run: &mut StepRun<u32>| run.is_balanced = run.step.number != 3;
        let searched = Pretended::with_knee(4_000.0).search(unbalanced).await;
        assert_eq!((searched.runs.len(), exit(&searched), searched.told().unwrap().kept), (3, ExitCode::Accounts, 3));
        assert_eq!(section(&searched).steps[2].outcome, report::StepOutcome::Fail);
    }

    #[tokio::test]
    async fn a_generator_at_its_limit_leaves_a_lower_bound() {
        let limited = |run: &mut StepRun<u32>| {
            if run.step.rate > 2_000.0 {
                run.outcome = StepOutcome::GeneratorLimit("slip".to_owned());
            }
        };
        let searched = Pretended::with_knee(4_000.0).search(limited).await;
        assert_eq!((searched.found.capacity, searched.found.is_lower_bound, exit(&searched)), (1_500.0, true, ExitCode::Generator));
        assert_eq!(searched.told().unwrap().step.rate, 1_500.0);
        assert_eq!(section(&searched).steps[2].outcome, report::StepOutcome::Generator);
    }

    #[tokio::test]
    async fn a_disturbance_of_the_load_host_does_not_end_the_search() {
        let disturbed = Cell::new(true);
        let once = |run: &mut StepRun<u32>| {
            if run.step.rate > 2_000.0 && disturbed.take() {
                run.outcome = StepOutcome::GeneratorLimit("slip".to_owned());
            }
        };
        let searched = Pretended::with_knee(4_000.0).search(once).await;
        assert_eq!((searched.found.capacity, exit(&searched)), (3_903.0, ExitCode::Pass));
        let repeated = section(&searched).steps.into_iter().find(|step| step.rate_per_s == 2_250.0).unwrap();
        assert_eq!((repeated.runs, repeated.passes), (2, 1));
    }

    #[tokio::test]
    async fn a_step_that_was_stopped_is_not_judged_and_the_rest_is_told() {
        let stopped = |run: &mut StepRun<u32>| run.is_cut_short = run.step.number == 4;
        let searched = Pretended::with_knee(4_000.0).search(stopped).await;
        assert_eq!((searched.found.capacity, searched.ended, exit(&searched)), (2_250.0, Ended::Stopped, ExitCode::Inconclusive));
        assert_eq!(searched.told().unwrap().kept, 3);
    }

    #[tokio::test]
    async fn no_step_begins_that_would_end_too_late() {
        let system = Pretended::with_knee(4_000.0);
        // The first steps take 110, 77 and 70 s.
        system.elapsed.set(Duration::from_secs(7_200 - 200));
        let searched = system.search(|_| ()).await;
        assert_eq!((searched.runs.len(), searched.ended, exit(&searched)), (2, Ended::OutOfTime, ExitCode::Inconclusive));
        assert!(searched.found.why.contains("stopped after 2 steps"), "{}", searched.found.why);
    }

    #[tokio::test]
    async fn a_system_that_passes_at_no_rate_has_missed() {
        let searched = Pretended::with_knee(0.5).search(|_| ()).await;
        assert_eq!((exit(&searched), section(&searched).found_per_s), (ExitCode::Missed, None));
    }
}
