//! The first record at each committed offset, read once and remembered for as long as the offset stands.
//!
//! What came in after the last look is at most as old as that, and is not read: a group that keeps up costs no read at all. Of the others
//! at most [`AT_MOST`] are read at a look, those with the oldest record first; where nothing but markers of transactions lies between the
//! committed offset and the end, nothing waits.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::core::offset::NextOffset;
use crate::kafka::{Head, Heads};

use super::offsets::Offsets;
use super::topic::Topic;

/// Reads of one group at one look.
const AT_MOST: usize = 64;
/// More groups than anybody watches on one cluster.
const GROUPS: usize = 10_000;

/// By group.
#[derive(Debug, Default)]
pub struct HeadMemories(Mutex<BTreeMap<String, GroupHeads>>);

impl HeadMemories {
    pub fn take(&self, group: &str) -> GroupHeads {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(group).unwrap_or_default()
    }

    pub fn keep(&self, group: &str, heads: GroupHeads) {
        let mut groups = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if groups.len() < GROUPS {
            groups.insert(group.to_owned(), heads);
        }
    }
}

/// What a group's committed offsets point at.
#[derive(Clone, Debug, Default)]
pub struct GroupHeads(BTreeMap<String, TopicHeads>);

#[derive(Clone, Debug, Default)]
struct TopicHeads {
    /// Another id is another log.
    topic_id: Option<String>,
    partitions: BTreeMap<i32, Seen>,
}

/// A partition, as it was at the last look.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    end: Option<NextOffset>,
    /// What was found from this offset on.
    head: Option<(NextOffset, Head)>,
    /// It was wanted and not found in time.
    missed: bool,
}

/// Where a partition is read on, and where its log ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub at: NextOffset,
    pub end: NextOffset,
}

impl Standing {
    /// `None` where the offsets are not known. Nothing committed is read from the log's start, and so is what is gone.
    pub fn of(offsets: &Offsets, topic: &str, partition: i32) -> Option<Self> {
        let committed = *offsets.committed.as_ref().ok()?.get(topic)?.get(&partition)?.as_ref().ok()?;
        let end = *offsets.ends.as_ref().ok()?.get(topic)?.get(&partition)?.as_ref().ok()?;
        let start = || offsets.starts.as_ref().ok()?.get(topic)?.get(&partition)?.as_ref().ok().copied();
        let at = match (committed, start()) {
            (Some(committed), Some(start)) => committed.max(start),
            (committed, start) => committed.or(start)?,
        };
        Some(Self { at, end })
    }
}

impl GroupHeads {
    /// What to read now.
    pub fn plan(&mut self, offsets: &Offsets) -> Vec<(String, i32, NextOffset)> {
        self.0.retain(|name, _| offsets.topics.iter().any(|topic| topic.name == *name));
        let mut wanted = Vec::new();
        for topic in &offsets.topics {
            let heads = self.of(topic);
            for partition in topic.numbers() {
                let Some(standing) = Standing::of(offsets, &topic.name, partition) else { continue };
                let seen = heads.partitions.entry(partition).or_default();
                if seen.wants(standing) {
                    wanted.push((seen.rank(standing), (topic.name.clone(), partition, standing.at)));
                }
            }
        }
        wanted.sort_by_key(|(rank, _)| *rank);
        wanted.into_iter().take(AT_MOST).map(|(_, place)| place).collect()
    }

    fn of(&mut self, topic: &Topic) -> &mut TopicHeads {
        let heads = self.0.entry(topic.name.clone()).or_default();
        if heads.topic_id != topic.id() {
            *heads = TopicHeads { topic_id: topic.id(), partitions: BTreeMap::new() };
        }
        heads
    }

    pub fn note(&mut self, wanted: &[(String, i32, NextOffset)], found: &Heads) {
        for (topic, partition, at) in wanted {
            let Some(seen) = self.0.get_mut(topic).and_then(|heads| heads.partitions.get_mut(partition)) else { continue };
            let head = found.get(&(topic.clone(), *partition));
            seen.missed = head.is_none();
            if let Some(head) = head {
                seen.head = Some((*at, *head));
            }
        }
    }

    /// The look is over: what comes in from now on is not older than it.
    pub fn end(&mut self, offsets: &Offsets) {
        for (topic, heads) in &mut self.0 {
            for (partition, seen) in &mut heads.partitions {
                seen.end = Standing::of(offsets, topic, *partition).map(|standing| standing.end);
            }
        }
    }

    /// What is known to be from the committed offset on.
    pub fn head(&self, topic: &str, partition: i32, standing: Standing) -> Option<Head> {
        self.0.get(topic)?.partitions.get(&partition)?.known(standing)
    }
}

impl Seen {
    fn known(&self, standing: Standing) -> Option<Head> {
        match self.head? {
            (at, _) if at != standing.at => None,
            (_, Head::Nothing { until }) if until < standing.end => None,
            (_, head) => Some(head),
        }
    }

    fn wants(&self, standing: Standing) -> bool {
        let waits = standing.end > standing.at;
        let just_came = self.end.is_some_and(|end| standing.at >= end);
        waits && !just_came && self.known(standing).is_none()
    }

    /// The lowest is read first: not what failed last time, then what was never read, then the oldest.
    fn rank(&self, standing: Standing) -> (bool, Option<i64>, Reverse<i64>) {
        let stamp = match self.head {
            Some((_, Head::Record { timestamp_ms, .. })) => timestamp_ms,
            _ => None,
        };
        (self.missed, stamp, Reverse(standing.end.get() - standing.at.get()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(offset: i64) -> NextOffset {
        NextOffset::at(offset).unwrap()
    }

    fn standing(at: i64, end: i64) -> Standing {
        Standing { at: next(at), end: next(end) }
    }

    fn record(at: i64, stamp: i64) -> Option<(NextOffset, Head)> {
        Some((next(at), Head::Record { at, timestamp_ms: Some(stamp) }))
    }

    #[test]
    fn a_head_is_read_once_for_as_long_as_the_offset_stands() {
        let seen = Seen { head: record(10, 5), end: Some(next(20)), missed: false };
        assert!(!seen.wants(standing(10, 30)));
        assert!(seen.wants(standing(11, 30)));
        assert!(Seen::default().wants(standing(0, 1)));
        assert!(!Seen::default().wants(standing(1, 1)), "nothing waits");
    }

    #[test]
    fn what_came_in_since_the_last_look_is_not_read() {
        let seen = Seen { head: record(10, 5), end: Some(next(20)), missed: false };
        assert!(!seen.wants(standing(20, 30)));
        assert!(seen.wants(standing(19, 30)));
    }

    #[test]
    fn markers_alone_are_nothing_until_the_log_grows() {
        let head = Some((next(10), Head::Nothing { until: next(12) }));
        let seen = Seen { head, end: Some(next(12)), missed: false };
        assert_eq!(seen.known(standing(10, 12)), Some(Head::Nothing { until: next(12) }));
        assert!(!seen.wants(standing(10, 12)));
        assert!(seen.wants(standing(10, 13)) && seen.known(standing(10, 13)).is_none());
    }

    #[test]
    fn the_oldest_are_read_first_and_what_failed_last() {
        let at = standing(50, 60);
        let old = Seen { head: record(10, 5), ..Seen::default() };
        let young = Seen { head: record(10, 500), ..Seen::default() };
        let failed = Seen { missed: true, ..old };
        let mut ranks = [failed.rank(at), young.rank(at), old.rank(at), Seen::default().rank(standing(0, 5)), Seen::default().rank(at)];
        ranks.sort();
        assert_eq!(ranks, [Seen::default().rank(at), Seen::default().rank(standing(0, 5)), old.rank(at), young.rank(at), failed.rank(at)]);
    }
}
