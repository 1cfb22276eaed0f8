//! What became of every event.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Accounts {
    pub scheduled: u64,
    /// The generator could not send it in time.
    pub dropped: u64,
    pub sent: u64,
    pub acknowledged: u64,
    pub failed: u64,
    /// Neither answer came.
    pub unknown: u64,
    pub stored_unique: Option<u64>,
    pub acknowledged_lost: Option<u64>,
    /// Not acknowledged, and there all the same.
    pub unacknowledged_stored: Option<u64>,
    pub received: Option<u64>,
    pub unique: Option<u64>,
    /// The same partition and offset twice: ours, and it fails the run.
    pub doubled: Option<u64>,
    /// One event at two offsets: a producer's retry.
    pub producer_retries: Option<u64>,
    pub reordered: Option<u64>,
    /// The checksum is wrong.
    pub corrupt: Option<u64>,
    /// After the deadline of the run.
    pub late: Option<u64>,
    /// Latencies below 0, which clocks made.
    pub negative: Option<u64>,
    /// Events of the warm-up, which are in none of the above.
    pub warm_up: u64,
    /// What has to add up.
    #[serde(default)]
    pub equations: Vec<Account>,
    /// Which events they were, by kind: `lost`, `doubled`, `reordered`, `corrupt`.
    #[serde(default)]
    pub lists: Vec<EventList>,
}

/// `left = the sum of right`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    pub left: Count,
    pub right: Vec<Count>,
    pub ok: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Count {
    pub name: String,
    pub count: u64,
}

/// The first of them; `total` may be more.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventList {
    pub kind: String,
    pub total: u64,
    #[serde(default)]
    pub events: Vec<NamedEvent>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NamedEvent {
    /// Its number in the schedule.
    pub event: u64,
    pub producer: Option<u64>,
    pub intended_us: Option<i64>,
    pub partition: Option<i32>,
    pub offset: Option<i64>,
    pub note: Option<String>,
}
