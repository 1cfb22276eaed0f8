//! The rules over the partitions that the worker has, as they come and go.

use std::collections::BTreeMap;

use crate::config::{Config, DEFAULT_CLUSTER};
use crate::core::lag::{Event, Group, GroupView, Header, Kind, LagRules, Reading, Retention, Sample};

/// Lost records are told for a day; who has to know of them does by then.
pub const LOSS_IS_TOLD_S: f64 = 86_400.0;

/// A partition of the worker's in one look.
#[derive(Clone, Debug)]
pub struct Own {
    /// This assignment was not there at the last look, even if another one of the same partition was.
    pub is_new: bool,
    pub reading: Reading,
}

/// A part of the group, as this worker sees it.
#[derive(Debug)]
pub struct OwnLag {
    group: Group,
}

impl OwnLag {
    /// Of a topic with so many partitions, all of them somebody else's until the first look.
    pub fn new(config: &Config, partitions: usize) -> Self {
        let header = Header {
            cluster: cluster(config),
            group: config.kafka.group.clone(),
            topic: Some(config.kafka.topic.clone()),
            partitions,
            retention: Retention::default(),
            offsets_retention_s: None,
            expected: true,
        };
        // What comes is seldom new: it was another worker's, and its backlog is as urgent as ever.
        let rules = LagRules { young_s: 0.0, ..LagRules::from(&config.lag) };
        // A position moves with every batch: it is seen to move at each look.
        let group = Group::new(header, rules).with_gap(config.lag.interval.as_secs_f64());
        Self { group }
    }

    /// One look at all partitions that the worker has, by number, at `now_s` (seconds since 1970): what changed.
    pub fn look(&mut self, own: &BTreeMap<usize, Own>, now_s: f64) -> Vec<Event> {
        self.grow(own.keys().last().map_or(0, |last| last + 1));
        // What was given away and has come back begins anew as well.
        self.group.look_only_at(|number| own.get(&number).is_some_and(|own| !own.is_new), now_s);
        self.group.look_only_at(|number| own.contains_key(&number), now_s);
        self.forget_old_losses(now_s);
        let reading = |number: usize| own.get(&number).map(|own| own.reading.clone()).unwrap_or_default();
        let partitions = (0..self.group.header().partitions).map(reading).collect();
        self.group.observe(Some(&Sample { partitions, ..Sample::default() }), now_s)
    }

    /// What the topic keeps, so that it is told when unread records are about to go.
    pub fn keeps(&mut self, retention: Retention) {
        let header = Header { retention, ..self.group.header().clone() };
        self.group.adopt(header);
    }

    /// All that is open, as if it opened now.
    pub fn open(&self, now_s: f64) -> Vec<Event> {
        self.group.open_events(now_s)
    }

    pub fn view(&self, now_s: f64) -> GroupView {
        self.group.view(now_s)
    }

    /// The topic has more partitions than when the worker started.
    fn grow(&mut self, partitions: usize) {
        if partitions > self.group.header().partitions {
            let header = Header { partitions, ..self.group.header().clone() };
            self.group.adopt(header);
        }
    }

    fn forget_old_losses(&mut self, now_s: f64) {
        let is_old = |opened: f64| now_s - opened > LOSS_IS_TOLD_S;
        if self.group.incidents().any(|incident| incident.kind == Kind::DataLost && is_old(incident.opened)) {
            self.group.acknowledge(Kind::DataLost);
        }
    }
}

/// The name that the watched clusters have for the worker's, so that both tell of the same incident.
fn cluster(config: &Config) -> String {
    let same = config.watched_clusters().into_iter().find(|(_, kafka)| kafka.brokers == config.kafka.brokers);
    same.map_or_else(|| DEFAULT_CLUSTER.to_owned(), |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::lag::{Change, Severity};

    const PARTITIONS: usize = 8;
    /// A day of Unix time that is on no round number.
    const BEGIN: f64 = 1_700_000_123.0;
    const RATE: f64 = 125.0;

    /// Two workers that share a topic. Partitions lie far apart in offsets, so that one taken for another can not go unnoticed.
    struct World {
        workers: [OwnLag; 2],
        /// The worker of each partition.
        owner: [usize; PARTITIONS],
        renewed: [bool; PARTITIONS],
        /// Seconds by which each partition is behind.
        age: [f64; PARTITIONS],
        /// How fast each is consumed, in seconds of event time per second.
        speed: [f64; PARTITIONS],
        lost: [i64; PARTITIONS],
        unread: bool,
        now_s: f64,
        told: Vec<(usize, Event)>,
    }

    fn worker(partitions: usize) -> OwnLag {
        OwnLag::new(&Config::default(), partitions)
    }

    impl World {
        fn new() -> Self {
            Self {
                workers: [worker(PARTITIONS), worker(PARTITIONS)],
                owner: [0, 0, 0, 0, 1, 1, 1, 1],
                renewed: [true; PARTITIONS],
                age: [1.0; PARTITIONS],
                speed: [1.0; PARTITIONS],
                lost: [0; PARTITIONS],
                unread: false,
                now_s: BEGIN,
                told: Vec::new(),
            }
        }

        fn give(&mut self, partition: usize, to: usize) {
            self.owner[partition] = to;
            self.renewed[partition] = true;
        }

        fn reading(&self, partition: usize) -> Reading {
            let offset = |time_s: f64| partition as i64 * 1_000_000_000 + ((time_s - BEGIN + 1_000_000.0) * RATE) as i64;
            let committed = offset(self.now_s - self.age[partition]);
            Reading {
                committed: Some(committed),
                end: Some(offset(self.now_s)).filter(|_| !self.unread),
                start: Some(0),
                timestamp: Some(self.now_s - self.age[partition]),
                owned: Some(true),
                covered: Some(committed - self.lost[partition]),
                lost: Some(self.lost[partition]),
                ..Reading::default()
            }
        }

        fn look(&mut self) {
            self.now_s += 10.0;
            for (age, speed) in self.age.iter_mut().zip(self.speed) {
                *age = (*age + 10.0 * (1.0 - speed)).max(1.0);
            }
            for number in 0..2 {
                let of = |partition: usize| Own { is_new: self.renewed[partition], reading: self.reading(partition) };
                let own = (0..PARTITIONS).filter(|partition| self.owner[*partition] == number).map(|partition| (partition, of(partition)));
                let own: BTreeMap<usize, Own> = own.collect();
                let events = self.workers[number].look(&own, self.now_s);
                self.told.extend(events.into_iter().map(|event| (number, event)));
            }
            self.renewed = [false; PARTITIONS];
        }

        fn run(&mut self, seconds: u32) {
            (0..seconds / 10).for_each(|_| self.look());
        }

        /// What was told since the last call: the worker, what and how loud.
        fn take(&mut self) -> Vec<(usize, Change, Kind, Severity)> {
            self.told.drain(..).map(|(worker, event)| (worker, event.event, event.kind, event.severity)).collect()
        }
    }

    #[test]
    fn partitions_that_come_and_go_are_no_jump_and_no_trouble() {
        let mut world = World::new();
        world.run(600);
        for round in 0..20 {
            // One goes, one goes each way, all go, all come back.
            match round % 4 {
                0 => world.give(round % PARTITIONS, (round / 4) % 2),
                1 => {
                    world.give(0, 1);
                    world.give(7, 0);
                }
                2 => (0..PARTITIONS).for_each(|partition| world.give(partition, 1)),
                _ => (0..4).for_each(|partition| world.give(partition, 0)),
            }
            world.run(if round % 3 == 0 { 20 } else { 400 });
        }
        assert_eq!(world.take(), []);
        let view = world.workers[0].view(world.now_s);
        assert_eq!((view.of, view.partitions.len(), view.lag), (4, 4, Some(4 * RATE as i64)));
    }

    #[test]
    fn a_partition_that_was_away_between_two_looks_begins_anew() {
        let mut world = World::new();
        world.run(600);
        // A batch of a minute was applied again elsewhere, and is not yet again here.
        world.age[2] += 60.0;
        world.give(2, 0);
        world.look();
        assert_eq!(world.take(), []);
        world.age[2] += 60.0;
        world.look();
        assert_eq!(world.take(), [(0, Change::Open, Kind::Rewind, Severity::Warn)], "the same without an assignment is a rewind");
    }

    #[test]
    fn who_takes_a_stalled_partition_over_calls_and_who_gave_it_away_does_not() {
        let mut world = World::new();
        world.run(600);
        world.speed[2] = 0.0;
        world.run(600);
        assert!(world.take().contains(&(0, Change::Change, Kind::Stalled, Severity::Page)), "by the one that has it");
        world.give(2, 1);
        world.run(300);
        let told = world.take();
        let place = |worker: usize, change: Change| told.iter().position(|told| (told.0, told.1) == (worker, change));
        let [found, over] = [place(1, Change::Open), place(0, Change::Close)].map(Option::unwrap);
        assert!(told[found].2 == Kind::Stalled && told[found].3 == Severity::Page && found < over, "{told:?}");
        assert_eq!(place(0, Change::Open), None, "{told:?}");
        assert_eq!(world.workers[0].view(world.now_s).state, None);
    }

    #[test]
    fn a_backlog_that_comes_with_a_partition_calls_if_it_does_not_get_smaller_soon() {
        for (speed, calls) in [(40.0, false), (1.1, true)] {
            let mut world = World::new();
            world.run(600);
            world.age[5] = 7_200.0;
            world.speed[5] = speed;
            world.give(5, 0);
            world.run(600);
            let pages = world.take().into_iter().filter(|(worker, _, _, severity)| *worker == 0 && *severity == Severity::Page).count();
            assert_eq!(pages > 0, calls, "at {speed}");
        }
    }

    #[test]
    fn a_worker_that_applies_nothing_calls_within_two_minutes() {
        let mut world = World::new();
        world.run(600);
        world.speed = [0.0; PARTITIONS];
        world.run(120);
        let told = world.take();
        for worker in 0..2 {
            assert!(told.contains(&(worker, Change::Open, Kind::Stopped, Severity::Page)), "{told:?}");
        }
    }

    #[test]
    fn a_worker_without_partitions_has_nothing_to_say() {
        let mut world = World::new();
        (0..PARTITIONS).for_each(|partition| world.give(partition, 1));
        world.run(3_600);
        assert_eq!(world.take(), []);
        let view = world.workers[0].view(world.now_s);
        assert_eq!((view.of, view.lag, view.state), (0, Some(0), None));
    }

    #[test]
    fn what_can_not_be_read_is_unknown_and_not_0() {
        let mut world = World::new();
        world.run(600);
        world.unread = true;
        world.give(5, 0);
        world.run(50);
        assert_eq!(world.take(), []);
        world.run(10);
        assert_eq!(world.take(), [0, 1].map(|worker| (worker, Change::Open, Kind::Unknown, Severity::Warn)));
        world.run(60);
        assert_eq!(world.take(), [0, 1].map(|worker| (worker, Change::Change, Kind::Unknown, Severity::Page)));
        assert_eq!(world.workers[0].view(world.now_s).lag, None);
    }

    #[test]
    fn what_kafka_deleted_before_it_was_applied_calls_at_once_and_for_a_day() {
        let mut world = World::new();
        world.run(600);
        world.lost[1] = 30;
        world.look();
        assert_eq!(world.told[0].1.evidence.split(';').next(), Some("deleted before they were read: 30 records"));
        assert_eq!(world.take(), [(0, Change::Open, Kind::DataLost, Severity::Page)]);
        world.run(86_400);
        assert_eq!(world.take(), []);
        world.run(60);
        assert_eq!(world.take().pop(), Some((0, Change::Close, Kind::DataLost, Severity::None)));
    }

    #[test]
    fn records_that_retention_will_delete_unread_call_before_it_does() {
        let mut world = World::new();
        world.workers[0].keeps(Retention { seconds: Some(86_400.0), bytes: None });
        world.run(600);
        world.age[1] = 75_000.0;
        world.give(1, 0);
        world.speed[1] = 0.0;
        world.run(600);
        assert!(world.take().contains(&(0, Change::Open, Kind::LossImminent, Severity::Page)));
        let ttl_s = world.workers[0].view(world.now_s).ttl_s.unwrap();
        assert!((ttl_s - (86_400.0 - 75_600.0)).abs() < 30.0, "{ttl_s}");
    }

    #[test]
    fn what_was_lost_before_the_assignment_began_calls_as_well() {
        let mut world = World::new();
        world.lost[1] = 30;
        world.look();
        assert_eq!(world.take(), [(0, Change::Open, Kind::DataLost, Severity::Page)]);
    }

    #[test]
    fn a_topic_that_grew_has_more_partitions_for_the_worker_too() {
        let mut own = worker(1);
        let reading = World::new().reading(0);
        let all: BTreeMap<usize, Own> = [0, 3].map(|partition| (partition, Own { is_new: true, reading: reading.clone() })).into();
        assert_eq!(own.look(&all, BEGIN), []);
        assert_eq!(own.view(BEGIN).partitions.iter().map(|judged| judged.partition).collect::<Vec<_>>(), [0, 3]);
    }

    #[test]
    fn an_incident_has_the_name_that_a_watcher_gives_it() {
        let mut config = Config::default();
        assert_eq!(cluster(&config), "default");
        let brokers = config.kafka.brokers.clone();
        let cluster_of = |brokers| crate::config::WatchCluster { brokers, ..Default::default() };
        config.watch.clusters = [("eu".to_owned(), cluster_of("other:1".to_owned())), ("us".to_owned(), cluster_of(brokers))].into();
        assert_eq!(cluster(&config), "us");
    }
}
