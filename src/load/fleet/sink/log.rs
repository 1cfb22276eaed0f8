//! What the sink makes of a record: its offset, and what follows from it, in the order of time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::sync::Arc;

use super::choice::Fault;
use super::entry::{Entry, Told};
use super::faults::Pause;
use super::sighting::Stage;
use crate::load::fleet::{Answer, Reason, Shipment};

/// How long a record takes to its answer, and to each stage from the one before it, in microseconds.
#[derive(Clone, Debug)]
pub(super) struct Steps {
    pub acknowledged: i64,
    pub stages: Vec<(Stage, i64)>,
}

/// How many faults of each kind were made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FaultsMade {
    pub lose: u64,
    pub double: u64,
    /// Fewer than asked where an event that was chosen had no later one of its key.
    pub reorder: u64,
    pub corrupt: u64,
    pub fail: u64,
    pub unanswered: u64,
}

#[derive(Debug)]
pub(super) struct Log {
    steps: Steps,
    pause: Option<Pause>,
    faults: BTreeMap<u64, Fault>,
    next_offsets: HashMap<i32, i64>,
    /// Those that come after the next of their key.
    held: HashMap<Arc<[u8]>, Entry>,
    /// By time, then in the order in which they were scheduled.
    due: BinaryHeap<Reverse<(i64, u64)>>,
    told: HashMap<u64, Told>,
    scheduled: u64,
    made: FaultsMade,
}

impl Log {
    pub fn new(steps: Steps, pause: Option<Pause>, faults: BTreeMap<u64, Fault>) -> Self {
        Self {
            steps,
            pause,
            faults,
            next_offsets: HashMap::new(),
            held: HashMap::new(),
            due: BinaryHeap::new(),
            told: HashMap::new(),
            scheduled: 0,
            made: FaultsMade::default(),
        }
    }

    pub fn append(&mut self, shipment: Shipment, now_us: i64) {
        let fault = self.faults.remove(&shipment.event);
        let answered_at = now_us + self.steps.acknowledged;
        if fault == Some(Fault::Fail) {
            self.made.fail += 1;
            self.schedule(answered_at, Told::Answered(shipment.event, Answer::Failed { reason: Reason::Injected }));
            return;
        }
        let offset = self.next_offsets.entry(shipment.partition).or_default();
        let entry = Entry { partition: shipment.partition, offset: *offset, key: shipment.key.into(), value: shipment.value.into() };
        *offset += 1;
        if fault == Some(Fault::Unanswered) {
            self.made.unanswered += 1;
        } else {
            let answer = Answer::Acknowledged { partition: entry.partition, offset: entry.offset };
            self.schedule(answered_at, Told::Answered(shipment.event, answer));
        }
        self.arrive(entry, fault, answered_at);
    }

    /// Tells observers of it, as its fault wants it.
    fn arrive(&mut self, entry: Entry, fault: Option<Fault>, at_us: i64) {
        match fault {
            Some(Fault::Lose) => self.made.lose += 1,
            Some(Fault::Reorder) if !self.held.contains_key(&entry.key) => {
                self.held.insert(Arc::clone(&entry.key), entry);
            }
            Some(Fault::Double) => {
                self.made.double += 1;
                self.see(entry.clone(), at_us);
                self.see(entry, at_us);
            }
            Some(Fault::Corrupt) => {
                self.made.corrupt += 1;
                self.see(entry.corrupted(), at_us);
            }
            _ => {
                let held = self.held.remove(&entry.key);
                self.see(entry, at_us);
                if let Some(held) = held {
                    self.made.reorder += 1;
                    self.see(held, at_us);
                }
            }
        }
    }

    fn see(&mut self, entry: Entry, at_us: i64) {
        let mut at_us = at_us;
        for (stage, step) in self.steps.stages.clone() {
            at_us += step;
            self.schedule(at_us, Told::Seen(stage, entry.clone()));
        }
    }

    /// What is still held has no later one of its key: it arrives now, in order after all.
    pub fn release_held(&mut self, now_us: i64) {
        let mut held: Vec<Entry> = std::mem::take(&mut self.held).into_values().collect();
        held.sort();
        for entry in held {
            self.see(entry, now_us);
        }
    }

    fn schedule(&mut self, at_us: i64, told: Told) {
        let at_us = self.pause.map_or(at_us, |pause| pause.release(at_us));
        self.due.push(Reverse((at_us, self.scheduled)));
        self.told.insert(self.scheduled, told);
        self.scheduled += 1;
    }

    /// When the next thing is due.
    pub fn next_due_us(&self) -> Option<i64> {
        self.due.peek().map(|Reverse((at_us, _))| *at_us)
    }

    /// What is due by now, in order.
    pub fn take_due(&mut self, now_us: i64) -> Vec<Told> {
        let mut due = Vec::new();
        while self.next_due_us().is_some_and(|at_us| at_us <= now_us) {
            let ticket = self.due.pop().map(|Reverse((_, ticket))| ticket);
            due.extend(ticket.and_then(|ticket| self.told.remove(&ticket)));
        }
        due
    }

    pub fn made(&self) -> FaultsMade {
        self.made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: i64 = 1_000;

    fn log(faults: &[(u64, Fault)]) -> Log {
        let steps = Steps { acknowledged: STEPS, stages: vec![(Stage::Consumed, 0)] };
        Log::new(steps, None, faults.iter().copied().collect())
    }

    fn shipment(event: u64, key: &str) -> Shipment {
        let (key, value) = (key.as_bytes().to_vec(), event.to_le_bytes().to_vec());
        Shipment { event, producer: 0, partition: 1, key, value, timestamp_ms: 0 }
    }

    /// The answers' events and the events seen, in their order.
    fn told(log: &mut Log) -> (Vec<u64>, Vec<(u64, i64)>) {
        let (mut answered, mut seen) = (Vec::new(), Vec::new());
        for told in log.take_due(i64::MAX) {
            match told {
                Told::Answered(event, Answer::Acknowledged { .. }) => answered.push(event),
                Told::Answered(..) => {}
                Told::Seen(_, entry) => seen.push((u64::from_le_bytes(entry.value.as_ref().try_into().unwrap()), entry.offset)),
            }
        }
        (answered, seen)
    }

    #[test]
    fn without_faults_each_is_answered_and_seen_once_in_order() {
        let mut log = log(&[]);
        (0..3).for_each(|event| log.append(shipment(event, "a"), event as i64));
        assert!(log.take_due(STEPS - 1).is_empty());
        assert_eq!(told(&mut log), (vec![0, 1, 2], vec![(0, 0), (1, 1), (2, 2)]));
    }

    #[test]
    fn the_lost_is_acknowledged_and_never_seen_the_failed_neither_and_the_double_twice_at_one_offset() {
        let mut log = log(&[(0, Fault::Lose), (1, Fault::Fail), (2, Fault::Double), (3, Fault::Unanswered)]);
        (0..4).for_each(|event| log.append(shipment(event, "a"), 0));
        assert_eq!(told(&mut log), (vec![0, 2], vec![(2, 1), (2, 1), (3, 2)]));
        assert_eq!(log.made(), FaultsMade { lose: 1, fail: 1, double: 1, unanswered: 1, ..FaultsMade::default() });
    }

    #[test]
    fn the_reordered_is_seen_after_the_next_of_its_key_and_of_no_other() {
        let mut log = log(&[(0, Fault::Reorder)]);
        for (event, key) in [(0, "a"), (1, "b"), (2, "a"), (3, "a")] {
            log.append(shipment(event, key), 0);
        }
        assert_eq!(told(&mut log), (vec![0, 1, 2, 3], vec![(1, 1), (2, 2), (0, 0), (3, 3)]));
        assert_eq!(log.made().reorder, 1);
    }

    #[test]
    fn a_reordering_that_nothing_follows_is_not_made_but_seen() {
        let mut log = log(&[(0, Fault::Reorder)]);
        log.append(shipment(0, "a"), 0);
        log.release_held(5);
        assert_eq!(told(&mut log).1, [(0, 0)]);
        assert_eq!(log.made().reorder, 0);
    }

    #[test]
    fn the_corrupt_differs_in_one_bit() {
        let mut log = log(&[(0, Fault::Corrupt)]);
        log.append(shipment(0, "a"), 0);
        let (_, seen) = told(&mut log);
        assert_eq!(seen[0].0.count_ones(), 1);
    }

    #[test]
    fn in_a_pause_nothing_is_told() {
        let mut log = Log::new(log(&[]).steps, Some("200ms/1s".parse().unwrap()), BTreeMap::new());
        log.append(shipment(0, "a"), 1_000_000);
        assert_eq!(log.next_due_us(), Some(1_200_000));
    }

    #[test]
    fn stages_follow_one_another() {
        let steps = Steps { acknowledged: 1, stages: vec![(Stage::Consumed, 10), (Stage::Stored, 100), (Stage::Delivered, 1_000)] };
        let mut log = Log::new(steps, None, BTreeMap::new());
        log.append(shipment(0, "a"), 0);
        let mut times = Vec::new();
        while let Some(at_us) = log.next_due_us() {
            times.push(at_us);
            log.take_due(at_us);
        }
        assert_eq!(times, [1, 11, 111, 1_111]);
    }
}
