//! What happens to a subject, as it is written down.

use serde::{Deserialize, Serialize};

use crate::core::lag::{Header, LagRules, Sample};

/// Times are seconds since 1970 of a clock that does not go back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Entry {
    /// A look; without a sample it failed. `silenced`: somebody has announced maintenance.
    Looked { time: f64, sample: Option<Sample>, silenced: bool },
    /// Nobody looked for a while, until this time.
    Resumed { time: f64 },
    /// The topic has other partitions or keeps records for another time.
    Adopted { header: Header, time: f64 },
    /// The configuration has other rules.
    Ruled { rules: LagRules },
    /// Somebody takes care of an incident.
    Acknowledged { incident: String, by: String, time: f64 },
    /// It is not watched any more.
    Ended { time: f64 },
    /// All notices until here are where they cannot be lost.
    HandedOn,
}
