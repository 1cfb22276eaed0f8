//! What a run left to be judged.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::core::load::figures::{Ledger, Stage};
use crate::load::host::{AllowedCpus, ClockReport, HiccupReport, HostReport, Machine, Monotonic, PacerSummary, Tracking};
use crate::load::observe::Owners;
use crate::load::raw::Recorder;

use super::plan::Level;

/// Everything that was found out, as it was found out. Written down it is without the ledger, whose rows go before it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Measured {
    #[serde(skip)]
    pub ledger: Ledger,
    /// Keeps the raw events, where that was asked for.
    #[serde(skip)]
    pub recorder: Option<Recorder>,
    /// Who sent: this process, or those of all load hosts that were merged.
    pub sources: Sources,
    pub clock: Monotonic,
    /// From the start of the run to the last event's due time.
    pub offered_us: i64,
    /// What was seen after it is late.
    pub deadline_us: i64,
    /// The stages that somebody watched.
    pub watched: Vec<Stage>,
    #[serde(serialize_with = "owners_by_name", deserialize_with = "named_owners")]
    pub owners: Arc<Owners>,
    pub host: HostEvidence,
    /// Events that whoever took them said nothing of until the end of the drain.
    #[serde(default)]
    pub unanswered: usize,
    /// Events that were taken and without an answer, at moments of the run in microseconds; not written down.
    #[serde(skip)]
    pub outstanding: Vec<(i64, usize)>,
    pub connections: usize,
    /// `None`: the client does not tell.
    pub retries: Option<u64>,
    /// Followers that had to begin again.
    pub restarts: u64,
    /// Somebody stopped the run before all was sent.
    pub is_cut_short: bool,
    /// Properties of this run that bias its figures.
    pub notes: Vec<String>,
}

/// Load hosts, and which of them each producer is on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sources {
    /// One at least.
    pub hosts: Vec<Source>,
    /// The index of its host for each producer; one that is beyond the end is on the first.
    #[serde(default)]
    pub of_producers: Vec<u16>,
}

/// A process that made load.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub host: String,
    pub process: u32,
}

/// What the load host itself did meanwhile.
#[derive(Debug, Serialize, Deserialize)]
pub struct HostEvidence {
    pub machine: Machine,
    pub allowed: AllowedCpus,
    /// `None` for a closed loop, which is not paced.
    pub pacer: Option<PacerSummary>,
    pub usage: HostReport,
    pub hiccups: HiccupReport,
    pub clock: ClockReport,
    /// Or why nothing is known of the clock's error.
    pub tracking: Result<Tracking, String>,
}

impl Sources {
    /// This process alone.
    pub fn this(host: &str) -> Self {
        Self { hosts: vec![Source { host: host.to_owned(), process: std::process::id() }], of_producers: Vec::new() }
    }

    /// The index of the host that a producer is on.
    pub fn of(&self, producer: u32) -> u32 {
        let known = usize::try_from(producer).ok().and_then(|producer| self.of_producers.get(producer));
        known.map_or(0, |host| u32::from(*host))
    }
}

fn owners_by_name<S: Serializer>(owners: &Arc<Owners>, serializer: S) -> Result<S::Ok, S::Error> {
    owners.names().serialize(serializer)
}

fn named_owners<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Owners>, D::Error> {
    Vec::deserialize(deserializer).map(|names| Arc::new(Owners::named(names)))
}

impl Level {
    /// The stages that are watched.
    pub fn watched(self) -> Vec<Stage> {
        match self {
            Self::Kafka => vec![Stage::Consumed],
            Self::Worker => vec![Stage::Consumed, Stage::Stored],
            Self::Sink | Self::Follower => vec![Stage::Consumed, Stage::Stored, Stage::Delivered],
        }
    }

    /// The end of an event's way.
    pub fn last(self) -> Stage {
        match self {
            Self::Kafka => Stage::Consumed,
            Self::Worker => Stage::Stored,
            Self::Sink | Self::Follower => Stage::Delivered,
        }
    }
}
