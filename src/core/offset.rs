//! Offsets of a Kafka partition. A record *at* an [`Offset`] and the offset to *go on at* are different types, so that
//! "+1" is written once and only a [`NextOffset`] can be stored or committed.

use std::fmt;

/// The offset of one record, never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Offset(i64);

/// The first offset that has not been applied: what a position and a commit hold. Never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NextOffset(i64);

impl Offset {
    /// `None` for a negative number, which Kafka uses for "no offset".
    pub const fn new(offset: i64) -> Option<Self> {
        if offset < 0 { None } else { Some(Self(offset)) }
    }

    pub const fn get(self) -> i64 {
        self.0
    }

    /// The offset after this record: the only place where one is added. At the largest `i64`, which no log reaches, it stays.
    pub const fn next(self) -> NextOffset {
        NextOffset(self.0.saturating_add(1))
    }
}

impl NextOffset {
    /// The start of every log.
    pub const ZERO: Self = Self(0);

    /// An offset that the broker or a position names as the one to go on at (a log start, a log end, a committed offset).
    /// `None` for a negative number.
    pub const fn at(offset: i64) -> Option<Self> {
        if offset < 0 { None } else { Some(Self(offset)) }
    }

    /// Going on *at* this record, not after it.
    pub const fn before(record: Offset) -> Self {
        Self(record.0)
    }

    pub const fn get(self) -> i64 {
        self.0
    }

    /// Whether the record at `offset` is already covered by this position.
    pub const fn covers(self, offset: Offset) -> bool {
        offset.0 < self.0
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for NextOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_covers_what_lies_below_it_only() {
        let record = Offset::new(7).unwrap();
        assert!(record.next().covers(record));
        assert!(!NextOffset::before(record).covers(record));
        assert_eq!(record.next().get(), 8);
    }

    #[test]
    fn negative_numbers_are_no_offsets() {
        assert_eq!(Offset::new(-1), None);
        assert_eq!(NextOffset::at(-1001), None);
    }
}
