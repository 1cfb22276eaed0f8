//! What a chapter is about.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Verdict,
    Capacity,
    Backpressure,
    Catchup,
    Latency,
    Tails,
    Time,
    Accounts,
    Generator,
    Clocks,
    Ran,
    LeftBehind,
    Notes,
    Comparison,
}

impl Kind {
    pub fn title(self) -> &'static str {
        match self {
            Self::Verdict => "Verdict",
            Self::Capacity => "Capacity",
            Self::Backpressure => "Back-pressure",
            Self::Catchup => "Catch-up",
            Self::Latency => "Latency",
            Self::Tails => "Tails (D2 .. D5)",
            Self::Time => "Through the run",
            Self::Accounts => "Accounts",
            Self::Generator => "Generator",
            Self::Clocks => "Clocks",
            Self::Ran => "What ran",
            Self::LeftBehind => "Left behind",
            Self::Notes => "Notes",
            Self::Comparison => "Comparison",
        }
    }
}
