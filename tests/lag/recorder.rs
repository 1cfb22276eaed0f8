//! Runs a scenario and reads it as a watcher does: every 10 s, with the newest 5 s in flight.

use shasta::core::lag::{GroupState, Reading, Sample};

use super::chance::{Chance, Noise};
use super::scenario::Scenario;

const STEP_S: f64 = 5.0;

/// The scenario while it runs.
pub struct Recorder<'a> {
    scenario: &'a Scenario,
    chance: Chance,
    partitions: Vec<Log>,
    step: u64,
}

/// A partition and its consumer. Offsets before rounding.
struct Log {
    noise: Noise,
    /// What had come in at the end of each step.
    written: Vec<f64>,
    applied: f64,
    committed: f64,
    covered: f64,
    /// When it commits, within the interval.
    phase: f64,
    /// The step in which the record at the committed offset came in.
    cursor: usize,
}

impl<'a> Recorder<'a> {
    pub fn new(scenario: &'a Scenario, seed: u64) -> Self {
        let mut chance = Chance(seed);
        let log = |chance: &mut Chance| Log {
            noise: Noise::new(scenario.noise),
            written: vec![0.0],
            applied: 0.0,
            committed: 0.0,
            covered: 0.0,
            // Idle partitions do not all get their record at once.
            phase: chance.share() * scenario.commit_s,
            cursor: 0,
        };
        let partitions = (0..scenario.partitions).map(|_| log(&mut chance)).collect();
        Self { scenario, chance, partitions, step: 0 }
    }

    fn advance(&mut self) {
        let time = self.step as f64 * STEP_S;
        let Self { scenario, chance, partitions, .. } = self;
        let members = (scenario.members)(time);
        let (ingest, capacity) = ((scenario.ingest)(time), (scenario.capacity)(time));
        for log in partitions {
            let comes = scenario.rate * ingest * log.noise.next(chance) * STEP_S;
            let visible = log.written[log.written.len() - 1].floor();
            log.written.push(log.written[log.written.len() - 1] + comes);
            let can = if scenario.capacity_is_share { capacity * comes } else { capacity * scenario.rate * STEP_S };
            // A slow topic's records are consumed whole.
            let can = if members == 0 {
                0.0
            } else if capacity > 1.0 {
                can.max(1.0)
            } else {
                can
            };
            let applied = (log.applied + can).min(visible).max(log.applied);
            log.covered += applied - log.applied;
            log.applied = applied;
            if scenario.jump_at.is_some_and(|at| (at..at + STEP_S).contains(&time)) {
                (log.applied, log.committed) = (visible, visible);
            }
            let due = (time + log.phase).rem_euclid(scenario.commit_s) < STEP_S;
            if members > 0 && due {
                log.committed = log.applied.floor();
            }
        }
        self.step += 1;
    }

    fn sample(&mut self) -> (f64, Sample) {
        let time = self.step as f64 * STEP_S;
        let Self { scenario, partitions, .. } = self;
        let members = (scenario.members)(time - STEP_S);
        let partitions = partitions.iter_mut().map(|log| log.reading(time, scenario, members > 0)).collect();
        let state = if members > 0 { GroupState::Stable } else { GroupState::Empty };
        (time + scenario.clock_s, Sample { state: Some(state), members: Some(members), empty_since: None, partitions })
    }
}

impl Log {
    fn reading(&mut self, time: f64, scenario: &Scenario, is_consumed: bool) -> Reading {
        // Of the last step nothing can be seen yet.
        let end = self.written[self.written.len() - 2].floor();
        while self.cursor + 1 < self.written.len() && self.written[self.cursor].floor() <= self.committed {
            self.cursor += 1;
        }
        let waits = end > self.committed;
        let written_at = (time - (self.written.len() - 1 - self.cursor) as f64 * STEP_S).min(time);
        // A batch ends with a marker: the committed offset stays one below the end.
        let tail = i64::from(scenario.markers && end > 0.0);
        let lag = (end - self.committed).max(0.0) as i64;
        let start = scenario.retention_s.map_or(0.0, |kept| {
            let step = (time - kept) / STEP_S;
            if step > 0.0 { self.written[(step as usize).min(self.written.len() - 1)].floor() } else { 0.0 }
        });
        Reading {
            committed: Some(self.committed as i64),
            end: Some(end as i64 + tail),
            start: Some(start as i64),
            timestamp: waits.then_some(written_at),
            effective_lag: scenario.markers.then_some(lag),
            owned: Some(is_consumed),
            owner: None,
            covered: is_consumed.then_some(self.covered as i64),
            lost: None,
            high_watermark: None,
            bytes: None,
        }
    }
}

/// The samples, without those that are missing.
impl Iterator for Recorder<'_> {
    type Item = (f64, Sample);

    fn next(&mut self) -> Option<(f64, Sample)> {
        loop {
            if self.step as f64 * STEP_S >= self.scenario.hours * 3_600.0 {
                return None;
            }
            self.advance();
            self.advance();
            if self.chance.share() >= self.scenario.missing {
                return Some(self.sample());
            }
        }
    }
}
