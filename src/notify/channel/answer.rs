//! What an answer over HTTP means.

use std::time::{Duration, UNIX_EPOCH};

use crate::notify::clock::unix_now;

/// The classes of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Taken,
    /// The receiver can not now, or somebody has to let us in there first; the alert itself is right.
    NotNow,
    /// What was sent is wrong.
    Wrong,
}

impl Class {
    /// A redirect is no answer: who follows it posts to a page that says yes to everything.
    pub fn of(status: u16) -> Self {
        match status {
            200..=299 => Self::Taken,
            300..=399 | 401 | 403 | 404 | 407 | 408 | 410 | 425 | 429 | 500.. => Self::NotNow,
            _ => Self::Wrong,
        }
    }
}

/// `Retry-After` in seconds or as a date.
pub fn retry_after(header: &str) -> Option<Duration> {
    let seconds = header.trim().parse::<f64>().ok().filter(|seconds| (0.0..1e9).contains(seconds));
    let until = || {
        let date = httpdate::parse_http_date(header.trim()).ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some((date.as_secs_f64() - unix_now()).clamp(0.0, 1e9))
    };
    seconds.or_else(until).map(Duration::from_secs_f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_alert_that_is_wrong_is_given_up() {
        let of = |class| (100..600).filter(|status| Class::of(*status) == class).collect::<Vec<u16>>();
        assert_eq!(of(Class::Taken), (200..300).collect::<Vec<_>>());
        let not_now = of(Class::NotNow);
        assert!([302, 401, 403, 404, 408, 429, 500, 503, 599].iter().all(|status| not_now.contains(status)));
        assert!([400, 413, 422].iter().all(|status| of(Class::Wrong).contains(status)));
    }

    #[test]
    fn retry_after_is_a_number_or_a_date() {
        assert_eq!(retry_after("30"), Some(Duration::from_secs(30)));
        assert_eq!(retry_after(" 1.5 "), Some(Duration::from_millis(1_500)));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert!(["", "-1", "soon", "NaN", "inf", "1e99"].iter().all(|text| retry_after(text).is_none()));
    }
}
