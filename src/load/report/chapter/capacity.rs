//! Where it breaks.

use super::{Cell, Chapter, Kind, Table, Tone};
use crate::load::report::Report;
use crate::load::report::document::{Capacity, Step, StepOutcome};
use crate::load::report::number::{count, decimals, known, milliseconds, seconds, short};

pub fn chapter(report: &Report) -> Chapter {
    let mut chapter = Chapter::new(Kind::Capacity);
    let Some(capacity) = &report.capacity else { return chapter };
    chapter.text(found(capacity));
    let mut table = Table::new(&[
        ">Rate /s",
        ">Achieved /s",
        "Outcome",
        ">Passed",
        ">n",
        ">p50 ms",
        ">p99 ms",
        ">p99.99 ms",
        ">Backlog /s",
        ">Lasted",
        "Why",
    ]);
    capacity.steps.iter().for_each(|step| table.row(row(step)));
    chapter.table(table);
    chapter
}

fn found(capacity: &Capacity) -> String {
    let rate = match (capacity.found_per_s, capacity.lower_bound) {
        (None, _) => "No rate passed.".to_owned(),
        (Some(rate), true) => format!("At least {} events/s: a lower bound, the system did not break.", short(rate)),
        (Some(rate), false) => format!("{} events/s.", short(rate)),
    };
    let broke = capacity.broke_at_per_s.map_or(String::new(), |rate| format!(" It broke at {} events/s.", short(rate)));
    format!("{rate}{broke} {}", capacity.why)
}

pub fn tone(outcome: StepOutcome) -> Tone {
    match outcome {
        StepOutcome::Pass => Tone::Good,
        StepOutcome::Fail => Tone::Bad,
        StepOutcome::Inconclusive | StepOutcome::Generator => Tone::Warn,
    }
}

fn row(step: &Step) -> [Cell; 11] {
    [
        short(step.rate_per_s).into(),
        known(step.achieved_per_s, short).into(),
        Cell::new(step.outcome.as_str(), tone(step.outcome)),
        format!("{} of {}", step.passes, step.runs).into(),
        count(step.n).into(),
        known(step.p50_us, milliseconds).into(),
        known(step.p99_us, milliseconds).into(),
        known(step.p9999_us, milliseconds).into(),
        known(step.backlog_slope, |slope| decimals(slope, 2)).into(),
        seconds(step.duration_s).into(),
        step.why.as_str().into(),
    ]
}
