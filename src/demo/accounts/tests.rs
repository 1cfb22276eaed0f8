//! Each thing that can be wrong, done to a world that is right.

use std::collections::BTreeMap;

use prost::Message;

use super::super::rooms::Rooms;
use super::*;
use crate::core::channel::Channel;
use crate::core::delta::{Side, changed};
use crate::core::entry_id::EntryId;
use crate::core::tag_data::{self, Changed, Delta, TagData};
use crate::core::wire;

const SEED: u64 = 11;
const EVENTS: usize = 3_000;
const PARTITIONS: i32 = 4;

struct World {
    channels: Vec<FoundChannel>,
    dead_letters: DeadLetterOrigins,
    stream_length: u64,
}

/// What a worker makes of the events, written down without one.
fn world() -> World {
    let rooms = Rooms::new(SEED);
    let channel = |(index, channel): (usize, &Channel)| FoundChannel {
        path: channel.to_string(),
        partition: index as i32 % PARTITIONS,
        ..FoundChannel::default()
    };
    let mut channels: Vec<FoundChannel> = rooms.channels().iter().enumerate().map(channel).collect();
    let mut snapshots: Vec<BTreeMap<String, (String, Vec<u8>)>> = vec![BTreeMap::new(); channels.len()];
    let (mut offsets, mut dead_letters) = ([0_i64; PARTITIONS as usize], DeadLetterOrigins::new());
    for (index, event) in rooms.take(EVENTS).enumerate() {
        let found = &mut channels[event.channel];
        let offset = offsets[found.partition as usize];
        offsets[found.partition as usize] += 1;
        let id = EntryId { ms: 1_000 + index as u64, seq: 0 };
        let snapshot = &mut snapshots[event.channel];
        let change = match &event.change {
            Change::Invalid => {
                dead_letters.insert((found.partition, offset));
                continue;
            }
            Change::Delete => {
                snapshot.remove(&event.name);
                tag_data::Change::Deleted(true)
            }
            Change::Set(data) => {
                let value = event.value.clone().unwrap();
                let mut envelope = Vec::new();
                wire::encode_envelope_head(&value, Some(1), &mut envelope);
                wire::put_text(2, &id.to_string(), &mut envelope);
                let side = |data| Side { data: Some(data), lifetime: None };
                let change = match snapshot.get(&event.name).and_then(|(before, _)| changed(side(before), side(data))) {
                    Some(bytes) => tag_data::Change::Changed(Changed::decode(&*bytes).unwrap()),
                    None => tag_data::Change::Set(TagData::decode(&*value).unwrap()),
                };
                snapshot.insert(event.name.clone(), (data.clone(), envelope));
                change
            }
        };
        let (partition, name) = (found.partition as u32, event.name.clone());
        let delta = Delta { partition, offset: offset as u64, timestamp_ms: 1, name, change: Some(change) };
        found.entries.push(Entry { id, delta: delta.encode_to_vec() });
    }
    for (found, snapshot) in channels.iter_mut().zip(snapshots) {
        found.snapshot = snapshot.into_iter().map(|(name, (_, envelope))| (name, envelope)).collect();
    }
    World { channels, dead_letters, stream_length: 1_000_000 }
}

impl World {
    fn accounts(&self) -> Accounts {
        Accounts::of(Rooms::new(SEED).take(EVENTS), &self.channels, &self.dead_letters, self.stream_length)
    }
}

#[test]
fn a_right_world_adds_up() {
    let accounts = world().accounts();
    assert!(accounts.are_right(), "{accounts} {:?}", accounts.differences);
    let expected = "accounts: published 3000 = stored 2994 + dead-lettered 6, doubled 0, missing 0, order kept, snapshots equal";
    assert_eq!(accounts.to_string(), expected);
}

#[test]
fn a_lost_entry_is_missing_and_nothing_else() {
    let mut world = world();
    let lost = world.channels[0].entries.pop().unwrap();
    let accounts = world.accounts();
    assert!(!accounts.are_right());
    assert_eq!((accounts.missing, accounts.stored, accounts.snapshots_differ), (1, 2_993, 0), "{}", lost.id);
    assert!(
        accounts.to_string().starts_with("accounts: published 3000 ≠ stored 2993 + dead-lettered 6, doubled 0, missing 1,"),
        "{accounts}"
    );
    assert!(accounts.differences[0].contains("is missing"), "{:?}", accounts.differences);
}

#[test]
fn an_event_that_was_applied_twice_is_doubled() {
    let mut world = world();
    let entries = &mut world.channels[2].entries;
    let mut again = entries[entries.len() - 1].clone();
    again.id.seq += 1;
    entries.push(again);
    let accounts = world.accounts();
    assert_eq!((accounts.doubled, accounts.missing, accounts.misordered), (1, 0, 0));
    assert!(!accounts.are_right());
}

#[test]
fn swapped_entries_are_out_of_order() {
    let mut world = world();
    world.channels[4].entries.swap(3, 4);
    let accounts = world.accounts();
    assert_eq!((accounts.misordered, accounts.doubled, accounts.missing), (1, 0, 0));
    assert!(!accounts.are_right());
}

#[test]
fn an_entry_with_other_content_is_not_as_published() {
    let mut world = world();
    let entry = &mut world.channels[6].entries[0];
    let mut delta = Delta::decode(&*entry.delta).unwrap();
    let Some(tag_data::Change::Set(whole)) = &mut delta.change else { panic!("the first entry of an object is whole") };
    whole.data = whole.data.take().map(|data| data.replace("\"revision\":1}", "\"revision\":2}"));
    entry.delta = delta.encode_to_vec();
    let accounts = world.accounts();
    assert_eq!((accounts.unlike, accounts.missing), (1, 0), "{:?}", accounts.differences);
    assert!(!accounts.are_right());
}

#[test]
fn a_stale_a_missing_and_a_foreign_object_of_a_snapshot_are_found() {
    let mut world = world();
    let snapshot = &mut world.channels[8].snapshot;
    assert!(snapshot.len() >= 2);
    let stale = snapshot[0].1.clone();
    snapshot[1].1 = stale.clone();
    world.channels[10].snapshot.pop();
    world.channels[12].snapshot.push(("participant/999999".to_owned(), stale));
    let accounts = world.accounts();
    assert_eq!(accounts.snapshots_differ, 3, "{:?}", accounts.differences);
    assert!(!accounts.are_right());
}

#[test]
fn a_lost_and_a_needless_dead_letter_are_found() {
    let mut world = world();
    let first = *world.dead_letters.first().unwrap();
    world.dead_letters.remove(&first);
    world.dead_letters.insert((0, 1_000_000));
    let accounts = world.accounts();
    assert_eq!((accounts.missing, accounts.unknown, accounts.dead_lettered), (1, 1, 5));
}

#[test]
fn what_a_full_stream_trimmed_is_no_loss_and_what_a_short_one_lacks_is() {
    let mut world = world();
    let (mut of_full, mut of_short) = (0, 0);
    world.stream_length = 10;
    for channel in &mut world.channels {
        let gone = channel.entries.len().min(5);
        channel.entries.drain(..gone);
        *(if channel.entries.len() < 10 { &mut of_short } else { &mut of_full }) += gone as u64;
    }
    let accounts = world.accounts();
    assert!(of_full > 0 && of_short > 0);
    assert_eq!((accounts.trimmed, accounts.missing), (of_full, of_short));
    world.stream_length = 1_000_000;
    assert_eq!((world.accounts().trimmed, world.accounts().missing), (0, of_full + of_short));
}
