//! A sighting in the ledger: the first of its event, a producer's copy, another follower's, or our double; and whether in order.

use super::Stage;
use super::ledger::{Ledger, NOBODY};
use super::marks::Marks;
use super::order::Lane;
use super::places::{Place, Stray};

impl Ledger {
    pub(super) fn sight(&mut self, index: usize, at_us: i64, stage: Stage, place: Place, observer: u16) {
        let Some(sighting) = stage.sighting() else { return };
        self.tally(index).sightings[sighting].received += 1;
        let first = !self.delays.has(index, stage);
        if first {
            self.delays.set_first(index, stage, at_us - self.intended_us[index]);
            self.keep_observer(index, stage, observer);
        }
        // Workers take partitions over from each other: only followers are told apart as observers.
        let follower = if stage == Stage::Delivered { observer } else { NOBODY };
        let another_follower = follower != NOBODY && follower != self.followers[index];
        if !self.is_new(Stray { index, stage, observer: follower, place }, sighting, another_follower) {
            self.tally(index).sightings[sighting].doubled += 1;
            let named = self.named(index, stage);
            self.doubled.add(named);
            return;
        }
        let sightings = &mut self.tally(index).sightings[sighting];
        match (first, another_follower) {
            (true, _) => sightings.unique += 1,
            (false, true) => sightings.elsewhere += 1,
            (false, false) => sightings.copies += 1,
        }
        let lane = Lane { stage, observer: follower, partition: place.partition, channel: self.channels[index] };
        self.check_order(index, sighting, lane, place.offset, first);
    }

    fn keep_observer(&mut self, index: usize, stage: Stage, observer: u16) {
        match stage {
            Stage::Stored => self.owners[index] = observer,
            Stage::Delivered => self.followers[index] = observer,
            Stage::Sent | Stage::Acknowledged | Stage::Consumed => {}
        }
    }

    fn is_new(&mut self, stray: Stray, sighting: usize, another_follower: bool) -> bool {
        if self.places.is_home(stray.index, stray.place) && !another_follower {
            return self.marks[stray.index].set(Marks::home(sighting));
        }
        self.places.stray(stray)
    }

    /// A copy's sequence is old by its nature; an offset that went back explains a sequence that did.
    fn check_order(&mut self, index: usize, sighting: usize, lane: Lane, offset: i64, first: bool) {
        let named = self.named(index, lane.stage);
        let reordered = self.order.goes_back(lane, offset);
        let overtaken = first && self.order.is_overtaken(lane, named.producer, named.sequence);
        if reordered {
            self.tally(index).sightings[sighting].reordered += 1;
            self.reordered.add(named);
        } else if overtaken {
            self.tally(index).sightings[sighting].overtaken += 1;
            self.overtaken.add(named);
        }
    }
}
