//! All groups at one moment: what a watcher answers, and what `shasta lag` prints as JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::kind::{Kind, Severity};
use super::view::GroupView;

/// The format. Members may be added to it; what is missing is not known.
pub const SCHEMA: &str = "shasta.watch/1";

/// Times are seconds since 1970.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "settings", derive(schemars::JsonSchema))]
pub struct Document {
    /// `shasta.watch/1`
    pub schema: String,
    pub at: f64,
    pub watcher: Watcher,
    /// How often is looked.
    pub interval_s: f64,
    #[serde(default)]
    pub clusters: Vec<ClusterDocument>,
    pub groups: Vec<GroupDocument>,
}

/// Who looked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "settings", derive(schemars::JsonSchema))]
pub struct Watcher {
    pub host: String,
    pub version: String,
    pub started: f64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "settings", derive(schemars::JsonSchema))]
pub struct ClusterDocument {
    pub name: String,
    /// When something of it could be read last; `null`: never yet.
    pub last_success: Option<f64>,
    /// Why it could not be read the last time; `null`: it could.
    pub error: Option<String>,
    /// By how much brokers held answers back; `null`: not known.
    pub throttle_ms: Option<u64>,
}

/// A group and a topic, and what people said about them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "settings", derive(schemars::JsonSchema))]
pub struct GroupDocument {
    pub view: GroupView,
    #[serde(default)]
    pub incidents: Vec<IncidentDocument>,
    /// How many workers run each version.
    #[serde(default)]
    pub versions: BTreeMap<String, usize>,
    /// The broker's word for the group's state.
    #[serde(default)]
    pub broker_state: Option<String>,
    /// `read_committed` or `read_uncommitted`.
    #[serde(default)]
    pub isolation: Option<String>,
    /// Where to read what to do about its state.
    #[serde(default)]
    pub runbook: Option<String>,
    #[serde(default)]
    pub bottleneck: Option<Bottleneck>,
    #[serde(default)]
    pub maintenance: Option<Window>,
}

/// An open incident, with what was done about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "settings", derive(schemars::JsonSchema))]
pub struct IncidentDocument {
    /// The same for the same cluster, group, class of kind and topic, whoever watches.
    pub id: String,
    #[serde(default)]
    pub class: String,
    pub kind: Kind,
    pub severity: Severity,
    pub opened: f64,
    #[serde(default)]
    pub partitions: Vec<usize>,
    /// Partitions of the topic.
    #[serde(default)]
    pub of: usize,
    #[serde(default)]
    pub evidence: String,
    #[serde(default)]
    pub acknowledged: Option<Acknowledgement>,
    #[serde(default)]
    pub silenced: Option<Window>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "settings", derive(schemars::JsonSchema))]
pub struct Acknowledgement {
    pub by: String,
    pub at: f64,
}

/// Announced maintenance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "settings", derive(schemars::JsonSchema))]
pub struct Window {
    pub until: f64,
    pub by: String,
    #[serde(default)]
    pub reason: String,
}

/// What holds the workers up, measured by them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "settings", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Bottleneck {
    /// From 0 to 1.
    pub cache_hit_ratio: Option<f64>,
    /// Records of the mean batch.
    pub batch_records: Option<f64>,
    pub redis_call_ms: Option<f64>,
    pub round_trips_per_record: Option<f64>,
    /// Settings to look at, with their values.
    pub hints: Vec<String>,
}
