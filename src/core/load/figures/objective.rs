use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a run must prove: that a share of the scheduled events arrives within a limit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Objective {
    /// Above 0, below 1.
    pub quantile: f64,
    /// Microseconds from the intended time; an event that takes as long misses it.
    pub limit_us: i64,
}

/// Why a text is no objective.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectiveError {
    #[error("objective {0:?} has no '<': write it as p99.99<100ms")]
    Comparison(String),
    #[error("{0:?} is no percentile: write p and a number above 0 and below 100, as in p99.99")]
    Percentile(String),
    #[error("{0:?} is no limit: write a number above 0 and us, ms or s, as in 100ms")]
    Limit(String),
}

impl Objective {
    /// How many of `scheduled` events may miss the limit.
    pub fn allowed(&self, scheduled: u64) -> f64 {
        // 1 - 0.9999 is not the double next to 0.0001, and six of 60,000 are to be six.
        let share = ((1.0 - self.quantile) * 1e9).round() / 1e9;
        scheduled as f64 * share
    }
}

impl FromStr for Objective {
    type Err = ObjectiveError;

    fn from_str(text: &str) -> Result<Objective, ObjectiveError> {
        let (percentile, limit) = text.split_once('<').ok_or_else(|| ObjectiveError::Comparison(text.to_owned()))?;
        let (percentile, limit) = (percentile.trim(), limit.trim());
        let quantile = parse_quantile(percentile).ok_or_else(|| ObjectiveError::Percentile(percentile.to_owned()))?;
        let limit_us = parse_limit(limit).ok_or_else(|| ObjectiveError::Limit(limit.to_owned()))?;
        Ok(Objective { quantile, limit_us })
    }
}

fn parse_quantile(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['p', 'P'])?;
    // Shifted in decimal: 99.99 / 100.0 is not the double next to 0.9999.
    let quantile: f64 = format!("{}e-2", plain(digits)?).parse().ok()?;
    (quantile > 0.0 && quantile < 1.0).then_some(quantile)
}

fn parse_limit(text: &str) -> Option<i64> {
    let number = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let power = match &text[number.len()..] {
        "us" => 0,
        "ms" => 3,
        "s" => 6,
        _ => return None,
    };
    let limit_us: f64 = format!("{}e{power}", plain(number.trim_end())?).parse().ok()?;
    let whole = limit_us.round();
    (1.0..1e15).contains(&whole).then_some(whole as i64)
}

/// Digits and at most one point: no sign, no exponent, no "inf".
fn plain(number: &str) -> Option<&str> {
    let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && number.bytes().any(|byte| byte.is_ascii_digit());
    plain.then_some(number)
}

impl fmt::Display for Objective {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}<", percentile_name(self.quantile))?;
        match self.limit_us {
            limit_us if limit_us % 1_000_000 == 0 => write!(formatter, "{}s", limit_us / 1_000_000),
            limit_us if limit_us % 1_000 == 0 => write!(formatter, "{}ms", limit_us / 1_000),
            limit_us => write!(formatter, "{limit_us}us"),
        }
    }
}

/// `p99.99` for 0.9999.
pub fn percentile_name(quantile: f64) -> String {
    let digits = format!("{:.6}", quantile * 100.0);
    format!("p{}", digits.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::{Objective, ObjectiveError};

    #[test]
    fn an_objective_is_read_and_written() {
        for (text, quantile, limit_us, written) in [
            ("p99.99<100ms", 0.9999, 100_000, "p99.99<100ms"),
            ("P50 < 1.5s", 0.5, 1_500_000, "p50<1500ms"),
            (" p99.999<250us ", 0.99999, 250, "p99.999<250us"),
            ("p99<2s", 0.99, 2_000_000, "p99<2s"),
            ("p99.9<0.1ms", 0.999, 100, "p99.9<100us"),
        ] {
            let objective: Objective = text.parse().unwrap();
            assert_eq!(objective, Objective { quantile, limit_us });
            assert_eq!(objective.to_string(), written);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = |text: &str| text.parse::<Objective>().unwrap_err();
        assert_eq!(wrong("p99"), ObjectiveError::Comparison("p99".to_owned()));
        for percentile in ["99", "p", "p0", "p100", "p-1", "p1e1", "pinf", "p9.9.9", "p."] {
            assert_eq!(wrong(&format!("{percentile}<1ms")), ObjectiveError::Percentile(percentile.to_owned()));
        }
        for limit in ["", "100", "ms", "0ms", "-5ms", "1e3ms", "5m", "5 minutes", "0.1us", "9999999999999999s", "é"] {
            assert_eq!(wrong(&format!("p99<{limit}")), ObjectiveError::Limit(limit.to_owned()));
        }
    }

    #[test]
    fn six_of_sixty_thousand_may_miss_four_nines() {
        let objective: Objective = "p99.99<100ms".parse().unwrap();
        assert_eq!(objective.allowed(60_000), 6.0);
    }
}
