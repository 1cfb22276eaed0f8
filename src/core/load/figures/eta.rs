/// The shares of the drain at which its foretold end is held against the real one.
pub const ETA_MARKS: [f64; 3] = [0.1, 0.5, 0.9];

/// How wrong an estimate was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EtaError {
    /// Of the time of the drain that had passed.
    pub share: f64,
    /// When it was told.
    pub at_seconds: f64,
    /// What was told to remain.
    pub told_seconds: f64,
    /// What did remain.
    pub real_seconds: f64,
    /// Told minus real, by real; above 0 is too pessimistic.
    pub relative: f64,
}

/// The errors at each of [`ETA_MARKS`] of a drain from `begin` to `end`, of estimates (when, seconds remaining or none) in the order in
/// which they were told. None where no estimate had been told since the begin, or the last one up to the mark was "unknown".
pub fn eta_errors(estimates: &[(f64, Option<f64>)], begin: f64, end: f64) -> [Option<EtaError>; 3] {
    ETA_MARKS.map(|share| error_at(estimates, begin, end, share))
}

fn error_at(estimates: &[(f64, Option<f64>)], begin: f64, end: f64, share: f64) -> Option<EtaError> {
    let mark = begin + share * (end - begin);
    let (at_seconds, told) = estimates.iter().rev().copied().find(|(at, _)| *at >= begin && *at <= mark)?;
    let (told_seconds, real_seconds) = (told?, end - at_seconds);
    let relative = (told_seconds - real_seconds) / real_seconds;
    (real_seconds > 0.0).then_some(EtaError { share, at_seconds, told_seconds, real_seconds, relative })
}

#[cfg(test)]
mod tests {
    use super::eta_errors;

    #[test]
    fn an_estimate_is_held_against_what_really_remained() {
        let estimates = [(90.0, Some(1.0)), (105.0, None), (110.0, Some(180.0)), (149.0, Some(51.0)), (151.0, Some(9.0)), (188.0, None)];
        let [early, middle, late] = eta_errors(&estimates, 100.0, 200.0);
        let early = early.unwrap();
        assert_eq!((early.at_seconds, early.told_seconds, early.real_seconds, early.relative), (110.0, 180.0, 90.0, 1.0));
        assert_eq!(middle.unwrap().relative, 0.0);
        assert_eq!(late, None);
    }

    #[test]
    fn without_an_estimate_there_is_no_error() {
        assert_eq!(eta_errors(&[(1.0, Some(5.0))], 2.0, 4.0), [None; 3]);
        assert_eq!(eta_errors(&[(2.0, Some(5.0))], 2.0, 2.0), [None; 3]);
    }
}
