//! Whether one record can be skipped alone.

use crate::config::{self, Config};
use crate::core::decode::{self, Codec, Event, Input, Limits};
use crate::core::offset::{NextOffset, Offset};
use crate::core::slice::{Slice, SliceCount, SliceSet};
use crate::core::start::Start;
use crate::kafka::{LogEnd, Message};

/// Reads records as a worker would.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    codec: Codec,
    limits: Limits,
    slices: SliceCount,
}

/// A record that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub offset: Offset,
    /// The slice of an event; of an invalid record, why it is none.
    pub slice: Result<Slice, String>,
    /// For people.
    pub what: String,
}

/// What skipping a record takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    /// The slices to move behind the record.
    pub slices: SliceSet,
    /// Whether the offset after the record is committed: not while something before it is still to be applied.
    pub commits: bool,
    /// What the commit says of slices.
    pub bitmap: SliceSet,
    pub what: String,
}

/// Why a record is not skipped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SkipError {
    #[error("was passed already")]
    Passed,
    #[error("there are positions above the end of the log: a worker has to start first, and moves them back")]
    NotOfThisLog,
    #[error("a worker would start at {start}: let one come nearer first")]
    TooFar { start: NextOffset },
    #[error("there is no record at this offset")]
    NoRecord,
    #[error("offset {first} is not applied either, and would be skipped with it: let a worker apply it, or skip that one first")]
    Others { first: Offset },
    #[error("the log can not be read from {next} on ({failure}): skip that one first")]
    Unreadable { next: NextOffset, failure: String },
}

impl Reader {
    pub fn new(config: &Config, slices: SliceCount) -> Self {
        let codec = match config.kafka.codec {
            config::Codec::Proto => Codec::Proto,
            config::Codec::Json => Codec::Json,
        };
        Self { codec, limits: (&config.fold.limits).into(), slices }
    }

    pub fn see(&self, message: &Message<'_>) -> Seen {
        let input = Input { key: message.key(), value: message.value(), content_type: message.content_type() };
        let (offset, bytes) = (message.offset(), message.size());
        match decode::decode(&input, self.codec, &self.limits) {
            Ok(Event { channel, name, .. }) => {
                let slice = self.slices.slice_of(&channel);
                Seen {
                    offset,
                    slice: Ok(slice),
                    what: format!("channel {}, object {name:?}, {bytes} bytes, slice {slice}", channel.path()),
                }
            }
            Err(invalid) => Seen { offset, slice: Err(invalid.error.clone()), what: format!("{bytes} bytes, invalid: {invalid}") },
        }
    }
}

impl Skip {
    /// `seen` and `end`: the log from where a worker would start through the record. `next`: where a slice stands.
    pub fn decide(
        target: Offset,
        start: &Start,
        next: &dyn Fn(Slice) -> Option<NextOffset>,
        seen: &[Seen],
        end: &LogEnd,
    ) -> Result<Self, SkipError> {
        let is_applied = |seen: &Seen| match &seen.slice {
            Ok(slice) => next(*slice).is_some_and(|next| next.covers(seen.offset)),
            Err(_) => start.dead_lettered >= Some(seen.offset),
        };
        let record = seen.iter().find(|seen| seen.offset == target);
        let what = match (record, end) {
            (Some(record), _) => record.what.clone(),
            (None, LogEnd::Reached) => return Err(SkipError::NoRecord),
            (None, LogEnd::Failed(failure)) => {
                let unreadable = seen.last().map_or(start.at, |last| last.offset.next());
                if unreadable != NextOffset::before(target) {
                    return Err(SkipError::Unreadable { next: unreadable, failure: failure.to_string() });
                }
                format!("it can not be read: {failure}")
            }
        };
        let own = record.and_then(|record| record.slice.clone().ok());
        if own.is_some_and(|own| next(own).is_some_and(|next| next.covers(target))) {
            return Err(SkipError::Passed);
        }
        let left: Vec<&Seen> = seen.iter().filter(|seen| seen.offset < target && !is_applied(seen)).collect();
        let mut bitmap = start.bitmap.clone();
        own.into_iter().for_each(|own| bitmap.insert(own));
        // Without a slice of its own the record is skipped in all of them, with all that they still have to apply.
        let with_it = left.iter().find(|seen| own.is_none() || seen.slice.as_ref().ok() == own.as_ref());
        if let Some(other) = with_it {
            return Err(SkipError::Others { first: other.offset });
        }
        let commits = left.is_empty();
        let mut slices = SliceSet::empty(bitmap.count());
        let is_behind = |slice: &Slice| !next(*slice).is_some_and(|next| next.covers(target));
        let moved = bitmap.iter().filter(|slice| commits || Some(*slice) == own).filter(is_behind);
        moved.for_each(|slice| slices.insert(slice));
        Ok(Self { slices, commits, bitmap, what })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::start::Rule;

    const COUNT: SliceCount = match SliceCount::new(4) {
        Some(count) => count,
        None => panic!("four is a number of slices"),
    };

    fn slice(index: u32) -> Slice {
        COUNT.slice(index).unwrap()
    }

    fn offset(offset: i64) -> Offset {
        Offset::new(offset).unwrap()
    }

    fn set(slices: &[u32]) -> SliceSet {
        let mut set = SliceSet::empty(COUNT);
        slices.iter().for_each(|index| set.insert(slice(*index)));
        set
    }

    fn start() -> Start {
        Start {
            at: NextOffset::at(10).unwrap(),
            rule: Rule::Checkpoint,
            move_back: None,
            commit_first: None,
            bitmap: set(&[0, 1, 2]),
            dead_lettered: Some(offset(11)),
            lost: None,
            warnings: Vec::new(),
        }
    }

    fn seen(at: i64, of: Option<u32>) -> Seen {
        Seen { offset: offset(at), slice: of.map(slice).ok_or_else(|| "invalid".to_owned()), what: "it".to_owned() }
    }

    /// Slices 0, 1, 2 and 3 stand at 10, 10, 20 and nowhere.
    fn decide(target: i64, log: &[Seen]) -> Result<Skip, SkipError> {
        let next = |slice: Slice| [Some(10), Some(10), Some(20), None][slice.index()].and_then(NextOffset::at);
        Skip::decide(offset(target), &start(), &next, log, &LogEnd::Reached)
    }

    #[test]
    fn where_all_before_it_is_applied_every_slice_moves_and_the_offset_is_committed() {
        let expected = Skip { slices: set(&[0, 1]), commits: true, bitmap: set(&[0, 1, 2]), what: "it".to_owned() };
        // 10 is of a slice that is ahead, 11 is in the dead letters.
        assert_eq!(decide(12, &[seen(10, Some(2)), seen(11, None), seen(12, Some(0))]), Ok(expected));
        let new_slice = decide(12, &[seen(12, Some(3))]).unwrap();
        assert_eq!((new_slice.slices, new_slice.bitmap), (set(&[0, 1, 3]), set(&[0, 1, 2, 3])));
    }

    #[test]
    fn where_another_slice_has_work_left_only_the_records_own_moves_and_nothing_is_committed() {
        for left in [seen(11, Some(1)), seen(12, None)] {
            let skip = decide(13, &[left, seen(13, Some(0))]).unwrap();
            assert_eq!((skip.slices, skip.commits), (set(&[0]), false));
        }
    }

    #[test]
    fn no_other_record_is_ever_skipped_with_it() {
        assert_eq!(decide(12, &[seen(11, Some(0)), seen(12, Some(0))]), Err(SkipError::Others { first: offset(11) }));
        assert_eq!(decide(12, &[seen(11, Some(1)), seen(12, None)]), Err(SkipError::Others { first: offset(11) }));
        assert_eq!(decide(12, &[seen(12, Some(2))]), Err(SkipError::Passed));
        assert_eq!(decide(12, &[seen(11, None)]), Err(SkipError::NoRecord));
    }
}
