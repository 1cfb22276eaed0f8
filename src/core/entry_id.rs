//! The id that Redis gave a stream entry.

use std::fmt;
use std::str::FromStr;

/// `<milliseconds>-<sequence>`: ordered as the stream is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId {
    /// Redis' clock at the time of the write, milliseconds since the epoch.
    pub ms: u64,
    /// Tells entries of one millisecond apart.
    pub seq: u64,
}

impl EntryId {
    /// The lowest id above it.
    pub fn next(self) -> Self {
        self.seq.checked_add(1).map_or(Self { ms: self.ms.saturating_add(1), seq: 0 }, |seq| Self { seq, ..self })
    }
}

/// A text that is no entry id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no stream entry id: expected <milliseconds>-<sequence>")]
pub struct InvalidEntryId(pub String);

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.seq)
    }
}

impl FromStr for EntryId {
    type Err = InvalidEntryId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (ms, seq) = text.split_once('-')?;
            Some(Self { ms: ms.parse().ok()?, seq: seq.parse().ok()? })
        };
        parse().ok_or_else(|| InvalidEntryId(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_ordered_as_numbers_and_read_back() {
        let ids: Vec<EntryId> = ["9-1", "10-0", "10-2", "10-11"].iter().map(|id| id.parse().unwrap()).collect();
        assert!(ids.is_sorted());
        assert_eq!(ids[3].to_string(), "10-11");
        assert_eq!(ids[1].next().to_string(), "10-1");
        assert_eq!(EntryId { ms: 9, seq: u64::MAX }.next(), ids[1]);
        assert!("10".parse::<EntryId>().is_err() && "a-1".parse::<EntryId>().is_err());
    }
}
