//! Producers that send about evenly: each event somewhere in a window around its periodic time.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::super::random::{Random, Stream};
use super::{Draw, Turn};

/// The event of round k of producer p is due when N (k + phase of p + J u) events were offered: N producers, J the part of the period, u
/// uniform in -1/2..1/2. The rounds go on before the start and after the end, and what falls within is sent: so the first and the last
/// moments are like all others.
#[derive(Clone, Debug)]
pub(in super::super) struct Jittered {
    course: Course,
    total: f64,
    /// The next event of each producer that has one.
    next: BinaryHeap<Reverse<Next>>,
}

/// Where the events of producers lie.
#[derive(Clone, Debug)]
struct Course {
    period: f64,
    part: f64,
    random: Random,
}

#[derive(Clone, Copy, Debug)]
struct Next {
    offered: f64,
    producer: u32,
    phase: f64,
    round: i64,
    sequence: u64,
}

impl Jittered {
    pub(super) fn new(draw: &Draw, part: f64) -> Self {
        let course = Course::new(draw, part);
        let first = |(phase, producer)| course.first(phase, producer);
        let next = draw.phases().map(first).filter(|next| next.offered < draw.total).map(Reverse).collect();
        Self { course, total: draw.total, next }
    }

    /// How many events are within, over all producers of the share.
    pub(super) fn len(&self) -> u64 {
        self.next.iter().map(|Reverse(next)| self.course.events_from(next, self.total)).sum()
    }
}

impl Course {
    fn new(draw: &Draw, part: f64) -> Self {
        Self { period: draw.population.producers().into(), part: part.clamp(0.0, 1.0), random: Random::new(draw.seed, Stream::Jitter) }
    }

    fn offered(&self, phase: f64, producer: u32, round: i64) -> f64 {
        // Round -1 is the first that can reach into the run.
        let random = self.random.at(u64::from(producer)).at(round.wrapping_add(1) as u64).unit();
        self.period * (round as f64 + phase + self.part * (random - 0.5))
    }

    /// A producer's events are in order, since the window is at most a period wide: so its first one is that of the first of the rounds
    /// -1, 0 and 1 that is not before the start.
    fn first(&self, phase: f64, producer: u32) -> Next {
        let mut first = Next { offered: self.offered(phase, producer, -1), producer, phase, round: -1, sequence: 0 };
        while first.offered < 0.0 {
            first.round += 1;
            first.offered = self.offered(phase, producer, first.round);
        }
        first
    }

    fn after(&self, turn: &Next) -> Next {
        let round = turn.round + 1;
        Next { offered: self.offered(turn.phase, turn.producer, round), round, sequence: turn.sequence + 1, ..*turn }
    }

    fn events_from(&self, first: &Next, total: f64) -> u64 {
        // Two rounds below the estimate, an event is within wherever it falls in its window.
        let sure = ((total / self.period - first.phase).floor() as i64 - 2).max(first.round);
        let mut end = sure;
        while self.offered(first.phase, first.producer, end) < total {
            end += 1;
        }
        (end - first.round) as u64
    }
}

impl Iterator for Jittered {
    type Item = Turn;

    fn next(&mut self) -> Option<Turn> {
        let mut soonest = self.next.peek_mut()?;
        let turn = soonest.0;
        let after = self.course.after(&turn);
        if after.offered < self.total {
            soonest.0 = after;
        } else {
            std::collections::binary_heap::PeekMut::pop(soonest);
        }
        Some(Turn { offered: turn.offered, producer: turn.producer, sequence: turn.sequence })
    }
}

impl Ord for Next {
    fn cmp(&self, other: &Self) -> Ordering {
        self.offered.total_cmp(&other.offered).then(self.producer.cmp(&other.producer))
    }
}

impl PartialOrd for Next {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Next {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Next {}
