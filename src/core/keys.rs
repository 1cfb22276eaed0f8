//! The names of Shasta's keys in Redis: a public contract, read by others without our code.

use super::slice::Slice;

/// The keys under one prefix, `shasta:` by default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    prefix: String,
}

/// What a key in a slice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyKind {
    Snapshot,
    Stream,
    /// Of any number, also one that the layout does not have.
    Positions {
        slice: u32,
    },
    Note,
    Unknown,
}

impl KeyKind {
    /// Whether folding the log again brings it back.
    pub const fn is_folded(self) -> bool {
        matches!(self, Self::Snapshot | Self::Stream | Self::Positions { .. })
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Snapshot => "snap",
            Self::Stream => "strm",
            Self::Positions { .. } => "pos",
            Self::Note => "note",
            Self::Unknown => "unknown",
        }
    }
}

/// A prefix with a brace in it would move the hash tag that keeps a slice in one slot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the prefix {0:?} holds a brace: it would break the hash tag {{s<slice>}} that keeps a slice's keys in one slot")]
pub struct BraceInPrefix(pub String);

impl Keys {
    pub fn new(prefix: &str) -> Result<Self, BraceInPrefix> {
        if prefix.contains(['{', '}']) {
            return Err(BraceInPrefix(prefix.to_owned()));
        }
        Ok(Self { prefix: prefix.to_owned() })
    }

    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The hash that fixes version, slices, hash and groups.
    pub fn layout(&self) -> String {
        format!("{}layout", self.prefix)
    }

    /// The hash of positions of a slice.
    pub fn positions(&self, slice: Slice) -> String {
        format!("{}{{s{slice}}}:pos", self.prefix)
    }

    /// The pub/sub channel of a slice's notices to readers. No key has this name.
    pub fn note(&self, slice: Slice) -> String {
        format!("{}{{s{slice}}}:note", self.prefix)
    }

    /// A key that is never written: permissions are tried on it.
    pub fn probe(&self, slice: Slice) -> String {
        format!("{}{{s{slice}}}:probe", self.prefix)
    }

    /// What a key is; [`KeyKind::Unknown`] also for one that is not of this prefix.
    pub fn kind_of(&self, key: &[u8]) -> KeyKind {
        self.kind(key).unwrap_or(KeyKind::Unknown)
    }

    fn kind(&self, key: &[u8]) -> Option<KeyKind> {
        let text = std::str::from_utf8(key).ok()?;
        let (slice, rest) = text.strip_prefix(&self.prefix)?.strip_prefix("{s")?.split_once("}:")?;
        // The form that is written, and no other number of the same value.
        let number = slice.parse::<u32>().ok().filter(|number| number.to_string() == slice)?;
        match rest {
            "pos" => Some(KeyKind::Positions { slice: number }),
            "note" => Some(KeyKind::Note),
            _ if rest.starts_with("snap:") => Some(KeyKind::Snapshot),
            _ if rest.starts_with("strm:") => Some(KeyKind::Stream),
            _ => None,
        }
    }

    /// The snapshot hash of a channel, given its escaped form.
    pub fn snapshot(&self, slice: Slice, channel: &str) -> String {
        format!("{}{{s{slice}}}:snap:{channel}", self.prefix)
    }

    /// The delta stream of a channel, given its escaped form.
    pub fn stream(&self, slice: Slice, channel: &str) -> String {
        format!("{}{{s{slice}}}:strm:{channel}", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::slice::SliceCount;

    #[test]
    fn keys_of_a_slice_share_its_hash_tag() {
        let keys = Keys::new("shasta:").unwrap();
        let slice = SliceCount::new(1024).unwrap().slice(17).unwrap();
        assert_eq!(keys.positions(slice), "shasta:{s17}:pos");
        assert_eq!(keys.snapshot(slice, "app/room/system"), "shasta:{s17}:snap:app/room/system");
        assert_eq!(keys.stream(slice, "app/room/system"), "shasta:{s17}:strm:app/room/system");
        assert_eq!(keys.note(slice), "shasta:{s17}:note");
        assert_eq!(keys.layout(), "shasta:layout");
    }

    #[test]
    fn a_key_is_told_by_its_name() {
        let keys = Keys::new("shasta:").unwrap();
        for (key, kind) in [
            ("shasta:{s17}:pos", KeyKind::Positions { slice: 17 }),
            ("shasta:{s17}:snap:a/b/c", KeyKind::Snapshot),
            ("shasta:{s0}:strm:a/b/c", KeyKind::Stream),
            ("shasta:{s0}:note", KeyKind::Note),
            ("shasta:{s017}:pos", KeyKind::Unknown),
            ("shasta:{s+1}:pos", KeyKind::Unknown),
            ("shasta:{s1}:other", KeyKind::Unknown),
            ("shasta:layout", KeyKind::Unknown),
            ("other:{s17}:pos", KeyKind::Unknown),
        ] {
            assert_eq!(keys.kind_of(key.as_bytes()), kind, "{key}");
        }
    }

    #[test]
    fn a_brace_in_the_prefix_is_refused() {
        assert!(Keys::new("shasta:{x}").is_err());
    }
}
