//! What is true of a group as a whole: its members, its sum, its offsets.

use super::group::{Group, later};
use super::kind::Kind;
use super::membership::REMEMBERED_S;
use super::partition::Partition;
use super::rule::{Pages, Rule};
use super::term::{Bound, Term, all, count, fact, rate, ratio, seconds};

/// For how long it has to recover before nobody is needed.
pub const RECOVERS_S: f64 = 120.0;
const TWO_DAYS_S: f64 = 172_800.0;
const HALF_A_DAY_S: f64 = 43_200.0;

impl Group {
    pub(super) fn judge_group(&mut self, now: f64) {
        let verdict = self.total.judge(self.membership.changed_within(120.0, now), self.pace, &self.rules, now);
        let found = [
            (Kind::Stopped, self.stopped(now).severity()),
            (Kind::NoOffsets, self.dead(now).severity()),
            (Kind::Rebalancing, self.rebalancing(now).severity()),
            (Kind::FallingBehind, verdict.falling),
            (Kind::SlowDrain, verdict.slow_drain),
            (Kind::OffsetsExpiring, self.offsets_expiring(now).severity()),
        ];
        for (kind, severity) in found {
            if let Some(severity) = severity {
                self.findings.note_group(kind, severity, now);
            }
        }
    }

    /// Nobody is there, or whoever is there does not move.
    pub(super) fn stopped(&self, now: f64) -> Rule<2> {
        if self.membership.is_empty() {
            let none = seconds("without a member for", self.membership.none_s(now)).at_least(60.0);
            return Rule::new([count("lag", self.total.lag as f64).above(0.0), none], Pages::AtOnce);
        }
        let stall_s = self.pace.stall_s();
        let stands = |partition: &&Partition| partition.is_busy() && partition.idle_s(now) >= stall_s;
        let standing = self.own().filter(stands).count() as f64;
        let of = Bound::of("of", self.own().count() as f64);
        let age = seconds("age", self.total.age).at_least(Bound::of("floor", self.pace.floor_s()));
        let all_stand = count("partitions that stand still with work", standing).over(stall_s).at_least(of);
        Rule::new([age, all_stand], Pages::AtOnce)
    }

    pub(super) fn dead(&self, now: f64) -> Rule<1> {
        Rule::new([seconds("the group does not exist for", self.membership.dead_s(now)).at_least(120.0)], Pages::AtOnce)
    }

    pub(super) fn rebalancing(&self, now: f64) -> Rule<1> {
        let lasts = seconds("rebalances for", self.membership.rebalancing_s(now)).above(120.0);
        let often = seconds("rebalanced for", self.membership.rebalanced_s()).over(REMEMBERED_S).above(0.3 * REMEMBERED_S);
        let late = seconds("age", self.total.age).above(Bound::of("freshness", self.rules.freshness(self.pace)));
        Rule::new([count("lag", self.total.lag as f64).above(0.0)], Pages::Where(late)).either([lasts, often])
    }

    pub(super) fn offsets_expiring(&self, now: f64) -> Rule<2> {
        let left = seconds("time until the offsets of the empty group expire", self.offsets_left_s(now));
        let has_some = self.partitions.iter().any(|partition| partition.last.is_some_and(|last| !last.never_committed));
        Rule::new([fact("has offsets", has_some), left.below(TWO_DAYS_S)], Pages::Where(left.below(HALF_A_DAY_S)))
    }

    pub(super) fn unread(&self, now: f64) -> Rule<1> {
        super::judge::unread(now - later(self.last_read.or(self.started), self.resumed).unwrap_or(now))
    }

    /// The backlog goes fast enough that nobody has to look. Speed alone is high as well where a lull has come to the head of the backlog:
    /// it has to shrink too.
    pub(super) fn recovers(&self) -> [Term; 3] {
        let window = self.total.window(self.pace);
        let over = window.map(|window| window.seconds);
        [
            ratio("speed", window.map(|window| window.speed)).over(over).above(1.0 + self.rules.margin),
            rate("out", window.map(|window| window.consume)).over(over).above(Bound::of("in", window.map_or(0.0, |window| window.ingest))),
            seconds("left at this speed", self.total.eta_s(self.pace)).below(Bound::share(
                0.5,
                "the longest drain",
                self.rules.longest_drain_s,
            )),
        ]
    }

    pub(super) fn is_recovering(&mut self, now: f64) -> bool {
        let recovers = all(&self.recovers());
        self.recovering.for_s(recovers, RECOVERS_S, now)
    }
}
