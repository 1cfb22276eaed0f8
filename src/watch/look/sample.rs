//! The sample of a topic, from all that was read.

use crate::config::WatchedGroup;
use crate::core::lag::{GroupState, Reading, Sample};
use crate::core::offset::NextOffset;
use crate::kafka::{ByTopic, GroupDescription, Head, KafkaFailure};

use super::heads::{GroupHeads, Standing};
use super::offsets::Offsets;
use super::owners::{is_settled, owners};
use super::topic::Topic;
use super::{LookError, Owner};

/// What a look read.
#[derive(Debug)]
pub struct Reads<'a> {
    pub group: &'a WatchedGroup,
    pub offsets: &'a Offsets,
    /// `None`: not known.
    pub described: Option<&'a GroupDescription>,
    pub heads: &'a GroupHeads,
}

impl Reads<'_> {
    pub fn sample(&self, topic: &Topic) -> Result<Sample, LookError> {
        if let Some(error) = self.offsets.error(&self.group.group, topic) {
            return Err(error);
        }
        Ok(Sample {
            state: self.described.map(|described| GroupState::of(&described.state)),
            members: self.described.map(|described| described.members.len() as u64),
            empty_since: None,
            partitions: self.readings(topic),
        })
    }

    pub fn owners(&self, topic: &Topic) -> Vec<Option<Owner>> {
        let Some(described) = self.described else { return vec![None; topic.partitions()] };
        let owners = owners(described, &topic.name);
        topic.numbers().iter().map(|partition| owners.get(partition).map(|member| Owner::of(member))).collect()
    }

    fn readings(&self, topic: &Topic) -> Vec<Reading> {
        let owners = self.described.map(|described| owners(described, &topic.name)).unwrap_or_default();
        let is_known = self.described.is_some_and(is_settled) || !owners.is_empty();
        let reading = |partition: i32| {
            let owner = owners.get(&partition);
            Reading {
                owned: is_known.then_some(owner.is_some()),
                owner: owner.map(|member| member.id.clone()),
                ..self.offsets_of(topic, partition)
            }
        };
        topic.numbers().into_iter().map(reading).collect()
    }

    fn offsets_of(&self, topic: &Topic, partition: i32) -> Reading {
        let Offsets { committed, ends, high_watermarks, starts, .. } = self.offsets;
        let edge = |edges| known::<NextOffset>(edges, topic, partition).map(|offset| offset.get());
        let standing = Standing::of(self.offsets, &topic.name, partition);
        let head = standing.and_then(|standing| self.heads.head(&topic.name, partition, standing));
        Reading {
            committed: known(committed, topic, partition).map(|next| next.map_or(-1, NextOffset::get)),
            end: edge(ends),
            start: edge(starts),
            high_watermark: edge(high_watermarks),
            timestamp: head.and_then(stamp),
            effective_lag: matches!(head, Some(Head::Nothing { .. })).then_some(0),
            ..Reading::default()
        }
    }
}

fn known<T: Copy>(read: &Result<ByTopic<T>, KafkaFailure>, topic: &Topic, partition: i32) -> Option<T> {
    read.as_ref().ok()?.get(&topic.name)?.get(&partition)?.as_ref().ok().copied()
}

fn stamp(head: Head) -> Option<f64> {
    match head {
        Head::Record { timestamp_ms, .. } => timestamp_ms.map(|milliseconds| milliseconds as f64 / 1_000.0),
        Head::Nothing { .. } | Head::OutOfRange => None,
    }
}
