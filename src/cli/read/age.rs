//! How long ago something was published.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Two units at most, such as `4ms`, `3s`, `2h 5m`; `-` where it is not known. A publisher's clock may be ahead of this one: then it is 0.
pub fn age(published_at_ms: Option<i64>, now: SystemTime) -> String {
    let Some(published) = published_at_ms.and_then(|ms| u64::try_from(ms).ok()) else { return "-".to_owned() };
    let age = now.duration_since(UNIX_EPOCH + Duration::from_millis(published)).unwrap_or_default();
    let shown =
        if age < Duration::from_secs(1) { Duration::from_millis(age.subsec_millis().into()) } else { Duration::from_secs(age.as_secs()) };
    humantime::format_duration(shown).to_string().split(' ').take(2).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_two_units_at_most() {
        let now = UNIX_EPOCH + Duration::from_millis(1_000_000_000_000);
        let age_of = |ms: i64| age(Some(1_000_000_000_000 - ms), now);
        assert_eq!([0, 4, 3_999, 61_000, 7_503_000].map(age_of), ["0s", "4ms", "3s", "1m 1s", "2h 5m"]);
        assert_eq!((age_of(-5_000), age(None, now), age(Some(-1), now)), ("0s".to_owned(), "-".to_owned(), "-".to_owned()));
    }
}
