//! Where a partition starts: what Kafka has committed and what Redis has applied, put together.
//!
//! A committed offset alone proves nothing: Redis may have lost what it covers. A position alone proves nothing either: the slice may
//! have been idle. Together with the bitmap of the commit they do: every slice in it had its position at the offset or above it.

use std::ops::Range;

use super::checkpoint::Checkpoint;
use super::offset::{NextOffset, Offset};
use super::position::{Position, TopicId};
use super::rewind::RewindReason;
use super::slice::{Slice, SliceCount, SliceSet};

/// What was found at the assignment of a partition.
///
/// Read in this order: the committed offset, the positions, the log's end (from the leader). Else a worker that is still at it may
/// apply records between the readings, and positions seem to lie above the log's end.
#[derive(Clone, Debug)]
pub struct Found<'a> {
    /// The group's offset and the bytes of its metadata, which anybody may have committed.
    pub committed: Option<(NextOffset, &'a [u8])>,
    /// The partition's position in each slice, by the slice's index.
    pub positions: &'a [Option<Position>],
    /// The lowest offset that Kafka still has.
    pub log_start: NextOffset,
    pub log_end: NextOffset,
    pub slices: SliceCount,
    pub topic_id: TopicId,
    /// Whether `layout` had a group for the topic before this worker wrote any.
    pub layout_knows_topic: bool,
    pub start_at: StartAt,
}

/// Where a partition of which nothing is known starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StartAt {
    #[default]
    Earliest,
    Latest,
}

/// Where and how a partition starts. First the positions are moved back, then `commit_first` is committed, then events are applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The offset to read from. Slices whose position is ahead of it skip.
    pub at: NextOffset,
    pub rule: Rule,
    pub move_back: Option<MoveBack>,
    /// The bitmap to commit `at` with before the first event is applied.
    pub commit_first: Option<SliceSet>,
    /// The slices that ever had an event of the partition: all of them are brought to an offset before it is committed, those without
    /// a position or with one of another topic id too.
    pub bitmap: SliceSet,
    /// Invalid records up to here went to the dead letters already.
    pub dead_lettered: Option<Offset>,
    /// What had to be read and is not in Kafka any more: the replay is incomplete.
    pub lost: Option<Range<NextOffset>>,
    /// What somebody should know, a sentence each, beside `lost`.
    pub warnings: Vec<String>,
}

/// Why a partition starts where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// At the committed offset, which all slices of its bitmap have reached.
    Checkpoint,
    /// Below the committed offset: this many slices of its bitmap have a lower position (`behind`) or none that counts (`empty`).
    Rewind { behind: usize, empty: usize },
    /// At the log's end, which is below the committed offset: the log of this very topic was truncated.
    Truncated,
    /// At the start of the log: the commit is of other slices or of another topic of this name.
    OtherLayout,
    /// The commit is not ours. `trusted`: at its offset all the same, because Redis has never heard of the topic; else at the start of
    /// the log.
    NoMetadata { trusted: bool },
    /// There is no commit: at the start of the log if Redis has positions, else as configured.
    Nothing,
}

/// Positions above the log's end would make their slices skip the records that are written there next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveBack {
    pub slices: SliceSet,
    pub to: NextOffset,
}

impl Found<'_> {
    /// Where the partition starts.
    pub fn start(&self) -> Start {
        let mut warnings = Vec::new();
        let metadata = self.committed.map(|(_, metadata)| Checkpoint::decode(metadata));
        let readable = metadata.as_ref().and_then(|decoded| decoded.as_ref().ok());
        let made_again = self.may_be_made_again(readable);
        let checkpoint = readable.filter(|checkpoint| self.is_of_this_layout(checkpoint) && !made_again);

        let (rule, from) = match (self.committed, checkpoint) {
            (None, _) => (Rule::Nothing, self.without_commit()),
            (Some((committed, _)), Some(checkpoint)) => self.by_checkpoint(committed, checkpoint),
            (Some(_), None) if readable.is_some() => (Rule::OtherLayout, NextOffset::ZERO),
            (Some((committed, _)), None) => self.by_foreign_commit(committed),
        };
        // The two ends are read one after the other, so that retention may have put the start above the end.
        let at = from.min(self.log_end).max(self.log_start);
        let bitmap = self.bitmap(checkpoint);
        let move_back = self.move_back(made_again, at);
        let commit_first = match rule {
            Rule::Checkpoint => None,
            Rule::Rewind { .. } | Rule::Truncated => {
                let lowers = self.committed.is_some_and(|(committed, _)| at < committed);
                lowers.then(|| self.select(|slice| self.next(slice).is_some_and(|next| next >= at)))
            }
            Rule::OtherLayout | Rule::NoMetadata { .. } | Rule::Nothing => Some(SliceSet::empty(self.slices)),
        };
        self.warn_of_commit(rule, made_again, &mut warnings);
        if let Some(Err(invalid)) = &metadata {
            warnings.push(invalid.to_string());
        }
        self.warn_of_positions(move_back.as_ref(), &mut warnings);
        let dead_lettered = readable.filter(|checkpoint| checkpoint.topic_id.matches(&self.topic_id) && !made_again);
        Start {
            at,
            rule,
            move_back,
            commit_first,
            bitmap,
            dead_lettered: dead_lettered.and_then(|checkpoint| self.below_log_end(checkpoint.dead_lettered?)),
            lost: (from < self.log_start).then_some(from..self.log_start),
            warnings,
        }
    }

    /// Why `start`, which is what was found leads to, is somewhere else than where the partition was left; `None`: it is not, or nobody
    /// ever was at it.
    pub fn rewind_reason(&self, start: &Start) -> Option<RewindReason> {
        let readable = self.committed.and_then(|(_, metadata)| Checkpoint::decode(metadata).ok());
        let has_other_topic = self.slices.all().any(|slice| self.is_of_other_topic(slice));
        match start.rule {
            Rule::Checkpoint => start.move_back.is_some().then_some(RewindReason::Truncated),
            Rule::Rewind { empty: 0, .. } => Some(RewindReason::Behind),
            Rule::Rewind { .. } => Some(RewindReason::Empty),
            Rule::Truncated => Some(RewindReason::Truncated),
            Rule::OtherLayout if readable.is_some_and(|checkpoint| checkpoint.slices.count() != self.slices) => {
                Some(RewindReason::OtherSlices)
            }
            Rule::OtherLayout => Some(RewindReason::TopicMadeAgain),
            Rule::NoMetadata { trusted } => (!trusted).then_some(RewindReason::ForeignCommit),
            // Kafka deletes what is committed with the topic.
            Rule::Nothing if has_other_topic => Some(RewindReason::TopicMadeAgain),
            Rule::Nothing => self.has_any_position().then_some(RewindReason::NoCommit),
        }
    }

    /// Whether something lies above the log's end. Until the end is certain it proves nothing: a leader that has just been elected may
    /// report one that is too low.
    pub fn is_beyond_log_end(&self) -> bool {
        let committed = self.committed.is_some_and(|(committed, _)| committed > self.log_end);
        committed || self.slices.all().any(|slice| self.next(slice) > Some(self.log_end))
    }

    fn by_checkpoint(&self, committed: NextOffset, checkpoint: &Checkpoint) -> (Rule, NextOffset) {
        // A position of a topic that was deleted and made again counts as before the start of the log, as a missing one does.
        let lowest = checkpoint.slices.iter().map(|slice| self.next(slice).unwrap_or(NextOffset::ZERO)).min();
        let expected = committed.min(self.log_end);
        let from = lowest.map_or(expected, |lowest| lowest.min(expected));
        if from < expected {
            let empty = checkpoint.slices.iter().filter(|slice| self.next(*slice).is_none()).count();
            let behind = checkpoint.slices.iter().filter(|slice| self.next(*slice).is_some_and(|next| next < expected)).count();
            return (Rule::Rewind { behind, empty }, from);
        }
        (if committed > self.log_end { Rule::Truncated } else { Rule::Checkpoint }, from)
    }

    fn by_foreign_commit(&self, committed: NextOffset) -> (Rule, NextOffset) {
        // An offset above the log's end is not of this log, whoever committed it.
        let trusted = !self.has_any_position() && !self.layout_knows_topic && committed <= self.log_end;
        (Rule::NoMetadata { trusted }, if trusted { committed } else { NextOffset::ZERO })
    }

    fn without_commit(&self) -> NextOffset {
        match self.start_at {
            _ if self.has_any_position() => NextOffset::ZERO,
            StartAt::Earliest => self.log_start,
            StartAt::Latest => self.log_end,
        }
    }

    /// An offset or a position above the log's end is of this very log only if the topic's id proves it: then the log was truncated,
    /// and what is below its end was applied. Else the topic may have been made again, and nothing of this log was.
    fn may_be_made_again(&self, checkpoint: Option<&Checkpoint>) -> bool {
        let unproven_commit = checkpoint.is_some_and(|checkpoint| !self.is_surely_this_topic(&checkpoint.topic_id));
        let commit_beyond = self.committed.is_some_and(|(committed, _)| committed > self.log_end);
        let position_beyond = |slice| self.next(slice) > Some(self.log_end) && self.is_unproven(slice);
        (commit_beyond && unproven_commit) || self.slices.all().any(position_beyond)
    }

    fn move_back(&self, made_again: bool, at: NextOffset) -> Option<MoveBack> {
        let to = if made_again { at } else { self.log_end };
        let stays =
            |slice| self.next(slice) <= Some(to) || (made_again && !self.is_unproven(slice) && self.next(slice) <= Some(self.log_end));
        let slices = self.select(|slice| !stays(slice));
        if slices.is_empty() { None } else { Some(MoveBack { slices, to }) }
    }

    fn bitmap(&self, checkpoint: Option<&Checkpoint>) -> SliceSet {
        let in_checkpoint = |slice| checkpoint.is_some_and(|checkpoint| checkpoint.slices.contains(slice));
        self.select(|slice| self.position(slice).is_some() || in_checkpoint(slice))
    }

    fn warn_of_commit(&self, rule: Rule, made_again: bool, warnings: &mut Vec<String>) {
        let Some((committed, _)) = self.committed else { return };
        if committed > self.log_end {
            warnings.push(format!("the committed offset {committed} is above the end of the log, {}", self.log_end));
        }
        if made_again {
            warnings
                .push("the broker has no topic id to tell a truncated log from a topic that was made again: all of it is read".to_owned());
        }
        match rule {
            Rule::NoMetadata { trusted: true } => {
                warnings
                    .push(format!("Redis knows nothing of the topic, so the offset {committed} that another tool committed is trusted"));
            }
            Rule::Truncated => warnings.push("records that were applied are not in Kafka any more: the log was truncated".to_owned()),
            Rule::OtherLayout if !made_again => {
                warnings.push("the committed offset belongs to another number of slices or to a deleted topic of this name".to_owned());
            }
            _ => {}
        }
    }

    fn warn_of_positions(&self, move_back: Option<&MoveBack>, warnings: &mut Vec<String>) {
        let of_other_topic = self.select(|slice| self.is_of_other_topic(slice)).len();
        if of_other_topic > 0 {
            warnings
                .push(format!("{of_other_topic} slices hold the position of a deleted topic of this name: before the start of the log"));
        }
        if let Some(MoveBack { slices, to }) = move_back {
            warnings.push(format!("{} slices have a position that is not of this log: moved back to {to}", slices.len()));
        }
    }

    fn is_of_this_layout(&self, checkpoint: &Checkpoint) -> bool {
        checkpoint.slices.count() == self.slices && checkpoint.topic_id.matches(&self.topic_id)
    }

    fn is_surely_this_topic(&self, topic_id: &TopicId) -> bool {
        *topic_id == self.topic_id && !topic_id.is_unknown()
    }

    /// Its position is one of a deleted topic of this name.
    fn is_of_other_topic(&self, slice: Slice) -> bool {
        self.position(slice).is_some() && self.next(slice).is_none()
    }

    fn is_unproven(&self, slice: Slice) -> bool {
        self.position(slice).is_some_and(|position| !self.is_surely_this_topic(&position.topic_id))
    }

    fn has_any_position(&self) -> bool {
        self.positions.iter().any(Option::is_some)
    }

    fn position(&self, slice: Slice) -> Option<&Position> {
        self.positions.get(slice.index())?.as_ref()
    }

    /// The position that counts in this topic.
    fn next(&self, slice: Slice) -> Option<NextOffset> {
        self.position(slice)?.next_in(&self.topic_id)
    }

    /// The highest dead-lettered offset that can be of this log: above its end, invalid records are still to come.
    fn below_log_end(&self, dead_lettered: Offset) -> Option<Offset> {
        Offset::new(dead_lettered.get().min(self.log_end.get() - 1))
    }

    fn select(&self, wanted: impl Fn(Slice) -> bool) -> SliceSet {
        let mut set = SliceSet::empty(self.slices);
        self.slices.all().filter(|slice| wanted(*slice)).for_each(|slice| set.insert(slice));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SLICES: u32 = 4;

    fn slices() -> SliceCount {
        SliceCount::new(SLICES).unwrap()
    }

    fn next(offset: i64) -> NextOffset {
        NextOffset::at(offset).unwrap()
    }

    fn set(indices: &[u32]) -> SliceSet {
        let mut set = SliceSet::empty(slices());
        indices.iter().for_each(|index| set.insert(slices().slice(*index).unwrap()));
        set
    }

    fn metadata(indices: &[u32], topic_id: &str, dead_lettered: Option<i64>) -> Vec<u8> {
        let dead_lettered = dead_lettered.and_then(Offset::new);
        Checkpoint { slices: set(indices), topic_id: TopicId::new(topic_id), dead_lettered }.encode().into_bytes()
    }

    /// A partition at 100 of a log from 0 to 200, in Redis as given: topic id and offset for each slice.
    fn found<'a>(committed: Option<(i64, &'a [u8])>, positions: &'a [Option<Position>]) -> Found<'a> {
        Found {
            committed: committed.map(|(offset, metadata)| (next(offset), metadata)),
            positions,
            log_start: next(0),
            log_end: next(200),
            slices: slices(),
            topic_id: TopicId::new("id"),
            layout_knows_topic: true,
            start_at: StartAt::Earliest,
        }
    }

    fn positions<const N: usize>(positions: [Option<(&str, i64)>; N]) -> Vec<Option<Position>> {
        positions.into_iter().map(|position| position.map(|(id, offset)| Position::new(TopicId::new(id), next(offset)))).collect()
    }

    #[test]
    fn a_checkpoint_that_every_slice_has_reached_is_where_it_starts() {
        let (ours, held) = (metadata(&[0, 1], "id", Some(50)), positions([Some(("id", 100)), Some(("id", 150)), Some(("id", 120)), None]));
        let start = found(Some((100, &ours)), &held).start();
        let expected = Start {
            at: next(100),
            rule: Rule::Checkpoint,
            move_back: None,
            commit_first: None,
            bitmap: set(&[0, 1, 2]),
            dead_lettered: Offset::new(50),
            lost: None,
            warnings: Vec::new(),
        };
        assert_eq!(start, expected);
    }

    #[test]
    fn the_lowest_position_of_the_bitmap_rewinds_the_commit() {
        let (ours, held) =
            (metadata(&[0, 1, 2], "id", None), positions([Some(("id", 100)), Some(("id", 60)), Some(("-", 70)), Some(("id", 10))]));
        let start = found(Some((100, &ours)), &held).start();
        assert_eq!((start.at, start.rule), (next(60), Rule::Rewind { behind: 2, empty: 0 }));
        assert_eq!(start.commit_first, Some(set(&[0, 1, 2])), "slice 3 is below the start, and the bitmap never had it");
        assert_eq!(start.bitmap, set(&[0, 1, 2, 3]));
    }

    #[test]
    fn a_slice_without_a_position_has_lost_everything() {
        for lost in [None, Some(("deleted", 500))] {
            let (ours, held) = (metadata(&[0, 1], "id", Some(7)), positions([Some(("id", 100)), lost, None, None]));
            let start = found(Some((100, &ours)), &held).start();
            assert_eq!((start.at, start.rule), (next(0), Rule::Rewind { behind: 0, empty: 1 }));
            assert_eq!(start.commit_first, Some(set(&[0])));
            assert_eq!((start.bitmap, start.dead_lettered, start.lost), (set(&[0, 1]), Offset::new(7), None));
        }
    }

    #[test]
    fn a_commit_of_another_layout_or_topic_starts_the_log_again() {
        let other_slices = Checkpoint {
            slices: SliceSet::empty(SliceCount::new(5).unwrap()),
            topic_id: TopicId::new("id"),
            dead_lettered: Offset::new(7),
        };
        let other_slices = other_slices.encode().into_bytes();
        let held = positions([Some(("id", 100)), Some(("deleted", 900)), None, None]);
        for (ours, dead_lettered) in [(other_slices, Offset::new(7)), (metadata(&[0, 2], "deleted", Some(7)), None)] {
            let start = found(Some((100, &ours)), &held).start();
            assert_eq!((start.at, start.rule), (next(0), Rule::OtherLayout));
            assert_eq!((start.commit_first, start.bitmap, start.move_back), (Some(set(&[])), set(&[0, 1]), None));
            assert_eq!(start.dead_lettered, dead_lettered, "dead letters are known by topic id and offset");
            assert_eq!(start.warnings.len(), 2);
        }
    }

    #[test]
    fn a_commit_that_is_not_ours_is_trusted_only_where_redis_knows_nothing() {
        let (nothing, other) = (positions([None; 4]), positions([None, Some(("deleted", 5)), None, None]));
        for (held, layout_knows_topic, offset, at, trusted) in [
            (&nothing, false, 100, 100, true),
            (&nothing, true, 100, 0, false),
            (&other, false, 100, 0, false),
            (&nothing, false, 201, 0, false),
        ] {
            for bytes in [&b""[..], b"by hand", b"\xff\xfe"] {
                let start = Found { layout_knows_topic, ..found(Some((offset, bytes)), held) }.start();
                assert_eq!((start.at, start.rule), (next(at), Rule::NoMetadata { trusted }));
                assert_eq!((start.commit_first, start.dead_lettered), (Some(set(&[])), None));
                assert!(!start.warnings.is_empty());
            }
        }
    }

    #[test]
    fn without_a_commit_it_starts_as_configured_unless_redis_knows_the_partition() {
        let (nothing, other) = (positions([None; 4]), positions([None, Some(("deleted", 5)), None, None]));
        for (held, start_at, at) in [(&nothing, StartAt::Earliest, 20), (&nothing, StartAt::Latest, 200), (&other, StartAt::Latest, 20)] {
            let start = Found { start_at, log_start: next(20), ..found(None, held) }.start();
            assert_eq!((start.at, start.rule, start.commit_first), (next(at), Rule::Nothing, Some(set(&[]))));
            assert_eq!(start.lost.is_some(), held == &other, "only a replay can lose");
        }
    }

    #[test]
    fn what_kafka_no_longer_has_is_lost_with_its_offsets() {
        let (reached, behind) = (positions([Some(("id", 180)), None, None, None]), positions([Some(("id", 60)), None, None, None]));
        let ours = metadata(&[0], "id", None);
        let start = Found { log_start: next(150), ..found(Some((100, &ours)), &reached) }.start();
        assert_eq!((start.at, start.rule, start.lost), (next(150), Rule::Checkpoint, Some(next(100)..next(150))));
        let start = Found { log_start: next(80), ..found(Some((100, &ours)), &behind) }.start();
        assert_eq!((start.at, start.lost, start.commit_first), (next(80), Some(next(60)..next(80)), Some(set(&[]))));
        let start = Found { log_start: next(150), ..found(Some((100, &ours)), &behind) }.start();
        assert_eq!((start.at, start.lost), (next(150), Some(next(60)..next(150))));
        assert_eq!(start.commit_first, None, "no rewind is committed above the commit");
        let start = Found { log_start: next(150), ..found(Some((100, &ours)), &[]) }.start();
        assert_eq!(start.lost, Some(next(0)..next(150)));
    }

    #[test]
    fn a_truncated_log_goes_on_at_its_end_and_takes_the_positions_along() {
        let (ours, held) =
            (metadata(&[0, 1], "id", Some(270)), positions([Some(("id", 300)), Some(("id", 250)), None, Some(("deleted", 900))]));
        let start = found(Some((250, &ours)), &held).start();
        assert_eq!((start.at, start.rule, start.lost), (next(200), Rule::Truncated, None));
        assert_eq!(start.move_back, Some(MoveBack { slices: set(&[0, 1]), to: next(200) }));
        assert_eq!(start.commit_first, Some(set(&[0, 1])));
        assert_eq!(start.dead_lettered, Offset::new(199), "an invalid record at 200 is still to come");
        let behind = positions([Some(("id", 300)), Some(("id", 50)), None, None]);
        let start = found(Some((250, &ours)), &behind).start();
        assert_eq!((start.at, start.rule), (next(50), Rule::Rewind { behind: 1, empty: 0 }));
        assert_eq!(start.move_back, Some(MoveBack { slices: set(&[0]), to: next(200) }));
    }

    #[test]
    fn positions_above_the_log_end_are_moved_back_even_below_a_good_commit() {
        let (ours, held) = (metadata(&[0], "id", None), positions([Some(("id", 100)), Some(("id", 201)), Some(("id", 200)), None]));
        let start = found(Some((100, &ours)), &held).start();
        assert_eq!((start.at, start.rule), (next(100), Rule::Checkpoint));
        assert_eq!(start.move_back, Some(MoveBack { slices: set(&[1]), to: next(200) }));
    }

    #[test]
    fn without_topic_ids_a_shorter_log_may_be_another_one_and_is_read_whole() {
        let (ours, held) = (metadata(&[0, 1], "-", Some(120)), positions([Some(("-", 300)), Some(("-", 150)), None, None]));
        let mut found = found(Some((150, &ours)), &held);
        found.topic_id = TopicId::unknown();
        let start = found.start();
        assert_eq!((start.at, start.rule, start.dead_lettered), (next(0), Rule::OtherLayout, None));
        assert_eq!(start.move_back, Some(MoveBack { slices: set(&[0, 1]), to: next(0) }));
        assert_eq!(start.commit_first, Some(set(&[])));
    }

    #[test]
    fn a_start_elsewhere_than_where_the_partition_was_left_has_a_reason() {
        let other_slices =
            Checkpoint { slices: SliceSet::empty(SliceCount::new(5).unwrap()), topic_id: TopicId::new("id"), dead_lettered: None };
        let other_slices = other_slices.encode().into_bytes();
        let (ours, deleted, foreign) = (metadata(&[0], "id", None), metadata(&[0], "deleted", None), b"by hand".to_vec());
        let at = |id, offset| positions([Some((id, offset)), None, None, None]);
        let nothing = positions([None; 4]);
        for (committed, held, reason) in [
            (Some((100, &ours)), at("id", 100), None),
            (Some((100, &ours)), at("id", 60), Some(RewindReason::Behind)),
            (Some((100, &ours)), nothing.clone(), Some(RewindReason::Empty)),
            (Some((100, &ours)), at("deleted", 100), Some(RewindReason::Empty)),
            (Some((300, &ours)), at("id", 300), Some(RewindReason::Truncated)),
            (Some((100, &ours)), at("id", 300), Some(RewindReason::Truncated)),
            (Some((100, &other_slices)), at("id", 100), Some(RewindReason::OtherSlices)),
            (Some((100, &deleted)), at("deleted", 100), Some(RewindReason::TopicMadeAgain)),
            (None, at("deleted", 100), Some(RewindReason::TopicMadeAgain)),
            (None, at("id", 100), Some(RewindReason::NoCommit)),
            (None, nothing.clone(), None),
            (Some((100, &foreign)), at("id", 100), Some(RewindReason::ForeignCommit)),
        ] {
            let found = found(committed.map(|(offset, metadata)| (offset, metadata.as_slice())), &held);
            assert_eq!(found.rewind_reason(&found.start()), reason, "{committed:?} {held:?}");
        }
        let trusted = Found { layout_knows_topic: false, ..found(Some((100, &foreign)), &nothing) };
        assert_eq!(trusted.rewind_reason(&trusted.start()), None);
    }

    #[test]
    fn ends_that_retention_has_crossed_are_no_reason_to_die() {
        assert_eq!(Found { log_start: next(300), ..found(None, &[]) }.start().at, next(300));
    }

    type AnyFound = (Option<(i64, Vec<u8>)>, Vec<Option<Position>>, i64, i64, &'static str, bool);

    fn any_found() -> impl Strategy<Value = AnyFound> {
        let id = || prop::sample::select(vec!["id", "id", "id", "-", "deleted"]);
        let position =
            prop::option::weighted(0.8, (id(), 0i64..120).prop_map(|(id, offset)| Position::new(TopicId::new(id), next(offset))));
        let ours = (prop::collection::vec(0..SLICES, 0..4), id(), prop::option::of(0i64..120))
            .prop_map(|(set, id, dead)| metadata(&set, id, dead));
        let metadata = prop_oneof![6 => ours, 1 => Just(Vec::new()), 1 => Just(b"other".to_vec())];
        let committed = prop::option::weighted(0.9, (0i64..120, metadata));
        (committed, prop::collection::vec(position, SLICES as usize), 0i64..60, 0i64..60, id(), any::<bool>())
    }

    proptest! {
        #[test]
        fn it_never_starts_above_what_is_missing_unless_it_says_so((committed, held, log_start, length, topic_id, known) in any_found()) {
            let committed_bytes = committed.as_ref().map(|(offset, metadata)| (*offset, metadata.as_slice()));
            let mut found = found(committed_bytes, &held);
            (found.log_start, found.log_end) = (next(log_start), next(log_start + length));
            (found.topic_id, found.layout_knows_topic) = (TopicId::new(topic_id), known);
            let start = found.start();
            prop_assert!(found.log_start <= start.at && start.at <= found.log_end);
            let reached = |offset: NextOffset| start.at <= offset || start.lost.as_ref().is_some_and(|lost| lost.start <= offset && lost.end == start.at);
            if let Some((offset, metadata)) = found.committed {
                prop_assert!(reached(offset), "above the commit: {start:?}");
                for slice in Checkpoint::decode(metadata).ok().iter().flat_map(|checkpoint| checkpoint.slices.iter()) {
                    prop_assert!(reached(found.next(slice).unwrap_or(NextOffset::ZERO)), "above slice {slice}: {start:?}");
                }
            }
            for slice in slices().all() {
                let moved = start.move_back.as_ref().filter(|back| back.slices.contains(slice)).map(|back| back.to);
                let position = moved.or(found.next(slice));
                prop_assert!(position <= Some(found.log_end), "slice {slice} would skip what is to come: {start:?}");
                if start.commit_first.as_ref().is_some_and(|committed| committed.contains(slice)) {
                    prop_assert!(position >= Some(start.at) && start.bitmap.contains(slice));
                }
            }
            prop_assert!(start.dead_lettered.is_none_or(|offset| found.log_end.covers(offset)));
        }
    }

    /// A partition, its slices in Redis and a worker, all as plain data: what the starts add up to.
    #[derive(Default)]
    struct World {
        /// The slice of the record at each offset.
        log: Vec<u32>,
        log_start: i64,
        committed: Option<(i64, Vec<u8>)>,
        redis: [Option<i64>; SLICES as usize],
        applied: [Vec<i64>; SLICES as usize],
        worker: Option<Worker>,
        layout_knows_topic: bool,
        excused: Vec<Range<i64>>,
    }

    struct Worker {
        next: i64,
        bitmap: SliceSet,
        /// What the worker takes the positions for.
        bases: [Option<i64>; SLICES as usize],
    }

    #[derive(Clone, Debug)]
    enum Step {
        Produce(u32),
        Retention(i64),
        Start,
        Crash,
        /// So many records; the worker dies after so many slices.
        Apply(i64, u32),
        Commit,
        LoseSlice(u32),
        LoseCommit,
        CommitByHand(i64),
    }

    impl World {
        fn start(&mut self) {
            let held = self.redis.map(|offset| offset.map(|offset| ("id", offset)));
            let held = positions(held);
            let committed = self.committed.clone();
            let mut found = found(committed.as_ref().map(|(offset, metadata)| (*offset, metadata.as_slice())), &held);
            (found.log_start, found.log_end) = (next(self.log_start), next(self.log.len() as i64));
            found.layout_knows_topic = self.layout_knows_topic;
            let start = found.start();
            self.layout_knows_topic = true;
            self.excused.extend(start.lost.map(|lost| lost.start.get()..lost.end.get()));
            if start.rule == Rule::Nothing || start.rule == (Rule::NoMetadata { trusted: true }) {
                self.excused.push(0..start.at.get());
            }
            assert_eq!(start.move_back, None, "this log is never truncated");
            if let Some(slices) = start.commit_first {
                let checkpoint = Checkpoint { slices, topic_id: TopicId::new("id"), dead_lettered: None };
                self.committed = Some((start.at.get(), checkpoint.encode().into_bytes()));
            }
            self.worker = Some(Worker { next: start.at.get(), bitmap: start.bitmap, bases: self.redis });
        }

        /// One call to one slice: compare, apply, set. False where the worker's base is not what Redis holds.
        fn call(&mut self, slice: u32, to: i64) -> bool {
            let Some(worker) = self.worker.as_mut() else { return true };
            let at = slice as usize;
            if self.redis[at] != worker.bases[at] {
                return false;
            }
            let from = self.redis[at].unwrap_or(0).max(worker.next);
            self.applied[at].extend((from..to).filter(|offset| self.log[*offset as usize] == slice));
            self.redis[at] = self.redis[at].max(Some(to));
            worker.bases[at] = self.redis[at];
            worker.bitmap.insert(slices().slice(slice).unwrap());
            true
        }

        fn apply(&mut self, records: i64, calls: u32) {
            let Some(worker) = &self.worker else { return };
            let to = (worker.next + records).min(self.log.len() as i64);
            let touched: std::collections::BTreeSet<u32> = self.log[worker.next as usize..to as usize].iter().copied().collect();
            for slice in touched.iter().take(calls as usize) {
                if !self.call(*slice, to) {
                    return self.start();
                }
            }
            if touched.len() > calls as usize {
                self.worker = None;
            } else if let Some(worker) = &mut self.worker {
                worker.next = to;
            }
        }

        fn commit(&mut self) {
            let Some(worker) = &self.worker else { return };
            let (to, bitmap) = (worker.next, worker.bitmap.clone());
            for slice in bitmap.iter() {
                if !self.call(slice.get(), to) {
                    return self.start();
                }
            }
            let checkpoint = Checkpoint { slices: bitmap, topic_id: TopicId::new("id"), dead_lettered: None };
            self.committed = Some((to, checkpoint.encode().into_bytes()));
        }

        fn run(&mut self, step: &Step) {
            match step {
                Step::Produce(slice) => self.log.push(*slice),
                // A running worker is not overtaken by retention here: it reads what it was given.
                Step::Retention(records) if self.worker.is_none() => self.log_start = (self.log_start + records).min(self.log.len() as i64),
                Step::Start => self.start(),
                Step::Crash => self.worker = None,
                Step::Apply(records, calls) => self.apply(*records, *calls),
                Step::Commit => self.commit(),
                Step::LoseSlice(slice) => (self.redis[*slice as usize], self.applied[*slice as usize]) = (None, Vec::new()),
                Step::LoseCommit => self.committed = None,
                Step::CommitByHand(offset) => self.committed = Some(((*offset).min(self.log.len() as i64), Vec::new())),
                Step::Retention(_) => {}
            }
        }

        fn settle(&mut self) {
            self.start();
            while self.worker.as_ref().is_none_or(|worker| worker.next < self.log.len() as i64) {
                self.apply(i64::MAX / 2, SLICES);
            }
            self.commit();
        }
    }

    fn world_step() -> impl Strategy<Value = Step> {
        prop_oneof![
            12 => (0..SLICES).prop_map(Step::Produce),
            8 => (1i64..6, 0..=SLICES).prop_map(|(records, calls)| Step::Apply(records, calls)),
            8 => (1i64..6).prop_map(|records| Step::Apply(records, SLICES)),
            6 => Just(Step::Commit),
            5 => Just(Step::Start),
            2 => Just(Step::Crash),
            2 => (0..SLICES).prop_map(Step::LoseSlice),
            2 => (1i64..4).prop_map(Step::Retention),
            1 => Just(Step::LoseCommit),
            1 => (0i64..20).prop_map(Step::CommitByHand),
        ]
    }

    proptest! {
        #![proptest_config(crate::core::properties::at_least(2_000))]
        #[test]
        fn no_crash_or_loss_drops_or_doubles_a_record_unsaid(steps in prop::collection::vec(world_step(), 1..80)) {
            let mut world = World::default();
            steps.iter().for_each(|step| world.run(step));
            world.settle();
            for (slice, applied) in world.applied.iter().enumerate() {
                prop_assert!(applied.is_sorted_by(|a, b| a < b), "slice {slice} applied {applied:?}");
                for offset in (0..world.log.len() as i64).filter(|offset| world.log[*offset as usize] == slice as u32) {
                    let excused = world.excused.iter().any(|range| range.contains(&offset));
                    prop_assert!(excused || applied.contains(&offset), "slice {slice} misses {offset}");
                }
            }
        }
    }
}
