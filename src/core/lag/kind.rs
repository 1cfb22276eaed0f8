//! What can be wrong with a group, how bad it is, and which of it is one incident.

use std::fmt;

use serde::{Deserialize, Serialize};

/// In the order in which the worst is chosen: what stands first hides what stands after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "settings", derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    Unknown,
    Stopped,
    NoOffsets,
    Stalled,
    Unassigned,
    Rebalancing,
    FallingBehind,
    SlowDrain,
    Recovering,
    Rewind,
    Skipped,
    LossImminent,
    DataLost,
    OffsetsBeyondEnd,
    HungTransaction,
    OffsetsExpiring,
}

/// How loud an incident is. `None`: nobody needs to act any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "settings", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    None,
    Warn,
    Page,
}

impl Kind {
    pub const ALL: [Self; 16] = [
        Self::Unknown,
        Self::Stopped,
        Self::NoOffsets,
        Self::Stalled,
        Self::Unassigned,
        Self::Rebalancing,
        Self::FallingBehind,
        Self::SlowDrain,
        Self::Recovering,
        Self::Rewind,
        Self::Skipped,
        Self::LossImminent,
        Self::DataLost,
        Self::OffsetsBeyondEnd,
        Self::HungTransaction,
        Self::OffsetsExpiring,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "UNKNOWN",
            Self::Stopped => "STOPPED",
            Self::NoOffsets => "NO_OFFSETS",
            Self::Stalled => "STALLED",
            Self::Unassigned => "UNASSIGNED",
            Self::Rebalancing => "REBALANCING",
            Self::FallingBehind => "FALLING_BEHIND",
            Self::SlowDrain => "SLOW_DRAIN",
            Self::Recovering => "RECOVERING",
            Self::Rewind => "REWIND",
            Self::Skipped => "SKIPPED",
            Self::LossImminent => "LOSS_IMMINENT",
            Self::DataLost => "DATA_LOST",
            Self::OffsetsBeyondEnd => "OFFSETS_BEYOND_END",
            Self::HungTransaction => "HUNG_TRANSACTION",
            Self::OffsetsExpiring => "OFFSETS_EXPIRING",
        }
    }

    /// The kinds of lack of progress are one incident that changes its kind; every other kind is an incident of its own.
    pub const fn is_progress(self) -> bool {
        !matches!(self, Self::Unknown) && (self as usize) <= Self::Recovering as usize
    }

    /// Nothing is consumed, as opposed to too little.
    pub const fn stands_still(self) -> bool {
        matches!(self, Self::Stopped | Self::NoOffsets | Self::Stalled | Self::Unassigned | Self::Rebalancing)
    }

    /// A comparison of rates, with the noise that rates have.
    pub const fn is_rate(self) -> bool {
        matches!(self, Self::FallingBehind | Self::SlowDrain)
    }

    /// Records are lost or about to be, so no maintenance that somebody announced explains it.
    pub const fn is_never_silenced(self) -> bool {
        matches!(self, Self::LossImminent | Self::DataLost | Self::Skipped | Self::OffsetsExpiring | Self::OffsetsBeyondEnd)
    }

    /// For how many seconds after it was last true an incident of its own class stays: what has happened and cannot be undone stays
    /// longer than what is over by itself.
    pub fn stays_s(self, severity: Severity) -> f64 {
        match (self, severity) {
            (Self::DataLost, _) => f64::INFINITY,
            (Self::Skipped, _) => 86_400.0,
            (_, Severity::Page) => 300.0,
            _ => 120.0,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Severity {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Warn => "warn",
            Self::Page => "page",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_list_and_serde_says_the_same_name() {
        assert!(Kind::ALL.is_sorted());
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{kind}\""));
        }
        assert_eq!(Kind::ALL.iter().filter(|kind| kind.is_progress()).count(), 8);
    }
}
