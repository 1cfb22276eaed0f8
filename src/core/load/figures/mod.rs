//! What a load test's run says, and how sure it is.
//!
//! A [`Ledger`] keeps what became of each scheduled event ([`Observation`]s go in, an [`Entry`] comes out); its [`Accounts`] must add up.
//! Latencies become percentiles (`percentile`, with a [`quantile_interval`] and its [`Support`]) and [`Tails`] with their [`Drift`]. An
//! [`Objective`] is judged by counting misses ([`judge`]: `poisson` bounds, `dispersion` of bursts, `stalls`). A capacity [`Search`] runs
//! steps, each judged by its [`StepFigures`] ([`slope`] of the backlog, [`MemoryOutlook`], [`GeneratorFigures`]). [`ExitCode`] sums up; [`compare`] sets
//! two runs side by side. Under overload a publisher is asked for what it promises ([`Promises`], [`bounded`], [`stable`], [`LittleCheck`]),
//! after an outage how fast it is over ([`CatchUp`]) and how well that was foretold ([`eta_errors`]).
//!
//! All times are microseconds from the start of the run on the load host's monotonic clock.

mod account;
mod accounts;
mod balance;
mod catch_up;
mod compare;
mod delays;
mod dispersion;
mod drift;
mod entry;
mod eta;
mod exit;
mod explain;
mod faults;
mod found;
mod gamma;
mod generator;
mod interval;
mod ledger;
mod listed;
mod little;
mod marks;
mod memory;
mod miss;
mod objective;
mod observation;
mod order;
mod pairs;
mod percentile;
mod places;
mod poisson;
mod pressure;
mod resample;
mod search;
mod search_settings;
mod sighting;
mod slope;
mod spread;
mod stage;
mod stage_account;
mod stalls;
mod step;
mod support;
mod tails;
mod tally;
#[cfg(test)]
mod tests;
mod verdict;

pub use account::Account;
pub use accounts::Accounts;
pub use balance::Unbalanced;
pub use catch_up::CatchUp;
pub use compare::{COMPARED, Ratio, compare};
pub use dispersion::BLOCK_US;
pub use drift::{DRIFT_WINDOW_US, Drift, WindowMedian};
pub use entry::{Entry, Outcome};
pub use eta::{ETA_MARKS, EtaError, eta_errors};
pub use exit::ExitCode;
pub use found::{Found, Next};
pub use generator::{GeneratorFigures, GeneratorLimit};
pub use interval::{Interval, quantile_interval};
pub use ledger::{Ledger, Outsiders};
pub use listed::{Listed, Named};
pub use little::LittleCheck;
pub use memory::MemoryOutlook;
pub use miss::{Cause, Miss};
pub use objective::{Objective, ObjectiveError, percentile_name};
pub use observation::{Observation, Scheduled, UNREADABLE, What};
pub use pairs::Pairs;
pub use percentile::{percentile, percentile_with_lost};
pub use pressure::{Held, Promises, bounded, stable};
pub use resample::TimedLatency;
pub use search::Search;
pub use search_settings::SearchSettings;
pub use slope::{Slope, slope};
pub use spread::Spread;
pub use stage::Stage;
pub use stage_account::StageAccount;
pub use stalls::{Clusters, LISTED_STALLS, STALL_GAP_US, Stall};
pub use step::{Broke, Purpose, Step, StepFigures, StepOutcome};
pub use support::Support;
pub use tails::{PairTail, Tail, Tails};
pub use tally::{Sightings, Tally};
pub use verdict::{Evidence, Judgement, Verdict, judge};
