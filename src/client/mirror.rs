//! A channel's objects as a follower holds them, and how they go on: pure, so that it can be shown to be right without a server.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::change::{Change, Event};
use super::error::ClientError;
use super::snapshot::{Object, Snapshot, delta, mark};
use super::token::Mark;
use crate::core::channel::Channel;
use crate::core::delta::{MemberChange, apply};
use crate::core::tag_data::{self, Changed, Delta, TagData};
use crate::store::Entry;

/// The fold of what was read so far, and the entry it stands at.
#[derive(Clone, Debug, Default)]
pub struct Mirror {
    objects: BTreeMap<String, Object>,
    /// `None`: there was no stream.
    at: Option<Mark>,
}

/// Why nothing more can be said without a fresh snapshot.
#[derive(Debug)]
pub enum Break {
    /// The stream can not be shown to go on from the entry the mirror stands at.
    Gap,
    Undecodable(ClientError),
}

/// Up to an event that changes an object whose value before is not known, an object is one of these.
enum Known {
    There(Object),
    Absent,
}

impl Mirror {
    pub fn of(snapshot: &Snapshot) -> Self {
        Self { objects: snapshot.objects.clone(), at: snapshot.token.mark() }
    }

    pub fn at(&self) -> Option<Mark> {
        self.at
    }

    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.at.is_none()
    }

    /// Goes on with entries read from where it stands, that entry included; those that were told before a break stay true.
    ///
    /// # Errors
    /// [`Break`]: the mirror stands at the last change that was added to `changes`.
    pub fn advance(&mut self, channel: &Channel, entries: &[Entry], changes: &mut Vec<Change>) -> Result<(), Break> {
        let new = match self.at {
            None => entries,
            Some(at) => after(channel, entries, at)?,
        };
        for entry in new {
            let delta = delta(channel, entry).map_err(Break::Undecodable)?;
            changes.push(self.fold(entry, delta)?);
        }
        Ok(())
    }

    fn fold(&mut self, entry: &Entry, delta: Delta) -> Result<Change, Break> {
        let event = event(entry, &delta);
        let Delta { name, change, .. } = delta;
        let change = match change {
            Some(tag_data::Change::Set(tag_data)) => set(name, object(tag_data, event), None, event),
            Some(tag_data::Change::Changed(changed)) => {
                let before = self.objects.get(&name).ok_or(Break::Gap)?;
                let tag_data = changed_from(&before.tag_data, &changed).ok_or(Break::Gap)?;
                set(name, object(tag_data, event), Some(changed), event)
            }
            Some(tag_data::Change::Deleted(_)) => Change::Deleted { name, event },
            // Of a later version: what it does can only be seen in the snapshot.
            None => return Err(Break::Gap),
        };
        match &change {
            Change::Set { name, object, .. } => drop(self.objects.insert(name.clone(), object.clone())),
            Change::Deleted { name, .. } => drop(self.objects.remove(name)),
            Change::Snapshot(_) | Change::Restarted(_) => {}
        }
        self.at = Some(event.mark());
        Ok(change)
    }

    /// What came after `from`, told from what is there now and what is left of the stream. A value in between that a change was made from
    /// may be known to nobody any more.
    ///
    /// # Errors
    /// [`Break`], where `from` is not there any more, or not every value can be told.
    pub fn resume(now: &Snapshot, history: &[Entry], from: Mark) -> Result<(Self, Vec<Change>), Break> {
        let channel = now.channel();
        let new = after(channel, history, from)?;
        let (old, new) = (&history[..history.len() - new.len()], new);
        let decoded = |entries: &[Entry]| -> Result<Vec<Delta>, Break> {
            entries.iter().map(|entry| delta(channel, entry).map_err(Break::Undecodable)).collect()
        };
        let mut known: HashMap<String, Known> = HashMap::new();
        for (entry, delta) in old.iter().zip(decoded(old)?) {
            let _values_of_then = step(&mut known, entry, delta);
        }
        let deltas = decoded(new)?;
        let last: HashMap<String, usize> = deltas.iter().enumerate().map(|(index, delta)| (delta.name.clone(), index)).collect();
        let mut changes = Vec::with_capacity(deltas.len());
        for (index, (entry, delta)) in new.iter().zip(deltas).enumerate() {
            let is_last = last.get(&delta.name) == Some(&index);
            let current = now.objects.get(&delta.name).filter(|_| is_last).cloned();
            let changed = match &delta.change {
                Some(tag_data::Change::Changed(changed)) => Some(changed.clone()),
                _ => None,
            };
            let (name, event) = (delta.name.clone(), event(entry, &delta));
            let told = match (step(&mut known, entry, delta), current) {
                (Some(change), _) => change,
                (None, Some(current)) if changed.is_some() => set(name, current, changed, event),
                (None, _) => return Err(Break::Gap),
            };
            changes.push(told);
        }
        Ok((Self::of(now), changes))
    }
}

/// Takes an entry into what is known of the objects; `None` where the object's value can not be told.
fn step(known: &mut HashMap<String, Known>, entry: &Entry, delta: Delta) -> Option<Change> {
    let event = event(entry, &delta);
    let Delta { name, change, .. } = delta;
    let (object, changed) = match change {
        Some(tag_data::Change::Deleted(_)) => {
            known.insert(name.clone(), Known::Absent);
            return Some(Change::Deleted { name, event });
        }
        Some(tag_data::Change::Set(tag_data)) => (Some(object(tag_data, event)), None),
        Some(tag_data::Change::Changed(changed)) => {
            let tag_data = match known.get(&name) {
                Some(Known::There(before)) => changed_from(&before.tag_data, &changed),
                Some(Known::Absent) | None => None,
            };
            (tag_data.map(|tag_data| object(tag_data, event)), Some(changed))
        }
        None => (None, None),
    };
    match object {
        Some(object) => {
            known.insert(name.clone(), Known::There(object.clone()));
            Some(set(name, object, changed, event))
        }
        None => {
            known.remove(&name);
            None
        }
    }
}

/// The entries after `at`, if it is the first of these or among them, from the same record.
fn after<'a>(channel: &Channel, entries: &'a [Entry], at: Mark) -> Result<&'a [Entry], Break> {
    let index = entries.iter().position(|entry| entry.id == at.id).ok_or(Break::Gap)?;
    let found = delta(channel, &entries[index]).map_err(Break::Undecodable)?;
    if mark(&entries[index], &found) == at { Ok(&entries[index + 1..]) } else { Err(Break::Gap) }
}

fn set(name: String, object: Object, changed: Option<Changed>, event: Event) -> Change {
    Change::Set { name, object, changed, event }
}

fn event(entry: &Entry, delta: &Delta) -> Event {
    let Delta { partition, offset, timestamp_ms, .. } = *delta;
    Event { entry: entry.id, partition, offset, published_at_ms: Some(timestamp_ms).filter(|timestamp| *timestamp != 0) }
}

fn object(tag_data: TagData, event: Event) -> Object {
    Object { tag_data: Arc::new(tag_data), entry: Some(event.entry), published_at_ms: event.published_at_ms }
}

fn changed_from(before: &TagData, changed: &Changed) -> Option<TagData> {
    let set: Vec<MemberChange<'_>> = changed.set.iter().map(|member| MemberChange { name: &member.name, json: &member.json }).collect();
    let data = apply(before.data.as_deref()?, &set, &changed.removed).ok()?;
    Some(TagData { data: Some(data), lifetime: changed.lifetime.or(before.lifetime), ..before.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::delta::{Side, changed};
    use crate::core::entry_id::EntryId;
    use proptest::prelude::*;
    use prost::Message;

    fn channel() -> Channel {
        "a/b/c".parse().unwrap()
    }

    fn tag_data(data: &str) -> TagData {
        TagData { identifier: None, deleted: None, lifetime: None, data: Some(data.to_owned()) }
    }

    /// What a worker does: the objects as they are, and the stream.
    #[derive(Default)]
    struct Writer {
        objects: BTreeMap<String, Object>,
        stream: Vec<Entry>,
    }

    impl Writer {
        fn write(&mut self, name: &str, data: Option<&str>, as_change: bool) {
            let offset = self.stream.len() as u64;
            let id = EntryId { ms: 1_000 + offset / 3, seq: offset % 3 };
            let before = self.objects.get(name).map(|object| object.data().to_owned());
            let change = match data {
                None => tag_data::Change::Deleted(true),
                Some(data) => {
                    let [before, after] = [before.as_deref(), Some(data)].map(|data| Side { data, lifetime: None });
                    match changed(before, after).filter(|_| as_change) {
                        Some(bytes) => tag_data::Change::Changed(Changed::decode(bytes.as_slice()).unwrap()),
                        None => tag_data::Change::Set(tag_data(data)),
                    }
                }
            };
            let delta = Delta { partition: 2, offset, timestamp_ms: 5, name: name.to_owned(), change: Some(change) };
            self.stream.push(Entry { id, delta: delta.encode_to_vec() });
            match data {
                None => drop(self.objects.remove(name)),
                Some(data) => {
                    let object = Object { tag_data: Arc::new(tag_data(data)), entry: Some(id), published_at_ms: Some(5) };
                    self.objects.insert(name.to_owned(), object);
                }
            }
        }

        fn snapshot(&self) -> Snapshot {
            let mark = self.stream.last().map(|last| mark(last, &delta(&channel(), last).unwrap()));
            Snapshot { objects: self.objects.clone(), token: super::super::token::Token::new(channel(), mark) }
        }
    }

    /// Members in the order of their names: what two equal data have in common.
    fn state(objects: &BTreeMap<String, Object>) -> BTreeMap<String, (serde_json::Value, Option<EntryId>)> {
        let value = |object: &Object| (serde_json::from_str(object.data()).unwrap_or_default(), object.entry);
        objects.iter().map(|(name, object)| (name.clone(), value(object))).collect()
    }

    /// An object's number, its members (none: a deletion), and whether it is written as a change where it may be.
    type Written = (u8, Option<Vec<(u8, u8)>>, bool);

    fn events() -> impl Strategy<Value = Vec<Written>> {
        let data = prop::option::weighted(0.9, prop::collection::vec((0..4u8, 0..3u8), 0..4));
        prop::collection::vec((0..3u8, data, prop::bool::weighted(0.8)), 1..40)
    }

    fn text(members: &[(u8, u8)]) -> String {
        let members: BTreeMap<String, u8> = members.iter().map(|(name, value)| (format!("m{name}"), *value)).collect();
        serde_json::to_string(&members).unwrap()
    }

    proptest! {
        #[test]
        fn whoever_follows_from_any_snapshot_holds_what_redis_holds(events in events(), from in 0usize..40, page in 1usize..9) {
            let mut writer = Writer::default();
            let mut snapshot = writer.snapshot();
            for (index, (name, data, as_change)) in events.iter().enumerate() {
                writer.write(&format!("n{name}"), data.as_deref().map(text).as_deref(), *as_change);
                if index == from {
                    snapshot = writer.snapshot();
                }
            }
            let mut mirror = Mirror::of(&snapshot);
            let mut told = Vec::new();
            while mirror.at().map(|at| at.id) != writer.stream.last().map(|last| last.id) {
                let start = mirror.at().map_or(0, |at| at.offset as usize);
                let entries = &writer.stream[start..writer.stream.len().min(start + page + 1)];
                mirror.advance(&channel(), entries, &mut told).unwrap();
            }
            prop_assert_eq!(state(&mirror.objects), state(&writer.objects));
            let offsets = told.iter().map(|change| change.mark().unwrap().offset);
            let first = snapshot.token.mark().map_or(0, |mark| mark.offset + 1);
            prop_assert!(offsets.eq(first..writer.stream.len() as u64));
        }

        #[test]
        fn what_a_token_resumes_is_right_or_refused(events in events(), from in 0usize..40, kept in 0usize..40) {
            let mut writer = Writer::default();
            let mut values = Vec::new();
            for (name, data, as_change) in &events {
                writer.write(&format!("n{name}"), data.as_deref().map(text).as_deref(), *as_change);
                values.push(writer.objects.get(&format!("n{name}")).map(|object| object.data().to_owned()));
            }
            let from = from % events.len();
            let kept = kept % events.len();
            let mark = mark(&writer.stream[from], &delta(&channel(), &writer.stream[from]).unwrap());
            let resumed = Mirror::resume(&writer.snapshot(), &writer.stream[kept..], mark);
            let only_sets = events[from + 1..].iter().all(|(_, data, as_change)| data.is_none() || !as_change);
            match resumed {
                Ok((mirror, changes)) => {
                    prop_assert!(kept <= from);
                    prop_assert_eq!(state(&mirror.objects), state(&writer.objects));
                    prop_assert_eq!(changes.len(), events.len() - from - 1);
                    for (change, value) in changes.iter().zip(&values[from + 1..]) {
                        let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
                        match (change, value) {
                            (Change::Set { object, .. }, Some(value)) => prop_assert_eq!(parsed(object.data()), parsed(value)),
                            (Change::Deleted { .. }, None) => {}
                            other => prop_assert!(false, "{other:?}"),
                        }
                    }
                }
                Err(Break::Gap) => prop_assert!(kept > from || !only_sets),
                Err(Break::Undecodable(error)) => prop_assert!(false, "{error}"),
            }
        }
    }

    #[test]
    fn an_entry_of_the_same_id_from_another_record_is_no_proof() {
        let mut writer = Writer::default();
        writer.write("n", Some("{}"), false);
        let mut mirror = Mirror::of(&writer.snapshot());
        let mut other = writer.stream.clone();
        other[0].delta = Delta { partition: 2, offset: 9, ..Delta::default() }.encode_to_vec();
        for entries in [&other[..], &[]] {
            let broken = mirror.advance(&channel(), entries, &mut Vec::new());
            assert!(matches!(broken, Err(Break::Gap)), "{broken:?}");
        }
        assert!(mirror.advance(&channel(), &writer.stream, &mut Vec::new()).is_ok());
    }
}
