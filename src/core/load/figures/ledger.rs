use super::delays::Delays;
use super::listed::{Listed, Named};
use super::marks::Marks;
use super::order::Order;
use super::places::{Place, Places};
use super::tally::Tally;
use super::{Observation, Scheduled, Stage, What};

pub(super) const NOBODY: u16 = u16::MAX;
/// About 200 MB: more is not asked for before it is needed, as a plan may end early.
const MOST_TOUCHED: usize = 4_000_000;

/// What became of each event of a run.
///
/// One owner: others send it batches of observations. All events are pushed in the order of the schedule before the first observation of
/// them; observations may come in any order, but the sightings of one partition by one observer in the order in which it saw them.
#[derive(Debug, Default)]
pub struct Ledger {
    pub(super) intended_us: Vec<i64>,
    pub(super) producers: Vec<u32>,
    pub(super) sequences: Vec<u32>,
    pub(super) channels: Vec<u32>,
    pub(super) owners: Vec<u16>,
    pub(super) followers: Vec<u16>,
    pub(super) marks: Vec<Marks>,
    pub(super) delays: Delays,
    pub(super) places: Places,
    pub(super) order: Order,
    pub(super) counted: Tally,
    pub(super) warm_up: Tally,
    pub(super) outsiders: Outsiders,
    pub(super) doubled: Listed,
    pub(super) reordered: Listed,
    pub(super) overtaken: Listed,
    pub(super) corrupt: Listed,
}

/// Observations of events that are not in the schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outsiders {
    /// Sightings: somebody else writes to the topic, or a stamp was misread.
    pub sighted: u64,
    /// Sends and answers: a mistake of the generator.
    pub answered: u64,
    /// Corrupt records whose event can not be read; the event itself also counts as lost.
    pub corrupt: u64,
}

impl Ledger {
    /// Without events.
    pub fn new() -> Ledger {
        Ledger::default()
    }

    /// What an event costs in memory, in bytes, without the rare ones (several places, more than 35 minutes late) and spare capacity.
    pub const fn bytes_per_event() -> usize {
        size_of::<i64>() + 3 * size_of::<u32>() + 2 * size_of::<u16>() + size_of::<Marks>() + Delays::BYTES + Places::BYTES
    }

    /// Without events, but with room for so many, in pages that are there already (of the first 4 million events): a page fault within the run would delay the generator, and
    /// memory that grows with the events would pass for that of the publisher under test.
    pub fn with_capacity(events: usize) -> Ledger {
        Ledger {
            intended_us: touched(-1, events),
            producers: touched(u32::MAX, events),
            sequences: touched(u32::MAX, events),
            channels: touched(u32::MAX, events),
            owners: touched(NOBODY, events),
            followers: touched(NOBODY, events),
            marks: touched(Marks::COUNTED, events),
            delays: Delays::with_capacity(events),
            places: Places::with_capacity(events),
            ..Ledger::default()
        }
    }

    /// Adds the next event; its number is the length before.
    pub fn push(&mut self, event: Scheduled) {
        let mut marks = Marks::default();
        if event.counted {
            marks.set(Marks::COUNTED);
        }
        self.intended_us.push(event.intended_us);
        self.producers.push(event.producer);
        self.sequences.push(event.sequence);
        self.channels.push(event.channel);
        self.owners.push(NOBODY);
        self.followers.push(NOBODY);
        self.marks.push(marks);
        self.delays.push();
        self.places.push();
    }

    /// How many events were pushed.
    pub fn len(&self) -> usize {
        self.intended_us.len()
    }

    /// True before the first event.
    pub fn is_empty(&self) -> bool {
        self.intended_us.is_empty()
    }

    /// Takes down what was seen. Only the first time at a stage makes the latency there.
    pub fn observe(&mut self, observation: &Observation) {
        let index = usize::try_from(observation.event).ok().filter(|index| *index < self.len());
        let Some(index) = index else {
            self.observe_outsider(observation.what);
            return;
        };
        match observation.what {
            What::Sent => self.observe_sent(index, observation.at_us),
            What::Dropped => self.mark(index, Marks::DROPPED, |tally| &mut tally.dropped),
            What::Acknowledged { partition, offset } => self.observe_acknowledged(index, observation.at_us, Place { partition, offset }),
            What::Failed => self.mark(index, Marks::FAILED, |tally| &mut tally.failed),
            What::Unknown => self.mark(index, Marks::UNKNOWN, |tally| &mut tally.unknown),
            What::Consumed { partition, offset } => {
                self.sight(index, observation.at_us, Stage::Consumed, Place { partition, offset }, NOBODY)
            }
            What::Stored { partition, offset, owner } => {
                self.sight(index, observation.at_us, Stage::Stored, Place { partition, offset }, owner);
            }
            What::Delivered { partition, offset, follower } => {
                self.sight(index, observation.at_us, Stage::Delivered, Place { partition, offset }, follower);
            }
            What::Corrupt { stage } => self.observe_corrupt(index, stage),
        }
    }

    fn observe_outsider(&mut self, what: What) {
        match what {
            What::Consumed { .. } | What::Stored { .. } | What::Delivered { .. } => self.outsiders.sighted += 1,
            What::Corrupt { .. } => {
                self.outsiders.corrupt += 1;
                self.corrupt.add_nameless();
            }
            What::Sent | What::Dropped | What::Acknowledged { .. } | What::Failed | What::Unknown => self.outsiders.answered += 1,
        }
    }

    fn observe_sent(&mut self, index: usize, at_us: i64) {
        self.mark(index, Marks::SENT, |tally| &mut tally.sent);
        self.delays.set_first(index, Stage::Sent, at_us - self.intended_us[index]);
    }

    fn observe_acknowledged(&mut self, index: usize, at_us: i64, place: Place) {
        self.mark(index, Marks::ACKNOWLEDGED, |tally| &mut tally.acknowledged);
        self.delays.set_first(index, Stage::Acknowledged, at_us - self.intended_us[index]);
        self.places.is_home(index, place);
    }

    fn observe_corrupt(&mut self, index: usize, stage: Stage) {
        let named = self.named(index, stage);
        self.corrupt.add(named);
        if let Some(sighting) = stage.sighting() {
            self.marks[index].set(Marks::corrupt(sighting));
            self.tally(index).sightings[sighting].corrupt += 1;
        }
    }

    fn mark(&mut self, index: usize, mark: Marks, count: fn(&mut Tally) -> &mut u64) {
        self.marks[index].set(mark);
        *count(self.tally(index)) += 1;
    }

    pub(super) fn tally(&mut self, index: usize) -> &mut Tally {
        if self.marks[index].has(Marks::COUNTED) { &mut self.counted } else { &mut self.warm_up }
    }

    pub(super) fn named(&self, index: usize, stage: Stage) -> Named {
        Named {
            event: index as u64,
            producer: self.producers[index],
            sequence: self.sequences[index],
            channel: self.channels[index],
            stage,
            counted: self.marks[index].has(Marks::COUNTED),
        }
    }
}

/// An empty column with room. The value must not be all zeros: those the system gives without giving pages.
pub(super) fn touched<T: Clone>(value: T, events: usize) -> Vec<T> {
    let mut column = Vec::with_capacity(events);
    column.resize(events.min(MOST_TOUCHED), value);
    column.clear();
    column
}
