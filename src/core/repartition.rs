//! Where channels lie while a topic grows, so that no channel's order breaks.
//!
//! A channel lies in partition `hash mod partitions`, so a topic that grows moves channels. What such a channel has in its old partition
//! must be folded before anything of it in the new one is: its records are held until the group has committed past the end that the
//! old partition had when the last record for the old map was acknowledged. Channels that do not move go on at once. Where the group
//! can not be asked, or does not get there in time, they go on all the same, and that their order is not proven is told with each.

use std::collections::BTreeMap;
use std::time::Duration;

use super::offset::NextOffset;

/// Whether a record surely comes after the earlier ones of its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// It is applied after all that this publisher published for the channel before.
    Kept,
    /// The channel moved to another partition and the group was not seen to have applied what lies in the old one: the record may be
    /// applied before those.
    NotProven,
}

/// What to do with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    Send {
        partition: u32,
        order: Order,
    },
    /// Until [`Partitions::take_freed`] names this old partition.
    Hold {
        old: u32,
    },
}

/// What has to be found out before a growth gets on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    Nothing,
    /// All that was sent for the old map is acknowledged or failed: then [`Partitions::drained`].
    Drain,
    /// The logs of these partitions: [`Partitions::learn_logs`].
    Logs(Vec<u32>),
    /// The group's commits of these partitions: [`Partitions::learn_commits`].
    Commits(Vec<u32>),
}

/// A count of partitions that was just learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observed {
    Known,
    /// Channels move from now on.
    Grew,
    /// Fewer than before: another topic of the same name, with a log of its own.
    Replaced,
}

/// The topic's partitions. Times are those of one monotonic clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partitions {
    count: u32,
    growth: Option<Growth>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Growth {
    from: u32,
    until: Duration,
    is_drained: bool,
    /// Of each old partition.
    old: Vec<Old>,
    freed: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Old {
    /// Its end is not known yet.
    Unknown,
    /// The group has to commit this far.
    Behind(NextOffset),
    Applied,
    /// Its channels go on unproven; with the offset that would prove the later ones.
    GivenUp(Option<NextOffset>),
}

impl Old {
    fn is_held(self) -> bool {
        matches!(self, Self::Unknown | Self::Behind(_))
    }
}

impl Partitions {
    /// A topic of `count` partitions, at least 1, of which nothing was published before.
    pub fn new(count: u32) -> Self {
        Self { count: count.max(1), growth: None }
    }

    pub fn count(&self) -> u32 {
        self.count
    }

    /// Where a record of the channel with this hash goes.
    pub fn route(&self, hash: u32) -> Route {
        let partition = hash % self.count;
        let kept = Route::Send { partition, order: Order::Kept };
        let Some(growth) = &self.growth else { return kept };
        let old = hash % growth.from;
        if old == partition {
            return kept;
        }
        match growth.old[old as usize] {
            Old::Unknown | Old::Behind(_) => Route::Hold { old },
            Old::Applied => kept,
            Old::GivenUp(_) => Route::Send { partition, order: Order::NotProven },
        }
    }

    /// Whether the channel with this hash is one that moves in the growth under way.
    pub fn moves(&self, hash: u32) -> bool {
        self.growth.as_ref().is_some_and(|growth| hash % growth.from != hash % self.count)
    }

    /// A count that the broker told. A growth has until `now + limit`; another one that begins before this one's channels all go on is
    /// taken up when it is told again. One after channels were given up ends the telling about these.
    pub fn learn_count(&mut self, count: u32, now: Duration, limit: Duration) -> Observed {
        if count == 0 || count == self.count {
            return Observed::Known;
        }
        if count < self.count {
            *self = Self::new(count);
            return Observed::Replaced;
        }
        if self.growth.as_ref().is_some_and(|growth| growth.old.iter().any(|old| old.is_held())) {
            return Observed::Known;
        }
        let (from, until) = (self.count, now.saturating_add(limit));
        self.growth = Some(Growth { from, until, is_drained: false, old: vec![Old::Unknown; from as usize], freed: Vec::new() });
        self.count = count;
        Observed::Grew
    }

    pub fn need(&self) -> Need {
        let Some(growth) = &self.growth else { return Need::Nothing };
        let such = |wanted: fn(&Old) -> bool| -> Vec<u32> {
            (0..).zip(&growth.old).filter(|(_, old)| wanted(old)).map(|(partition, _)| partition).collect()
        };
        let unknown = such(|old| matches!(old, Old::Unknown));
        if !growth.is_drained && !unknown.is_empty() {
            return Need::Drain;
        }
        if !unknown.is_empty() {
            return Need::Logs(unknown);
        }
        let behind = such(|old| matches!(old, Old::Behind(_) | Old::GivenUp(Some(_))));
        if behind.is_empty() { Need::Nothing } else { Need::Commits(behind) }
    }

    /// Whether records are held.
    pub fn holds(&self) -> bool {
        self.growth.as_ref().is_some_and(|growth| growth.old.iter().any(|old| old.is_held()))
    }

    /// Nothing is on its way for the old map any more.
    pub fn drained(&mut self) {
        if let Some(growth) = &mut self.growth {
            growth.is_drained = true;
        }
    }

    /// First offset and end of old partitions' logs, read after [`drained`](Self::drained). An empty log has nothing to wait for.
    pub fn learn_logs(&mut self, logs: &BTreeMap<u32, (NextOffset, NextOffset)>) {
        self.change(|partition, old| match (old, logs.get(&partition)) {
            (Old::Unknown, Some((start, end))) if end <= start => Old::Applied,
            (Old::Unknown, Some((_, end))) => Old::Behind(*end),
            _ => old,
        });
    }

    /// How far the group has committed.
    pub fn learn_commits(&mut self, commits: &BTreeMap<u32, NextOffset>) {
        self.change(|partition, old| match (old, commits.get(&partition)) {
            (Old::Behind(end) | Old::GivenUp(Some(end)), Some(next)) if *next >= end => Old::Applied,
            _ => old,
        });
    }

    /// Gives up what still waits when the time is over. Whether it did.
    pub fn expire(&mut self, now: Duration) -> bool {
        self.growth.as_ref().is_some_and(|growth| now >= growth.until) && self.give_up()
    }

    /// Gives up what still waits: the group can not be asked. Whether anything did.
    pub fn give_up(&mut self) -> bool {
        let held = self.holds();
        self.change(|_, old| match old {
            Old::Unknown => Old::GivenUp(None),
            Old::Behind(end) => Old::GivenUp(Some(end)),
            Old::Applied | Old::GivenUp(_) => old,
        });
        held
    }

    /// The old partitions whose held records may go on now, each named once.
    pub fn take_freed(&mut self) -> Vec<u32> {
        let Some(growth) = &mut self.growth else { return Vec::new() };
        let freed = std::mem::take(&mut growth.freed);
        if growth.old.iter().all(|old| *old == Old::Applied) {
            self.growth = None;
        }
        freed
    }

    fn change(&mut self, next: impl Fn(u32, Old) -> Old) {
        let Some(growth) = &mut self.growth else { return };
        for (partition, old) in (0..).zip(&mut growth.old) {
            let was_held = old.is_held();
            *old = next(partition, *old);
            if was_held && !old.is_held() {
                growth.freed.push(partition);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMIT: Duration = Duration::from_secs(20);
    const NOW: Duration = Duration::from_secs(1);

    fn at(offset: i64) -> NextOffset {
        NextOffset::at(offset).unwrap()
    }

    fn grown(from: u32, to: u32) -> Partitions {
        let mut partitions = Partitions::new(from);
        assert_eq!(partitions.learn_count(to, NOW, LIMIT), Observed::Grew);
        partitions
    }

    fn kept(partition: u32) -> Route {
        Route::Send { partition, order: Order::Kept }
    }

    #[test]
    fn channels_that_do_not_move_go_on_at_once_and_others_when_the_group_is_past_the_end() {
        let mut partitions = grown(2, 4);
        assert_eq!((partitions.route(1), partitions.route(2)), (kept(1), Route::Hold { old: 0 }));
        assert_eq!(partitions.need(), Need::Drain);
        partitions.drained();
        assert_eq!(partitions.need(), Need::Logs(vec![0, 1]));
        partitions.learn_logs(&BTreeMap::from([(0, (at(0), at(7))), (1, (at(0), at(5)))]));
        assert_eq!(partitions.need(), Need::Commits(vec![0, 1]));
        partitions.learn_commits(&BTreeMap::from([(0, at(6)), (1, at(5))]));
        assert_eq!((partitions.take_freed(), partitions.route(3)), (vec![1], kept(3)));
        assert_eq!(partitions.route(2), Route::Hold { old: 0 });
        partitions.learn_commits(&BTreeMap::from([(0, at(7))]));
        assert_eq!((partitions.take_freed(), partitions.route(2)), (vec![0], kept(2)));
        assert_eq!(partitions, Partitions::new(4));
    }

    #[test]
    fn a_group_that_does_not_get_there_makes_the_order_unproven_until_it_does() {
        let mut partitions = grown(1, 2);
        partitions.drained();
        partitions.learn_logs(&BTreeMap::from([(0, (at(0), at(7)))]));
        assert!(!partitions.expire(NOW + LIMIT - Duration::from_millis(1)));
        assert!(partitions.expire(NOW + LIMIT));
        assert_eq!(partitions.take_freed(), [0]);
        assert_eq!(partitions.route(1), Route::Send { partition: 1, order: Order::NotProven });
        assert_eq!((partitions.route(2), partitions.need()), (kept(0), Need::Commits(vec![0])));
        partitions.learn_commits(&BTreeMap::from([(0, at(9))]));
        assert_eq!((partitions.take_freed(), partitions.route(1)), (vec![], kept(1)));
    }

    #[test]
    fn an_empty_log_is_waited_for_by_nobody() {
        let mut partitions = grown(1, 2);
        partitions.drained();
        partitions.learn_logs(&BTreeMap::from([(0, (at(7), at(7)))]));
        assert_eq!((partitions.take_freed(), partitions.need()), (vec![0], Need::Nothing));
    }

    #[test]
    fn a_second_growth_waits_for_the_first() {
        let mut partitions = grown(1, 2);
        assert_eq!(partitions.learn_count(3, NOW, LIMIT), Observed::Known);
        assert!(partitions.give_up());
        assert_eq!(partitions.take_freed(), [0]);
        assert_eq!(partitions.learn_count(3, NOW, LIMIT), Observed::Grew);
        assert_eq!(partitions.count(), 3);
    }

    #[test]
    fn fewer_partitions_are_another_topic() {
        let mut partitions = grown(2, 4);
        assert_eq!(partitions.learn_count(1, NOW, LIMIT), Observed::Replaced);
        assert_eq!(partitions, Partitions::new(1));
        assert_eq!(partitions.learn_count(0, NOW, LIMIT), Observed::Known);
    }

    /// What a publisher that obeys does to a log, beside a group that commits whenever it likes.
    #[derive(Clone, Debug)]
    enum Step {
        Publish(u32),
        Acknowledge,
        Look,
        Group,
        Grow(u32),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            6 => (0u32..24).prop_map(Step::Publish),
            3 => Just(Step::Acknowledge),
            3 => Just(Step::Look),
            2 => Just(Step::Group),
            1 => (1u32..4).prop_map(Step::Grow),
        ];
        prop::collection::vec(step, 0..200)
    }

    #[derive(Default)]
    struct Model {
        logs: BTreeMap<u32, Vec<(u32, u32)>>,
        committed: BTreeMap<u32, usize>,
        in_flight: Vec<(u32, (u32, u32), bool)>,
        held: BTreeMap<u32, Vec<(u32, u32)>>,
        applied: BTreeMap<u32, Vec<u32>>,
        published: BTreeMap<u32, u32>,
    }

    impl Model {
        fn publish(&mut self, partitions: &Partitions, record: (u32, u32)) {
            match partitions.route(record.0) {
                Route::Send { partition, order } => {
                    assert_eq!(order, Order::Kept);
                    self.in_flight.push((partition, record, false));
                }
                Route::Hold { old } => self.held.entry(old).or_default().push(record),
            }
        }

        fn acknowledge(&mut self) {
            for (partition, record, _) in std::mem::take(&mut self.in_flight) {
                self.logs.entry(partition).or_default().push(record);
            }
        }

        /// Applies all of every partition, highest first: what is not held apart comes in the wrong order.
        fn group(&mut self) {
            for (partition, log) in self.logs.iter().rev() {
                let from = self.committed.entry(*partition).or_default();
                for (channel, number) in &log[*from..] {
                    self.applied.entry(*channel).or_default().push(*number);
                }
                *from = log.len();
            }
        }

        fn look(&mut self, partitions: &mut Partitions) {
            match partitions.need() {
                Need::Nothing => {}
                Need::Drain => {
                    if !self.in_flight.iter().any(|(_, _, is_old)| *is_old) {
                        partitions.drained();
                    }
                }
                Need::Logs(wanted) => {
                    let end = |partition: &u32| at(self.logs.get(partition).map_or(0, Vec::len) as i64);
                    partitions.learn_logs(&wanted.iter().map(|partition| (*partition, (at(0), end(partition)))).collect());
                }
                Need::Commits(wanted) => {
                    let next = |partition: &u32| Some((*partition, at(*self.committed.get(partition)? as i64)));
                    partitions.learn_commits(&wanted.iter().filter_map(next).collect());
                }
            }
            for old in partitions.take_freed() {
                for record in self.held.remove(&old).unwrap_or_default() {
                    self.publish(partitions, record);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn no_channel_is_applied_out_of_order_however_the_topic_grows(steps in steps()) {
            let (mut partitions, mut model, mut count) = (Partitions::new(2), Model::default(), 2);
            for step in steps {
                match step {
                    Step::Publish(channel) => {
                        let number = model.published.entry(channel).or_default();
                        *number += 1;
                        let record = (channel, *number);
                        model.publish(&partitions, record);
                    }
                    Step::Acknowledge => model.acknowledge(),
                    Step::Group => model.group(),
                    Step::Look => model.look(&mut partitions),
                    Step::Grow(more) => count += more,
                }
                if partitions.learn_count(count, NOW, LIMIT) == Observed::Grew {
                    for record in &mut model.in_flight {
                        record.2 = partitions.moves(record.1.0);
                    }
                }
            }
            for _ in 0..200 {
                model.acknowledge();
                model.group();
                model.look(&mut partitions);
                partitions.learn_count(count, NOW, LIMIT);
            }
            for (channel, count) in &model.published {
                prop_assert_eq!(&model.applied[channel], &(1..=*count).collect::<Vec<u32>>(), "channel {}", channel);
            }
        }
    }
}
