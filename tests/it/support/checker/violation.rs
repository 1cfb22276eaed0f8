//! What the oracle can find wrong.

use std::fmt;

/// One thing that is wrong: what kind, where, and in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub kind: Kind,
    pub at: String,
    pub what: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `layout` is missing or says something else than it must.
    Layout,
    /// A key that no event explains, or one of a wrong type, or one on two nodes.
    UnexpectedKey,
    /// A key that must not expire does, or the two of a channel expire apart.
    Expiry,
    /// Something that can not be decoded.
    Unreadable,
    /// A valid event that is not in its channel's stream.
    MissingEntry,
    /// An event that is in its stream more than once.
    DoubledEntry,
    /// Entries of one partition that are not in the order of its offsets.
    WrongOrder,
    /// An entry that stands for no valid event of the channel.
    ForeignEntry,
    /// An entry that does not lead from the state before it to the state after it, or breaks the rules of its form.
    WrongDelta,
    /// A live object that the snapshot does not have.
    MissingObject,
    /// An object in the snapshot that is not alive.
    ExtraObject,
    /// An object in the snapshot with other content than its last event's.
    StaleObject,
    /// An object in the snapshot whose `sequence_number` is not the id of the entry that set it.
    WrongSequence,
    /// A slice that had events of a partition has no position of it.
    MissingPosition,
    /// A position that lies below an applied event, above the end of the log, or is of another topic.
    WrongPosition,
    /// A committed offset above what the positions say, or above the end of the log.
    CommittedAhead,
    /// A committed offset that is not the end of the log where it must be.
    CommittedBehind,
    /// Metadata of a commit that are missing, wrong or leave out a slice.
    WrongMetadata,
    /// An invalid record that is not among the dead letters.
    MissingDeadLetter,
    /// A dead letter whose content is not that of the record.
    WrongDeadLetter,
    /// A dead letter of a record that is valid, or of none.
    ExtraDeadLetter,
    /// An event that is in its stream and among the dead letters: it was refused, and left a trace all the same.
    AppliedDeadLetter,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {}: {}", self.kind, self.at, self.what)
    }
}

/// The list as text, cut where it gets long.
pub fn describe(violations: &[Violation]) -> String {
    let lines: Vec<String> = violations.iter().take(50).map(ToString::to_string).collect();
    lines.join("\n")
}

/// Collects violations of one place.
pub struct Findings<'a> {
    pub at: String,
    pub list: &'a mut Vec<Violation>,
}

impl Findings<'_> {
    pub fn add(&mut self, kind: Kind, what: impl Into<String>) {
        self.list.push(Violation { kind, at: self.at.clone(), what: what.into() });
    }

    pub fn add_unless(&mut self, good: bool, kind: Kind, what: impl FnOnce() -> String) {
        if !good {
            self.add(kind, what());
        }
    }
}
