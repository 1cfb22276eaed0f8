//! From what a batch has left to do to calls of the script, and from the script's answers back to what is left.

use std::collections::HashMap;

use super::batch::{Batch, SliceWork, Value};
use super::cache::ReadCache;
use super::call::{Call, CallChannel, CallEvent, Expected, Outcome, StopCause, Write};
use super::decode::Change;
use super::delta::{self, Side};
use super::entry_id::EntryId;
use super::offset::NextOffset;
use super::position::{Position, TopicId};
use super::positions::Behind;
use super::slice::{Slice, SliceCount};
use super::wire::{DeltaChange, TagDataRef, encode_delta, encode_envelope_head};

/// What a partition's calls have in common.
#[derive(Clone, Debug)]
pub struct PlanSettings {
    pub partition: i32,
    pub topic_id: TopicId,
    pub slices: SliceCount,
    /// Whether deltas carry only what changed, where that is smaller.
    pub changed: bool,
    /// Upper limit of events in one call, at least 1.
    pub events_per_call: usize,
}

/// A call and the records that its events are, as indices into the batch.
#[derive(Debug)]
pub struct Planned {
    pub call: Call,
    records: Vec<usize>,
}

/// What came of a call, for its caller to act upon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// All events are applied. `already`: by an earlier try.
    Applied { events: usize, already: bool },
    /// An earlier call of the slice in the same pipeline did not go through whole: this one did nothing and is planned again.
    Overtaken,
    /// The slice stands further on than believed: an earlier try or another worker did it. So many records are skipped.
    Ahead { skipped: usize },
    /// The slice stands further back than believed: Redis lost what it had acknowledged.
    Behind(Behind),
    /// A value that a delta was made from is not there any more; so many events before it were applied.
    Stale { applied: usize },
    /// This record of the batch can never be applied, since a key has another type.
    Poison { applied: usize, record: usize, error: String },
    /// Not applied, and not the record's fault; so many events before it were.
    Failed { applied: usize, error: String },
}

impl Batch {
    /// The calls for all that is left, in each slice in order.
    pub fn plan(&self, settings: &PlanSettings, cache: &ReadCache, now_ms: u64) -> Vec<Planned> {
        let mut planned = Vec::new();
        for work in self.unfinished() {
            self.plan_slice(work, settings, cache, now_ms, &mut planned);
        }
        planned
    }

    fn plan_slice(&self, work: &SliceWork, settings: &PlanSettings, cache: &ReadCache, now_ms: u64, planned: &mut Vec<Planned>) {
        let mut ahead = HashMap::new();
        let mut base = work.base.clone();
        let in_order: Vec<usize> = work.left.iter().rev().copied().collect();
        let mut chunks = in_order.chunks(settings.events_per_call.max(1)).peekable();
        loop {
            let records = chunks.next().unwrap_or_default();
            let following = chunks.peek().and_then(|chunk| chunk.first());
            let next = following.map_or(self.next, |record| NextOffset::before(self.records[*record].record.offset));
            let next = Position::new(settings.topic_id.clone(), next);
            let call = self.call(work.slice, base.replace(next.clone()), next, records, settings, &mut ahead, cache, now_ms);
            planned.push(Planned { call, records: records.to_vec() });
            if following.is_none() {
                return;
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one call, gathered at one place")]
    fn call(
        &self,
        slice: Slice,
        base: Option<Position>,
        next: Position,
        records: &[usize],
        settings: &PlanSettings,
        ahead: &mut HashMap<usize, usize>,
        cache: &ReadCache,
        now_ms: u64,
    ) -> Call {
        let mut call = Call { slice, base, next, channels: Vec::new(), events: Vec::with_capacity(records.len()) };
        let mut numbers: HashMap<usize, (usize, bool)> = HashMap::new();
        let last_event: HashMap<usize, usize> = records.iter().map(|record| (self.records[*record].object, *record)).collect();
        let first_of_call = records.first().copied().unwrap_or_default();
        for index in records.iter().copied() {
            let entry = &self.records[index];
            let record = &entry.record;
            let channel = self.objects[entry.object].channel;
            let (number, has_set) = numbers.entry(channel).or_insert_with(|| {
                let known = &self.channels[channel];
                call.channels.push(CallChannel { path: known.path.clone(), refresh: cache.needs_refresh(&known.key, now_ms) });
                (call.channels.len() - 1, false)
            });
            let number = *number;
            let name = record.event.name.to_string();
            let mut delta = Vec::new();
            let timestamp = record.timestamp_ms;
            let offset = record.offset.get();
            let (write, expected) = match &record.event.change {
                Change::Delete => {
                    encode_delta(settings.partition, offset, timestamp, &name, DeltaChange::Deleted, &mut delta);
                    (Write::Delete, Expected::Anything)
                }
                Change::Set(tag_data) => {
                    let (previous, expected) = self.previous(entry.object, ahead, first_of_call);
                    let changed = previous.filter(|_| settings.changed).and_then(|previous| changed(previous, tag_data));
                    let (change, expected) = match &changed {
                        Some(changed) => (DeltaChange::Changed(changed), expected),
                        None => (DeltaChange::Set(tag_data), Expected::Anything),
                    };
                    encode_delta(settings.partition, offset, timestamp, &name, change, &mut delta);
                    let mut envelope_head = Vec::with_capacity(tag_data.len() + 16);
                    encode_envelope_head(tag_data, timestamp, &mut envelope_head);
                    // The first set of a channel is written at once too: it finds out whether the hash takes one.
                    let now = last_event[&entry.object] == index || !std::mem::replace(has_set, true);
                    *has_set = true;
                    (Write::Set { envelope_head, now }, expected)
                }
            };
            ahead.insert(entry.object, index);
            call.events.push(CallEvent { offset: record.offset, channel: number, name, delta, write, expected });
        }
        call
    }

    /// The object's TagData before its next event, where it is known, and what a delta made from it stands on.
    fn previous(&self, object: usize, ahead: &HashMap<usize, usize>, first_of_call: usize) -> (Option<&[u8]>, Expected) {
        if let Some(earlier) = ahead.get(&object) {
            // Set by an earlier call, it is whole again: that call may be overtaken by another worker's, whose values expired since.
            return (self.tag_data(*earlier).filter(|_| *earlier >= first_of_call), Expected::Anything);
        }
        match &self.objects[object].value {
            Value::Unknown | Value::Absent => (None, Expected::Anything),
            Value::Held(value) => (Some(&value.tag_data), Expected::Entry(value.id)),
            Value::Set { record, id } => (self.tag_data(*record), Expected::Entry(*id)),
        }
    }

    fn tag_data(&self, record: usize) -> Option<&[u8]> {
        match &self.records[record].record.event.change {
            Change::Set(tag_data) => Some(tag_data),
            Change::Delete => None,
        }
    }

    /// Takes in the answer to one call. The answers of a slice come in the order of its calls.
    pub fn settle(
        &mut self,
        planned: &Planned,
        outcome: Outcome,
        settings: &PlanSettings,
        cache: &mut ReadCache,
        sent_at_ms: u64,
    ) -> Settled {
        let slice = planned.call.slice;
        let Some(work) = self.work_mut(slice) else { return Settled::Overtaken };
        if work.base != planned.call.base {
            return Settled::Overtaken;
        }
        match outcome {
            Outcome::Applied(ids) => {
                self.advance(planned, planned.records.len(), &ids, planned.call.next.clone());
                self.note_refreshes(planned, planned.records.len(), cache, sent_at_ms);
                Settled::Applied { events: planned.records.len(), already: false }
            }
            Outcome::Already => {
                self.advance(planned, planned.records.len(), &[], planned.call.next.clone());
                // Nobody knows when that was, and whether its channels live.
                self.forget_slice(slice, cache);
                Settled::Applied { events: planned.records.len(), already: true }
            }
            Outcome::Conflict(found) => self.conflict(planned, found, settings, cache),
            Outcome::Stopped { at, ids, cause } => self.stopped(planned, at, &ids, cause, settings, cache, sent_at_ms),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one answer, and what it is settled with")]
    fn stopped(
        &mut self,
        planned: &Planned,
        at: usize,
        ids: &[EntryId],
        cause: StopCause,
        settings: &PlanSettings,
        cache: &mut ReadCache,
        sent_at_ms: u64,
    ) -> Settled {
        let Some(record) = planned.records.get(at).copied() else {
            // Only a call without events stops beyond them: its position could not be written.
            let error = match cause {
                StopCause::Stale => String::new(),
                StopCause::Poison(error) | StopCause::Failed(error) => error,
            };
            return Settled::Failed { applied: 0, error };
        };
        if at > 0 {
            let reached = NextOffset::before(self.records[record].record.offset);
            self.advance(planned, at, ids, Position::new(settings.topic_id.clone(), reached));
            self.note_refreshes(planned, at, cache, sent_at_ms);
        }
        match cause {
            StopCause::Stale => {
                self.forget_slice(planned.call.slice, cache);
                Settled::Stale { applied: at }
            }
            StopCause::Poison(error) => {
                // Where a key has another type, what it held before is gone, and so it stays when that key is deleted.
                self.forget_slice(planned.call.slice, cache);
                Settled::Poison { applied: at, record, error }
            }
            StopCause::Failed(error) => Settled::Failed { applied: at, error },
        }
    }

    /// The first `events` of a call are applied and the slice stands at `reached`.
    fn advance(&mut self, planned: &Planned, events: usize, ids: &[EntryId], reached: Position) {
        for (event, record) in planned.records[..events].iter().enumerate() {
            let entry = &self.records[*record];
            let value = match entry.record.event.change {
                Change::Set(_) => ids.get(event).map_or(Value::Unknown, |id| Value::Set { record: *record, id: *id }),
                Change::Delete => Value::Absent,
            };
            self.objects[entry.object].value = value;
        }
        let end = self.next;
        if let Some(work) = self.work_mut(planned.call.slice) {
            work.left.truncate(work.left.len().saturating_sub(events));
            work.unfinished = !work.left.is_empty() || reached.next < end;
            work.base = Some(reached);
        }
    }

    fn note_refreshes(&self, planned: &Planned, events: usize, cache: &mut ReadCache, sent_at_ms: u64) {
        for record in &planned.records[..events] {
            let channel = self.objects[self.records[*record].object].channel;
            let path = &self.channels[channel].path;
            if planned.call.channels.iter().any(|called| called.refresh && called.path == *path) {
                cache.refreshed(&self.channels[channel].key, sent_at_ms);
            }
        }
    }

    fn conflict(&mut self, planned: &Planned, found: Option<Position>, settings: &PlanSettings, cache: &mut ReadCache) -> Settled {
        let slice = planned.call.slice;
        let believed = planned.call.base.clone();
        let place = |position: &Option<Position>| position.as_ref().and_then(|position| position.next_in(&settings.topic_id));
        let Some(reached) = place(&found).filter(|reached| place(&believed).is_none_or(|believed| *reached > believed)) else {
            return Settled::Behind(Behind { slice, believed, found });
        };
        self.forget_slice(slice, cache);
        let end = self.next;
        let left = self.work_mut(slice).map(|work| std::mem::take(&mut work.left)).unwrap_or_default();
        let before = left.len();
        let left: Vec<usize> = left.into_iter().filter(|record| !reached.covers(self.records[*record].record.offset)).collect();
        let Some(work) = self.work_mut(slice) else { return Settled::Overtaken };
        work.left = left;
        let skipped = before - work.left.len();
        work.base = found;
        work.unfinished = !work.left.is_empty() || reached < end;
        Settled::Ahead { skipped }
    }

    /// The timestamps of the first `events` of a call, where there are any.
    pub fn timestamps(&self, planned: &Planned, events: usize) -> impl Iterator<Item = i64> {
        planned.records.iter().take(events).filter_map(|record| self.records[*record].record.timestamp_ms)
    }

    /// A record that can not be applied is accounted for elsewhere: the slice goes on after it with an empty call.
    pub fn pass(&mut self, record: usize) {
        let slice = self.channels[self.objects[self.records[record].object].channel].slice;
        if let Some(work) = self.work_mut(slice) {
            work.left.retain(|left| *left != record);
        }
    }
}

/// The encoded `Changed`, where it says the same as the whole value in fewer bytes.
fn changed(previous: &[u8], new: &[u8]) -> Option<Vec<u8>> {
    let previous = TagDataRef::decode(previous).ok()?;
    let after = TagDataRef::decode(new).ok()?;
    if !previous.same_but_data_and_lifetime(&after) {
        return None;
    }
    delta::changed(Side { data: previous.data, lifetime: previous.lifetime }, Side { data: after.data, lifetime: after.lifetime })
        .filter(|changed| changed.len() < new.len())
}

#[cfg(test)]
mod tests {
    use super::super::batch::Record;
    use super::super::batch::tests::{at, batch, cache, channel, delete, held, next, set, slice, slices, topic, with};
    use super::super::cache::{CachedValue, Lookup};
    use super::super::channel::ChannelKey;
    use super::*;
    use crate::core::tag_data::{Change as DeltaKind, Delta};
    use prost::Message;

    const M1: &str = "\"m\":1";
    const M2: &str = "\"m\":2";

    fn settings(events_per_call: usize) -> PlanSettings {
        PlanSettings { partition: 3, topic_id: topic(), slices: slices(), changed: true, events_per_call }
    }

    fn id(ms: u64) -> EntryId {
        EntryId { ms, seq: 0 }
    }

    fn a() -> ChannelKey {
        channel(0, 0)
    }

    /// A batch whose values are known: those of the cache, all others absent.
    fn ready(records: Vec<Record>, end: i64, cache: &mut ReadCache) -> Batch {
        let mut batch = batch(records, end, [at(1), at(1)]);
        for wanted in batch.look_up(cache, 0) {
            batch.fill(wanted.object, None, cache, 0);
        }
        batch
    }

    fn places(planned: &[Planned]) -> Vec<(i64, i64, usize)> {
        let place = |position: &Option<Position>| position.as_ref().map_or(-1, |position| position.next.get());
        planned.iter().map(|planned| (place(&planned.call.base), planned.call.next.next.get(), planned.call.events.len())).collect()
    }

    fn kinds(planned: &[Planned]) -> Vec<(&'static str, Expected)> {
        let kind = |event: &CallEvent| match Delta::decode(event.delta.as_slice()).unwrap().change.unwrap() {
            DeltaKind::Set(_) => ("set", event.expected),
            DeltaKind::Changed(_) => ("changed", event.expected),
            DeltaKind::Deleted(_) => ("deleted", event.expected),
        };
        planned.iter().flat_map(|planned| planned.call.events.iter().map(kind)).collect()
    }

    fn written_now(planned: &Planned) -> Vec<Option<bool>> {
        let now = |event: &CallEvent| match event.write {
            Write::Set { now, .. } => Some(now),
            Write::Delete => None,
        };
        planned.call.events.iter().map(now).collect()
    }

    fn lefts(batch: &Batch) -> Vec<(i64, i64, usize)> {
        places(&batch.plan(&settings(100), &cache(), 0))
    }

    /// Five sets of five objects in one slice, in calls of two.
    fn five() -> (Batch, Vec<Planned>, ReadCache) {
        let mut cache = cache();
        let records = (1..6).map(|offset| set(offset, &a(), &format!("{offset}"), M1)).collect();
        let batch = ready(records, 9, &mut cache);
        let planned = batch.plan(&settings(2), &cache, 0);
        (batch, planned, cache)
    }

    fn settle(batch: &mut Batch, planned: &Planned, outcome: Outcome, cache: &mut ReadCache) -> Settled {
        batch.settle(planned, outcome, &settings(2), cache, 0)
    }

    #[test]
    fn the_calls_of_a_slice_go_on_where_the_one_before_ends_and_the_last_one_at_the_end_of_the_batch() {
        let (_, planned, _) = five();
        assert_eq!(places(&planned), [(1, 3, 2), (3, 5, 2), (5, 9, 1)]);
        let offsets: Vec<i64> = planned.iter().flat_map(|planned| planned.call.events.iter().map(|event| event.offset.get())).collect();
        assert_eq!(offsets, [1, 2, 3, 4, 5]);
        assert!(planned.iter().all(|planned| planned.call.slice == slice(0) && planned.call.channels.len() == 1));
    }

    #[test]
    fn each_slice_is_brought_to_the_end_of_the_batch() {
        let mut cache = cache();
        let batch = ready(vec![set(1, &a(), "x", M1), set(2, &channel(1, 0), "x", M1)], 9, &mut cache);
        assert_eq!(places(&batch.plan(&settings(8), &cache, 0)), [(1, 9, 1), (1, 9, 1)]);
    }

    #[test]
    fn only_the_last_set_of_an_object_is_written_and_the_first_of_a_channel_as_well() {
        let mut cache = cache();
        let records = vec![
            set(1, &a(), "x", M1),
            set(2, &a(), "y", M1),
            set(3, &a(), "x", M2),
            set(4, &channel(0, 1), "y", M1),
            set(5, &a(), "y", M2),
        ];
        let batch = ready(records, 6, &mut cache);
        let planned = batch.plan(&settings(8), &cache, 0);
        assert_eq!(written_now(&planned[0]), [Some(true), Some(false), Some(true), Some(true), Some(true)]);
    }

    #[test]
    fn a_deletion_is_never_left_out_and_is_no_first_set() {
        let mut cache = cache();
        let records = vec![delete(1, &a(), "x"), set(2, &a(), "x", M1), delete(3, &a(), "x"), set(4, &a(), "x", M2)];
        let batch = ready(records, 5, &mut cache);
        let planned = batch.plan(&settings(8), &cache, 0);
        assert_eq!(written_now(&planned[0]), [None, Some(true), None, Some(true)]);
        let [deleted, set] = [("deleted", Expected::Anything), ("set", Expected::Anything)];
        assert_eq!(kinds(&planned), [deleted, set, deleted, set]);
    }

    #[test]
    fn a_set_in_another_call_does_not_excuse_one_from_being_written() {
        let mut cache = cache();
        let records = (1..5).map(|offset| set(offset, &a(), "x", M1)).collect();
        let batch = ready(records, 5, &mut cache);
        let planned = batch.plan(&settings(2), &cache, 0);
        assert_eq!([written_now(&planned[0]), written_now(&planned[1])], [[Some(true), Some(true)], [Some(true), Some(true)]]);
    }

    #[test]
    fn a_change_says_what_it_stands_on() {
        let mut cache = cache();
        cache.store(&a(), "cached", held(M1, 7));
        let records = vec![set(1, &a(), "cached", M2), set(2, &a(), "absent", M2), set(3, &a(), "absent", M1), set(4, &a(), "cached", M1)];
        let batch = ready(records, 5, &mut cache);
        let planned = batch.plan(&settings(3), &cache, 0);
        assert_eq!(
            kinds(&planned),
            [
                ("changed", Expected::Entry(id(7))),
                ("set", Expected::Anything),
                ("changed", Expected::Anything),
                ("set", Expected::Anything),
            ],
            "the third stands on its own call; the fourth would stand on the call before, which another worker may have made"
        );
    }

    #[test]
    fn a_value_that_was_not_looked_up_is_written_whole() {
        let batch = batch(vec![set(1, &a(), "x", M1)], 2, [at(1), None]);
        assert_eq!(kinds(&batch.plan(&settings(4), &cache(), 0)), [("set", Expected::Anything)]);
    }

    #[test]
    fn a_change_is_only_written_where_it_is_smaller_and_wanted() {
        let short = |data: &str| -> Vec<u8> { [&[0x22, u8::try_from(data.len()).unwrap()], data.as_bytes()].concat() };
        let mut cache = cache();
        cache.store(&a(), "short", CachedValue { tag_data: short("{\"m\":1}").into(), id: id(1) });
        cache.store(&a(), "text", CachedValue { tag_data: short("no object").into(), id: id(1) });
        cache.store(&a(), "long", held(M1, 1));
        let records = vec![
            with(1, &a(), "short", Change::Set(short("{\"n\":1}").into())),
            set(2, &a(), "text", M1),
            with(3, &a(), "long", Change::Set(short("{}").into())),
        ];
        let batch = ready(records, 4, &mut cache);
        assert!(kinds(&batch.plan(&settings(4), &cache, 0)).iter().all(|kind| *kind == ("set", Expected::Anything)));
        let mut cache = self::cache();
        cache.store(&a(), "long", held(M1, 1));
        let batch = ready(vec![set(1, &a(), "long", M2)], 2, &mut cache);
        let full = PlanSettings { changed: false, ..settings(4) };
        assert_eq!(kinds(&batch.plan(&full, &cache, 0)), [("set", Expected::Anything)]);
    }

    #[test]
    fn what_was_applied_is_what_the_next_change_stands_on() {
        let mut cache = cache();
        let mut batch = ready(vec![set(1, &a(), "x", M1), set(2, &a(), "x", M2)], 3, &mut cache);
        let planned = batch.plan(&settings(1), &cache, 0);
        assert_eq!(
            settle(&mut batch, &planned[0], Outcome::Applied(vec![id(5)]), &mut cache),
            Settled::Applied { events: 1, already: false }
        );
        assert_eq!(kinds(&batch.plan(&settings(1), &cache, 0)), [("changed", Expected::Entry(id(5)))]);
    }

    #[test]
    fn an_earlier_try_that_went_through_leaves_nothing_certain() {
        let mut cache = cache();
        cache.store(&a(), "x", held(M1, 1));
        let mut batch = ready(vec![set(1, &a(), "x", M1), set(2, &a(), "x", M2)], 3, &mut cache);
        let planned = batch.plan(&settings(1), &cache, 0);
        assert_eq!(settle(&mut batch, &planned[0], Outcome::Already, &mut cache), Settled::Applied { events: 1, already: true });
        assert_eq!(kinds(&batch.plan(&settings(1), &cache, 0)), [("set", Expected::Anything)]);
        assert_eq!(batch.look_up(&mut cache, 0).len(), 1);
    }

    #[test]
    fn a_slice_that_is_further_on_skips_to_there_and_its_values_are_read_again() {
        let (mut batch, planned, mut cache) = five();
        cache.store(&a(), "4", held(M1, 7));
        assert_eq!(settle(&mut batch, &planned[0], Outcome::Conflict(at(4)), &mut cache), Settled::Ahead { skipped: 3 });
        assert_eq!(settle(&mut batch, &planned[1], Outcome::Conflict(at(4)), &mut cache), Settled::Overtaken);
        assert_eq!(lefts(&batch), [(4, 9, 2)]);
        assert_eq!(cache.lookup(&a(), "4", 0), Lookup::Miss);
        assert_eq!(batch.look_up(&mut cache, 0).len(), 2);
    }

    #[test]
    fn a_slice_that_is_further_on_than_the_batch_is_done() {
        let (mut batch, planned, mut cache) = five();
        assert_eq!(settle(&mut batch, &planned[0], Outcome::Conflict(at(12)), &mut cache), Settled::Ahead { skipped: 5 });
        assert_eq!(batch.unfinished().count(), 0);
        assert_eq!(batch.slices()[0].base, at(12));
    }

    #[test]
    fn a_slice_that_is_further_back_is_told_and_nothing_is_taken_for_applied() {
        let other = Some(Position::new(TopicId::new("other"), next(99)));
        for found in [None, at(0), other] {
            let (mut batch, planned, mut cache) = five();
            let behind = Settled::Behind(Behind { slice: slice(0), believed: at(1), found: found.clone() });
            assert_eq!(settle(&mut batch, &planned[0], Outcome::Conflict(found), &mut cache), behind);
            assert_eq!(lefts(&batch), [(1, 9, 5)]);
        }
    }

    #[test]
    fn a_call_that_stops_keeps_what_was_before_and_overtakes_the_one_behind() {
        let causes = [StopCause::Stale, StopCause::Poison("P".to_owned()), StopCause::Failed("F".to_owned())];
        for cause in causes {
            for applied in [0, 1] {
                let (mut batch, planned, mut cache) = five();
                let ids = vec![id(5); applied];
                let settled = settle(&mut batch, &planned[0], Outcome::Stopped { at: applied, ids, cause: cause.clone() }, &mut cache);
                let expected = match &cause {
                    StopCause::Stale => Settled::Stale { applied },
                    StopCause::Poison(error) => Settled::Poison { applied, record: applied, error: error.clone() },
                    StopCause::Failed(error) => Settled::Failed { applied, error: error.clone() },
                };
                assert_eq!(settled, expected);
                assert_eq!(settle(&mut batch, &planned[1], Outcome::Conflict(at(2)), &mut cache), Settled::Overtaken);
                assert_eq!(lefts(&batch), [(1 + applied as i64, 9, 5 - applied)]);
            }
        }
    }

    #[test]
    fn the_second_call_of_a_pipeline_may_stop_alone() {
        let (mut batch, planned, mut cache) = five();
        settle(&mut batch, &planned[0], Outcome::Applied(vec![id(1), id(2)]), &mut cache);
        let stopped = Outcome::Stopped { at: 1, ids: vec![id(3)], cause: StopCause::Failed("OOM".to_owned()) };
        assert_eq!(settle(&mut batch, &planned[1], stopped, &mut cache), Settled::Failed { applied: 1, error: "OOM".to_owned() });
        assert_eq!(settle(&mut batch, &planned[2], Outcome::Conflict(at(4)), &mut cache), Settled::Overtaken);
        assert_eq!(lefts(&batch), [(4, 9, 2)]);
    }

    #[test]
    fn an_answer_of_a_second_call_without_one_of_the_first_proves_nothing() {
        let (mut batch, planned, mut cache) = five();
        assert_eq!(settle(&mut batch, &planned[1], Outcome::Applied(vec![id(3), id(4)]), &mut cache), Settled::Overtaken);
        assert_eq!(lefts(&batch), [(1, 9, 5)]);
    }

    #[test]
    fn a_stale_value_is_read_again_and_those_of_its_slice_too() {
        let mut cache = cache();
        cache.store(&a(), "x", held(M1, 7));
        let mut batch = ready(vec![set(1, &a(), "x", M2)], 2, &mut cache);
        let planned = batch.plan(&settings(2), &cache, 0);
        settle(&mut batch, &planned[0], Outcome::Stopped { at: 0, ids: vec![], cause: StopCause::Stale }, &mut cache);
        let wanted = batch.look_up(&mut cache, 0);
        assert_eq!(wanted.len(), 1);
        batch.fill(wanted[0].object, Some(held(M1, 8)), &mut cache, 0);
        assert_eq!(kinds(&batch.plan(&settings(2), &cache, 0)), [("changed", Expected::Entry(id(8)))]);
    }

    #[test]
    fn a_poisoned_record_is_passed_and_the_slice_goes_on_behind_it() {
        let (mut batch, planned, mut cache) = five();
        let poison = |at| Outcome::Stopped { at, ids: vec![id(5); at], cause: StopCause::Poison("WRONGTYPE".to_owned()) };
        let Settled::Poison { record, .. } = settle(&mut batch, &planned[0], poison(1), &mut cache) else { panic!() };
        batch.pass(record);
        assert_eq!(lefts(&batch), [(2, 9, 3)]);
        let mut cache = self::cache();
        let mut batch = ready(vec![set(1, &a(), "x", M1)], 9, &mut cache);
        let planned = batch.plan(&settings(2), &cache, 0);
        let Settled::Poison { record, .. } = settle(&mut batch, &planned[0], poison(0), &mut cache) else { panic!() };
        batch.pass(record);
        assert_eq!(lefts(&batch), [(1, 9, 0)], "an empty call past it");
    }

    #[test]
    fn an_empty_call_that_redis_refuses_is_no_ones_fault() {
        let mut cache = cache();
        let mut batch = batch(vec![set(0, &a(), "x", M1)], 9, [at(1), None]);
        let planned = batch.plan(&settings(2), &cache, 0);
        assert_eq!(places(&planned), [(1, 9, 0)]);
        let refused = Outcome::Stopped { at: 0, ids: vec![], cause: StopCause::Failed("OOM".to_owned()) };
        assert_eq!(settle(&mut batch, &planned[0], refused, &mut cache), Settled::Failed { applied: 0, error: "OOM".to_owned() });
        assert_eq!(batch.unfinished().count(), 1);
    }

    #[test]
    fn the_cache_keeps_what_the_batch_leaves_behind() {
        let mut cache = cache();
        cache.store(&a(), "gone", held(M1, 1));
        let records = vec![set(1, &a(), "set", M1), delete(2, &a(), "gone"), set(3, &a(), "twice", M1), set(4, &a(), "twice", M2)];
        let mut batch = ready(records, 5, &mut cache);
        let planned = batch.plan(&settings(8), &cache, 0);
        settle(&mut batch, &planned[0], Outcome::Applied((5..9).map(id).collect()), &mut cache);
        batch.keep(&mut cache);
        assert_eq!(cache.lookup(&a(), "set", 0), Lookup::Hit(&held(M1, 5)));
        assert_eq!(cache.lookup(&a(), "gone", 0), Lookup::Absent);
        assert_eq!(cache.lookup(&a(), "twice", 0), Lookup::Hit(&held(M2, 8)));
    }

    #[test]
    fn the_cache_keeps_nothing_of_what_is_not_known_any_more() {
        let (mut batch, planned, mut cache) = five();
        cache.store(&a(), "1", held(M1, 1));
        settle(&mut batch, &planned[0], Outcome::Conflict(at(12)), &mut cache);
        cache.store(&a(), "1", held(M1, 1));
        batch.keep(&mut cache);
        assert_eq!(cache.lookup(&a(), "1", 0), Lookup::Miss);
    }

    #[test]
    fn a_channel_is_refreshed_when_its_time_has_come_and_that_counts_from_when_it_was_sent() {
        let mut cache = ReadCache::new(1 << 20, slices(), Some(1_000));
        let mut batch = batch(vec![set(1, &a(), "x", M1), set(2, &a(), "y", M1)], 3, [at(1), None]);
        let planned = batch.plan(&settings(8), &cache, 100);
        assert!(planned[0].call.channels[0].refresh);
        batch.settle(&planned[0], Outcome::Applied(vec![id(1), id(2)]), &settings(8), &mut cache, 100);
        assert!(!cache.needs_refresh(&a(), 349));
        assert!(cache.needs_refresh(&a(), 350));
    }

    #[test]
    fn a_call_that_went_through_unheard_refreshes_nothing_for_certain() {
        let mut cache = ReadCache::new(1 << 20, slices(), Some(1_000));
        let mut batch = batch(vec![set(1, &a(), "x", M1)], 2, [at(1), None]);
        let planned = batch.plan(&settings(8), &cache, 100);
        batch.settle(&planned[0], Outcome::Already, &settings(8), &mut cache, 100);
        assert!(cache.needs_refresh(&a(), 100));
    }
}
