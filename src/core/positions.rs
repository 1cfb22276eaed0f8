//! Where one partition stands in each slice, as far as its task knows, and what the answers of calls without events say of it.

use super::batch::Batch;
use super::cache::ReadCache;
use super::call::{Call, Outcome, StopCause};
use super::offset::NextOffset;
use super::position::{Position, TopicId};
use super::slice::{Slice, SliceCount, SliceSet};

/// The positions of one partition, by slice.
#[derive(Clone, Debug)]
pub struct Positions {
    topic_id: TopicId,
    of: Vec<Option<Position>>,
}

/// What came of moving the position of a slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moved {
    Done,
    /// The slice stands further on than believed: an earlier try or another worker did it.
    Ahead,
    /// The slice stands further back than believed.
    Behind(Behind),
    /// Redis did not take it.
    Refused(StopCause),
}

/// A slice stands further back than believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("redis lost acknowledged writes: slice {slice} has {}, not {}", words(.found), words(.believed))]
pub struct Behind {
    pub slice: Slice,
    pub believed: Option<Position>,
    pub found: Option<Position>,
}

impl Positions {
    /// `of`: by the slice's index, one for each slice.
    pub fn new(topic_id: TopicId, of: Vec<Option<Position>>) -> Self {
        Self { topic_id, of }
    }

    /// None in any slice.
    pub fn none(slices: SliceCount) -> Self {
        Self::new(TopicId::unknown(), vec![None; slices.get() as usize])
    }

    pub fn as_slice(&self) -> &[Option<Position>] {
        &self.of
    }

    /// Where a slice stands in this topic's log.
    pub fn place(&self, slice: Slice) -> Option<NextOffset> {
        self.next_in_topic(self.of[slice.index()].as_ref())
    }

    /// Those of `slices` that do not stand at `at` yet.
    pub fn below(&self, at: NextOffset, slices: &SliceSet) -> Vec<Slice> {
        slices.iter().filter(|slice| self.place(*slice).is_none_or(|place| place < at)).collect()
    }

    /// What the batch left behind.
    pub fn take(&mut self, batch: &Batch) {
        for work in batch.slices() {
            self.of[work.slice.index()].clone_from(&work.base);
        }
    }

    /// The fenced call without events that moves a slice to `to`.
    pub fn call(&self, slice: Slice, to: NextOffset) -> Call {
        let next = Position::new(self.topic_id.clone(), to);
        Call { slice, base: self.of[slice.index()].clone(), next, channels: Vec::new(), events: Vec::new() }
    }

    /// Takes in the answer to such a call.
    pub fn moved(&mut self, call: &Call, outcome: Outcome, cache: &mut ReadCache) -> Moved {
        match outcome {
            Outcome::Applied(_) | Outcome::Already => {
                self.of[call.slice.index()] = Some(call.next.clone());
                Moved::Done
            }
            Outcome::Stopped { cause, .. } => Moved::Refused(cause),
            Outcome::Conflict(found) => match self.found(call.slice, found, cache) {
                Ok(true) => Moved::Ahead,
                Ok(false) => Moved::Refused(StopCause::Failed("the position moved meanwhile".to_owned())),
                Err(behind) => Moved::Behind(behind),
            },
        }
    }

    /// Takes in the position that a slice has. True where another worker moved it on: what was known of the slice's objects is then from
    /// before that.
    ///
    /// # Errors
    /// [`Behind`], and nothing is taken in.
    pub fn found(&mut self, slice: Slice, found: Option<Position>, cache: &mut ReadCache) -> Result<bool, Behind> {
        let (place, believed) = (self.next_in_topic(found.as_ref()), self.place(slice));
        if place < believed {
            return Err(Behind { slice, believed: self.of[slice.index()].clone(), found });
        }
        let ahead = place > believed;
        if ahead {
            cache.forget_slice(slice);
        }
        self.of[slice.index()] = found;
        Ok(ahead)
    }

    fn next_in_topic(&self, position: Option<&Position>) -> Option<NextOffset> {
        position.and_then(|position| position.next_in(&self.topic_id))
    }
}

fn words(position: &Option<Position>) -> String {
    position.as_ref().map_or_else(|| "no position".to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::cache::{CachedValue, Lookup};
    use crate::core::channel::{Channel, ChannelKey};
    use crate::core::entry_id::EntryId;

    fn slices() -> SliceCount {
        SliceCount::new(2).unwrap()
    }

    fn slice(index: u32) -> Slice {
        slices().slice(index).unwrap()
    }

    fn next(offset: i64) -> NextOffset {
        NextOffset::at(offset).unwrap()
    }

    fn position(topic_id: &str, offset: i64) -> Option<Position> {
        Some(Position::new(TopicId::new(topic_id), next(offset)))
    }

    fn positions() -> Positions {
        Positions::new(TopicId::new("id"), vec![position("id", 10), None])
    }

    /// A cache that knows an object of the slice 0, and how it is found.
    fn cache() -> (ReadCache, ChannelKey) {
        let keys = (0..).map(|number| Channel::new("a", format!("{number}"), "s").unwrap().key());
        let channel = keys.into_iter().find(|key| slices().slice_of(key) == slice(0)).unwrap();
        let mut cache = ReadCache::new(1 << 20, slices(), None);
        cache.store(&channel, "x", CachedValue { tag_data: (*b"1").into(), id: EntryId { ms: 1, seq: 0 } });
        (cache, channel)
    }

    #[test]
    fn a_slice_that_is_found_ahead_takes_the_cached_values_with_it() {
        for by_call in [false, true] {
            let ((mut cache, channel), mut positions) = (cache(), positions());
            if by_call {
                let call = positions.call(slice(0), next(15));
                assert_eq!(positions.moved(&call, Outcome::Conflict(position("id", 20)), &mut cache), Moved::Ahead);
            } else {
                assert_eq!(positions.found(slice(0), position("id", 20), &mut cache), Ok(true));
            }
            assert_eq!(positions.place(slice(0)), Some(next(20)));
            assert_eq!(cache.lookup(&channel, "x", 0), Lookup::Miss);
        }
    }

    #[test]
    fn a_slice_that_is_found_where_it_was_changes_nothing() {
        let ((mut cache, channel), mut positions) = (cache(), positions());
        assert_eq!(positions.found(slice(0), position("id", 10), &mut cache), Ok(false));
        assert!(matches!(cache.lookup(&channel, "x", 0), Lookup::Hit(_)));
    }

    #[test]
    fn a_slice_that_is_found_below_what_was_believed_is_told_and_not_taken() {
        for found in [None, position("id", 9), position("other", 99)] {
            let ((mut cache, _), mut positions) = (cache(), positions());
            let behind = Behind { slice: slice(0), believed: position("id", 10), found: found.clone() };
            assert_eq!(positions.found(slice(0), found.clone(), &mut cache), Err(behind.clone()));
            let call = positions.call(slice(0), next(15));
            assert_eq!(positions.moved(&call, Outcome::Conflict(found), &mut cache), Moved::Behind(behind));
            assert_eq!(positions.place(slice(0)), Some(next(10)));
        }
    }

    #[test]
    fn a_call_goes_from_what_is_believed_and_its_answer_is_believed() {
        let ((mut cache, _), mut positions) = (cache(), positions());
        let mut all = SliceSet::empty(slices());
        slices().all().for_each(|slice| all.insert(slice));
        assert_eq!(positions.below(next(10), &all), [slice(1)]);
        assert_eq!(positions.below(next(11), &all), [slice(0), slice(1)]);
        let call = positions.call(slice(1), next(11));
        assert_eq!((call.base.clone(), Some(call.next.clone())), (None, position("id", 11)));
        let refused = Outcome::Stopped { at: 0, ids: vec![], cause: StopCause::Failed("OOM".to_owned()) };
        assert_eq!(positions.moved(&call, refused, &mut cache), Moved::Refused(StopCause::Failed("OOM".to_owned())));
        assert_eq!(positions.place(slice(1)), None);
        assert_eq!(positions.moved(&call, Outcome::Already, &mut cache), Moved::Done);
        assert_eq!(positions.place(slice(1)), Some(next(11)));
    }
}
