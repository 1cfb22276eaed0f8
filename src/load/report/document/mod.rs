//! `shasta.load/1`: all that a reader of a capacity test needs to believe it, or not to. Whoever reads it must not mind members that are added.
//!
//! What was not measured is `null` or absent, never 0. Numbers are finite. Times are from the start of the run on the clock of the load host,
//! latencies from the intended time unless a stage says otherwise; the unit is in the name (`_us`, `_ms`, `_s`).

mod accounts;
mod backpressure;
mod capacity;
mod catchup;
mod clocks;
mod comparison;
mod generator;
mod left_behind;
mod machine;
mod ran;
mod series;
mod stage;
mod tails;
mod verdict;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use accounts::{Account, Accounts, Count, EventList, NamedEvent};
pub use backpressure::{Backpressure, Cell};
pub use capacity::{Capacity, Step, StepOutcome};
pub use catchup::{Backlog, Catchup, EtaError};
pub use clocks::{Clock, ClockStep};
pub use comparison::{COMPARISON_SCHEMA, Compared, Comparison, Difference, Side};
pub use generator::Generator;
pub use left_behind::LeftBehind;
pub use machine::{LoadHost, Machine, Servers};
pub use ran::{Config, Mode, Model, Objective, Ran};
pub use series::Second;
pub use stage::{Mark, Percentile, Point, Stage};
pub use tails::{Drift, Pair, PairTail, TailRow, Tails};
pub use verdict::{Outcome, Stall, Verdict};

pub const SCHEMA: &str = "shasta.load/1";

/// One run of `shasta load`, or several joined by `shasta load merge`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// `shasta.load/1`.
    pub schema: String,
    pub ran: Ran,
    /// The machine that told the load; others of a fleet are in `load_hosts`.
    pub machine: Machine,
    pub servers: Servers,
    /// Every host that made load, this one too.
    #[serde(default)]
    pub load_hosts: Vec<LoadHost>,
    #[serde(default)]
    pub clocks: Vec<Clock>,
    pub verdict: Verdict,
    pub accounts: Accounts,
    pub generator: Option<Generator>,
    /// In the order in which an event passes them.
    #[serde(default)]
    pub stages: Vec<Stage>,
    /// One for each stage whose tails were asked for.
    #[serde(default)]
    pub tails: Vec<Tails>,
    /// Whole seconds in their order, the warm-up too. A second that is missing is drawn as a gap.
    #[serde(default)]
    pub series: Vec<Second>,
    pub capacity: Option<Capacity>,
    pub backpressure: Option<Backpressure>,
    pub catchup: Option<Catchup>,
    #[serde(default)]
    pub left_behind: Vec<LeftBehind>,
    /// Sentences for whoever reads the figures: what the run can not show.
    #[serde(default)]
    pub notes: Vec<String>,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            ran: Ran::default(),
            machine: Machine::default(),
            servers: Servers::default(),
            load_hosts: Vec::new(),
            clocks: Vec::new(),
            verdict: Verdict::default(),
            accounts: Accounts::default(),
            generator: None,
            stages: Vec::new(),
            tails: Vec::new(),
            series: Vec::new(),
            capacity: None,
            backpressure: None,
            catchup: None,
            left_behind: Vec::new(),
            notes: Vec::new(),
        }
    }
}
