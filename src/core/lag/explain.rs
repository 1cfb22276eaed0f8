//! Each rule with its numbers: why it is true, and why not.

use serde::{Deserialize, Serialize};

use super::group::Group;
use super::judge::{Ground, backlogged, beyond_end, happened, hung, loss, no_offsets, rewind, stalled, time_to_loss, unassigned, unread};
use super::kind::Kind;
use super::partition::{Partition, Standing};
use super::rule::{Told, held_of};
use super::term::text;
use super::whole::RECOVERS_S;

/// A kind, and whether it is true. Of the group as a whole, or of the partition that is nearest to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "settings", derive(schemars::JsonSchema))]
pub struct Explanation {
    pub kind: Kind,
    /// As it was judged at the last reading; the same rules decide.
    pub holds: bool,
    /// `None`: the group as a whole.
    pub partition: Option<usize>,
    /// Since when it has been true, in seconds of the samples' clock; `None` where it is not.
    pub since: Option<f64>,
    /// The conditions with their numbers, separated by `; `.
    pub text: String,
}

/// Of one partition, and how much it weighs beside others.
struct OfPartition {
    told: Told,
    weight: f64,
}

impl Group {
    /// In the order of the kinds; where a kind can be true of the group and of partitions, the group first. Numbers are those of the last
    /// reading, up to `now` in seconds; without one only that is told.
    pub fn explain(&self, now: f64) -> Vec<Explanation> {
        let looked = self.last_look.unwrap_or(now).min(now);
        Kind::ALL.into_iter().flat_map(|kind| [self.whole(kind, looked), self.worst(kind)].into_iter().flatten()).collect()
    }

    fn whole(&self, kind: Kind, looked: f64) -> Option<Explanation> {
        let told = match (kind, self.last_read) {
            (Kind::Unknown, _) => self.unread(looked).told(),
            (_, Some(read)) => self.whole_told(kind, read)?,
            _ => return None,
        };
        // All but UNKNOWN is judged where there is a reading.
        let judged = self.last_read.filter(|_| kind != Kind::Unknown).unwrap_or(looked);
        let since = self.findings.group_since(kind, judged).filter(|_| told.holds);
        Some(Explanation { kind, holds: told.holds, partition: None, since, text: told.text })
    }

    fn whole_told(&self, kind: Kind, now: f64) -> Option<Told> {
        let members_changed = self.membership.changed_within(120.0, now);
        let rates = || self.total.told(members_changed, self.pace, &self.rules, now);
        Some(match kind {
            Kind::Stopped => self.stopped(now).told(),
            Kind::NoOffsets => self.dead(now).told(),
            Kind::Rebalancing => self.rebalancing(now).told(),
            Kind::FallingBehind => rates()[0].clone(),
            Kind::SlowDrain => rates()[1].clone(),
            Kind::Recovering => self.recovers_told(now),
            Kind::OffsetsExpiring => self.offsets_expiring(now).told(),
            _ => return None,
        })
    }

    fn recovers_told(&self, now: f64) -> Told {
        let held = self.recovering.held_s(now);
        let text = format!("{}; {}; then the page resolves", text(&self.recovers()), held_of(held, RECOVERS_S));
        Told { holds: held.is_some_and(|held| held >= RECOVERS_S), text }
    }

    /// The partition of which it is true, or the nearest to it.
    fn worst(&self, kind: Kind) -> Option<Explanation> {
        let all = self
            .partitions
            .iter()
            .enumerate()
            .filter(|(_, partition)| !partition.foreign)
            .filter_map(|(number, partition)| Some((number, self.of_partition(kind, partition)?)));
        let (number, of) = all.max_by(|(_, a), (_, b)| a.told.holds.cmp(&b.told.holds).then(a.weight.total_cmp(&b.weight)))?;
        let since = self.partitions[number].last_true.since(kind, self.last_read?).filter(|_| of.told.holds);
        Some(Explanation { kind, holds: of.told.holds, partition: Some(number), since, text: of.told.text })
    }

    fn of_partition(&self, kind: Kind, partition: &Partition) -> Option<OfPartition> {
        let now = self.last_read?;
        if kind == Kind::Unknown {
            let unread_s = partition.unread_s(self.started, self.resumed, now);
            return Some(OfPartition { told: unread(unread_s).told(), weight: unread_s });
        }
        let standing = partition.last.filter(|last| last.time == now)?;
        let ground = Ground { now, pace: self.pace, rules: &self.rules, membership: &self.membership, retention: &self.header.retention };
        let told = partition_told(kind, partition, &standing, &ground)?;
        Some(OfPartition { told, weight: weight(kind, partition, &standing, &ground) })
    }
}

fn partition_told(kind: Kind, partition: &Partition, standing: &Standing, ground: &Ground<'_>) -> Option<Told> {
    let middle = partition.history.window(ground.pace.middle_s());
    let rates = || partition.falling.told(backlogged(standing, ground), &partition.history, ground.pace, ground.rules);
    Some(match kind {
        Kind::NoOffsets => no_offsets(standing).told_of(&partition.without_commit, ground.now),
        Kind::Stalled => stalled(partition, standing, ground).told(),
        Kind::Unassigned => unassigned(standing, ground).told_of(&partition.without_owner, ground.now),
        Kind::FallingBehind => rates()[0].clone(),
        Kind::SlowDrain => rates()[1].clone(),
        Kind::Rewind => rewind(partition, standing, ground).told(),
        Kind::Skipped => happened(partition.jumps.skipped, ground.now).told(),
        Kind::LossImminent => loss(standing, middle, ground).told(),
        Kind::DataLost => happened(partition.jumps.lost, ground.now).told(),
        Kind::OffsetsBeyondEnd => beyond_end(partition).told(),
        Kind::HungTransaction => hung(partition, standing, middle, ground).told(),
        _ => return None,
    })
}

/// Which of the partitions is nearest to a kind: mostly that with the oldest record.
fn weight(kind: Kind, partition: &Partition, standing: &Standing, ground: &Ground<'_>) -> f64 {
    let records = |gone: Option<super::jumps::Gone>| gone.map_or(0.0, |gone| gone.records as f64);
    match kind {
        Kind::Stalled => partition.idle_s(ground.now),
        Kind::Skipped => records(partition.jumps.skipped),
        Kind::DataLost => records(partition.jumps.lost),
        Kind::Rewind => records(partition.jumps.rewound),
        Kind::OffsetsBeyondEnd => f64::from(partition.beyond_end),
        Kind::HungTransaction => standing.unstable as f64,
        Kind::LossImminent => {
            let middle = partition.history.window(ground.pace.middle_s());
            middle.and_then(|middle| time_to_loss(standing, &middle, ground.retention)).map_or(f64::NEG_INFINITY, |left| -left)
        }
        _ => standing.age,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::{Config, TestRunner};

    use super::super::rules::LagRules;
    use super::super::sample::{GroupState, Reading, Sample};
    use super::super::trace::Header;
    use super::super::{Retention, Severity};
    use super::*;

    const PARTITIONS: usize = 3;

    /// For a while a group behaves so.
    #[derive(Clone, Debug)]
    struct Phase {
        steps: u32,
        state: GroupState,
        members: u64,
        /// Records per second into each partition, and how much of that each consumes.
        ingest: f64,
        consumes: [f64; PARTITIONS],
        trouble: Trouble,
    }

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Trouble {
        None,
        Unreadable,
        OneUnreadable,
        GoesBack,
        JumpsToTheEnd,
        BeyondTheEnd,
        NeverCommitted,
        NoOwner,
        Unstable,
        RetentionTakes,
    }

    fn phase() -> impl Strategy<Value = Phase> {
        use Trouble as T;
        let state = prop_oneof![5 => Just(GroupState::Stable), 1 => Just(GroupState::Rebalancing), 1 => Just(GroupState::Dead)];
        let members = prop_oneof![4 => Just(2), 1 => Just(0)];
        let consumes = prop::sample::select(vec![0.0, 0.9, 0.97, 1.0, 1.02, 1.3, 8.0]);
        let trouble = prop_oneof![
            6 => Just(T::None),
            5 => prop::sample::select(vec![T::Unreadable, T::OneUnreadable, T::GoesBack, T::JumpsToTheEnd, T::BeyondTheEnd]),
            4 => prop::sample::select(vec![T::NeverCommitted, T::NoOwner, T::Unstable, T::RetentionTakes]),
        ];
        (5u32..60, state, members, 20.0f64..500.0, prop::array::uniform3(consumes), trouble)
            .prop_map(|(steps, state, members, ingest, consumes, trouble)| Phase { steps, state, members, ingest, consumes, trouble })
    }

    /// Where a partition is. Records come at an even pace, so that their age is known from their number.
    #[derive(Clone, Copy, Debug, Default)]
    struct Place {
        end: f64,
        committed: f64,
        covered: f64,
        start: f64,
        /// When the record at the committed offset came in.
        stamp: f64,
    }

    fn step(place: &mut Place, phase: &Phase, number: usize, first: bool, now: f64) -> Reading {
        let members = if phase.state == GroupState::Dead { 0 } else { phase.members };
        place.end += phase.ingest * 10.0;
        let can = if members == 0 || phase.trouble == Trouble::NoOwner { 0.0 } else { phase.consumes[number] * phase.ingest * 10.0 };
        let consumed = can.min(place.end - place.committed);
        place.covered += consumed;
        let share = consumed / (place.end - place.committed).max(1.0);
        place.stamp += share * (now - place.stamp);
        place.committed += consumed;
        match phase.trouble {
            Trouble::GoesBack if first => (place.committed, place.stamp) = ((place.committed - 50_000.0).max(0.0), place.stamp - 100.0),
            Trouble::JumpsToTheEnd if first => (place.committed, place.stamp) = (place.end, now),
            Trouble::RetentionTakes if first => place.start = place.end - 10.0,
            _ => {}
        }
        let committed = match phase.trouble {
            Trouble::BeyondTheEnd => place.end + 10.0,
            Trouble::NeverCommitted => -1.0,
            _ => place.committed,
        };
        let is_unread = phase.trouble == Trouble::OneUnreadable && number == 0;
        let unstable = if phase.trouble == Trouble::Unstable { 100_000.0 } else { 0.0 };
        let end = if phase.trouble == Trouble::Unstable { place.committed.max(place.start) } else { place.end };
        Reading {
            committed: Some(committed as i64).filter(|_| !is_unread),
            end: Some(end as i64),
            start: Some(place.start as i64),
            timestamp: Some(place.stamp),
            effective_lag: None,
            owned: Some(members > 0 && phase.trouble != Trouble::NoOwner),
            owner: None,
            covered: Some(place.covered as i64),
            lost: None,
            high_watermark: Some((end + unstable) as i64),
            bytes: Some(((place.end - place.start) * 100.0) as i64),
        }
    }

    fn group() -> Group {
        let retention = Retention { seconds: Some(1_800.0), bytes: None };
        let (group, topic, offsets_retention_s) = ("g".to_owned(), Some("t".to_owned()), Some(100_000.0));
        let header = Header { cluster: "c".into(), group, topic, partitions: PARTITIONS, retention, offsets_retention_s, expected: true };
        Group::new(header, LagRules::default())
    }

    /// Each rule as it is explained is what the judge found; returns the kinds that were found.
    fn run(phases: &[Phase]) -> Result<BTreeSet<Kind>, TestCaseError> {
        let (mut group, mut places, mut now, mut seen) = (group(), [Place::default(); PARTITIONS], 0.0, BTreeSet::new());
        for phase in phases {
            for number in 0..phase.steps {
                now += 10.0;
                let places = places.iter_mut().enumerate();
                let partitions = places.map(|(partition, place)| step(place, phase, partition, number == 0, now)).collect();
                let sample = Sample { state: Some(phase.state), members: Some(phase.members), empty_since: None, partitions };
                let is_read = phase.trouble != Trouble::Unreadable;
                group.observe(Some(&sample).filter(|_| is_read), now);
                if number % 3 > 0 {
                    continue;
                }
                let explained = group.explain(now + 1.0);
                for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Recovering && (is_read || *kind == Kind::Unknown)) {
                    // Where nothing was read, nothing is judged of a partition.
                    let is_of = |of: &&Explanation| of.kind == kind && (is_read || of.partition.is_none());
                    let of_kind: Vec<&Explanation> = explained.iter().filter(is_of).collect();
                    let holds = of_kind.iter().any(|of| of.holds);
                    prop_assert_eq!(holds, group.findings.is_true(kind), "{} at {}: {:#?}", kind, now, of_kind);
                    prop_assert!(of_kind.iter().all(|of| of.holds == of.since.is_some()), "{} at {}: {:#?}", kind, now, of_kind);
                    seen.extend(Some(kind).filter(|_| holds));
                }
            }
        }
        Ok(seen)
    }

    #[test]
    fn what_is_explained_is_what_was_judged() {
        let mut seen = BTreeSet::new();
        let phases = || prop::collection::vec(phase(), 1..14);
        let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
        runner.run(&phases(), |phases| run(&phases).map(|_| ())).unwrap();
        let mut runner = TestRunner::deterministic();
        for _ in 0..40 {
            seen.extend(run(&phases().new_tree(&mut runner).unwrap().current()).unwrap());
        }
        let missing: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| !seen.contains(kind) && *kind != Kind::Recovering).collect();
        assert_eq!(missing, [], "the generator makes each kind true");
    }

    #[test]
    fn without_a_reading_only_that_is_told() {
        let mut group = group();
        assert_eq!(group.explain(5.0).iter().map(|of| of.kind).collect::<BTreeSet<_>>(), BTreeSet::from([Kind::Unknown]));
        group.observe(None, 0.0);
        group.observe(None, 70.0);
        let explained = group.explain(70.0);
        let whole = Explanation {
            kind: Kind::Unknown,
            holds: true,
            partition: None,
            since: Some(70.0),
            text: "unread for 70 s >= 60 s: yes; then it warns, and pages where unread for 70 s >= 120 s: no".to_owned(),
        };
        assert_eq!(explained[0], whole);
        assert_eq!(group.view(70.0).severity, Severity::Warn);
    }
}
