//! A worker in its simplest form: one command at a time, no crash, no batch. What it leaves behind is right, and the oracle must say so.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::Message;
use redis::Connection;

use crate::support::checker::json::members;
use crate::support::checker::{Change, Changed, Delta, Envelope, Event, EventChange, Member, Names, Rules, TagData, judge};
use crate::support::kafka::{KafkaBroker, KafkaRecord, NewRecord};

pub struct NaiveWriter<'a> {
    pub kafka: &'a KafkaBroker,
    pub topic: &'a str,
    pub group: &'a str,
    pub names: Names,
    pub rules: Rules,
    /// Which partition's next record comes next.
    pub rng: fastrand::Rng,
}

#[derive(Default)]
struct Progress {
    objects: BTreeMap<(String, String), TagData>,
    slices: BTreeMap<i32, BTreeSet<u32>>,
    dead_letters: BTreeMap<i32, i64>,
}

impl NaiveWriter<'_> {
    pub fn run(&mut self, redis: &mut Connection) {
        let group_field = format!("group:{}", self.topic);
        let layout = [("version", "1".to_owned()), ("slices", self.names.slices.to_string()), ("hash", "murmur2".to_owned())];
        redis::cmd("HSET").arg(self.names.layout()).arg(&layout).arg(&group_field).arg(self.group).query::<()>(redis).unwrap();
        let mut progress = Progress::default();
        let mut queues: BTreeMap<i32, Vec<KafkaRecord>> = BTreeMap::new();
        for record in self.kafka.read_topic(self.topic).into_iter().rev() {
            queues.entry(record.partition).or_default().push(record);
        }
        while !queues.is_empty() {
            let partition = *queues.keys().nth(self.rng.usize(..queues.len())).unwrap();
            let queue = queues.get_mut(&partition).unwrap();
            let record = queue.pop().unwrap();
            if queue.is_empty() {
                queues.remove(&partition);
            }
            match judge(&record, &self.rules) {
                Ok(event) => self.apply(redis, &event, &mut progress),
                Err(reason) => self.bury(&record, &reason, &mut progress),
            }
        }
        self.checkpoint(redis, &progress);
    }

    fn apply(&self, redis: &mut Connection, event: &Event, progress: &mut Progress) {
        let object = (event.channel.escaped(), event.name.clone());
        let delta = Delta {
            partition: u32::try_from(event.partition).unwrap(),
            offset: u64::try_from(event.offset).unwrap(),
            timestamp_ms: event.timestamp_ms,
            name: event.name.clone(),
            change: Some(change_of(progress.objects.get(&object), &event.change)),
        };
        let stream = self.names.stream(&event.channel);
        let id: String = redis::cmd("XADD").arg(stream).arg("*").arg("d").arg(delta.encode_to_vec()).query(redis).unwrap();
        let snapshot = self.names.snapshot(&event.channel);
        match &event.change {
            EventChange::Delete => {
                progress.objects.remove(&object);
                redis::cmd("HDEL").arg(snapshot).arg(&event.name).query::<()>(redis).unwrap();
            }
            EventChange::Set { tag_data, published } => {
                let envelope = Envelope {
                    tag_data: Some(published.clone().unwrap_or_else(|| tag_data.encode_to_vec())),
                    sequence_number: Some(id),
                    timestamp_ms: Some(event.timestamp_ms),
                };
                progress.objects.insert(object, tag_data.clone());
                redis::cmd("HSET").arg(snapshot).arg(&event.name).arg(envelope.encode_to_vec()).query::<()>(redis).unwrap();
            }
        }
        progress.slices.entry(event.partition).or_default().insert(self.names.slice(&event.channel));
    }

    fn bury(&self, record: &KafkaRecord, reason: &str, progress: &mut Progress) {
        let topic_id = self.kafka.topic_id(self.topic).unwrap();
        let added = [
            ("shasta-topic", self.topic.to_owned()),
            ("shasta-topic-id", topic_id),
            ("shasta-partition", record.partition.to_string()),
            ("shasta-offset", record.offset.to_string()),
            ("shasta-timestamp", record.timestamp_ms.to_string()),
            ("shasta-reason", "invalid".to_owned()),
            ("shasta-error", reason.to_owned()),
        ];
        let added = added.map(|(name, value)| (name.to_owned(), Some(value.into_bytes())));
        let letter = NewRecord {
            partition: Some(0),
            key: record.key.clone(),
            value: record.value.clone(),
            headers: record.headers.iter().cloned().chain(added).collect(),
            timestamp_ms: None,
        };
        self.kafka.produce(&format!("{}.dlq", self.topic), &[letter]);
        progress.dead_letters.insert(record.partition, record.offset);
    }

    fn checkpoint(&self, redis: &mut Connection, progress: &Progress) {
        let topic_id = self.kafka.topic_id(self.topic).unwrap();
        for (partition, end) in self.kafka.end_offsets(self.topic) {
            let mut bitmap = vec![0_u8; self.names.slices.div_ceil(8) as usize];
            for slice in progress.slices.get(&partition).into_iter().flatten() {
                let field = format!("{}/{partition}", self.topic);
                redis::cmd("HSET")
                    .arg(self.names.positions(*slice))
                    .arg(field)
                    .arg(format!("{topic_id}:{end}"))
                    .query::<()>(redis)
                    .unwrap();
                bitmap[*slice as usize / 8] |= 1 << (slice % 8);
            }
            let mark = progress.dead_letters.get(&partition).map_or("-".to_owned(), ToString::to_string);
            let metadata = format!("1;{};{topic_id};{mark};{}", self.names.slices, STANDARD.encode(bitmap));
            self.kafka.commit_as(self.group, self.topic, partition, end, &metadata);
        }
    }
}

fn change_of(before: Option<&TagData>, change: &EventChange) -> Change {
    let EventChange::Set { tag_data, published } = change else {
        return Change::Deleted(true);
    };
    let whole = published.clone().unwrap_or_else(|| tag_data.encode_to_vec());
    match before.and_then(|before| changed_between(before, tag_data)) {
        Some(changed) if changed.encoded_len() < whole.len() => Change::Changed(changed),
        _ => Change::Set(whole),
    }
}

fn changed_between(before: &TagData, after: &TagData) -> Option<Changed> {
    let lifetime_went = before.lifetime.is_some() && after.lifetime.is_none();
    if before.identifier != after.identifier || before.deleted != after.deleted || lifetime_went {
        return None;
    }
    let old = members(before.data.as_deref()?)?;
    let new = members(after.data.as_deref()?)?;
    let set = new.iter().filter(|(name, json)| old.get(*name) != Some(json));
    Some(Changed {
        set: set.map(|(name, json)| Member { name: name.clone(), json: json.clone() }).collect(),
        removed: old.into_keys().filter(|name| !new.contains_key(name)).collect(),
        lifetime: after.lifetime.filter(|_| before.lifetime != after.lifetime),
    })
}
