use super::verdict::Verdict;

/// The exit code of a load test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// The objective was met, and it can be believed.
    Pass,
    /// The accounts do not add up: no number of the run can be believed.
    Accounts,
    /// The generator was the limit: the numbers are its own.
    Generator,
    /// The objective was missed, or events were lost, doubled, reordered or corrupt.
    Missed,
    /// Too little was seen to say either.
    Inconclusive,
}

impl ExitCode {
    /// The first that applies, in the order 3, 4, 99, 98.
    pub fn of(balanced: bool, generator_kept_up: bool, faultless: bool, verdict: Verdict) -> ExitCode {
        match (balanced, generator_kept_up, faultless, verdict) {
            (false, ..) => ExitCode::Accounts,
            (true, false, ..) => ExitCode::Generator,
            (true, true, false, _) | (true, true, true, Verdict::Fail) => ExitCode::Missed,
            (true, true, true, Verdict::Inconclusive) => ExitCode::Inconclusive,
            (true, true, true, Verdict::Pass) => ExitCode::Pass,
        }
    }

    /// As the process returns it.
    pub fn number(self) -> u8 {
        match self {
            ExitCode::Pass => 0,
            ExitCode::Accounts => 3,
            ExitCode::Generator => 4,
            ExitCode::Missed => 99,
            ExitCode::Inconclusive => 98,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ExitCode, Verdict};

    #[test]
    fn the_gravest_reason_is_told() {
        let code = |balanced, kept_up, faultless, verdict| ExitCode::of(balanced, kept_up, faultless, verdict).number();
        assert_eq!(code(false, false, false, Verdict::Fail), 3);
        assert_eq!(code(true, false, false, Verdict::Fail), 4);
        assert_eq!(code(true, false, true, Verdict::Pass), 4);
        assert_eq!(code(true, true, true, Verdict::Fail), 99);
        assert_eq!(code(true, true, false, Verdict::Inconclusive), 99);
        assert_eq!(code(true, true, true, Verdict::Inconclusive), 98);
        assert_eq!(code(true, true, true, Verdict::Pass), 0);
    }
}
