//! What an observer of the sink sees.

use std::sync::Arc;

/// Where a record is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// By a consumer of the topic.
    Consumed,
    /// In the store.
    Stored,
    /// By a follower.
    Delivered,
}

/// A record seen at a stage. An event is known by what its value says, as with a real system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    pub stage: Stage,
    pub partition: i32,
    pub offset: i64,
    pub key: Arc<[u8]>,
    pub value: Arc<[u8]>,
    /// Microseconds since the start on the load host's monotonic clock.
    pub at_us: i64,
}

/// Whoever sees the records, on the sink's own thread. Must not wait.
pub trait Watcher: Send + Sync + 'static {
    fn saw(&self, sighting: Sighting);
}
