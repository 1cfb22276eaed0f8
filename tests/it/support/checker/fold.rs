//! A channel: its stream holds each event once and in order, each delta leads from one state to the next, and the snapshot is the end of it.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;

use super::json::{Members, members};
use super::messages::{Change, Changed, Delta, Envelope, TagData};
use super::naming::{Channel, Names};
use super::record::{Event, EventChange, Judged};
use super::store::StreamEntry;
use super::violation::{Findings, Kind, Violation};
use super::{Rules, World, dead_letters};

/// Name of an object -> what the fold says it is.
type State<'a> = BTreeMap<String, Live<'a>>;

/// A live object and the entry that set it.
struct Live<'a> {
    tag_data: &'a TagData,
    event: &'a Event,
    entry_id: &'a str,
}

/// An entry that was decoded.
struct Step<'a> {
    id: &'a str,
    delta: Delta,
    place: (i32, i64),
}

type Events = BTreeMap<(i32, i64), Event>;

pub fn check_channels(world: &World, rules: &Rules, names: &Names, judged: &Judged, list: &mut Vec<Violation>) {
    let dead = dead_letters::places(world);
    let none = Vec::new();
    for (channel, events) in &judged.events {
        let stream = names.stream(channel);
        let snapshot = names.snapshot(channel);
        let entries = world.store.streams.get(&stream).unwrap_or(&none);
        let mut findings = Findings { at: stream, list };
        let steps = decode_entries(entries, &mut findings);
        let may_be_dead = |place: &(i32, i64)| rules.wrong_typed.contains(channel) && dead.contains(place);
        check_each_once(events, &steps, may_be_dead, &mut findings);
        check_none_is_dead(&steps, &dead, &mut findings);
        check_order(&steps, &mut findings);
        let state = check_steps(channel, events, &steps, &mut findings);
        if world.store.others.contains_key(&snapshot) || world.store.streams.contains_key(&snapshot) {
            continue; // a wrong type, which is a finding elsewhere
        }
        check_snapshot(&state, world.store.hashes.get(&snapshot), &mut Findings { at: snapshot, list });
    }
}

fn decode_entries<'a>(entries: &'a [StreamEntry], findings: &mut Findings<'_>) -> Vec<Step<'a>> {
    let mut steps = Vec::with_capacity(entries.len());
    for entry in entries {
        let [(field, value)] = entry.fields.as_slice() else {
            findings.add(Kind::Unreadable, format!("entry {} has {} fields, not one", entry.id, entry.fields.len()));
            continue;
        };
        match (field.as_slice(), Delta::decode(value.as_slice())) {
            (b"d", Ok(delta)) => steps.push(Step { id: &entry.id, place: place_of(&delta), delta }),
            (b"d", Err(error)) => findings.add(Kind::Unreadable, format!("entry {}: {error}", entry.id)),
            (other, _) => findings.add(Kind::Unreadable, format!("entry {} has the field {:?}", entry.id, String::from_utf8_lossy(other))),
        }
    }
    steps
}

fn place_of(delta: &Delta) -> (i32, i64) {
    (i32::try_from(delta.partition).unwrap_or(-1), i64::try_from(delta.offset).unwrap_or(-1))
}

fn check_each_once(events: &Events, steps: &[Step<'_>], may_be_dead: impl Fn(&(i32, i64)) -> bool, findings: &mut Findings<'_>) {
    let mut seen: BTreeMap<(i32, i64), u32> = BTreeMap::new();
    steps.iter().for_each(|step| *seen.entry(step.place).or_default() += 1);
    for (place, count) in &seen {
        findings.add_unless(events.contains_key(place), Kind::ForeignEntry, || format!("{place:?} is no valid event of this channel"));
        findings.add_unless(*count == 1, Kind::DoubledEntry, || format!("{place:?} {count} times"));
    }
    for place in events.keys().filter(|place| !seen.contains_key(place) && !may_be_dead(place)) {
        findings.add(Kind::MissingEntry, format!("{place:?}"));
    }
}

/// What was refused leaves no trace.
fn check_none_is_dead(steps: &[Step<'_>], dead: &BTreeSet<(i32, i64)>, findings: &mut Findings<'_>) {
    for step in steps.iter().filter(|step| dead.contains(&step.place)) {
        findings.add(Kind::AppliedDeadLetter, format!("{:?} is the entry {} and among the dead letters", step.place, step.id));
    }
}

fn check_order(steps: &[Step<'_>], findings: &mut Findings<'_>) {
    let mut last: BTreeMap<i32, i64> = BTreeMap::new();
    for step in steps {
        let (partition, offset) = step.place;
        if let Some(before) = last.insert(partition, offset) {
            findings.add_unless(before <= offset, Kind::WrongOrder, || format!("partition {partition}: {offset} after {before}"));
        }
    }
}

/// Follows the stream from nothing. After each entry the state is the event's, so that one fault is one finding.
fn check_steps<'a>(
    channel: &Channel,
    events: &'a Events,
    steps: &'a [Step<'a>],
    findings: &mut Findings<'_>,
) -> BTreeMap<String, Live<'a>> {
    let mut state = State::new();
    for step in steps {
        let Some(event) = events.get(&step.place) else { continue };
        let before = state.get(&event.name).map(|live| live.tag_data);
        if let Err(fault) = check_delta(channel, event, before, &step.delta) {
            findings.add(Kind::WrongDelta, format!("entry {} of {:?}, object {:?}: {fault}", step.id, step.place, event.name));
        }
        match &event.change {
            EventChange::Delete => drop(state.remove(&event.name)),
            EventChange::Set { tag_data, .. } => drop(state.insert(event.name.clone(), Live { tag_data, event, entry_id: step.id })),
        }
    }
    state
}

fn check_delta(channel: &Channel, event: &Event, before: Option<&TagData>, delta: &Delta) -> Result<(), String> {
    if delta.name != event.name {
        return Err(format!("names the object {:?}", delta.name));
    }
    if delta.timestamp_ms != event.timestamp_ms {
        return Err(format!("has the time {}, the record {}", delta.timestamp_ms, event.timestamp_ms));
    }
    match (&event.change, &delta.change) {
        (EventChange::Delete, Some(Change::Deleted(true))) => Ok(()),
        (EventChange::Delete, _) => Err("the event deletes, the entry does not".to_owned()),
        (EventChange::Set { tag_data, .. }, Some(Change::Set(bytes))) => check_set(tag_data, bytes),
        (EventChange::Set { tag_data, published }, Some(Change::Changed(changed))) => {
            check_size(tag_data, published.as_deref(), changed)?;
            let before = before.ok_or_else(|| format!("changes an object that {} does not have", channel.escaped()))?;
            check_changed(before, tag_data, changed)
        }
        (EventChange::Set { .. }, Some(Change::Deleted(_))) => Err("the event sets, the entry deletes".to_owned()),
        (EventChange::Set { .. }, None) => Err("changes nothing".to_owned()),
    }
}

fn check_set(event: &TagData, bytes: &[u8]) -> Result<(), String> {
    match TagData::decode(bytes) {
        Ok(set) if set == *event => Ok(()),
        Ok(set) => Err(format!("sets {set:?}, the event {event:?}")),
        Err(error) => Err(format!("sets what does not decode: {error}")),
    }
}

/// Where a change would not be smaller than the whole, the whole is written.
fn check_size(event: &TagData, published: Option<&[u8]>, changed: &Changed) -> Result<(), String> {
    let whole = published.map_or_else(|| event.encoded_len(), <[u8]>::len);
    let size = changed.encoded_len();
    if size < whole { Ok(()) } else { Err(format!("the change has {size} bytes, the whole {whole}")) }
}

/// Applies the change to the state before it and compares with the event.
fn check_changed(before: &TagData, event: &TagData, changed: &Changed) -> Result<(), String> {
    if before.identifier != event.identifier || before.deleted != event.deleted {
        return Err("more than data and lifetime differs: the whole had to be set".to_owned());
    }
    let lifetime = changed.lifetime.or(before.lifetime);
    if lifetime != event.lifetime {
        return Err(format!("leads to the lifetime {lifetime:?}, the event says {:?}", event.lifetime));
    }
    let object = |data: &Option<String>| data.as_deref().and_then(members).ok_or("changes what is no JSON object with unique members");
    let old = object(&before.data)?;
    let expected = object(&event.data)?;
    let reached = apply_members(&old, changed)?;
    if reached == expected { Ok(()) } else { Err(format!("leads to {reached:?}, the event says {expected:?}")) }
}

fn apply_members(old: &Members, changed: &Changed) -> Result<Members, String> {
    let mut reached = old.clone();
    for name in &changed.removed {
        reached.remove(name).ok_or_else(|| format!("removes the member {name:?}, which is not there"))?;
    }
    let mut named = BTreeSet::new();
    for member in &changed.set {
        if !named.insert(&member.name) || changed.removed.contains(&member.name) {
            return Err(format!("names the member {:?} twice", member.name));
        }
        if reached.insert(member.name.clone(), member.json.clone()).as_ref() == Some(&member.json) {
            return Err(format!("carries the member {:?}, which did not change", member.name));
        }
    }
    Ok(reached)
}

fn check_snapshot(state: &BTreeMap<String, Live<'_>>, hash: Option<&BTreeMap<Vec<u8>, Vec<u8>>>, findings: &mut Findings<'_>) {
    let nothing = BTreeMap::new();
    let hash = hash.unwrap_or(&nothing);
    for name in hash.keys().filter(|name| !state.keys().any(|live| live.as_bytes() == name.as_slice())) {
        findings.add(Kind::ExtraObject, format!("{:?}", String::from_utf8_lossy(name)));
    }
    for (name, live) in state {
        match hash.get(name.as_bytes()) {
            None => findings.add(Kind::MissingObject, format!("{name:?}")),
            Some(bytes) => check_object(name, live, bytes, findings),
        }
    }
}

fn check_object(name: &str, live: &Live<'_>, bytes: &[u8], findings: &mut Findings<'_>) {
    let envelope = match Envelope::decode(bytes) {
        Ok(envelope) => envelope,
        Err(error) => return findings.add(Kind::Unreadable, format!("{name:?}: {error}")),
    };
    // The order of fields is free; their number is not.
    findings
        .add_unless(envelope.encoded_len() == bytes.len(), Kind::Unreadable, || format!("{name:?}: more than the fields of an envelope"));
    let stored = envelope.tag_data.as_deref().unwrap_or_default();
    findings.add_unless(is_stored_form(&live.event.change, stored), Kind::StaleObject, || {
        format!("{name:?} holds {:?}, its last event is {:?}", TagData::decode(stored), live.event)
    });
    let time = envelope.timestamp_ms;
    findings.add_unless(time == Some(live.event.timestamp_ms), Kind::StaleObject, || {
        format!("{name:?} has the time {time:?}, its last event {}", live.event.timestamp_ms)
    });
    let sequence = envelope.sequence_number.as_deref();
    findings.add_unless(sequence == Some(live.entry_id), Kind::WrongSequence, || {
        format!("{name:?} says {sequence:?}, entry {} set it", live.entry_id)
    });
}

/// The bytes as published; what came as JSON, in the same form as what came as protobuf.
fn is_stored_form(change: &EventChange, stored: &[u8]) -> bool {
    match change {
        EventChange::Delete => false,
        EventChange::Set { published: Some(published), .. } => published == stored,
        EventChange::Set { tag_data, published: None } => TagData::decode(stored).as_ref() == Ok(tag_data),
    }
}
