//! The dead-letter topic: each invalid record is there as it came, and nothing else is.

use std::collections::{BTreeMap, BTreeSet};

use super::record::Judged;
use super::violation::{Findings, Kind, Violation};
use super::{Rules, World};
use crate::support::kafka::KafkaRecord;

/// The (partition, offset) of every dead letter that names this topic and its id.
pub fn places(world: &World) -> BTreeSet<(i32, i64)> {
    world.dead_letters.iter().filter_map(|letter| place_of(world, letter)).collect()
}

pub fn check(world: &World, rules: &Rules, judged: &Judged, list: &mut Vec<Violation>) {
    let records: BTreeMap<(i32, i64), &KafkaRecord> = world.log.iter().map(|record| ((record.partition, record.offset), record)).collect();
    for letter in world.dead_letters.iter().filter(|letter| !is_of_an_earlier_topic(world, letter)) {
        let mut findings = Findings { at: format!("dead letter {}/{}", letter.partition, letter.offset), list };
        let place = place_of(world, letter);
        match place.and_then(|place| records.get(&place)) {
            None => findings.add(Kind::ExtraDeadLetter, format!("of no record of {}: {:?}", world.topic, place)),
            Some(record) => {
                check_belongs(rules, judged, record, &mut findings);
                check_content(rules, record, letter, &mut findings);
            }
        }
    }
    let present = places(world);
    for (place, reason) in judged.invalid.iter().filter(|(place, _)| !present.contains(place)) {
        Findings { at: format!("{} {place:?}", world.topic), list }.add(Kind::MissingDeadLetter, reason);
    }
}

/// `None` where the headers do not name a record of this topic.
fn place_of(world: &World, letter: &KafkaRecord) -> Option<(i32, i64)> {
    let named = header(letter, "shasta-topic").as_deref() == Some(&world.topic);
    let id = header(letter, "shasta-topic-id")?;
    if !named || (id != world.topic_id && id != "-") {
        return None;
    }
    Some((header(letter, "shasta-partition")?.parse().ok()?, header(letter, "shasta-offset")?.parse().ok()?))
}

/// A topic that was deleted and made again leaves dead letters behind that nothing can be said about.
fn is_of_an_earlier_topic(world: &World, letter: &KafkaRecord) -> bool {
    header(letter, "shasta-topic-id").is_some_and(|id| id != world.topic_id && id != "-")
}

fn check_belongs(rules: &Rules, judged: &Judged, record: &KafkaRecord, findings: &mut Findings<'_>) {
    let place = (record.partition, record.offset);
    if let Some(event) = judged.is_valid(place) {
        let refused = rules.wrong_typed.contains(&event.channel);
        findings.add_unless(refused, Kind::ExtraDeadLetter, || format!("{place:?} is a valid event of {}", event.channel.escaped()));
    }
}

fn check_content(rules: &Rules, record: &KafkaRecord, letter: &KafkaRecord, findings: &mut Findings<'_>) {
    findings.add_unless(letter.key == record.key, Kind::WrongDeadLetter, || "another key".to_owned());
    let omitted = header(letter, "shasta-value-omitted");
    let length = record.value.as_ref().map_or(0, Vec::len).to_string();
    let value_is_right = match &omitted {
        None => letter.value == record.value,
        Some(bytes) => rules.value_may_be_omitted && letter.value.is_none() && *bytes == length,
    };
    findings.add_unless(value_is_right, Kind::WrongDeadLetter, || format!("another value (omitted: {omitted:?})"));
    findings.add_unless(keeps_headers(record, letter), Kind::WrongDeadLetter, || "other headers".to_owned());
    let timestamp = header(letter, "shasta-timestamp");
    let timestamp_is_right = timestamp.as_deref() == Some(record.timestamp_ms.to_string().as_str());
    findings.add_unless(timestamp_is_right, Kind::WrongDeadLetter, || format!("timestamp {timestamp:?} of {}", record.timestamp_ms));
    for name in ["shasta-reason", "shasta-error"] {
        let told = header(letter, name).is_some_and(|text| !text.is_empty());
        findings.add_unless(told, Kind::WrongDeadLetter, || format!("no {name}"));
    }
}

/// The record's own headers are all there, in their order, among those that were added.
fn keeps_headers(record: &KafkaRecord, letter: &KafkaRecord) -> bool {
    let mut theirs = letter.headers.iter();
    record.headers.iter().all(|header| theirs.any(|other| other == header))
}

/// The last header of this name: a record that was a dead letter before has older ones.
fn header(letter: &KafkaRecord, name: &str) -> Option<String> {
    let (_, value) = letter.headers.iter().rev().find(|(found, _)| found == name)?;
    String::from_utf8(value.clone()?).ok()
}
