//! What is true of one partition now.

use super::falling::Backlogged;
use super::history::Window;
use super::jumps::Gone;
use super::kind::{Kind, Severity};
use super::membership::Membership;
use super::pace::Pace;
use super::partition::{Partition, Standing};
use super::retention::{Backlog, Retention};
use super::rule::{Pages, Rule};
use super::rules::LagRules;
use super::term::{Bound, count, fact, seconds};

/// For how long a jump or a loss is a finding; its incident stays longer.
const HAPPENED_JUST_NOW_S: f64 = 600.0;
const FOUR_HOURS_S: f64 = 14_400.0;
const UNKNOWN_WARNS_S: f64 = 60.0;
const UNKNOWN_PAGES_S: f64 = 120.0;

/// What a partition is judged by beside itself.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    pub now: f64,
    pub pace: Pace,
    pub rules: &'a LagRules,
    pub membership: &'a Membership,
    pub retention: &'a Retention,
}

impl Ground<'_> {
    fn freshness(&self) -> f64 {
        self.rules.freshness(self.pace)
    }

    fn floor(&self) -> Bound {
        Bound::of("floor", self.pace.floor_s())
    }

    fn pages_late(&self, standing: &Standing) -> Pages {
        Pages::Where(seconds("age", standing.age).above(Bound::of("freshness", self.freshness())))
    }
}

/// Each kind that is true, with how bad it is.
pub fn judge(partition: &mut Partition, ground: &Ground<'_>) -> Vec<(Kind, Severity)> {
    let Some(standing) = partition.last else { return Vec::new() };
    let middle = partition.history.window(ground.pace.middle_s());
    let verdict = partition.falling.judge(backlogged(&standing, ground), &partition.history, ground.pace, ground.rules);
    let found = [
        (Kind::NoOffsets, no_offsets(&standing).severity_of(&mut partition.without_commit, ground.now)),
        (Kind::Stalled, stalled(partition, &standing, ground).severity()),
        (Kind::Unassigned, unassigned(&standing, ground).severity_of(&mut partition.without_owner, ground.now)),
        (Kind::FallingBehind, verdict.falling),
        (Kind::SlowDrain, verdict.slow_drain),
        (Kind::Rewind, rewind(partition, &standing, ground).severity()),
        (Kind::Skipped, happened(partition.jumps.skipped, ground.now).severity()),
        (Kind::LossImminent, loss(&standing, middle, ground).severity()),
        (Kind::DataLost, happened(partition.jumps.lost, ground.now).severity()),
        (Kind::OffsetsBeyondEnd, beyond_end(partition).severity()),
        (Kind::HungTransaction, hung(partition, &standing, middle, ground).severity()),
    ];
    found.into_iter().filter_map(|(kind, severity)| Some((kind, severity?))).collect()
}

/// Seconds until retention deletes the first record that waits in this partition.
pub fn time_to_loss(standing: &Standing, middle: &Window, retention: &Retention) -> Option<f64> {
    let Standing { lag, stamped_age, bytes_per_record, .. } = *standing;
    (lag > 0).then(|| retention.time_to_loss(&Backlog { records: lag as f64, age: stamped_age, bytes_per_record }, middle)).flatten()
}

pub fn backlogged(standing: &Standing, ground: &Ground<'_>) -> Backlogged {
    let members_changed = ground.membership.changed_within(120.0, ground.now);
    Backlogged { now: ground.now, lag: standing.lag, age: standing.age, members_changed }
}

/// Of a partition and of a group: for how many seconds nothing could be read.
pub fn unread(unread_s: f64) -> Rule<1> {
    Rule::new(
        [seconds("unread for", unread_s).at_least(UNKNOWN_WARNS_S)],
        Pages::Where(seconds("unread for", unread_s).at_least(UNKNOWN_PAGES_S)),
    )
}

pub fn happened(gone: Option<Gone>, now: f64) -> Rule<3> {
    let needs = [
        count("records", gone.map_or(0.0, |gone| gone.records as f64)).above(0.0),
        fact("nobody has acknowledged it", gone.is_none_or(|gone| !gone.is_known)),
        seconds("time since then", gone.map(|gone| now - gone.time)).at_most(HAPPENED_JUST_NOW_S),
    ];
    Rule::new(needs, Pages::AtOnce)
}

pub fn no_offsets(standing: &Standing) -> Rule<3> {
    let needs = [
        fact("has an owner", standing.owned == Some(true)),
        fact("was never committed", standing.never_committed),
        count("lag", standing.lag as f64).above(0.0),
    ];
    Rule::new(needs, Pages::AtOnce).lasting(120.0)
}

/// An owner that does not move. What the age will be is known: it stands.
pub fn stalled(partition: &Partition, standing: &Standing, ground: &Ground<'_>) -> Rule<3> {
    let age = seconds("age", standing.age);
    let needs = [
        fact("may have an owner", standing.owned != Some(false) && !ground.membership.is_empty()),
        seconds("stands still with work for", partition.idle_s(ground.now)).at_least(ground.pace.stall_s()),
        age.at_least(ground.floor()),
    ];
    Rule::new(needs, Pages::Where(age.above(Bound::of("3 min less than freshness", ground.freshness() - 180.0))))
}

pub fn unassigned(standing: &Standing, ground: &Ground<'_>) -> Rule<4> {
    let needs = [
        fact("the group has members", !ground.membership.is_empty()),
        seconds("the group is stable for", ground.membership.stable_s(ground.now)).above(60.0),
        fact("has no owner", standing.owned == Some(false)),
        count("lag", standing.lag as f64).above(0.0),
    ];
    Rule::new(needs, ground.pages_late(standing)).lasting(60.0)
}

pub fn rewind(partition: &Partition, standing: &Standing, ground: &Ground<'_>) -> Rule<1> {
    let back = partition.jumps.rewound.map(|rewound| rewound.records as f64);
    Rule::new([count("records that the commit went back over", back.unwrap_or(0.0)).above(0.0)], ground.pages_late(standing))
}

pub fn loss(standing: &Standing, middle: Option<Window>, ground: &Ground<'_>) -> Rule<2> {
    let left = middle.and_then(|middle| time_to_loss(standing, &middle, ground.retention));
    let kept = ground.retention.seconds.unwrap_or(f64::INFINITY);
    let tenth = if kept.is_finite() { 0.1 * kept } else { 0.0 };
    let age = seconds("age", standing.stamped_age);
    let soon = seconds("time to the first loss", left).below(FOUR_HOURS_S.min(0.2 * kept));
    let of_kept = |share| age.above(Bound::share(share, "retention", kept));
    let needs = [fact("records will be deleted unread at this pace", left.is_some()), age.above(ground.freshness().max(tenth))];
    Rule::new(needs, Pages::WhereEither([soon, of_kept(0.8)])).either([soon, of_kept(0.5)])
}

pub fn beyond_end(partition: &Partition) -> Rule<1> {
    let readings = f64::from(partition.beyond_end);
    Rule::new([count("readings in a row with the commit above the log's end", readings).at_least(2.0)], Pages::AtOnce)
}

/// The last stable offset does not move while records are written above it: lag by it looks like none.
pub fn hung(partition: &Partition, standing: &Standing, middle: Option<Window>, ground: &Ground<'_>) -> Rule<2> {
    let backlog = ground.rules.backlog(middle.map_or(0.0, |middle| middle.ingest));
    let stands = seconds("the last stable offset stands for", partition.end_idle_s(ground.now));
    let needs = [count("records above the last stable offset", standing.unstable as f64).above(backlog), stands.at_least(120.0)];
    Rule::new(needs, Pages::Where(stands.above(Bound::of("freshness", ground.freshness()))))
}
