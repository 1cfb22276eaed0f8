//! The oracle: given all that is in Kafka and all that is in Redis, was every event applied exactly once, in order, and nothing else?
//!
//! Written from the specification alone. It shares no code with the worker, on purpose: a misreading would have to be made twice.
//! It judges a world at rest, with streams that were not trimmed and keys that did not expire.

mod committed;
mod dead_letters;
mod fold;
pub mod json;
mod messages;
mod naming;
mod record;
mod store;
mod violation;

use std::collections::{BTreeMap, BTreeSet};

pub use messages::{Change, Changed, Delta, Envelope, Identifier, Member, TagData};
pub use naming::{Channel, Names, channel_key, murmur2_positive};
pub use record::{Codec, Event, EventChange, judge};
pub use store::{StoreDump, StreamEntry};
pub use violation::{Kind, Violation, describe};

use super::kafka::{Committed, KafkaBroker, KafkaRecord};

/// Everything that the oracle looks at, read once.
#[derive(Clone, Debug)]
pub struct World {
    pub topic: String,
    pub topic_id: String,
    pub group: String,
    pub prefix: String,
    /// All records of the topic, partition by partition in order.
    pub log: Vec<KafkaRecord>,
    pub end_offsets: BTreeMap<i32, i64>,
    pub dead_letters: Vec<KafkaRecord>,
    pub committed: BTreeMap<i32, Committed>,
    pub store: StoreDump,
}

/// What the worker was told, as far as it decides what is right.
#[derive(Clone, Debug)]
pub struct Rules {
    pub codec: Codec,
    /// The longest `app_id`, `tag`, `scope` and `name`, in bytes.
    pub field_bytes: usize,
    /// The largest key and value together, in bytes.
    pub record_bytes: usize,
    /// The number of slices that `layout` must say; `None`: whatever it says.
    pub slices: Option<u32>,
    /// The first offset that counts, for partitions that did not start at the start of their log.
    pub starts: BTreeMap<i32, i64>,
    /// Channels whose keys a test gave a wrong type: their events may be among the dead letters instead, never in both places. (A replay
    /// after the key was mended applies what was refused before it: such a run is beyond these rules.)
    pub wrong_typed: BTreeSet<Channel>,
    /// Whether a dead letter may lack its value (`shasta-value-omitted`), as where its topic takes smaller records.
    pub value_may_be_omitted: bool,
    /// Whether each partition must have been committed to its end, as after an orderly stop.
    pub committed_to_the_end: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            codec: Codec::Protobuf,
            field_bytes: 256,
            record_bytes: 1024 * 1024,
            slices: None,
            starts: BTreeMap::new(),
            wrong_typed: BTreeSet::new(),
            value_may_be_omitted: false,
            committed_to_the_end: false,
        }
    }
}

impl World {
    /// Reads it all. `redis`: a connection to the server, or one to each primary of a cluster.
    pub fn read(kafka: &KafkaBroker, topic: &str, group: &str, prefix: &str, redis: &mut [redis::Connection]) -> Self {
        let dead_letter_topic = format!("{topic}.dlq");
        let dead_letters = kafka.topic_id(&dead_letter_topic).map_or_else(Vec::new, |_| kafka.read_topic(&dead_letter_topic));
        Self {
            topic: topic.to_owned(),
            topic_id: kafka.topic_id(topic).unwrap_or_else(|| panic!("there is no topic {topic}")),
            group: group.to_owned(),
            prefix: prefix.to_owned(),
            log: kafka.read_topic(topic),
            end_offsets: kafka.end_offsets(topic),
            dead_letters,
            committed: kafka.committed_all(group, topic),
            store: StoreDump::read(redis, prefix),
        }
    }

    /// Puts records first that Kafka no longer has but that were applied: those of an earlier look at the same topic.
    #[must_use]
    pub fn with_earlier(mut self, earlier: &[KafkaRecord]) -> Self {
        let known: BTreeSet<(i32, i64)> = self.log.iter().map(|record| (record.partition, record.offset)).collect();
        self.log.extend(earlier.iter().filter(|record| !known.contains(&(record.partition, record.offset))).cloned());
        self.log.sort_by_key(|record| (record.partition, record.offset));
        self
    }
}

/// All that is wrong; empty when nothing is.
pub fn check(world: &World, rules: &Rules) -> Vec<Violation> {
    let mut violations = Vec::new();
    let Some(slices) = store::check_layout(world, rules, &mut violations) else {
        return violations;
    };
    let names = Names::new(&world.prefix, slices);
    let judged = record::judge_log(world, rules);
    store::check_keys(world, &names, &judged, &mut violations);
    fold::check_channels(world, rules, &names, &judged, &mut violations);
    dead_letters::check(world, rules, &judged, &mut violations);
    committed::check(world, rules, &names, &judged, &mut violations);
    violations
}

/// Panics with the list unless it is empty.
#[track_caller]
pub fn assert_correct(world: &World, rules: &Rules) {
    let violations = check(world, rules);
    assert!(violations.is_empty(), "{} violations\n{}", violations.len(), describe(&violations));
}
