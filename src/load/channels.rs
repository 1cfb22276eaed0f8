//! The channels that a run writes to: of an application of its own, so that nobody else's state is touched.

use prost::Message;

use crate::core::channel::Channel;
use crate::core::tag_data::{TagData, TagDataObjectIdentifier};

/// The application of all events that are published for a load test. No other may use it.
pub const APP_ID: &str = "shasta-load";
const SCOPE: &str = "system";

/// A run's channels, by their numbers in the schedule.
#[derive(Clone, Debug)]
pub struct Channels {
    places: Vec<Place>,
}

/// One channel and where it lies.
#[derive(Clone, Debug)]
pub struct Place {
    pub channel: Channel,
    pub key: Box<[u8]>,
    pub partition: i32,
}

impl Channels {
    /// `count` channels of the run, in a topic of so many partitions. The run is in their names: what an earlier one left is not read again.
    pub fn of_run(run: u32, count: u32, partitions: u32) -> Self {
        let place = |number| {
            let channel = Channel { app_id: APP_ID.to_owned(), tag: format!("{run:08x}-{number}"), scope: SCOPE.to_owned() };
            let key = channel.key();
            let partition = (key.hash() % partitions.max(1)) as i32;
            Place { channel, key: key.into_bytes(), partition }
        };
        Self { places: (0..count).map(place).collect() }
    }

    pub fn get(&self, number: u32) -> Option<&Place> {
        self.places.get(number as usize)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Place> {
        self.places.iter()
    }

    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// The value of a record that sets an object of the channel.
    pub fn value(&self, channel: u32, object: u32, data: String) -> Option<Vec<u8>> {
        let Channel { app_id, tag, scope } = self.get(channel)?.channel.clone();
        let name = Some(format!("object-{object}"));
        let identifier = TagDataObjectIdentifier { app_id: Some(app_id), tag: Some(tag), scope: Some(scope), name };
        Some(TagData { identifier: Some(identifier), deleted: None, lifetime: None, data: Some(data) }.encode_to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::decode::{Change, Codec, Input, Limits, decode};

    #[test]
    fn a_worker_takes_what_is_sent_and_finds_the_channel_where_it_was_put() {
        let channels = Channels::of_run(7, 30, 4);
        for (number, place) in (0..).zip(channels.iter()) {
            let value = channels.value(number, 3, "{}".to_owned()).unwrap();
            let input = Input { key: Some(&place.key), value: Some(&value), content_type: None };
            let event = decode(&input, Codec::default(), &Limits::default()).unwrap();
            assert_eq!((event.channel, &*event.name), (place.channel.key(), "object-3"));
            assert!(matches!(event.change, Change::Set(_)));
            assert_eq!(place.partition, (place.channel.key().hash() % 4) as i32);
            assert_eq!(place.channel.app_id, APP_ID);
        }
        assert_eq!(channels.len(), 30);
    }
}
