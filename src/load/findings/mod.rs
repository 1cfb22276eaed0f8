//! What a run means: from [`Measured`] to a [`Report`].
//!
//! - [`Findings`]: accounts, verdict, the generator's part, and the exit code.
//! - `accounts`, `verdict`, `generator`, `stages`, `tails`, `series`, `clocks`, `machine`: each writes its part of the report.

mod accounts;
mod clocks;
mod finding;
mod generator;
mod machine;
mod series;
mod stages;
mod tails;
mod verdict;

pub use finding::{Findings, PairBy, Question};
pub use series::backlog;

use super::report::Report;
use super::run::Measured;

impl Findings {
    /// The parts of a report that are found in a run; what was asked for, and where, the caller knows.
    pub fn report(&self, measured: &Measured) -> Report {
        Report {
            machine: machine::machine(measured),
            clocks: clocks::clocks(measured),
            verdict: verdict::verdict(self, measured),
            accounts: accounts::accounts(self, measured),
            generator: Some(generator::generator(self, measured)),
            stages: stages::stages(self, measured),
            tails: tails::tails(self, measured),
            series: series::series(self, measured),
            notes: measured.notes.clone(),
            ..Report::default()
        }
    }
}
