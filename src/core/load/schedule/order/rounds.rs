//! Producers that send evenly: round by round, in the order of their phases, one event or a burst at each turn.

use std::num::NonZeroU32;

use super::{Draw, Turn};

/// Producer p sends its k-th burst of B when B N (k + phase of p) events were offered, N being the number of producers.
#[derive(Clone, Debug)]
pub(in super::super) struct Rounds {
    /// In order, each with its producer.
    phases: Vec<(f64, u32)>,
    period: f64,
    burst: u64,
    total: f64,
    round: u64,
    /// Whose turn it is in the round, and how many of its burst are out.
    place: usize,
    out: u64,
}

impl Rounds {
    pub(super) fn new(draw: &Draw, burst: NonZeroU32) -> Self {
        let mut phases: Vec<(f64, u32)> = draw.phases().collect();
        phases.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let period = f64::from(draw.population.producers()) * f64::from(burst.get());
        Self { phases, period, burst: u64::from(burst.get()), total: draw.total, round: 0, place: 0, out: 0 }
    }

    pub(super) fn len(&self) -> u64 {
        self.phases.iter().map(|(phase, _)| self.rounds_of(*phase) * self.burst).sum()
    }

    fn rounds_of(&self, phase: f64) -> u64 {
        // Rounding may put the estimate off by one: from one below, the same comparison decides that ends the turns.
        let mut rounds = ((self.total / self.period - phase).floor() as u64).saturating_sub(1);
        while self.offered(rounds, phase) < self.total {
            rounds += 1;
        }
        rounds
    }

    fn offered(&self, round: u64, phase: f64) -> f64 {
        self.period * (round as f64 + phase)
    }

    fn advance(&mut self) {
        self.out += 1;
        if self.out == self.burst {
            self.out = 0;
            self.place += 1;
        }
        if self.place == self.phases.len() {
            self.place = 0;
            self.round += 1;
        }
    }
}

impl Iterator for Rounds {
    type Item = Turn;

    fn next(&mut self) -> Option<Turn> {
        let (phase, producer) = *self.phases.get(self.place)?;
        let offered = self.offered(self.round, phase);
        if offered >= self.total {
            return None;
        }
        let sequence = self.round * self.burst + self.out;
        self.advance();
        Some(Turn { offered, producer, sequence })
    }
}
