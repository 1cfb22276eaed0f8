//! The records of one partition that are applied together, by slice and by object, and how far each slice has come with them.

use std::collections::HashMap;

use super::cache::{CachedValue, Lookup, ReadCache};
use super::channel::ChannelKey;
use super::decode::{Change, Event};
use super::entry_id::EntryId;
use super::offset::{NextOffset, Offset};
use super::position::{Position, TopicId};
use super::slice::{Slice, SliceCount};

/// One valid record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub offset: Offset,
    /// The Kafka record's timestamp; `None` where the broker has none.
    pub timestamp_ms: Option<i64>,
    pub event: Event,
}

/// Records in offset order, and what is known of the objects that they touch.
#[derive(Debug)]
pub struct Batch {
    pub(super) records: Vec<BatchRecord>,
    pub(super) channels: Vec<BatchChannel>,
    pub(super) objects: Vec<Object>,
    pub(super) slices: Vec<SliceWork>,
    by_slice: HashMap<Slice, usize>,
    /// The end of the batch: where every touched slice stands when it is done.
    pub(super) next: NextOffset,
    /// When the oldest of the values in hand was taken for certain.
    known_since_ms: Option<u64>,
}

#[derive(Debug)]
pub(super) struct BatchRecord {
    pub record: Record,
    pub object: usize,
}

#[derive(Debug)]
pub(super) struct BatchChannel {
    pub key: ChannelKey,
    pub path: String,
    pub slice: Slice,
}

#[derive(Debug)]
pub(super) struct Object {
    pub channel: usize,
    pub first_record: usize,
    pub value: Value,
}

/// What the snapshot hash holds for an object before the next event that has not been applied.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Unknown,
    Absent,
    Held(CachedValue),
    /// Set by this record of the batch, in the entry with this id.
    Set {
        record: usize,
        id: EntryId,
    },
}

/// What is left to do in one slice.
#[derive(Debug)]
pub struct SliceWork {
    pub slice: Slice,
    /// Where the slice stands.
    pub base: Option<Position>,
    /// Indices of the records that are left, the next one last.
    pub(super) left: Vec<usize>,
    /// The position still has to be brought to the end of the batch.
    pub(super) unfinished: bool,
}

/// An object whose value has to be read from Redis before its next event can be planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub slice: Slice,
    /// Its number in the batch, to hand the value in.
    pub object: usize,
    pub path: String,
    pub name: String,
}

impl Batch {
    /// Groups `records`, which are in offset order. Those that their slice's position covers already are left out.
    pub fn new(records: Vec<Record>, next: NextOffset, slices: SliceCount, topic_id: &TopicId, positions: &[Option<Position>]) -> Self {
        let mut batch = Self {
            records: Vec::with_capacity(records.len()),
            channels: vec![],
            objects: vec![],
            slices: vec![],
            by_slice: HashMap::new(),
            next,
            known_since_ms: None,
        };
        let mut channels: HashMap<ChannelKey, usize> = HashMap::new();
        let mut objects: HashMap<(usize, Box<str>), usize> = HashMap::new();
        for record in records {
            let index = batch.records.len();
            let channel = match channels.get(&record.event.channel) {
                Some(channel) => *channel,
                None => {
                    let key = record.event.channel.clone();
                    batch.channels.push(BatchChannel { slice: slices.slice_of(&key), path: key.path(), key: key.clone() });
                    channels.insert(key, batch.channels.len() - 1);
                    batch.channels.len() - 1
                }
            };
            let slice = batch.channels[channel].slice;
            let work = *batch.by_slice.entry(slice).or_insert_with(|| {
                let base = positions[slice.index()].clone();
                batch.slices.push(SliceWork { slice, base, left: vec![], unfinished: true });
                batch.slices.len() - 1
            });
            let position = batch.slices[work].base.as_ref().and_then(|base| base.next_in(topic_id));
            if position.is_some_and(|position| position.covers(record.offset)) {
                continue;
            }
            let object = *objects.entry((channel, record.event.name.clone())).or_insert_with(|| {
                batch.objects.push(Object { channel, first_record: index, value: Value::Unknown });
                batch.objects.len() - 1
            });
            batch.slices[work].left.push(index);
            batch.records.push(BatchRecord { record, object });
        }
        for work in &mut batch.slices {
            work.left.reverse();
            // A slice that is ahead of the whole batch stays where it is.
            let ahead = work.base.as_ref().and_then(|base| base.next_in(topic_id)).is_some_and(|position| position >= next);
            work.unfinished = !work.left.is_empty() || !ahead;
        }
        batch
    }

    /// How many records are to be applied.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub fn record(&self, index: usize) -> &Record {
        &self.records[index].record
    }

    /// The slices that this batch touches.
    pub fn slices(&self) -> &[SliceWork] {
        &self.slices
    }

    /// The slices in which something is left to do.
    pub fn unfinished(&self) -> impl Iterator<Item = &SliceWork> {
        self.slices.iter().filter(|work| work.unfinished)
    }

    pub(super) fn work_mut(&mut self, slice: Slice) -> Option<&mut SliceWork> {
        self.by_slice.get(&slice).map(|work| &mut self.slices[*work])
    }

    /// Looks for the values that the next calls stand on, and tells those that the cache does not have. What was looked up too long ago
    /// is looked up again, so the calls are to be planned as soon as nothing is wanted.
    pub fn look_up(&mut self, cache: &mut ReadCache, now_ms: u64) -> Vec<Wanted> {
        if self.known_since_ms.is_some_and(|since_ms| cache.may_have_expired(since_ms, now_ms)) {
            self.forget_values(cache);
        }
        self.known_since_ms.get_or_insert(now_ms);
        let mut needed = vec![false; self.objects.len()];
        let mut seen = vec![false; self.objects.len()];
        for work in self.slices.iter().filter(|work| work.unfinished) {
            for index in work.left.iter().rev() {
                let BatchRecord { record, object } = &self.records[*index];
                if !std::mem::replace(&mut seen[*object], true) {
                    needed[*object] = matches!(record.event.change, Change::Set(_));
                }
            }
        }
        let mut wanted = Vec::new();
        for (index, object) in self.objects.iter_mut().enumerate() {
            if !needed[index] || !matches!(object.value, Value::Unknown) {
                continue;
            }
            let channel = &self.channels[object.channel];
            let name = &self.records[object.first_record].record.event.name;
            object.value = match cache.lookup(&channel.key, name, now_ms) {
                Lookup::Hit(value) => Value::Held(value.clone()),
                Lookup::Absent => Value::Absent,
                Lookup::Miss => {
                    wanted.push(Wanted { slice: channel.slice, object: index, path: channel.path.clone(), name: name.to_string() });
                    Value::Unknown
                }
            };
        }
        wanted
    }

    /// Hands in what was read; the read renewed the channel's expiry when it was sent.
    pub fn fill(&mut self, object: usize, value: Option<CachedValue>, cache: &mut ReadCache, sent_at_ms: u64) {
        let object = &mut self.objects[object];
        cache.refreshed(&self.channels[object.channel].key, sent_at_ms);
        object.value = value.map_or(Value::Absent, Value::Held);
    }

    /// What was known of the objects of a slice is not certain any more.
    pub(super) fn forget_slice(&mut self, slice: Slice, cache: &mut ReadCache) {
        cache.forget_slice(slice);
        let Self { objects, channels, .. } = self;
        for object in objects.iter_mut().filter(|object| channels[object.channel].slice == slice) {
            object.value = Value::Unknown;
        }
    }

    /// Nothing is certain any more, and what the cache has of these objects is from before the batch.
    pub fn forget_values(&mut self, cache: &mut ReadCache) {
        self.known_since_ms = None;
        for object in &mut self.objects {
            let name = &self.records[object.first_record].record.event.name;
            cache.forget(&self.channels[object.channel].key, name);
            object.value = Value::Unknown;
        }
    }

    /// Keeps in the cache what the batch leaves behind.
    pub fn keep(self, cache: &mut ReadCache) {
        for object in self.objects {
            let channel = &self.channels[object.channel].key;
            let name = &self.records[object.first_record].record.event.name;
            match object.value {
                Value::Unknown => cache.forget(channel, name),
                Value::Absent => cache.store_absent(channel, name),
                Value::Held(value) => cache.store(channel, name, value),
                Value::Set { record, id } => match &self.records[record].record.event.change {
                    Change::Set(tag_data) => cache.store(channel, name, CachedValue { tag_data: tag_data.clone().into(), id }),
                    Change::Delete => cache.store_absent(channel, name),
                },
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::core::channel::Channel;
    use crate::core::tag_data::{TagData, TagDataObjectIdentifier};
    use prost::Message;

    pub fn slices() -> SliceCount {
        SliceCount::new(2).unwrap()
    }

    pub fn slice(index: u32) -> Slice {
        slices().slice(index).unwrap()
    }

    pub fn topic() -> TopicId {
        TopicId::new("id")
    }

    pub fn next(offset: i64) -> NextOffset {
        NextOffset::at(offset).unwrap()
    }

    pub fn at(offset: i64) -> Option<Position> {
        Some(Position::new(topic(), next(offset)))
    }

    /// The `number`th channel of a slice.
    pub fn channel(index: u32, number: usize) -> ChannelKey {
        let keys = (0..).map(|room| Channel::new("app", format!("room-{room}"), "system").unwrap().key());
        keys.filter(|key| slices().slice_of(key) == slice(index)).nth(number).unwrap()
    }

    /// TagData with these members beside one of some length.
    pub fn tag_data(members: &str) -> Vec<u8> {
        let identifier = TagDataObjectIdentifier { app_id: Some("app".to_owned()), ..TagDataObjectIdentifier::default() };
        let data = Some(format!("{{\"long\":\"{}\",{members}}}", "-".repeat(60)));
        TagData { identifier: Some(identifier), deleted: None, lifetime: None, data }.encode_to_vec()
    }

    pub fn set(offset: i64, channel: &ChannelKey, name: &str, members: &str) -> Record {
        with(offset, channel, name, Change::Set(tag_data(members).into()))
    }

    pub fn delete(offset: i64, channel: &ChannelKey, name: &str) -> Record {
        with(offset, channel, name, Change::Delete)
    }

    pub fn with(offset: i64, channel: &ChannelKey, name: &str, change: Change) -> Record {
        let event = Event { channel: channel.clone(), name: name.into(), change };
        Record { offset: Offset::new(offset).unwrap(), timestamp_ms: Some(offset), event }
    }

    pub fn batch(records: Vec<Record>, end: i64, positions: [Option<Position>; 2]) -> Batch {
        Batch::new(records, next(end), slices(), &topic(), &positions)
    }

    pub fn cache() -> ReadCache {
        ReadCache::new(1 << 20, slices(), None)
    }

    pub fn held(members: &str, ms: u64) -> CachedValue {
        CachedValue { tag_data: tag_data(members).into(), id: EntryId { ms, seq: 0 } }
    }

    fn offsets(batch: &Batch) -> Vec<i64> {
        (0..batch.len()).map(|index| batch.record(index).offset.get()).collect()
    }

    fn names(wanted: &[Wanted]) -> Vec<&str> {
        wanted.iter().map(|wanted| wanted.name.as_str()).collect()
    }

    #[test]
    fn records_are_grouped_by_slice_and_stay_in_order() {
        let [a, b, c] = [channel(0, 0), channel(1, 0), channel(0, 1)];
        let records = vec![set(5, &a, "x", "\"m\":1"), delete(6, &b, "x"), set(8, &c, "x", "\"m\":1"), set(9, &a, "x", "\"m\":2")];
        let batch = batch(records, 10, [at(5), at(5)]);
        assert_eq!(offsets(&batch), [5, 6, 8, 9]);
        let left: Vec<_> = batch.slices().iter().map(|work| (work.slice, work.left.clone())).collect();
        assert_eq!(left, [(slice(0), vec![3, 2, 0]), (slice(1), vec![1])], "the next one last");
        assert_eq!(batch.objects.len(), 3);
    }

    #[test]
    fn what_a_slices_position_covers_is_left_out() {
        let [a, b] = [channel(0, 0), channel(1, 0)];
        let records = vec![set(5, &a, "x", "\"m\":1"), set(6, &b, "x", "\"m\":1"), set(7, &a, "x", "\"m\":2"), set(8, &b, "x", "\"m\":2")];
        let batch = batch(records, 9, [at(6), at(20)]);
        assert_eq!(offsets(&batch), [7]);
        let unfinished: Vec<Slice> = batch.unfinished().map(|work| work.slice).collect();
        assert_eq!(unfinished, [slice(0)], "a slice that is ahead of the whole batch stays where it is");
    }

    #[test]
    fn a_slice_all_of_whose_records_are_applied_is_still_brought_to_the_end() {
        let batch = batch(vec![set(5, &channel(0, 0), "x", "\"m\":1")], 9, [at(6), None]);
        assert!(batch.is_empty());
        assert_eq!(batch.unfinished().count(), 1);
    }

    #[test]
    fn a_position_of_a_deleted_topic_covers_nothing() {
        let other = Some(Position::new(TopicId::new("other"), next(100)));
        let batch = batch(vec![set(5, &channel(0, 0), "x", "\"m\":1")], 9, [other, None]);
        assert_eq!((batch.len(), batch.unfinished().count()), (1, 1));
    }

    #[test]
    fn only_values_that_a_delta_may_be_made_from_are_wanted() {
        let a = channel(0, 0);
        let m = "\"m\":1";
        let records = vec![
            set(1, &a, "missed", m),
            set(2, &a, "missed", m),
            set(3, &a, "cached", m),
            set(4, &a, "absent", m),
            delete(5, &a, "deleted"),
            set(6, &a, "deleted", m),
            set(0, &a, "covered", m),
        ];
        let mut cache = cache();
        cache.store(&a, "cached", held(m, 1));
        cache.store_absent(&a, "absent");
        let mut batch = batch(records, 7, [at(1), None]);
        let wanted = batch.look_up(&mut cache, 0);
        assert_eq!(names(&wanted), ["missed"]);
        assert_eq!((wanted[0].slice, wanted[0].path.as_str()), (slice(0), a.path().as_str()));
        batch.fill(wanted[0].object, None, &mut cache, 0);
        assert!(batch.look_up(&mut cache, 0).is_empty());
    }

    #[test]
    fn values_that_were_looked_up_too_long_ago_are_wanted_again_and_not_taken_from_before_the_batch() {
        let a = channel(0, 0);
        let mut cache = ReadCache::new(1 << 20, slices(), Some(1_000));
        cache.refreshed(&a, 0);
        cache.store(&a, "x", held("\"m\":1", 1));
        let mut batch = batch(vec![set(5, &a, "x", "\"m\":2")], 6, [at(5), None]);
        assert!(batch.look_up(&mut cache, 100).is_empty());
        assert!(batch.look_up(&mut cache, 350).is_empty());
        assert_eq!(names(&batch.look_up(&mut cache, 351)), ["x"]);
    }
}
