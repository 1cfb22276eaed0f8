use serde::{Deserialize, Serialize};

use crate::load::findings::{Findings, Question};
use crate::load::report::Report;
use crate::load::run::Measured;

/// What a report is made of beside the rows.
#[derive(Debug, Serialize, Deserialize)]
pub struct Trailer {
    /// What was asked of the run.
    pub question: Question,
    /// What was measured beside the events: the load host's own CPU, memory, hiccups and clocks, the end of sending and the deadline.
    pub measured: Measured,
    /// What nobody can reckon: the command, the settings, the servers, the notes. What is reckoned is empty here.
    pub frame: Report,
}

impl Trailer {
    /// Takes from the report only what is not reckoned.
    pub fn of(measured: Measured, question: Question, told: &Report) -> Self {
        let reckoned = Report::default();
        let frame = Report {
            verdict: reckoned.verdict,
            accounts: reckoned.accounts,
            generator: reckoned.generator,
            clocks: reckoned.clocks,
            stages: reckoned.stages,
            tails: reckoned.tails,
            series: reckoned.series,
            ..told.clone()
        };
        Self { question, measured, frame }
    }

    /// The report, with every figure reckoned from the ledger in `measured`.
    pub fn report(&self) -> Report {
        let found = Findings::of(&self.measured, self.question).report(&self.measured);
        Report {
            verdict: found.verdict,
            accounts: found.accounts,
            generator: found.generator,
            clocks: found.clocks,
            stages: found.stages,
            tails: found.tails,
            series: found.series,
            ..self.frame.clone()
        }
    }
}
