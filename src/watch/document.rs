//! What the API tells, as `shasta.watch/1`. Whoever reads it must not mind members that are added.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::core::lag::{GroupView, Kind, Severity};
pub use crate::core::maintenance::Window;
pub use crate::core::subject::{Acknowledgement, GraphPoint};

pub const SCHEMA: &str = "shasta.watch/1";

/// `GET /api/v1/lag`. Times are seconds since 1970; what is not known is `null`, never 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Document {
    /// `shasta.watch/1`.
    pub schema: String,
    pub at: f64,
    pub watcher: Watcher,
    /// How often is looked.
    pub interval_s: f64,
    #[serde(default)]
    pub clusters: Vec<ClusterDocument>,
    /// The worst first.
    pub groups: Vec<GroupDocument>,
    /// All that is announced, also for groups that are not watched.
    #[serde(default)]
    pub maintenance: Vec<Window>,
}

/// Who looked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Watcher {
    pub host: String,
    pub version: String,
    pub started: f64,
    /// What keeps it from writing its state to the disk.
    pub trouble: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterDocument {
    pub name: String,
    /// When something could be read of it last.
    pub last_success: Option<f64>,
    /// What could not be read at the last look.
    pub error: Option<String>,
    /// By how many milliseconds brokers held answers to the watcher back.
    pub throttle_ms: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GroupDocument {
    pub view: GroupView,
    #[serde(default)]
    pub incidents: Vec<IncidentDocument>,
    /// How many workers run each version; empty where none is asked.
    #[serde(default)]
    pub versions: BTreeMap<String, usize>,
    /// The broker's word for the group's state.
    pub broker_state: Option<String>,
    /// `read_committed` or `read_uncommitted`.
    pub isolation: Option<String>,
    pub throttle_ms: Option<u64>,
    /// What limits its workers, as measured between the last two times that they were asked.
    pub bottleneck: Option<Bottleneck>,
    pub maintenance: Option<Window>,
    /// Where to read what to do about its state.
    pub runbook: Option<String>,
    /// What to type next.
    #[serde(default)]
    pub commands: Vec<String>,
    /// Records that retention deleted unread, and that were committed without being covered, since it is watched.
    #[serde(default)]
    pub lost: u64,
    #[serde(default)]
    pub skipped: u64,
}

impl GroupDocument {
    /// What was looked at, and nothing beside it.
    pub fn of(view: GroupView) -> Self {
        Self {
            view,
            incidents: Vec::new(),
            versions: BTreeMap::new(),
            broker_state: None,
            isolation: None,
            throttle_ms: None,
            bottleneck: None,
            maintenance: None,
            runbook: None,
            commands: Vec::new(),
            lost: 0,
            skipped: 0,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IncidentDocument {
    /// The same for the same cluster, group, class of kind and topic, whoever watches.
    pub id: String,
    /// The kinds of one class are one incident: `progress`, or the kind in lower case.
    pub class: String,
    pub kind: Kind,
    pub severity: Severity,
    pub opened: f64,
    /// Since when it is of this kind.
    pub since: f64,
    pub partitions: Vec<usize>,
    pub of: usize,
    pub evidence: String,
    pub acknowledged: Option<Acknowledgement>,
    /// The maintenance that keeps it quiet.
    pub silenced: Option<Window>,
}

/// Over all workers that answered. What was not used between two looks is not known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bottleneck {
    /// Previous values that the read cache had, 0 to 1.
    pub cache_hit_ratio: Option<f64>,
    pub batch_records: Option<f64>,
    pub redis_call_ms: Option<f64>,
    /// Calls to Redis for each record.
    pub round_trips_per_record: Option<f64>,
    /// Settings that limit it, with the numbers that say so; none while nothing is late.
    #[serde(default)]
    pub hints: Vec<String>,
}

/// `GET /api/v1/history`: a point a minute, up to 48 hours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct History {
    pub points: Vec<GraphPoint>,
}

/// `POST /api/v1/maintenance`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Announcement {
    /// Not set: the group of this name in any cluster.
    #[serde(default)]
    pub cluster: Option<String>,
    pub group: String,
    /// Up to 7 days.
    pub for_s: f64,
    pub reason: String,
    pub by: String,
}

/// `DELETE /api/v1/maintenance`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndOfMaintenance {
    #[serde(default)]
    pub cluster: Option<String>,
    pub group: String,
}

/// `POST /api/v1/acknowledge`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Acknowledge {
    pub incident: String,
    pub by: String,
}

/// What is answered where something is wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    pub error: String,
}
