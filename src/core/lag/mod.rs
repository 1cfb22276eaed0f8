//! Lag from outside: what is wrong with a consumer group, how bad it is, and when it is over.
//!
//! A [`Sample`] is what was read of a group at one moment ([`trace`]: the same as JSON lines). A [`Group`] takes one after the other and
//! says what changed, as [`Event`]s. Each partition keeps its counters over time (`history`, `arrivals`) and is judged (`judge`,
//! `falling`, `coverage`, `retention`) over windows that follow the pace of its commits (`pace`); the group is the sum of them (`total`,
//! `forecast`) and its members (`membership`), judged in `whole`. A condition is a value with its numbers (`term`, `rule`): the judge asks
//! whether it holds, and [`Group::explain`] tells it to people. What is true becomes one `incident` a class, which changes its kind and
//! knows when it is over. [`GroupView`] is a group at one moment. `now` is an argument everywhere, in seconds.
//!
//! A look that failed freezes all this: it neither opens nor resolves anything but UNKNOWN.

mod age;
mod arrivals;
mod coverage;
mod event;
mod evidence;
mod explain;
mod falling;
pub mod figure;
mod findings;
mod forecast;
mod group;
mod history;
mod incident;
mod judge;
mod jumps;
mod kind;
mod lasting;
mod median;
mod membership;
mod next;
mod own;
mod pace;
mod partition;
mod recorded;
mod retention;
mod rule;
mod rules;
mod sample;
mod telling;
mod term;
mod total;
pub mod trace;
mod view;
mod whole;

pub use event::{Change, Event};
pub use explain::Explanation;
pub use group::Group;
pub use kind::{Kind, Severity};
pub use next::{DEFAULT_CLUSTER, if_meant, next_commands, shell_word};
pub use retention::Retention;
pub use rules::LagRules;
pub use sample::{GroupState, Reading, Sample};
pub use trace::{Header, Line, TraceError};
pub use view::{GoneView, GroupView, IncidentView, Needed, PartitionView};
