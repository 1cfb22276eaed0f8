//! What is published: rooms that people join and leave, that are recorded and show slides. The same seed gives the same events, so that
//! nothing has to be kept to check them in the end.

use fastrand::Rng;

use super::event::{Deletion, Event, Writer};
use super::participant::Participant;
use super::recording::Recording;
use super::slides::Slides;
use crate::core::channel::{Channel, Scope};

const ROOMS: usize = 40;
/// Participants of a room.
const FEW: usize = 2;
const MANY: usize = 12;

/// One record in so many is no event.
pub const INVALID_ONE_IN: u64 = 500;

/// All rooms, without end. Each has two channels: what the system knows of it, and what its application does.
#[derive(Debug)]
pub struct Rooms {
    random: Rng,
    channels: Vec<Channel>,
    rooms: Vec<Room>,
    made: u64,
    last_participant: u32,
}

#[derive(Clone, Debug)]
struct Room {
    participants: Vec<Participant>,
    recording: Option<Recording>,
    slides: Slides,
}

impl Rooms {
    pub fn new(seed: u64) -> Self {
        let of_room = |number: usize| {
            let channel =
                |scope: Scope| Channel { app_id: "demo".to_owned(), tag: format!("room-{number}"), scope: scope.as_ref().to_owned() };
            [Scope::System, Scope::Application].map(channel)
        };
        let room = |number: usize| Room { participants: Vec::new(), recording: None, slides: Slides::new(number) };
        Self {
            random: Rng::with_seed(seed),
            channels: (1..=ROOMS).flat_map(of_room).collect(),
            rooms: (1..=ROOMS).map(room).collect(),
            made: 0,
            last_participant: 0,
        }
    }

    /// What [`Event::channel`] is an index of.
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    fn event(&mut self) -> Event {
        let room = self.random.usize(0..ROOMS);
        let number = self.made;
        self.made += 1;
        // In the middle of each stretch, so that short runs have one too.
        if number % INVALID_ONE_IN == INVALID_ONE_IN / 2 {
            return self.system(room).invalid(number / INVALID_ONE_IN);
        }
        let present = self.rooms[room].participants.len();
        match self.random.u32(0..100) {
            _ if present < FEW => self.join(room),
            0..=3 if present < MANY => self.join(room),
            4..=7 if present > FEW => self.leave(room),
            8..=19 => self.record(room),
            20..=27 => self.turn_slide(room),
            _ => self.change(room),
        }
    }

    fn join(&mut self, room: usize) -> Event {
        self.last_participant += 1;
        let participant = Participant::join(self.last_participant, self.made, &mut self.random);
        let event = self.system(room).set(participant.object(), participant.to_string());
        self.rooms[room].participants.push(participant);
        event
    }

    fn change(&mut self, room: usize) -> Event {
        let index = self.random.usize(0..self.rooms[room].participants.len());
        self.rooms[room].participants[index].change(&mut self.random);
        let participant = &self.rooms[room].participants[index];
        self.system(room).set(participant.object(), participant.to_string())
    }

    fn leave(&mut self, room: usize) -> Event {
        let index = self.random.usize(0..self.rooms[room].participants.len());
        let participant = self.rooms[room].participants.swap_remove(index);
        let how = self.deletion();
        self.system(room).delete(participant.object(), how)
    }

    fn record(&mut self, room: usize) -> Event {
        let running = self.rooms[room].recording.take();
        let mut recording = running.unwrap_or_else(|| Recording::begin(room + 1, &mut self.random));
        if !recording.goes_on(&mut self.random) {
            let how = self.deletion();
            return self.system(room).delete(recording.name(), how);
        }
        let event = self.system(room).set(recording.name(), recording.to_string());
        self.rooms[room].recording = Some(recording);
        event
    }

    fn turn_slide(&mut self, room: usize) -> Event {
        self.rooms[room].slides.turn(&mut self.random);
        let application = Writer { index: 2 * room + 1, channel: &self.channels[2 * room + 1] };
        application.set(Slides::NAME.to_owned(), self.rooms[room].slides.to_string())
    }

    fn system(&self, room: usize) -> Writer<'_> {
        Writer { index: 2 * room, channel: &self.channels[2 * room] }
    }

    fn deletion(&mut self) -> Deletion {
        if self.random.bool() { Deletion::ByValue } else { Deletion::ByKey }
    }
}

impl Iterator for Rooms {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        Some(self.event())
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::Change;
    use super::*;
    use crate::core::decode::{self, Codec, Input, Limits};
    use std::collections::BTreeSet;

    fn decode(event: &Event) -> Result<decode::Event, decode::Invalid> {
        let input = Input { key: Some(&event.key), value: event.value.as_deref(), content_type: None };
        decode::decode(&input, Codec::Proto, &Limits::default())
    }

    #[test]
    fn the_same_seed_gives_the_same_events_and_another_gives_others() {
        let events = |seed| Rooms::new(seed).take(2_000).collect::<Vec<_>>();
        assert_eq!(events(7), events(7));
        assert_ne!(events(7), events(8));
    }

    #[test]
    fn every_record_means_to_the_worker_what_it_means_here() {
        let rooms = Rooms::new(3);
        let channels = rooms.channels().to_vec();
        let mut reasons = BTreeSet::new();
        for event in rooms.take(10_000) {
            match (decode(&event), &event.change) {
                (Err(invalid), Change::Invalid) => {
                    reasons.insert(invalid.reason.as_str());
                }
                (Ok(read), change) => {
                    assert_eq!((&*read.name, &read.channel), (event.name.as_str(), &channels[event.channel].key()));
                    assert_eq!(matches!(read.change, decode::Change::Delete), *change == Change::Delete);
                    assert_ne!(*change, Change::Invalid);
                }
                (Err(invalid), _) => panic!("{invalid}: {event:?}"),
            }
        }
        assert_eq!(reasons.len(), 5, "{reasons:?}");
    }

    #[test]
    fn invalid_records_are_one_in_500_from_the_first_seconds_on() {
        let invalid = |count| Rooms::new(1).take(count).filter(|event| event.change == Change::Invalid).count();
        assert_eq!([invalid(300), invalid(500), invalid(5_000)], [1, 1, 10]);
    }

    #[test]
    fn people_come_and_go_and_only_who_is_there_changes_or_leaves() {
        let (mut live, mut most, mut deleted) = (BTreeSet::new(), 0, 0);
        for event in Rooms::new(5).take(20_000) {
            match event.change {
                Change::Set(_) => _ = live.insert((event.channel, event.name)),
                Change::Delete => {
                    assert!(live.remove(&(event.channel, event.name)));
                    deleted += 1;
                }
                Change::Invalid => {}
            }
            most = most.max(live.len());
        }
        assert!(deleted > 500 && most <= ROOMS * (MANY + 2), "{deleted} {most}");
    }

    #[test]
    fn values_are_of_the_usual_size() {
        let sizes: Vec<usize> = Rooms::new(2)
            .take(5_000)
            .filter_map(|event| if let Change::Set(data) = event.change { Some(data.len()) } else { None })
            .collect();
        let mean = sizes.iter().sum::<usize>() / sizes.len();
        assert!((400..=512).contains(&mean), "{mean}");
    }
}
