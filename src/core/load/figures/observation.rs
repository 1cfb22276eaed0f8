use super::Stage;

/// The event of a record whose number can not be read (a corrupt one).
pub const UNREADABLE: u64 = u64::MAX;

/// An event as the schedule decided it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scheduled {
    /// Microseconds from the start of the run.
    pub intended_us: i64,
    pub producer: u32,
    /// Counts up within a producer; 32 bits are more events than a ledger in memory can hold.
    pub sequence: u32,
    pub channel: u32,
    /// False in the warm-up.
    pub counted: bool,
}

/// Something that was seen of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    /// The event's number in the schedule; [`UNREADABLE`] where the record does not tell.
    pub event: u64,
    /// When it was seen, in microseconds from the start of the run.
    pub at_us: i64,
    pub what: What,
}

/// What was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Handed to the client, before any retry.
    Sent,
    /// Never sent: the generator could not.
    Dropped,
    /// Negative numbers where the client does not tell the place.
    Acknowledged { partition: i32, offset: i64 },
    /// The producer was told that it is not stored: refused, expired.
    Failed,
    /// No answer: it may be stored or not.
    Unknown,
    /// Seen by the test's own consumer.
    Consumed { partition: i32, offset: i64 },
    /// Seen in Redis; `owner` is the worker that had the partition at that time.
    Stored { partition: i32, offset: i64, owner: u16 },
    /// Seen by a follower.
    Delivered { partition: i32, offset: i64, follower: u16 },
    /// A record was seen whose check sum is wrong. It is no sighting of the event.
    Corrupt { stage: Stage },
}
