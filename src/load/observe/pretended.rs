//! What the sink shows instead of servers.

use prost::Message;

use super::payload::Payload;
use super::seen::{At, Seen, Sightings};
use crate::core::tag_data::TagData;
use crate::load::fleet::{Sighting, Stage, Watcher};

/// Reads the records of a sink as the observers of real servers would.
#[derive(Clone, Debug)]
pub struct Pretended {
    pub payload: Payload,
    pub sightings: Sightings,
}

impl Watcher for Pretended {
    fn saw(&self, sighting: Sighting) {
        let data = TagData::decode(sighting.value.as_ref()).ok().and_then(|tag_data| tag_data.data);
        let Some((event, is_intact)) = data.and_then(|data| self.payload.read(&data)) else { return };
        let at = match sighting.stage {
            Stage::Consumed => At::Consumed,
            Stage::Stored => At::Stored,
            Stage::Delivered => At::Delivered,
        };
        let Sighting { partition, offset, at_us, .. } = sighting;
        self.sightings.add([Seen { event, at, at_us, partition, offset, witness: 0, is_intact }]);
    }
}
