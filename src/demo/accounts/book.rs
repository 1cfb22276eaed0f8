//! One channel's account: each event that was published meets its entry.

use std::collections::{BTreeMap, HashMap};

use prost::Message;

use super::super::event::{Change, Event};
use super::{Accounts, FoundChannel};
use crate::core::delta::{self, MemberChange};
use crate::core::entry_id::EntryId;
use crate::core::tag_data::{self, Delta};
use crate::core::wire::decode_envelope;

/// One channel while its events go by.
pub(super) struct Book<'a> {
    pub found: &'a FoundChannel,
    by_offset: HashMap<i64, (EntryId, Delta)>,
    /// The first offset that the stream still has, where it was trimmed.
    kept_from: Option<i64>,
    /// What was published last of each object, and the entry that set it.
    published: BTreeMap<String, (Event, Option<EntryId>)>,
    /// What a reader of the stream has.
    read: HashMap<String, String>,
}

impl<'a> Book<'a> {
    pub fn open(found: &'a FoundChannel, stream_length: u64, accounts: &mut Accounts) -> Self {
        let mut by_offset = HashMap::with_capacity(found.entries.len());
        let mut last = -1;
        let mut first = None;
        for entry in &found.entries {
            let Ok(delta) = Delta::decode(&*entry.delta) else {
                accounts.unknown += 1;
                accounts.tell(format!("{}: entry {} is no Delta", found.path, entry.id));
                continue;
            };
            let offset = delta.offset as i64;
            first = first.or(Some(offset));
            if offset < last {
                accounts.misordered += 1;
                accounts.tell(format!("{}: entry {} has offset {offset} after {last}", found.path, entry.id));
            }
            last = offset;
            if by_offset.insert(offset, (entry.id, delta)).is_some() {
                accounts.doubled += 1;
                accounts.tell(format!("{}: offset {offset} is there twice, again as entry {}", found.path, entry.id));
            }
        }
        let kept_from = first.filter(|_| found.entries.len() as u64 >= stream_length);
        Self { found, by_offset, kept_from, published: BTreeMap::new(), read: HashMap::new() }
    }

    /// One event that was published, in its order.
    pub fn enter(&mut self, event: Event, offset: i64, accounts: &mut Accounts) {
        let entry = self.by_offset.remove(&offset);
        let is_trimmed = entry.is_none() && self.kept_from.is_some_and(|first| offset < first);
        if is_trimmed {
            accounts.trimmed += 1;
            self.take_over(&event);
        } else if let Some((id, delta)) = &entry {
            accounts.stored += 1;
            if !self.reads_as_published(&event, delta) {
                accounts.unlike += 1;
                accounts.tell(format!("{}: entry {id} does not lead to what was published of {}", self.found.path, event.name));
                self.take_over(&event);
            }
        } else {
            accounts.missing += 1;
            accounts.tell(format!("{}: partition {} offset {offset} is missing ({})", self.found.path, self.found.partition, event.name));
            self.take_over(&event);
        }
        match event.change {
            Change::Set(_) => _ = self.published.insert(event.name.clone(), (event, entry.map(|(id, _)| id))),
            _ => _ = self.published.remove(&event.name),
        }
    }

    /// The reader goes on from what was published: each difference counts once.
    fn take_over(&mut self, event: &Event) {
        match &event.change {
            Change::Set(data) => _ = self.read.insert(event.name.clone(), data.clone()),
            _ => _ = self.read.remove(&event.name),
        }
    }

    fn reads_as_published(&mut self, event: &Event, delta: &Delta) -> bool {
        if delta.name != event.name || i32::try_from(delta.partition) != Ok(self.found.partition) {
            return false;
        }
        let data = match &delta.change {
            Some(tag_data::Change::Set(whole)) => whole.data.clone(),
            Some(tag_data::Change::Changed(changed)) => {
                let set: Vec<_> = changed.set.iter().map(|member| MemberChange { name: &member.name, json: &member.json }).collect();
                self.read.get(&event.name).and_then(|before| delta::apply(before, &set, &changed.removed).ok())
            }
            Some(tag_data::Change::Deleted(_)) | None => {
                self.read.remove(&event.name);
                return event.change == Change::Delete;
            }
        };
        let Change::Set(published) = &event.change else { return false };
        let is_same = delta::same_data(data.as_deref(), Some(published));
        _ = self.read.insert(event.name.clone(), data.unwrap_or_default());
        is_same
    }

    /// After the last event: what the stream has too much, and the snapshot.
    pub fn close(mut self, accounts: &mut Accounts) {
        for (offset, (id, _)) in &self.by_offset {
            accounts.unknown += 1;
            accounts.tell(format!("{}: entry {id} has offset {offset}, which was not published here", self.found.path));
        }
        for (name, envelope) in &self.found.snapshot {
            let is_right = self.published.remove(name).is_some_and(|(event, id)| holds(envelope, &event, id));
            if !is_right {
                accounts.snapshots_differ += 1;
                accounts.tell(format!("{}: the snapshot's {name} is not what was published last", self.found.path));
            }
        }
        for name in self.published.keys() {
            accounts.snapshots_differ += 1;
            accounts.tell(format!("{}: the snapshot has no {name}", self.found.path));
        }
    }
}

/// Whether a field of the snapshot holds the bytes that were published, and names the entry that set it, where that is still there.
fn holds(envelope: &[u8], event: &Event, id: Option<EntryId>) -> bool {
    decode_envelope(envelope).is_ok_and(|envelope| {
        let is_its_entry = id.is_none_or(|id| envelope.sequence_number == Some(id.to_string().as_str()));
        event.value.as_deref() == Some(envelope.tag_data) && is_its_entry
    })
}
