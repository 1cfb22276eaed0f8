use super::ledger::NOBODY;
use super::marks::Marks;
use super::{Ledger, Scheduled, Stage};

/// What is known of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub event: u64,
    pub scheduled: Scheduled,
    pub outcome: Outcome,
    /// From the intended time, in the order of [`Stage::ALL`]; None where it was not seen, negative where clocks disagree.
    pub latencies_us: [Option<i64>; 5],
    /// The first partition and offset known of it.
    pub place: Option<(i32, i64)>,
    /// The worker that stored it.
    pub owner: Option<u16>,
    /// The follower that saw it first.
    pub follower: Option<u16>,
}

/// What the producer knows of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Not yet sent, or forgotten by the generator.
    Open,
    Dropped,
    /// Sent, and nobody said yet what became of it.
    Pending,
    Acknowledged,
    Failed,
    Unknown,
}

impl Outcome {
    pub(super) fn of(marks: Marks) -> Outcome {
        let told = [
            (Marks::ACKNOWLEDGED, Outcome::Acknowledged),
            (Marks::FAILED, Outcome::Failed),
            (Marks::UNKNOWN, Outcome::Unknown),
            (Marks::DROPPED, Outcome::Dropped),
            (Marks::SENT, Outcome::Pending),
        ];
        told.iter().find(|(mark, _)| marks.has(*mark)).map_or(Outcome::Open, |(_, outcome)| *outcome)
    }
}

impl Entry {
    /// From the intended time to the stage, in microseconds.
    pub fn latency_us(&self, stage: Stage) -> Option<i64> {
        self.latencies_us[stage.index()]
    }

    /// The process that saw it at the stage: the owner of the partition for stored events, the follower for delivered ones, else 0.
    pub fn destination(&self, stage: Stage) -> u16 {
        match stage {
            Stage::Stored => self.owner.unwrap_or_default(),
            Stage::Delivered => self.follower.unwrap_or_default(),
            Stage::Sent | Stage::Acknowledged | Stage::Consumed => 0,
        }
    }
}

impl Ledger {
    /// An event with all that is known of it; None beyond the schedule.
    pub fn entry(&self, event: u64) -> Option<Entry> {
        let index = usize::try_from(event).ok().filter(|index| *index < self.len())?;
        let somebody = |observer: u16| (observer != NOBODY).then_some(observer);
        Some(Entry {
            event,
            scheduled: Scheduled {
                intended_us: self.intended_us[index],
                producer: self.producers[index],
                sequence: self.sequences[index],
                channel: self.channels[index],
                counted: self.marks[index].has(Marks::COUNTED),
            },
            outcome: Outcome::of(self.marks[index]),
            latencies_us: Stage::ALL.map(|stage| self.delays.get(index, stage)),
            place: self.places.home(index).map(|home| (home.partition, home.offset)),
            owner: somebody(self.owners[index]),
            follower: somebody(self.followers[index]),
        })
    }

    /// All events in the order of the schedule, the warm-up too.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        (0..self.len() as u64).filter_map(|event| self.entry(event))
    }
}
