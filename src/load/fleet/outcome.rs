//! What became of a record that was taken.

use std::fmt;
use std::sync::{Mutex, PoisonError};

/// Vectors among which those that answer at once are spread.
const SHARDS: usize = 16;

/// The answer for one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Its number in the schedule.
    pub event: u64,
    /// When the answer was read: microseconds since the start on the load host's monotonic clock.
    pub at_us: i64,
    pub answer: Answer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// All in-sync replicas have it, there.
    Acknowledged { partition: i32, offset: i64 },
    /// It is not in the topic.
    Failed { reason: Reason },
    /// It was sent, or may have been, and no answer says what became of it.
    Unknown { reason: Reason },
}

/// Why there is no acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// No room: the bound on outstanding records is reached.
    Full,
    /// No acknowledgement within the delivery timeout.
    Expired,
    /// The load test ended first.
    Ended,
    /// No connection, or it broke.
    Unreachable,
    /// The credentials are refused, or may not write there.
    NotAuthorized,
    /// The topic or the partition does not exist.
    UnknownTopic,
    TooLarge,
    /// Not a record that can be sent: its value is no `TagData`, or nobody connected to its partition for its producer.
    Invalid,
    /// Refused for another reason.
    Refused,
    /// Injected: the sink was told to.
    Injected,
}

impl Reason {
    /// A short fixed code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Expired => "expired",
            Self::Ended => "ended",
            Self::Unreachable => "unreachable",
            Self::NotAuthorized => "not_authorized",
            Self::UnknownTopic => "unknown_topic",
            Self::TooLarge => "too_large",
            Self::Invalid => "invalid",
            Self::Refused => "refused",
            Self::Injected => "injected",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Whoever hears of the answers: once for each event taken, on whatever thread read it. Must not wait.
pub trait Listener: Send + Sync + 'static {
    fn answered(&self, outcome: Outcome);
}

/// Keeps answers until somebody takes them. As large as what is answered between two [`take`](Self::take)s.
#[derive(Debug, Default)]
pub struct Outcomes {
    shards: [Mutex<Vec<Outcome>>; SHARDS],
}

impl Outcomes {
    /// What was answered since the last time; of one event there is one, but events are in no order.
    pub fn take(&self) -> Vec<Outcome> {
        let shards = self.shards.iter();
        shards.flat_map(|shard| std::mem::take(&mut *shard.lock().unwrap_or_else(PoisonError::into_inner))).collect()
    }
}

impl Listener for Outcomes {
    fn answered(&self, outcome: Outcome) {
        if let Some(shard) = self.shards.get(outcome.event as usize % SHARDS) {
            shard.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
        }
    }
}
