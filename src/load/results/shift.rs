//! The rows of one load host among those of others.

use super::part::Part;
use crate::core::load::figures::{Observation, Scheduled, UNREADABLE, What};
use crate::load::raw::Row;

/// What is added to a host's numbers so that they mean one thing among all hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Its first event, and behind its last.
    pub events: std::ops::Range<u64>,
    pub at_us: i64,
    /// Channels of the same number are others on each host: a run makes its own.
    pub channels: u32,
    pub followers: u16,
    /// 0 as long as no two hosts have the same producers.
    pub producers: u32,
    /// The number of each of its workers among all; the first is of those that nobody knows.
    pub owners: Vec<u16>,
}

impl Shift {
    /// Of each host, and the names of all workers. Hosts that started at the same time have the same times.
    pub fn of(parts: &[Part]) -> (Vec<Self>, Vec<String>) {
        let first_us = parts.iter().map(Part::started_us).min().unwrap_or_default();
        let mut workers: Vec<String> = Vec::new();
        let mut shifts: Vec<Self> = Vec::new();
        let (mut next, mut taken) = (Self { events: 0..0, at_us: 0, channels: 0, followers: 0, producers: 0, owners: Vec::new() }, 0);
        let have_own_producers = have_own_producers(parts);
        for part in parts {
            let begin = next.events.end;
            next.events = begin..begin + part.events;
            next.at_us = part.started_us() - first_us;
            next.producers = if have_own_producers { 0 } else { taken };
            next.owners = owners(part, &mut workers);
            shifts.push(next.clone());
            next.channels += part.channels;
            next.followers = next.followers.saturating_add(part.followers);
            taken += part.producers.last().map_or(0, |highest| highest + 1);
        }
        (shifts, workers)
    }

    pub fn row(&self, row: Row) -> Row {
        match row {
            Row::Scheduled { event, scheduled } => Row::Scheduled { event: self.event(event), scheduled: self.scheduled(scheduled) },
            Row::Observed(Observation { event, at_us, what }) => {
                Row::Observed(Observation { event: self.event(event), at_us: at_us + self.at_us, what: self.what(what) })
            }
            end @ Row::End { .. } => end,
        }
    }

    /// An event that was not in its schedule must not become one of another host's.
    fn event(&self, event: u64) -> u64 {
        event.checked_add(self.events.start).filter(|event| *event < self.events.end).unwrap_or(UNREADABLE)
    }

    fn scheduled(&self, scheduled: Scheduled) -> Scheduled {
        Scheduled {
            intended_us: scheduled.intended_us + self.at_us,
            producer: scheduled.producer + self.producers,
            channel: scheduled.channel + self.channels,
            ..scheduled
        }
    }

    fn what(&self, what: What) -> What {
        match what {
            What::Stored { partition, offset, owner } => {
                let owner = self.owners.get(usize::from(owner)).copied().unwrap_or(0);
                What::Stored { partition, offset, owner }
            }
            What::Delivered { partition, offset, follower } => {
                What::Delivered { partition, offset, follower: follower.saturating_add(self.followers) }
            }
            other => other,
        }
    }
}

fn have_own_producers(parts: &[Part]) -> bool {
    let all: std::collections::BTreeSet<u32> = parts.iter().flat_map(|part| part.producers.iter().copied()).collect();
    all.len() == parts.iter().map(|part| part.producers.len()).sum::<usize>()
}

/// All hosts see the same workers: a worker of one name is one worker.
fn owners(part: &Part, workers: &mut Vec<String>) -> Vec<u16> {
    let mut numbers = vec![0];
    for name in part.recording.trailer.measured.owners.names() {
        let known = workers.iter().position(|worker| *worker == name);
        let index = known.unwrap_or_else(|| {
            workers.push(name);
            workers.len() - 1
        });
        numbers.push(u16::try_from(index + 1).unwrap_or(0));
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shift() -> Shift {
        Shift { events: 100..110, at_us: 1_000, channels: 7, followers: 2, producers: 50, owners: vec![0, 3] }
    }

    #[test]
    fn a_row_is_renumbered_in_all_its_names() {
        let scheduled = Scheduled { intended_us: 5, producer: 1, sequence: 2, channel: 3, counted: true };
        let moved = Scheduled { intended_us: 1_005, producer: 51, sequence: 2, channel: 10, counted: true };
        assert_eq!(shift().row(Row::Scheduled { event: 9, scheduled }), Row::Scheduled { event: 109, scheduled: moved });
        let row = |event, at_us, what| Row::Observed(Observation { event, at_us, what });
        let stored = |owner| What::Stored { partition: 1, offset: 2, owner };
        let delivered = |follower| What::Delivered { partition: 1, offset: 2, follower };
        assert_eq!(shift().row(row(0, 10, stored(1))), row(100, 1_010, stored(3)));
        assert_eq!(shift().row(row(0, 10, stored(9))), row(100, 1_010, stored(0)));
        assert_eq!(shift().row(row(0, 10, delivered(0))), row(100, 1_010, delivered(2)));
    }

    #[test]
    fn a_stranger_does_not_become_an_event_of_the_next_host() {
        let row = |event| Row::Observed(Observation { event, at_us: 0, what: What::Sent });
        for stranger in [10, u64::MAX - 1, UNREADABLE] {
            assert!(matches!(shift().row(row(stranger)), Row::Observed(Observation { event: UNREADABLE, .. })));
        }
    }
}
