//! Slices: the fixed number of Redis slots over which channels are spread. A slice's keys share one hash tag, hence one slot and one script call.

use std::fmt;

use super::channel::ChannelKey;

/// How many slices a deployment has, fixed at its first start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SliceCount(u32);

/// One slice, below its [`SliceCount`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slice(u32);

impl SliceCount {
    /// The bitmap of all slices has to fit into Kafka's commit metadata: 4,096 bytes at the broker's default,
    /// in base64 and beside a topic id and two numbers.
    pub const MAX: u32 = 24_000;

    /// `None` unless in `1..=MAX`.
    pub const fn new(count: u32) -> Option<Self> {
        if count == 0 || count > Self::MAX { None } else { Some(Self(count)) }
    }

    /// As many as there may be.
    pub const fn most() -> Self {
        Self(Self::MAX)
    }

    /// The default: the smallest multiple of the topic's partition count that is at least 1,024, so that all channels of one
    /// partition lie in few slices. Topics with more partitions than [`Self::MAX`] get that many slices.
    pub fn for_partitions(partitions: u32) -> Self {
        const AT_LEAST: u32 = 1_024;
        let partitions = partitions.max(1);
        Self((AT_LEAST.div_ceil(partitions) * partitions).min(Self::MAX))
    }

    pub const fn get(self) -> u32 {
        self.0
    }

    pub fn slice_of(self, channel: &ChannelKey) -> Slice {
        Slice(channel.hash() % self.0)
    }

    /// The slice with this number, if there is one.
    pub const fn slice(self, index: u32) -> Option<Slice> {
        if index < self.0 { Some(Slice(index)) } else { None }
    }

    pub fn all(self) -> impl Iterator<Item = Slice> {
        (0..self.0).map(Slice)
    }
}

impl Slice {
    pub const fn get(self) -> u32 {
        self.0
    }

    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for SliceCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A set of slices; as bytes it is the bitmap of Kafka's commit metadata: slice i is bit i mod 8, lowest first, of byte i / 8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SliceSet {
    count: SliceCount,
    bytes: Vec<u8>,
}

impl SliceSet {
    pub fn empty(count: SliceCount) -> Self {
        Self { count, bytes: vec![0; count.get().div_ceil(8) as usize] }
    }

    /// `None` where the length is not that of `count` slices, or a bit beyond them is set.
    pub fn from_bytes(count: SliceCount, bytes: &[u8]) -> Option<Self> {
        let used_bits_of_last = count.get() % 8;
        let excess = bytes.last().is_some_and(|last| used_bits_of_last != 0 && last >> used_bits_of_last != 0);
        let fits = bytes.len() == count.get().div_ceil(8) as usize && !excess;
        fits.then(|| Self { count, bytes: bytes.to_vec() })
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn count(&self) -> SliceCount {
        self.count
    }

    pub fn insert(&mut self, slice: Slice) {
        self.bytes[slice.index() / 8] |= 1 << (slice.index() % 8);
    }

    pub fn remove(&mut self, slice: Slice) {
        self.bytes[slice.index() / 8] &= !(1 << (slice.index() % 8));
    }

    pub fn contains(&self, slice: Slice) -> bool {
        self.bytes[slice.index() / 8] & (1 << (slice.index() % 8)) != 0
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.iter().all(|byte| *byte == 0)
    }

    pub fn len(&self) -> usize {
        self.bytes.iter().map(|byte| byte.count_ones() as usize).sum()
    }

    pub fn iter(&self) -> impl Iterator<Item = Slice> {
        self.count.all().filter(|slice| self.contains(*slice))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::channel::Channel;
    use proptest::prelude::*;

    #[test]
    fn the_default_is_the_smallest_multiple_from_1024_on() {
        for (partitions, slices) in [(1, 1024), (3, 1026), (16, 1024), (256, 1024), (1000, 2000), (1025, 1025)] {
            assert_eq!(SliceCount::for_partitions(partitions).get(), slices);
        }
    }

    #[test]
    fn bits_lie_lowest_first() {
        let count = SliceCount::new(10).unwrap();
        let mut set = SliceSet::empty(count);
        for index in [0, 3, 9] {
            set.insert(count.slice(index).unwrap());
        }
        assert_eq!(set.as_bytes(), [0b0000_1001, 0b0000_0010]);
        assert_eq!(set.len(), 3);
        assert_eq!(SliceSet::from_bytes(count, &[0, 0b100]), None);
        assert_eq!(SliceSet::from_bytes(count, &[0]), None);
    }

    proptest! {
        #[test]
        fn a_partitions_channels_lie_in_its_own_slices(tag in "[a-z0-9-]{1,30}", partitions in 1u32..300) {
            let key = Channel::new("app", &tag, "system").unwrap().key();
            let slice = SliceCount::for_partitions(partitions).slice_of(&key);
            prop_assert_eq!(slice.get() % partitions, key.hash() % partitions);
        }

        #[test]
        fn a_set_survives_its_bytes(indices in prop::collection::btree_set(0u32..1000, 0..50)) {
            let count = SliceCount::new(1000).unwrap();
            let mut set = SliceSet::empty(count);
            indices.iter().for_each(|index| set.insert(Slice(*index)));
            let read = SliceSet::from_bytes(count, set.as_bytes()).unwrap();
            prop_assert!(read.iter().map(Slice::get).eq(indices));
        }
    }
}
