//! What a Kafka record must count as: a valid event, or an invalid record and why.

use std::collections::BTreeMap;

use prost::Message;
use serde_json::Value;

use super::messages::{Identifier, TagData};
use super::naming::Channel;
use super::{Rules, World};
use crate::support::kafka::KafkaRecord;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    Protobuf,
    Json,
}

/// A valid event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub partition: i32,
    pub offset: i64,
    pub timestamp_ms: i64,
    pub channel: Channel,
    pub name: String,
    pub change: EventChange,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventChange {
    Set {
        tag_data: TagData,
        /// The bytes that must be stored; `None` for an event that came as JSON: then the decoded message decides.
        published: Option<Vec<u8>>,
    },
    Delete,
}

/// A valid event, or why the record is none.
pub type Verdict = Result<Event, String>;

/// The log, judged.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// Valid events by channel, then by (partition, offset).
    pub events: BTreeMap<Channel, BTreeMap<(i32, i64), Event>>,
    /// Invalid records by (partition, offset), with the reason.
    pub invalid: BTreeMap<(i32, i64), String>,
}

impl Judged {
    pub fn is_valid(&self, place: (i32, i64)) -> Option<&Event> {
        self.events.values().find_map(|events| events.get(&place))
    }
}

pub fn judge_log(world: &World, rules: &Rules) -> Judged {
    let mut judged = Judged::default();
    for record in &world.log {
        let place = (record.partition, record.offset);
        if rules.starts.get(&record.partition).is_some_and(|start| record.offset < *start) {
            continue;
        }
        match judge(record, rules) {
            Ok(event) => drop(judged.events.entry(event.channel.clone()).or_default().insert(place, event)),
            Err(reason) => drop(judged.invalid.insert(place, reason)),
        }
    }
    judged
}

pub fn judge(record: &KafkaRecord, rules: &Rules) -> Verdict {
    let (channel, name, change) = judge_parts(record, rules)?;
    let KafkaRecord { partition, offset, timestamp_ms, .. } = *record;
    Ok(Event { partition, offset, timestamp_ms, channel, name, change })
}

fn judge_parts(record: &KafkaRecord, rules: &Rules) -> Result<(Channel, String, EventChange), String> {
    let key = record.key.as_deref().unwrap_or_default();
    let value = record.value.as_deref().unwrap_or_default();
    if key.len() + value.len() > rules.record_bytes {
        return Err(format!("{} bytes, {} are allowed", key.len() + value.len(), rules.record_bytes));
    }
    if value.is_empty() {
        let identifier = Identifier::decode(key).map_err(|error| format!("no value, and a key that does not decode: {error}"))?;
        let (channel, name) = whole_identifier(&identifier, rules)?;
        return Ok((channel, name, EventChange::Delete));
    }
    let (tag_data, published) = decode_value(record, value, rules.codec)?;
    let identifier = tag_data.identifier.as_ref().ok_or("no identifier")?;
    let (channel, name) = whole_identifier(identifier, rules)?;
    if channel_of_key(key).is_some_and(|named| named != channel) {
        return Err("the key names another channel than the value".to_owned());
    }
    let change =
        if tag_data.deleted == Some(true) { EventChange::Delete } else { EventChange::Set { tag_data: tag_data.clone(), published } };
    Ok((channel, name, change))
}

fn decode_value(record: &KafkaRecord, value: &[u8], codec: Codec) -> Result<(TagData, Option<Vec<u8>>), String> {
    if codec == Codec::Json || says_json(record) {
        Ok((decode_json(value)?, None))
    } else {
        let tag_data = TagData::decode(value).map_err(|error| error.to_string())?;
        Ok((tag_data, Some(value.to_vec())))
    }
}

/// Of several `content-type` headers the last counts; case and parameters do not matter.
fn says_json(record: &KafkaRecord) -> bool {
    let last = record.headers.iter().rev().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let value = last.and_then(|(_, value)| value.as_deref()).unwrap_or_default();
    let media_type = String::from_utf8_lossy(value);
    media_type.split(';').next().is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case("application/json"))
}

fn whole_identifier(identifier: &Identifier, rules: &Rules) -> Result<(Channel, String), String> {
    let part = |name: &str, part: &Option<String>| match part.as_deref().unwrap_or_default() {
        "" => Err(format!("{name} is missing or empty")),
        text if text.len() > rules.field_bytes => Err(format!("{name} has {} bytes, {} are allowed", text.len(), rules.field_bytes)),
        text => Ok(text.to_owned()),
    };
    let channel = Channel {
        app_id: part("app_id", &identifier.app_id)?,
        tag: part("tag", &identifier.tag)?,
        scope: part("scope", &identifier.scope)?,
    };
    Ok((channel, part("name", &identifier.name)?))
}

/// The channel that a key names; `None` where it is empty, does not decode or names only part of one.
fn channel_of_key(key: &[u8]) -> Option<Channel> {
    let identifier = Identifier::decode(key).ok()?;
    let part = |part: Option<String>| part.filter(|text| !text.is_empty());
    Some(Channel { app_id: part(identifier.app_id)?, tag: part(identifier.tag)?, scope: part(identifier.scope)? })
}

/// proto3 JSON: lower camel case or the fields' own names, `null` as absent, unknown members ignored.
fn decode_json(value: &[u8]) -> Result<TagData, String> {
    let json: Value = serde_json::from_slice(value).map_err(|error| error.to_string())?;
    let members = json.as_object().ok_or("the value is no JSON object")?;
    let identifier = match member(members, &["identifier"]) {
        None => None,
        Some(Value::Object(members)) => Some(Identifier {
            app_id: text(members, &["appId", "app_id"])?,
            tag: text(members, &["tag"])?,
            scope: text(members, &["scope"])?,
            name: text(members, &["name"])?,
        }),
        Some(_) => return Err("identifier is no object".to_owned()),
    };
    let deleted = match member(members, &["deleted"]) {
        None => None,
        Some(Value::Bool(deleted)) => Some(*deleted),
        Some(_) => return Err("deleted is no boolean".to_owned()),
    };
    let lifetime = match member(members, &["lifetime"]) {
        None => None,
        Some(value) => {
            let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
            Some(number.and_then(|number| u32::try_from(number).ok()).ok_or("lifetime is no uint32")?)
        }
    };
    Ok(TagData { identifier, deleted, lifetime, data: text(members, &["data"])? })
}

fn member<'a>(members: &'a serde_json::Map<String, Value>, names: &[&str]) -> Option<&'a Value> {
    names.iter().find_map(|name| members.get(*name)).filter(|value| !value.is_null())
}

fn text(members: &serde_json::Map<String, Value>, names: &[&str]) -> Result<Option<String>, String> {
    match member(members, names) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("{} is no string", names[0])),
    }
}
