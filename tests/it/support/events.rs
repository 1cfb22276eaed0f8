//! TagData as publishers send them: rooms with participants, whose JSON changes a little from one event to the next.

use std::collections::BTreeMap;

use fastrand::Rng;
use prost::Message;

use super::checker::{Channel, Identifier, TagData, channel_key, murmur2_positive};
use super::kafka::NewRecord;

/// What the records' keys are, and so which partition each goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyMode {
    /// The identifier without its name: a channel stays in one partition.
    Channel,
    /// The whole identifier: an object stays in one partition, a channel is spread.
    Object,
    /// No key; the partition is the channel's.
    None,
    /// Any key in any partition: nothing but the order of arrival decides.
    Scattered,
}

#[derive(Clone, Debug)]
pub struct EventOptions {
    pub seed: u64,
    pub channels: u32,
    /// Objects in each channel.
    pub objects: u32,
    pub partitions: i32,
    pub key: KeyMode,
    /// The share of events that delete, 0 to 1.
    pub deletes: f64,
    /// The share of events that come as JSON with a `content-type` header, 0 to 1.
    pub json: f64,
    /// The share of events whose data is no JSON object, 0 to 1.
    pub plain: f64,
    /// About how long an object's data is.
    pub data_bytes: usize,
}

impl Default for EventOptions {
    fn default() -> Self {
        Self {
            seed: 1,
            channels: 20,
            objects: 5,
            partitions: 4,
            key: KeyMode::Channel,
            deletes: 0.05,
            json: 0.05,
            plain: 0.02,
            data_bytes: 450,
        }
    }
}

/// An endless sequence of records, the same for the same options.
#[derive(Debug)]
pub struct Events {
    options: EventOptions,
    rng: Rng,
    /// The members of each object's data.
    objects: BTreeMap<(u32, u32), BTreeMap<String, String>>,
}

impl Events {
    pub fn new(options: EventOptions) -> Self {
        Self { rng: Rng::with_seed(options.seed), options, objects: BTreeMap::new() }
    }

    pub fn options(&self) -> &EventOptions {
        &self.options
    }

    pub fn batch(&mut self, count: usize) -> Vec<NewRecord> {
        (0..count).map(|_| self.next_record()).collect()
    }

    pub fn next_record(&mut self) -> NewRecord {
        let room = self.rng.u32(..self.options.channels);
        let object = self.rng.u32(..self.options.objects);
        let identifier = identifier_of(room, object);
        if self.rng.f64() < self.options.deletes {
            self.objects.remove(&(room, object));
            return self.deletion(identifier);
        }
        let data = if self.rng.f64() < self.options.plain {
            self.objects.remove(&(room, object));
            format!("no JSON {}", self.rng.u32(..))
        } else {
            self.changed_data(room, object)
        };
        let lifetime = [None, Some(30), Some(60)][self.rng.usize(..3)];
        let tag_data = TagData { identifier: Some(identifier), deleted: None, lifetime, data: Some(data) };
        if self.rng.f64() < self.options.json { self.as_json(&tag_data) } else { self.as_protobuf(&tag_data) }
    }

    /// By its value or, where keys can name an object, by its key alone.
    fn deletion(&mut self, identifier: Identifier) -> NewRecord {
        let by_key = self.options.key != KeyMode::None && self.rng.bool();
        if !by_key {
            return self.as_protobuf(&TagData { identifier: Some(identifier), deleted: Some(true), lifetime: None, data: None });
        }
        let partition = self.partition_of(&identifier);
        // An absent value and an empty one say the same.
        let value = self.rng.bool().then(Vec::new);
        NewRecord { partition: Some(partition), key: Some(identifier.encode_to_vec()), value, ..NewRecord::default() }
    }

    fn as_protobuf(&mut self, tag_data: &TagData) -> NewRecord {
        self.record(tag_data, tag_data.encode_to_vec(), Vec::new())
    }

    fn as_json(&mut self, tag_data: &TagData) -> NewRecord {
        let content_type = ["application/json", "Application/JSON; charset=utf-8"][self.rng.usize(..2)];
        let headers = vec![("content-type".to_owned(), Some(content_type.as_bytes().to_vec()))];
        self.record(tag_data, json_of(tag_data).into_bytes(), headers)
    }

    fn record(&mut self, tag_data: &TagData, value: Vec<u8>, headers: Vec<(String, Option<Vec<u8>>)>) -> NewRecord {
        let identifier = tag_data.identifier.as_ref().unwrap();
        let partition = self.partition_of(identifier);
        NewRecord { partition: Some(partition), key: self.key_of(identifier), value: Some(value), headers, timestamp_ms: None }
    }

    fn key_of(&mut self, identifier: &Identifier) -> Option<Vec<u8>> {
        let by_channel = channel_key(&channel_of(identifier));
        match self.options.key {
            KeyMode::Channel => Some(by_channel),
            KeyMode::Object => Some(identifier.encode_to_vec()),
            KeyMode::None => None,
            KeyMode::Scattered => match self.rng.u8(..4) {
                0 => None,
                1 => Some(identifier.encode_to_vec()),
                // An empty name, as some encoders write it.
                2 => Some([by_channel, vec![0x22, 0]].concat()),
                _ => Some(by_channel),
            },
        }
    }

    fn partition_of(&mut self, identifier: &Identifier) -> i32 {
        match self.options.key {
            KeyMode::Channel | KeyMode::None => partition_of(&channel_key(&channel_of(identifier)), self.options.partitions),
            KeyMode::Object => partition_of(&identifier.encode_to_vec(), self.options.partitions),
            KeyMode::Scattered => self.rng.i32(0..self.options.partitions),
        }
    }

    /// The object's data with one to three members changed, added or removed; now and then nothing at all.
    fn changed_data(&mut self, room: u32, object: u32) -> String {
        let data_bytes = self.options.data_bytes;
        let members = self.objects.entry((room, object)).or_default();
        if members.is_empty() {
            members.insert("name".to_owned(), format!("\"participant {object} of room {room}\""));
            members.insert("note \"x\"".to_owned(), "{ \"nested\" : [1, 2.50, null] }".to_owned());
            while members.iter().map(|(name, value)| name.len() + value.len() + 4).sum::<usize>() < data_bytes {
                members.insert(format!("m{}", members.len()), format!("\"{:016x}\"", self.rng.u64(..)));
            }
        } else {
            for _ in 0..self.rng.u8(..4) {
                let name = format!("m{}", self.rng.usize(..24));
                match self.rng.u8(..8) {
                    0 => drop(members.remove(&name)),
                    1 => drop(members.insert(name, format!("{}", self.rng.i32(..)))),
                    2 => drop(members.insert(name, "\"\\u00e9\\n\u{1f600}\"".to_owned())),
                    _ => drop(members.insert(name, format!("\"{:016x}\"", self.rng.u64(..)))),
                }
            }
        }
        let separator = [", ", ","][self.rng.usize(..2)];
        let mut parts: Vec<String> =
            members.iter().map(|(name, value)| format!("{}:{value}", serde_json::to_string(name).unwrap())).collect();
        // The order of members means nothing.
        if self.rng.u8(..8) == 0 {
            self.rng.shuffle(&mut parts);
        }
        format!("{{{}}}", parts.join(separator))
    }
}

/// Kafka's partitioner.
pub fn partition_of(key: &[u8], partitions: i32) -> i32 {
    i32::try_from(murmur2_positive(key)).unwrap() % partitions
}

/// The channels differ in every part, and some hold what a careless key name would trip over.
pub fn channel(room: u32) -> Channel {
    let app_id = ["conference", "app/2", "größe"][room as usize % 3];
    let tag = if room % 7 == 3 { format!("{{room}} {room}%") } else { format!("room-{room}") };
    let scope = ["system", "application"][room as usize % 2];
    Channel::new(app_id, &tag, scope)
}

pub fn object_name(object: u32) -> String {
    if object % 5 == 4 { format!("recording/{object}-ü \"x\"") } else { format!("participant/{object}") }
}

fn identifier_of(room: u32, object: u32) -> Identifier {
    let Channel { app_id, tag, scope } = channel(room);
    Identifier { app_id: Some(app_id), tag: Some(tag), scope: Some(scope), name: Some(object_name(object)) }
}

fn channel_of(identifier: &Identifier) -> Channel {
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    Channel { app_id: part(&identifier.app_id), tag: part(&identifier.tag), scope: part(&identifier.scope) }
}

/// An event of one object, keyed by its channel.
pub fn event(channel: &Channel, name: &str, data: &str) -> NewRecord {
    NewRecord { key: Some(channel_key(channel)), value: Some(tag_data(channel, name, data).encode_to_vec()), ..NewRecord::default() }
}

pub fn tag_data(channel: &Channel, name: &str, data: &str) -> TagData {
    let Channel { app_id, tag, scope } = channel.clone();
    let identifier = Identifier { app_id: Some(app_id), tag: Some(tag), scope: Some(scope), name: Some(name.to_owned()) };
    TagData { identifier: Some(identifier), deleted: None, lifetime: None, data: Some(data.to_owned()) }
}

fn json_of(tag_data: &TagData) -> String {
    let identifier = tag_data.identifier.as_ref().unwrap();
    let mut json = serde_json::json!({
        "identifier": { "appId": identifier.app_id, "tag": identifier.tag, "scope": identifier.scope, "name": identifier.name },
        "data": tag_data.data,
        "member of a later version": [1, 2, 3],
    });
    if let Some(lifetime) = tag_data.lifetime {
        json["lifetime"] = lifetime.into();
    }
    json.to_string()
}

/// (what is wrong, key, value)
type Case = (&'static str, Option<Vec<u8>>, Option<Vec<u8>>);

/// One record of each kind that is invalid by itself, with a header of its own.
pub fn invalid_records(partition: i32) -> Vec<NewRecord> {
    let room = channel(0);
    let good = tag_data(&room, "x", "{}");
    let with = |change: &dyn Fn(&mut Identifier)| {
        let mut tag_data = good.clone();
        change(tag_data.identifier.as_mut().unwrap());
        tag_data.encode_to_vec()
    };
    let nameless = channel_key(&room);
    let other = channel_key(&channel(1));
    let json = Some(b"application/json".to_vec());
    let bytes = good.encode_to_vec();
    let cases: Vec<Case> = vec![
        ("truncated", None, Some(bytes[..bytes.len() - 1].to_vec())),
        ("wrong wire type", None, Some(vec![0x0d, 1, 2, 3, 4])),
        ("not UTF-8", None, Some([&bytes[..bytes.len() - 2], &[0xff, 0xfe]].concat())),
        ("no identifier", None, Some(TagData { identifier: None, ..good.clone() }.encode_to_vec())),
        ("empty name", None, Some(with(&|identifier| identifier.name = Some(String::new())))),
        ("no tag", None, Some(with(&|identifier| identifier.tag = None))),
        ("over-long scope", None, Some(with(&|identifier| identifier.scope = Some("s".repeat(257))))),
        ("another channel's key", Some(other), Some(bytes.clone())),
        ("no value, no name", Some(nameless), None),
        ("empty value, no key", None, Some(Vec::new())),
        ("nothing", None, None),
        ("JSON", None, Some(b"{\"identifier\": 7}".to_vec())),
    ];
    let record = |(label, key, value): Case| {
        let mut headers = vec![("case".to_owned(), Some(label.as_bytes().to_vec())), ("empty".to_owned(), None)];
        if label == "JSON" {
            headers.push(("content-type".to_owned(), json.clone()));
        }
        NewRecord { partition: Some(partition), key, value, headers, timestamp_ms: None }
    };
    cases.into_iter().map(record).collect()
}
