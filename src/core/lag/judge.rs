//! What is true of one partition now.

use super::falling::Backlogged;
use super::history::Window;
use super::jumps::Gone;
use super::kind::{Kind, Severity};
use super::membership::Membership;
use super::pace::Pace;
use super::partition::{Partition, Standing};
use super::retention::{Backlog, Retention};
use super::rules::LagRules;

/// For how long a jump or a loss is a finding; its incident stays longer.
const HAPPENED_JUST_NOW_S: f64 = 600.0;
const FOUR_HOURS_S: f64 = 14_400.0;

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

    fn page_if(&self, pages: bool) -> Option<Severity> {
        Some(if pages { Severity::Page } else { Severity::Warn })
    }
}

/// Each kind that is true, with how bad it is.
pub fn judge(partition: &mut Partition, ground: &Ground<'_>) -> Vec<(Kind, Severity)> {
    let Some(standing) = partition.last else { return Vec::new() };
    let middle = partition.history.window(ground.pace.middle_s());
    let of = Backlogged {
        now: ground.now,
        lag: standing.lag,
        age: standing.age,
        members_changed: ground.membership.changed_within(120.0, ground.now),
    };
    let verdict = partition.falling.judge(of, &partition.history, ground.pace, ground.rules);
    let falling = verdict.falling.then_some(if verdict.falling_pages { Severity::Page } else { Severity::Warn });
    let found = [
        (Kind::NoOffsets, no_offsets(partition, &standing, ground)),
        (Kind::Stalled, stalled(partition, &standing, ground)),
        (Kind::Unassigned, unassigned(partition, &standing, ground)),
        (Kind::FallingBehind, falling),
        (Kind::SlowDrain, verdict.slow_drain.then_some(Severity::Page)),
        (Kind::Rewind, partition.jumps.rewound.and_then(|_| ground.page_if(standing.age > ground.freshness()))),
        (Kind::Skipped, happened(partition.jumps.skipped, ground.now)),
        (Kind::LossImminent, middle.and_then(|middle| loss(&standing, &middle, ground))),
        (Kind::DataLost, happened(partition.jumps.lost, ground.now)),
        (Kind::OffsetsBeyondEnd, (partition.beyond_end >= 2).then_some(Severity::Page)),
        (Kind::HungTransaction, hung(partition, &standing, middle, ground)),
    ];
    found.into_iter().filter_map(|(kind, severity)| Some((kind, severity?))).collect()
}

/// Seconds until retention deletes the first record that waits in this partition.
pub fn time_to_loss(standing: &Standing, middle: &Window, retention: &Retention) -> Option<f64> {
    let Standing { lag, stamped_age, bytes_per_record, .. } = *standing;
    (lag > 0).then(|| retention.time_to_loss(&Backlog { records: lag as f64, age: stamped_age, bytes_per_record }, middle)).flatten()
}

fn happened(gone: Option<Gone>, now: f64) -> Option<Severity> {
    gone.filter(|gone| !gone.is_known && now - gone.time <= HAPPENED_JUST_NOW_S).map(|_| Severity::Page)
}

fn no_offsets(partition: &mut Partition, standing: &Standing, ground: &Ground<'_>) -> Option<Severity> {
    let holds = standing.owned == Some(true) && standing.never_committed && standing.lag > 0;
    partition.without_commit.for_s(holds, 120.0, ground.now).then_some(Severity::Page)
}

/// An owner that does not move. What the age will be is known: it stands.
fn stalled(partition: &Partition, standing: &Standing, ground: &Ground<'_>) -> Option<Severity> {
    let has_owner = standing.owned != Some(false) && !ground.membership.is_empty();
    let stands = partition.idle_s(ground.now) >= ground.pace.stall_s() && standing.age >= ground.pace.floor_s();
    (has_owner && stands).then(|| ground.page_if(standing.age > ground.freshness() - 180.0)).flatten()
}

fn unassigned(partition: &mut Partition, standing: &Standing, ground: &Ground<'_>) -> Option<Severity> {
    let stable = ground.membership.is_stable_for(60.0, ground.now) && !ground.membership.is_empty();
    let holds = stable && standing.owned == Some(false) && standing.lag > 0;
    let lasts = partition.without_owner.for_s(holds, 60.0, ground.now);
    lasts.then(|| ground.page_if(standing.age > ground.freshness())).flatten()
}

fn loss(standing: &Standing, middle: &Window, ground: &Ground<'_>) -> Option<Severity> {
    let left = time_to_loss(standing, middle, ground.retention)?;
    let kept = ground.retention.seconds.unwrap_or(f64::INFINITY);
    let age = standing.stamped_age;
    let is_late = age > ground.freshness().max(if kept.is_finite() { 0.1 * kept } else { 0.0 });
    let pages = left < FOUR_HOURS_S.min(0.2 * kept) || age > 0.8 * kept;
    (is_late && (pages || age > 0.5 * kept)).then(|| ground.page_if(pages)).flatten()
}

/// The last stable offset does not move while records are written above it: lag by it looks like none.
fn hung(partition: &Partition, standing: &Standing, middle: Option<Window>, ground: &Ground<'_>) -> Option<Severity> {
    let backlog = ground.rules.backlog(middle.map_or(0.0, |middle| middle.ingest));
    let stands = partition.end_idle_s(ground.now);
    (standing.unstable as f64 > backlog && stands >= 120.0).then(|| ground.page_if(stands > ground.freshness())).flatten()
}
