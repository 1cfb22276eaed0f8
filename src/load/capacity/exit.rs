//! How a search ends, for whoever called it.

use super::searched::{Ended, Searched};
use crate::core::load::figures::{Broke, ExitCode, StepOutcome};
use crate::load::report::{Outcome, Verdict};

/// 0: a rate was found, and passed all its repeats. 3: accounts do not add up. 4: the generator was the limit, so that what was found is a lower
/// bound. 99: no rate passed. 98: the search was not through, or could not tell.
pub fn exit<K>(searched: &Searched<K>) -> ExitCode {
    let found = &searched.found;
    let last = searched.runs.last().map(|run| &run.outcome);
    match searched.ended {
        Ended::Unbalanced => ExitCode::Accounts,
        Ended::Done if matches!(last, Some(StepOutcome::GeneratorLimit(_))) => ExitCode::Generator,
        Ended::Done if found.is_confirmed && found.capacity > 0.0 => ExitCode::Pass,
        _ if found.capacity == 0.0 && found.broke_by.is_some_and(|(_, broke)| broke != Broke::Undecided) => ExitCode::Missed,
        Ended::Done | Ended::Stopped | Ended::OutOfTime => ExitCode::Inconclusive,
    }
}

/// The verdict of the step that the report is about, with the end of the whole search.
pub fn verdict<K>(searched: &Searched<K>, of_step: Verdict) -> Verdict {
    let exit = exit(searched);
    let outcome = match exit {
        ExitCode::Pass => Outcome::Pass,
        ExitCode::Accounts | ExitCode::Missed => Outcome::Fail,
        ExitCode::Generator | ExitCode::Inconclusive => Outcome::Inconclusive,
    };
    Verdict { outcome, exit_code: exit.number(), why: searched.found.why.clone(), ..of_step }
}
