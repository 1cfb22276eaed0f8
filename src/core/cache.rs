//! The read cache of a partition: the last known value of each object that its events touched lately, bounded in bytes.
//!
//! A cached value is a guess. It is taken for the value that Redis holds only while its channel's keys certainly live: the channel's
//! last refresh is known and younger than three quarters of the time to live. When a channel was refreshed is an entry of its own in
//! the same order of use, so that it counts into the same budget and stays about as long as the values that depend on it.

use std::collections::HashMap;
use std::sync::Arc;

use lru::LruCache;

use super::channel::ChannelKey;
use super::entry_id::EntryId;
use super::slice::{Slice, SliceCount};
use super::wire::decode_envelope;

/// An object as the partition's task last knew it in Redis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedValue {
    /// The stored TagData bytes.
    pub tag_data: Arc<[u8]>,
    /// The stream entry that set it.
    pub id: EntryId,
}

impl CachedValue {
    /// A snapshot's field. `None` for bytes that are no envelope, or that no entry is known to have set: nothing can be compared with
    /// them, so they are as good as no value, and the next event writes a whole one.
    pub fn of_envelope(bytes: &[u8]) -> Option<Self> {
        let envelope = decode_envelope(bytes).ok()?;
        let text = envelope.sequence_number?;
        let id = text.parse::<EntryId>().ok().filter(|id| id.to_string() == text)?;
        Some(Self { tag_data: envelope.tag_data.into(), id })
    }
}

/// What the cache knows of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup<'a> {
    Hit(&'a CachedValue),
    /// Known not to be there.
    Absent,
    /// Not known: to be read from Redis.
    Miss,
}

/// Counts since the cache was made, and what it holds now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheCounters {
    /// Lookups that were answered, known-absent ones included.
    pub hits: u64,
    pub misses: u64,
    /// Objects that left for want of room.
    pub evictions: u64,
    /// Objects held, known-absent ones included.
    pub entries: u64,
    /// Bytes held, bookkeeping included. Never above the budget.
    pub bytes: u64,
}

/// The read cache; owned by one partition's task. Times are milliseconds of one monotonic clock.
#[derive(Debug)]
pub struct ReadCache {
    /// Channels by their key, objects by their channel's key and their name behind it. The key says where it ends and a name is never
    /// empty, so no two of them meet.
    slots: LruCache<Box<[u8]>, Slot>,
    budget: u64,
    slices: SliceCount,
    ttl_ms: Option<u64>,
    /// Goes up whenever something held stops to count, and the age at which each slice was last forgotten. What is older than its
    /// slice's counts as gone. It still takes its room until it is evicted: a failover makes many slices forget at once, and looking
    /// for their objects among millions each time would stop the partition. At most one number per slice, outside the budget.
    age: u64,
    forgotten: HashMap<Slice, u64>,
    counters: CacheCounters,
    /// Where keys are put together for looking up, so that no lookup allocates.
    key: Vec<u8>,
}

#[derive(Debug)]
struct Slot {
    age: u64,
    held: Held,
}

#[derive(Debug)]
enum Held {
    Value(CachedValue),
    Absent,
    Refreshed(Refreshed),
}

/// How long a channel is known to live without a break.
#[derive(Clone, Copy, Debug)]
struct Refreshed {
    at_ms: u64,
    /// Its keys may have expired before this age: what is older is of a life that may be over.
    since: u64,
}

// What a slot takes beside the bytes of its key and value: the list's node, the headers and the rounding of three allocations, its part
// of a hash table that is 7/16 to 7/8 full. Measured as resident memory over 260,000 to 480,000 slots (x86_64, glibc): 147 to 162 bytes;
// the rest is for the second table while one grows.
const SLOT_OVERHEAD: u64 = 200;

impl ReadCache {
    /// `budget` in bytes; `ttl_ms` is how long a channel's keys live after a refresh, `None` for ever.
    pub fn new(budget: u64, slices: SliceCount, ttl_ms: Option<u64>) -> Self {
        Self {
            slots: LruCache::unbounded(),
            budget,
            slices,
            ttl_ms,
            age: 0,
            forgotten: HashMap::new(),
            counters: CacheCounters::default(),
            key: Vec::new(),
        }
    }

    /// What is known at `now_ms` of the object `name` of `channel`. Counts as a use of both.
    pub fn lookup(&mut self, channel: &ChannelKey, name: &str, now_ms: u64) -> Lookup<'_> {
        let forgotten = self.oldest_valid(channel);
        let refreshed = self.slots.get(channel.as_bytes()).and_then(|slot| slot.refreshed(forgotten));
        let oldest = match (self.ttl_ms, refreshed) {
            (None, _) => Some(forgotten),
            (Some(ttl_ms), Some(refreshed)) => refreshed.lives(now_ms, ttl_ms).then_some(forgotten.max(refreshed.since)),
            (Some(_), None) => None,
        };
        join(&mut self.key, channel, name);
        let slot = self.slots.get(self.key.as_slice()).filter(|slot| oldest.is_some_and(|oldest| slot.age >= oldest));
        let found = match slot.map(|slot| &slot.held) {
            Some(Held::Value(value)) => Lookup::Hit(value),
            Some(Held::Absent) => Lookup::Absent,
            Some(Held::Refreshed(_)) | None => Lookup::Miss,
        };
        let count = if found == Lookup::Miss { &mut self.counters.misses } else { &mut self.counters.hits };
        *count += 1;
        found
    }

    /// Whether the next call should refresh the time to live of this channel's keys: its last refresh is not known or a quarter of that
    /// time old. Keys that live for ever are refreshed once too: they may still have the expiry of an earlier setting.
    pub fn needs_refresh(&self, channel: &ChannelKey, now_ms: u64) -> bool {
        let oldest = self.oldest_valid(channel);
        let refreshed = self.slots.peek(channel.as_bytes()).and_then(|slot| slot.refreshed(oldest));
        refreshed.is_none_or(|refreshed| self.ttl_ms.is_some_and(|ttl_ms| now_ms.saturating_sub(refreshed.at_ms) >= ttl_ms / 4))
    }

    /// Whether what was taken for certain at `then_ms` may have expired: a look-up leaves a quarter of the time to live.
    pub fn may_have_expired(&self, then_ms: u64, now_ms: u64) -> bool {
        self.ttl_ms.is_some_and(|ttl_ms| now_ms.saturating_sub(then_ms) > ttl_ms / 4)
    }

    /// The channel's keys were given their whole time to live by a command that was sent at `sent_ms`: not when its answer came, for
    /// between the two the keys age already. Where they may have expired before that, the values that were held until now do not
    /// count any more.
    pub fn refreshed(&mut self, channel: &ChannelKey, sent_ms: u64) {
        let ttl_ms = self.ttl_ms.unwrap_or(u64::MAX);
        let oldest = self.oldest_valid(channel);
        let known = self.slots.peek(channel.as_bytes()).and_then(|slot| slot.refreshed(oldest));
        let refreshed = match known.filter(|known| known.lives(sent_ms, ttl_ms)) {
            Some(known) => Refreshed { at_ms: known.at_ms.max(sent_ms), ..known },
            None => {
                self.age += 1;
                Refreshed { at_ms: sent_ms, since: self.age }
            }
        };
        self.put(channel.as_bytes().into(), Held::Refreshed(refreshed));
    }

    /// The object's value is this, as read or as written. It is not kept where it alone is over the budget.
    pub fn store(&mut self, channel: &ChannelKey, name: &str, value: CachedValue) {
        self.hold(channel, name, Held::Value(value));
    }

    /// The object is not there, as read or after its deletion.
    pub fn store_absent(&mut self, channel: &ChannelKey, name: &str) {
        self.hold(channel, name, Held::Absent);
    }

    /// Nothing is known of the object any more.
    pub fn forget(&mut self, channel: &ChannelKey, name: &str) {
        join(&mut self.key, channel, name);
        if let Some((key, slot)) = self.slots.pop_entry(self.key.as_slice()) {
            self.uncount(&key, &slot);
        }
    }

    /// Nothing is known of a slice's channels any more. Takes the same time whatever the cache holds.
    pub fn forget_slice(&mut self, slice: Slice) {
        self.age += 1;
        self.forgotten.insert(slice, self.age);
    }

    /// Nothing is known any more. The monotonic counts go on.
    pub fn clear(&mut self) {
        self.slots = LruCache::unbounded();
        self.forgotten.clear();
        self.counters = CacheCounters { entries: 0, bytes: 0, ..self.counters };
    }

    /// Another budget in bytes; what is over it goes at once.
    pub fn set_budget(&mut self, bytes: u64) {
        self.budget = bytes;
        self.evict();
    }

    pub fn counters(&self) -> CacheCounters {
        self.counters
    }

    /// The age below which what is held of this channel was forgotten. The slice is computed only where any slice was.
    fn oldest_valid(&self, channel: &ChannelKey) -> u64 {
        if self.forgotten.is_empty() {
            return 0;
        }
        self.forgotten.get(&self.slices.slice_of(channel)).copied().unwrap_or(0)
    }

    fn hold(&mut self, channel: &ChannelKey, name: &str, held: Held) {
        self.slots.promote(channel.as_bytes());
        join(&mut self.key, channel, name);
        let key = self.key.as_slice().into();
        self.put(key, held);
    }

    fn put(&mut self, key: Box<[u8]>, held: Held) {
        let slot = Slot { age: self.age, held };
        let (bytes, objects) = (slot.bytes(&key), slot.objects());
        if let Some((old_key, old)) = self.slots.pop_entry(&*key) {
            self.uncount(&old_key, &old);
        }
        if bytes > self.budget {
            return;
        }
        self.slots.put(key, slot);
        self.counters.bytes += bytes;
        self.counters.entries += objects;
        self.evict();
    }

    fn evict(&mut self) {
        while self.counters.bytes > self.budget {
            let Some((key, slot)) = self.slots.pop_lru() else { return };
            self.uncount(&key, &slot);
            self.counters.evictions += slot.objects();
        }
    }

    fn uncount(&mut self, key: &[u8], slot: &Slot) {
        self.counters.bytes -= slot.bytes(key);
        self.counters.entries -= slot.objects();
    }
}

impl Refreshed {
    /// A quarter of the time to live is left for what a value is taken for.
    fn lives(self, now_ms: u64, ttl_ms: u64) -> bool {
        now_ms.saturating_sub(self.at_ms) < ttl_ms - ttl_ms / 4
    }
}

impl Slot {
    fn refreshed(&self, oldest_valid: u64) -> Option<Refreshed> {
        match self.held {
            Held::Refreshed(refreshed) if self.age >= oldest_valid => Some(refreshed),
            _ => None,
        }
    }

    fn bytes(&self, key: &[u8]) -> u64 {
        let value = match &self.held {
            Held::Value(value) => value.tag_data.len(),
            Held::Absent | Held::Refreshed(_) => 0,
        };
        (key.len() + value) as u64 + SLOT_OVERHEAD
    }

    /// 1 for an object, 0 for a channel.
    fn objects(&self) -> u64 {
        u64::from(!matches!(self.held, Held::Refreshed(_)))
    }
}

fn join(key: &mut Vec<u8>, channel: &ChannelKey, name: &str) {
    key.clear();
    key.extend_from_slice(channel.as_bytes());
    key.extend_from_slice(name.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::channel::Channel;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    const TTL: u64 = 1_000;
    const PLENTY: u64 = 1 << 30;

    fn slices() -> SliceCount {
        SliceCount::new(8).unwrap()
    }

    fn cache(budget: u64, ttl_ms: Option<u64>) -> ReadCache {
        ReadCache::new(budget, slices(), ttl_ms)
    }

    fn channel(number: usize) -> ChannelKey {
        Channel::new("app", format!("room-{number}"), "system").unwrap().key()
    }

    fn value(bytes: usize) -> CachedValue {
        CachedValue { tag_data: vec![7; bytes].into(), id: EntryId { ms: 5, seq: 1 } }
    }

    #[test]
    fn a_field_without_the_id_of_its_entry_is_no_value() {
        let read = CachedValue::of_envelope(b"\x0a\x02\x10\x00\x12\x035-1");
        assert_eq!(read, Some(CachedValue { tag_data: (*b"\x10\x00").into(), id: EntryId { ms: 5, seq: 1 } }));
        for bytes in [&b""[..], b"\x0a", b"\x0a\x00", b"\x0a\x00\x12\x01x", b"\x0a\x00\x12\x0405-1"] {
            assert_eq!(CachedValue::of_envelope(bytes), None, "{bytes:02x?}");
        }
    }

    #[test]
    fn what_was_stored_is_found_until_it_is_forgotten() {
        let mut cache = cache(PLENTY, None);
        assert_eq!(cache.lookup(&channel(1), "a", 0), Lookup::Miss);
        cache.store(&channel(1), "a", value(3));
        cache.store_absent(&channel(1), "b");
        assert_eq!(cache.lookup(&channel(1), "a", u64::MAX), Lookup::Hit(&value(3)));
        assert_eq!(cache.lookup(&channel(1), "b", 0), Lookup::Absent);
        assert_eq!(cache.lookup(&channel(2), "a", 0), Lookup::Miss);
        cache.forget(&channel(1), "a");
        assert_eq!(cache.lookup(&channel(1), "a", 0), Lookup::Miss);
        let counters = cache.counters();
        assert_eq!((counters.hits, counters.misses, counters.entries, counters.evictions), (2, 3, 1, 0));
    }

    #[test]
    fn a_value_is_not_believed_once_its_channel_may_have_expired() {
        let mut cache = cache(PLENTY, Some(TTL));
        cache.refreshed(&channel(1), 100);
        cache.store(&channel(1), "a", value(3));
        assert!(matches!(cache.lookup(&channel(1), "a", 849), Lookup::Hit(_)));
        assert_eq!(cache.lookup(&channel(1), "a", 850), Lookup::Miss);
        cache.refreshed(&channel(1), 800);
        assert!(matches!(cache.lookup(&channel(1), "a", 850), Lookup::Hit(_)));
        cache.refreshed(&channel(1), 300);
        assert!(matches!(cache.lookup(&channel(1), "a", 1_549), Lookup::Hit(_)), "an older refresh takes nothing away");
    }

    #[test]
    fn a_value_without_a_known_refresh_is_not_believed() {
        let mut cache = cache(PLENTY, Some(TTL));
        cache.store(&channel(1), "a", value(3));
        cache.store_absent(&channel(1), "b");
        assert_eq!(cache.lookup(&channel(1), "a", 0), Lookup::Miss);
        assert_eq!(cache.lookup(&channel(1), "b", 0), Lookup::Miss);
    }

    #[test]
    fn a_refresh_brings_no_value_back_whose_channel_may_have_expired() {
        let mut cache = cache(PLENTY, Some(TTL));
        cache.refreshed(&channel(1), 0);
        cache.store(&channel(1), "a", value(3));
        cache.refreshed(&channel(1), 1_200);
        assert_eq!(cache.lookup(&channel(1), "a", 1_200), Lookup::Miss, "it went with the keys at 1,000");
        cache.store(&channel(1), "a", value(4));
        cache.refreshed(&channel(1), 1_900);
        assert_eq!(cache.lookup(&channel(1), "a", 1_950), Lookup::Hit(&value(4)));
        assert_eq!(cache.lookup(&channel(2), "a", 0), Lookup::Miss);
    }

    #[test]
    fn a_refresh_brings_no_value_back_whose_last_refresh_is_not_known_any_more() {
        let mut cache = cache(PLENTY, Some(TTL));
        cache.store(&channel(1), "a", value(3));
        cache.refreshed(&channel(1), 0);
        assert_eq!(cache.lookup(&channel(1), "a", 0), Lookup::Miss);
    }

    #[test]
    fn a_refresh_is_wanted_after_a_quarter_of_the_time_to_live() {
        let mut with_ttl = cache(PLENTY, Some(TTL));
        assert!(with_ttl.needs_refresh(&channel(1), 0));
        with_ttl.refreshed(&channel(1), 100);
        assert!(!with_ttl.needs_refresh(&channel(1), 349));
        assert!(with_ttl.needs_refresh(&channel(1), 350));
    }

    #[test]
    fn keys_that_live_for_ever_are_refreshed_once() {
        let mut cache = cache(PLENTY, None);
        assert!(cache.needs_refresh(&channel(1), 0), "they may have the expiry of an earlier setting");
        cache.refreshed(&channel(1), 0);
        assert!(!cache.needs_refresh(&channel(1), u64::MAX));
    }

    #[test]
    fn a_forgotten_slice_forgets_its_channels_values_and_deadlines_only() {
        let mut cache = cache(PLENTY, Some(TTL));
        for number in 0..50 {
            cache.refreshed(&channel(number), 0);
            cache.store(&channel(number), "a", value(3));
        }
        let slice = slices().slice_of(&channel(0));
        cache.forget_slice(slice);
        for number in 0..50 {
            let gone = slices().slice_of(&channel(number)) == slice;
            assert_eq!(cache.lookup(&channel(number), "a", 0) == Lookup::Miss, gone);
            assert_eq!(cache.needs_refresh(&channel(number), 0), gone);
        }
        cache.refreshed(&channel(0), 0);
        assert_eq!(cache.lookup(&channel(0), "a", 0), Lookup::Miss, "a new deadline does not bring back an old value");
        cache.store(&channel(0), "a", value(4));
        assert_eq!(cache.lookup(&channel(0), "a", 0), Lookup::Hit(&value(4)));
    }

    #[test]
    fn clearing_forgets_everything_but_the_counts() {
        let mut cache = cache(PLENTY, Some(TTL));
        cache.refreshed(&channel(1), 0);
        cache.store(&channel(1), "a", value(3));
        cache.lookup(&channel(1), "a", 0);
        cache.clear();
        assert_eq!(cache.counters(), CacheCounters { hits: 1, ..CacheCounters::default() });
        assert!(cache.needs_refresh(&channel(1), 0));
        assert_eq!(cache.lookup(&channel(1), "a", 0), Lookup::Miss);
    }

    #[test]
    fn an_item_over_the_budget_is_not_kept_and_evicts_nothing() {
        let mut cache = cache(1_000, None);
        cache.store(&channel(1), "a", value(3));
        cache.store(&channel(1), "b", value(1_000));
        assert_eq!(cache.counters().entries, 1);
        cache.store(&channel(1), "a", value(1_000));
        assert_eq!(cache.lookup(&channel(1), "a", 0), Lookup::Miss, "nor does the value that it replaced stay");
        assert_eq!(cache.counters(), CacheCounters { misses: 1, ..CacheCounters::default() });
    }

    #[test]
    fn a_smaller_budget_holds_at_once() {
        let mut cache = cache(PLENTY, None);
        (0..100).for_each(|number| cache.store(&channel(number), "a", value(100)));
        let one = cache.counters().bytes / 100;
        cache.set_budget(10 * one + 50);
        assert!(cache.counters().bytes <= 10 * one + 50);
        assert_eq!(cache.counters().evictions + cache.counters().entries, 100);
        assert!(matches!(cache.lookup(&channel(99), "a", 0), Lookup::Hit(_)), "the last used stay");
        cache.set_budget(0);
        assert_eq!((cache.counters().bytes, cache.counters().entries), (0, 0));
    }

    #[test]
    fn a_deadline_stays_as_long_as_the_values_that_depend_on_it() {
        let mut cache = cache(10_000, Some(TTL));
        for number in 0..1_000 {
            cache.refreshed(&channel(number), 0);
            (0..3).for_each(|object| cache.store(&channel(number), &format!("{object}"), value(100)));
            assert!(matches!(cache.lookup(&channel(number), "0", 0), Lookup::Hit(_)));
        }
        // The 10,000 bytes hold about 8 channels with 3 objects each.
        let answered = (0..1_000).rev().take_while(|number| cache.lookup(&channel(*number), "0", 0) != Lookup::Miss).count();
        assert!(answered >= 7, "{answered}");
    }

    #[test]
    fn a_channel_that_is_only_written_keeps_its_deadline() {
        let mut cache = cache(2_000, Some(TTL));
        cache.refreshed(&channel(1), 0);
        (0..100).for_each(|object| cache.store(&channel(1), &format!("{object}"), value(100)));
        assert!(matches!(cache.lookup(&channel(1), "99", 0), Lookup::Hit(_)));
    }

    #[derive(Clone, Debug)]
    enum Step {
        Lookup(usize, usize),
        Store(usize, usize, usize),
        StoreAbsent(usize, usize),
        Forget(usize, usize),
        ForgetSlice(u32),
        Refreshed(usize),
        SetBudget(u64),
        Wait(u64),
        Clear,
    }

    fn step() -> impl Strategy<Value = Step> {
        let object = || (0usize..4, 0usize..4);
        prop_oneof![
            10 => object().prop_map(|(channel, name)| Step::Lookup(channel, name)),
            10 => (object(), 0usize..700).prop_map(|((channel, name), bytes)| Step::Store(channel, name, bytes)),
            3 => object().prop_map(|(channel, name)| Step::StoreAbsent(channel, name)),
            2 => object().prop_map(|(channel, name)| Step::Forget(channel, name)),
            1 => (0u32..8).prop_map(Step::ForgetSlice),
            4 => (0usize..4).prop_map(Step::Refreshed),
            1 => (0u64..3_000).prop_map(Step::SetBudget),
            2 => (0u64..500).prop_map(Step::Wait),
            1 => Just(Step::Clear),
        ]
    }

    fn run(cache: &mut ReadCache, step: &Step, now_ms: u64) {
        match step {
            Step::Lookup(at, name) => drop(cache.lookup(&channel(*at), &format!("{name}"), now_ms)),
            Step::Store(at, name, bytes) => cache.store(&channel(*at), &format!("{name}"), value(*bytes)),
            Step::StoreAbsent(at, name) => cache.store_absent(&channel(*at), &format!("{name}")),
            Step::Forget(at, name) => cache.forget(&channel(*at), &format!("{name}")),
            Step::ForgetSlice(slice) => cache.forget_slice(slices().slice(*slice).unwrap()),
            Step::Refreshed(at) => cache.refreshed(&channel(*at), now_ms),
            Step::SetBudget(bytes) => cache.set_budget(*bytes),
            Step::Wait(_) => {}
            Step::Clear => cache.clear(),
        }
    }

    /// What may be answered: the last value stored (`None`: absent) since anything made the cache forget it.
    type Known = HashMap<(usize, usize), Option<usize>>;

    fn remember(known: &mut Known, refreshed: &mut HashMap<usize, u64>, step: &Step, now_ms: u64, ttl: bool) {
        match step {
            Step::Store(at, name, bytes) => drop(known.insert((*at, *name), Some(*bytes))),
            Step::StoreAbsent(at, name) => drop(known.insert((*at, *name), None)),
            Step::Forget(at, name) => drop(known.remove(&(*at, *name))),
            Step::ForgetSlice(slice) => {
                known.retain(|(at, _), _| slices().slice_of(&channel(*at)).get() != *slice);
                refreshed.retain(|at, _| slices().slice_of(&channel(*at)).get() != *slice);
            }
            Step::Refreshed(at) => {
                let before = refreshed.insert(*at, now_ms);
                if ttl && before.is_none_or(|before| now_ms - before >= TTL - TTL / 4) {
                    known.retain(|(channel, _), _| channel != at);
                }
            }
            Step::Clear => (known.clear(), refreshed.clear()).0,
            Step::Lookup(..) | Step::SetBudget(_) | Step::Wait(_) => {}
        }
    }

    /// The plainest LRU: a queue of keys with their sizes, the least used in front.
    #[derive(Default)]
    struct Naive(VecDeque<((usize, usize), u64)>);

    impl Naive {
        fn take(&mut self, key: (usize, usize)) -> Option<u64> {
            let at = self.0.iter().position(|(held, _)| *held == key)?;
            self.0.remove(at).map(|(_, bytes)| bytes)
        }

        fn run(&mut self, step: &Step, budget: &mut u64) {
            let size = |at: usize, name: usize, bytes: usize| {
                (channel(at).as_bytes().len() + format!("{name}").len() + bytes) as u64 + SLOT_OVERHEAD
            };
            let put = match step {
                Step::Lookup(at, name) => self.take((*at, *name)).map(|bytes| ((*at, *name), bytes)),
                Step::Store(at, name, bytes) => Some(((*at, *name), size(*at, *name, *bytes))),
                Step::StoreAbsent(at, name) => Some(((*at, *name), size(*at, *name, 0))),
                _ => None,
            };
            match step {
                Step::Store(at, name, _) | Step::StoreAbsent(at, name) | Step::Forget(at, name) => drop(self.take((*at, *name))),
                Step::SetBudget(bytes) => *budget = *bytes,
                Step::Clear => self.0.clear(),
                _ => {}
            }
            self.0.extend(put.filter(|(_, bytes)| bytes <= budget));
            while self.0.iter().map(|(_, bytes)| bytes).sum::<u64>() > *budget {
                self.0.pop_front();
            }
        }
    }

    proptest! {
        #[test]
        fn the_least_recently_used_go_first(steps in prop::collection::vec(step(), 1..200)) {
            let (mut cache, mut naive, mut budget) = (cache(2_000, None), Naive::default(), 2_000);
            for step in steps.iter().filter(|step| !matches!(step, Step::ForgetSlice(_) | Step::Refreshed(_))) {
                run(&mut cache, step, 0);
                naive.run(step, &mut budget);
                let held: Vec<_> = naive.0.iter().rev().map(|((at, name), _)| [channel(*at).as_bytes(), format!("{name}").as_bytes()].concat()).collect();
                prop_assert!(cache.slots.iter().map(|(key, _)| key.to_vec()).eq(held));
                prop_assert_eq!(cache.counters().bytes, naive.0.iter().map(|(_, bytes)| bytes).sum::<u64>());
            }
        }

        #[test]
        fn only_what_is_certain_is_answered_and_the_budget_holds(steps in prop::collection::vec(step(), 1..200), ttl in prop::bool::ANY) {
            let ttl_ms = ttl.then_some(TTL);
            let mut cache = cache(2_000, ttl_ms);
            let (mut known, mut refreshed, mut now_ms, mut budget, mut lookups) = (Known::new(), HashMap::new(), 0u64, 2_000, 0);
            for step in &steps {
                if let Step::Wait(ms) = step { now_ms += ms }
                if let Step::SetBudget(bytes) = step { budget = *bytes }
                if let Step::Lookup(at, name) = step {
                    lookups += 1;
                    let lives = ttl_ms.is_none_or(|ttl_ms| refreshed.get(at).is_some_and(|since| now_ms < since + ttl_ms * 3 / 4));
                    let expected = known.get(&(*at, *name)).filter(|_| lives);
                    match cache.lookup(&channel(*at), &format!("{name}"), now_ms) {
                        Lookup::Hit(found) => prop_assert_eq!(expected, Some(&Some(found.tag_data.len()))),
                        Lookup::Absent => prop_assert_eq!(expected, Some(&None)),
                        Lookup::Miss => {}
                    }
                } else {
                    run(&mut cache, step, now_ms);
                    remember(&mut known, &mut refreshed, step, now_ms, ttl);
                }
                let counters = cache.counters();
                prop_assert!(counters.bytes <= budget, "{counters:?}");
                prop_assert_eq!(counters.hits + counters.misses, lookups);
                prop_assert_eq!(counters.bytes, cache.slots.iter().map(|(key, slot)| slot.bytes(key)).sum::<u64>());
                prop_assert_eq!(counters.entries, cache.slots.iter().map(|(_, slot)| slot.objects()).sum::<u64>());
            }
        }
    }
}
