//! The two scripts as commands, and their answers.

use std::sync::LazyLock;

use redis::{Cmd, Value};

use super::StoreError;
use super::node::Node;
use super::notice::{self, Publish};
use crate::core::call::{Call, CallEvent, Expected, Outcome, StopCause, Write};
use crate::core::entry_id::EntryId;
use crate::core::keys::Keys;
use crate::core::slice::Slice;

const APPLY: &str = include_str!("apply.lua");
const READ: &str = include_str!("read.lua");
const PROBE: &str = include_str!("probe.lua");

/// What has to be loaded at every node.
pub(super) const SOURCES: [&str; 3] = [APPLY, READ, PROBE];

static APPLY_SHA: LazyLock<String> = LazyLock::new(|| sha1_smol::Sha1::from(APPLY).digest().to_string());
static PROBE_SHA: LazyLock<String> = LazyLock::new(|| sha1_smol::Sha1::from(PROBE).digest().to_string());
static READ_SHA: LazyLock<String> = LazyLock::new(|| sha1_smol::Sha1::from(READ).digest().to_string());

/// What every call of a partition has in common.
#[derive(Clone, Debug)]
pub struct Fold {
    pub keys: Keys,
    /// The partition's field in `pos`.
    pub field: String,
    /// About how many entries a stream keeps.
    pub stream_length: u32,
    /// How long a channel's keys stay after a refresh, milliseconds; `None`: for ever.
    pub ttl_ms: Option<u64>,
    /// How readers are told what a call wrote to; `None`: not at all.
    pub notices: Option<Publish>,
}

/// Objects of one slice to be read, by channel.
#[derive(Clone, Debug)]
pub struct Read {
    pub slice: Slice,
    /// The escaped form of each channel and the names wanted of it.
    pub channels: Vec<(String, Vec<String>)>,
}

impl Read {
    /// How many values the answer holds.
    pub fn len(&self) -> usize {
        self.channels.iter().map(|(_, names)| names.len()).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.channels.is_empty()
    }
}

/// Codes of `apply.lua`: what to do with an event.
mod code {
    pub const SET: u8 = 1;
    pub const NOW: u8 = 2;
    pub const EXPECTS: u8 = 4;
    pub const REFRESH: u8 = 8;
}

/// The command of a call.
pub fn apply(fold: &Fold, call: &Call) -> Cmd {
    let mut command = Cmd::with_capacity(15 + 2 * call.channels.len() + 3 * call.events.len(), size_hint(call));
    command.arg("EVALSHA").arg(APPLY_SHA.as_str()).arg(1 + 2 * call.channels.len());
    command.arg(fold.keys.positions(call.slice));
    for channel in &call.channels {
        command.arg(fold.keys.snapshot(call.slice, &channel.path)).arg(fold.keys.stream(call.slice, &channel.path));
    }
    let base = call.base.as_ref().map(ToString::to_string).unwrap_or_default();
    command.arg(&fold.field).arg(base).arg(call.next.to_string());
    command.arg(fold.stream_length).arg(fold.ttl_ms.unwrap_or(0));
    command.arg(codes(call)).arg(offsets(&call.events)).arg(expectations(&call.events));
    // A call without an event applies nothing that a reader could want.
    match fold.notices.filter(|_| !call.events.is_empty()) {
        Some(publish) => command.arg(publish.command()).arg(fold.keys.note(call.slice)).arg(notice::of(call)),
        None => command.arg("").arg("").arg(""),
    };
    for event in &call.events {
        command.arg(&event.name).arg(&event.delta);
        if let Write::Set { envelope_head, .. } = &event.write {
            command.arg(envelope_head);
        }
    }
    command
}

/// Three bytes an event; a channel is refreshed by its first event.
fn codes(call: &Call) -> Vec<u8> {
    let mut refresh: Vec<bool> = call.channels.iter().map(|channel| channel.refresh).collect();
    let mut codes = Vec::with_capacity(3 * call.events.len());
    for event in &call.events {
        let mut code = match event.write {
            Write::Set { now: true, .. } => code::SET | code::NOW,
            Write::Set { now: false, .. } => code::SET,
            Write::Delete => 0,
        };
        if event.expected != Expected::Anything {
            code |= code::EXPECTS;
        }
        if std::mem::take(&mut refresh[event.channel]) {
            code |= code::REFRESH;
        }
        // 0 names no channel: of a call with more channels than two bytes can number, the script refuses the rest.
        let number = u16::try_from(event.channel + 1).unwrap_or(0);
        codes.push(code);
        codes.extend(number.to_le_bytes());
    }
    codes
}

fn offsets(events: &[CallEvent]) -> String {
    join(events.iter().map(|event| event.offset.to_string()))
}

fn expectations(events: &[CallEvent]) -> String {
    join(events.iter().filter_map(|event| match event.expected {
        Expected::Anything => None,
        Expected::Entry(id) => Some(id.to_string()),
    }))
}

fn join(words: impl Iterator<Item = String>) -> String {
    words.fold(String::new(), |mut joined, word| {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined + &word
    })
}

fn size_hint(call: &Call) -> usize {
    let channels: usize = call.channels.iter().map(|channel| 3 * channel.path.len() + 64).sum();
    let events: usize = call.events.iter().map(|event| event.name.len() + 2 * event.delta.len() + 32).sum();
    256 + channels + events
}

/// The command of a read; it renews the channels' expiry.
pub fn read(fold: &Fold, read: &Read) -> Cmd {
    let mut command = Cmd::new();
    command.arg("EVALSHA").arg(READ_SHA.as_str()).arg(2 * read.channels.len());
    for (path, _) in &read.channels {
        command.arg(fold.keys.snapshot(read.slice, path)).arg(fold.keys.stream(read.slice, path));
    }
    command.arg(fold.ttl_ms.unwrap_or(0));
    for (_, names) in &read.channels {
        command.arg(names.len()).arg(names);
    }
    command
}

/// The command that tries the permissions of the other scripts; `key` is never written.
pub fn probe(key: &str) -> Cmd {
    let mut command = Cmd::new();
    command.arg("EVALSHA").arg(PROBE_SHA.as_str()).arg(1).arg(key);
    command
}

/// The command that tries whether notices may be published, to where nobody listens.
pub fn probe_notices(key: &str, publish: Publish) -> Cmd {
    let mut command = probe(key);
    command.arg(publish.command());
    command
}

/// What `apply.lua` answered.
///
/// # Errors
/// The classified error answer of the command as a whole, or [`StoreError::Unexpected`].
pub fn outcome(node: &Node, value: Value) -> Result<Outcome, StoreError> {
    let value = node.checked(value)?;
    let parsed = match &value {
        Value::BulkString(bytes) => std::str::from_utf8(bytes).ok().and_then(parse_outcome),
        _ => None,
    };
    parsed.ok_or_else(|| StoreError::Unexpected {
        node: node.address().to_owned(),
        command: "apply.lua",
        answer: format!("{value:?}").chars().take(200).collect(),
    })
}

fn parse_outcome(answer: &str) -> Option<Outcome> {
    let (kind, rest) = answer.split_at_checked(1)?;
    match kind {
        "A" => Some(Outcome::Applied(parse_ids(rest)?)),
        "D" => Some(Outcome::Already),
        "C" if rest.is_empty() => Some(Outcome::Conflict(None)),
        "C" => Some(Outcome::Conflict(Some(rest.parse().ok()?))),
        _ => {
            let mut lines = rest.splitn(3, '\n');
            let number: usize = lines.next()?.parse().ok()?;
            let ids = parse_ids(lines.next()?)?;
            let error = lines.next()?.to_owned();
            let cause = match kind {
                "S" => StopCause::Stale,
                "P" => StopCause::Poison(error),
                "F" => StopCause::Failed(error),
                _ => return None,
            };
            Some(Outcome::Stopped { at: number.checked_sub(1)?, ids, cause })
        }
    }
}

fn parse_ids(text: &str) -> Option<Vec<EntryId>> {
    text.split_ascii_whitespace().map(|id| id.parse().ok()).collect()
}

/// What `read.lua` answered: a value or nothing for each name.
///
/// # Errors
/// As [`outcome`].
pub fn values(node: &Node, read: &Read, value: Value) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
    let unexpected = |answer: String| StoreError::Unexpected {
        node: node.address().to_owned(),
        command: "read.lua",
        answer: answer.chars().take(200).collect(),
    };
    match node.checked(value)? {
        Value::Array(values) if values.len() == read.len() => values
            .into_iter()
            .map(|value| match value {
                Value::BulkString(bytes) => Ok(Some(bytes)),
                Value::Nil => Ok(None),
                other => Err(unexpected(format!("{other:?}"))),
            })
            .collect(),
        other => Err(unexpected(format!("{other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_is_read() {
        let id = |text: &str| text.parse::<EntryId>().unwrap();
        assert_eq!(parse_outcome("A1-0 2-5"), Some(Outcome::Applied(vec![id("1-0"), id("2-5")])));
        assert_eq!(parse_outcome("A"), Some(Outcome::Applied(vec![])));
        assert_eq!(parse_outcome("D"), Some(Outcome::Already));
        assert_eq!(parse_outcome("C"), Some(Outcome::Conflict(None)));
        assert_eq!(parse_outcome("Cabc:7"), Some(Outcome::Conflict(Some("abc:7".parse().unwrap()))));
        let stopped = |cause| Some(Outcome::Stopped { at: 1, ids: vec![id("1-0")], cause });
        assert_eq!(parse_outcome("S2\n1-0\n"), stopped(StopCause::Stale));
        assert_eq!(parse_outcome("P2\n1-0\nWRONGTYPE x\ny"), stopped(StopCause::Poison("WRONGTYPE x\ny".to_owned())));
        for strange in ["", "X", "Cabc", "S0\n\n", "S2", "A1"] {
            assert_eq!(parse_outcome(strange), None, "{strange:?}");
        }
    }
}
