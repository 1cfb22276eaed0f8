//! Positions and committed offsets: each slice knows how far it is, and Kafka is never told more than that.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::naming::Names;
use super::record::Judged;
use super::violation::{Findings, Kind, Violation};
use super::{Rules, World, dead_letters};
use crate::support::kafka::Committed;

/// What a commit carries: `1;<S>;<topic id>;<highest dead-lettered offset or ->;<bitmap>`.
struct Metadata {
    slices: u32,
    topic_id: String,
    dead_letter: Option<i64>,
    had_events: BTreeSet<u32>,
}

type Positions = BTreeMap<u32, Result<(String, i64), String>>;

pub fn check(world: &World, rules: &Rules, names: &Names, judged: &Judged, list: &mut Vec<Violation>) {
    for (partition, end) in &world.end_offsets {
        let mut findings = Findings { at: format!("{}/{partition}", world.topic), list };
        let positions = names.positions_of(&world.store, &world.topic, *partition);
        let events = offsets_by_slice(names, judged, *partition);
        check_positions(world, *end, &positions, &events, &mut findings);
        let committed = world.committed.get(partition);
        if let Some(committed) = committed {
            let subject = Subject { world, names, judged, partition: *partition, committed };
            subject.check(&positions, &events, &mut findings);
        }
        let at = committed.map_or(0, |committed| committed.offset);
        findings.add_unless(at <= *end, Kind::CommittedAhead, || format!("{at} is committed, the log ends at {end}"));
        let far_enough = at >= *end || !rules.committed_to_the_end;
        findings.add_unless(far_enough, Kind::CommittedBehind, || format!("{at} is committed, the log ends at {end}"));
    }
}

/// The offsets of a partition's valid events, by the slice of their channel.
fn offsets_by_slice(names: &Names, judged: &Judged, partition: i32) -> BTreeMap<u32, BTreeSet<i64>> {
    let mut slices: BTreeMap<u32, BTreeSet<i64>> = BTreeMap::new();
    for (channel, events) in &judged.events {
        let offsets = events.keys().filter(|(of, _)| *of == partition).map(|(_, offset)| *offset);
        let slice = names.slice(channel);
        offsets.for_each(|offset| {
            slices.entry(slice).or_default().insert(offset);
        });
    }
    slices
}

fn check_positions(world: &World, end: i64, positions: &Positions, events: &BTreeMap<u32, BTreeSet<i64>>, findings: &mut Findings<'_>) {
    for (slice, offsets) in events {
        let last = *offsets.last().unwrap();
        match positions.get(slice) {
            None => findings.add(Kind::MissingPosition, format!("slice {slice} had the event at {last}")),
            Some(Ok((id, _))) if !same_topic(id, &world.topic_id) => {
                findings.add(Kind::WrongPosition, format!("slice {slice} is of the topic with the id {id}, not {}", world.topic_id));
            }
            Some(Ok((_, next))) if *next <= last => {
                findings.add(Kind::WrongPosition, format!("slice {slice} is at {next}, below the event at {last}"));
            }
            Some(_) => {}
        }
    }
    for (slice, position) in positions {
        match position {
            Err(text) => findings.add(Kind::WrongPosition, format!("slice {slice}: {text:?}")),
            // What a slice without events keeps of an earlier topic of this name says nothing.
            Ok((id, _)) if !same_topic(id, &world.topic_id) => {}
            Ok((_, next)) => {
                findings.add_unless(*next <= end, Kind::WrongPosition, || format!("slice {slice} is at {next}, the log ends at {end}"));
            }
        }
    }
}

/// The commit of one partition, and what it is judged by.
struct Subject<'a> {
    world: &'a World,
    names: &'a Names,
    judged: &'a Judged,
    partition: i32,
    committed: &'a Committed,
}

impl Subject<'_> {
    fn check(&self, positions: &Positions, events: &BTreeMap<u32, BTreeSet<i64>>, findings: &mut Findings<'_>) {
        let at = self.committed.offset;
        let metadata = parse_metadata(&self.committed.metadata);
        let below = events.iter().filter(|(_, offsets)| offsets.first().is_some_and(|first| *first < at));
        let had_events: BTreeSet<u32> = below.map(|(slice, _)| *slice).collect();
        let named = metadata.as_ref().map(|metadata| metadata.had_events.clone()).unwrap_or_default();
        for slice in had_events.union(&named) {
            let position = positions.get(slice).and_then(|position| position.as_ref().ok());
            let next = position.filter(|(id, _)| same_topic(id, &self.world.topic_id)).map(|(_, next)| *next);
            let reached = next.is_some_and(|next| next >= at);
            findings.add_unless(reached, Kind::CommittedAhead, || format!("{at} is committed, slice {slice} is at {next:?}"));
        }
        match metadata {
            None => findings.add(Kind::WrongMetadata, format!("can not be read: {:?}", self.committed.metadata)),
            Some(metadata) => self.check_metadata(&metadata, &had_events, findings),
        }
    }

    fn check_metadata(&self, metadata: &Metadata, had_events: &BTreeSet<u32>, findings: &mut Findings<'_>) {
        let Metadata { slices, topic_id, .. } = metadata;
        let at = self.committed.offset;
        findings
            .add_unless(*slices == self.names.slices, Kind::WrongMetadata, || format!("{slices} slices, {} in layout", self.names.slices));
        let is_ours = same_topic(topic_id, &self.world.topic_id);
        findings.add_unless(is_ours, Kind::WrongMetadata, || format!("of the topic with the id {topic_id}"));
        for slice in had_events.difference(&metadata.had_events) {
            findings.add(Kind::WrongMetadata, format!("slice {slice} had events below {at} and is not in the bitmap"));
        }
        self.check_dead_letter_mark(metadata.dead_letter, findings);
    }

    /// A replay sends no dead letter at or below the mark again: it must be neither too low nor beyond what was sent.
    fn check_dead_letter_mark(&self, mark: Option<i64>, findings: &mut Findings<'_>) {
        let here = self.judged.invalid.keys().filter(|(partition, _)| *partition == self.partition);
        let highest = here.map(|(_, offset)| *offset).filter(|offset| *offset < self.committed.offset).max();
        findings.add_unless(mark >= highest, Kind::WrongMetadata, || {
            format!("the highest dead letter is {mark:?}, the record at {highest:?} is invalid")
        });
        let sent = dead_letters::places(self.world);
        let was_sent = mark.is_none_or(|offset| sent.contains(&(self.partition, offset)));
        findings.add_unless(was_sent, Kind::WrongMetadata, || format!("the highest dead letter is {mark:?}, which is not among them"));
    }
}

fn same_topic(left: &str, right: &str) -> bool {
    left == right || left == "-" || right == "-"
}

fn parse_metadata(text: &str) -> Option<Metadata> {
    let parts: Vec<&str> = text.split(';').collect();
    let ["1", slices, topic_id, dead_letter, bitmap] = parts.as_slice() else { return None };
    let slices: u32 = slices.parse().ok()?;
    let bytes = STANDARD.decode(bitmap).ok().filter(|bytes| bytes.len() == slices.div_ceil(8) as usize)?;
    let bit = |slice: &u32| bytes[*slice as usize / 8] >> (slice % 8) & 1 == 1;
    let beyond_the_last = (slices..slices.next_multiple_of(8)).any(|slice| bit(&slice));
    let dead_letter = if *dead_letter == "-" { None } else { Some(dead_letter.parse::<i64>().ok()?) };
    (!beyond_the_last).then(|| Metadata {
        slices,
        topic_id: (*topic_id).to_owned(),
        dead_letter,
        had_events: (0..slices).filter(bit).collect(),
    })
}
