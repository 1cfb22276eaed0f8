//! How long an overload is felt.

use std::collections::BTreeMap;

/// Events of so long are judged together.
const TOGETHER_US: i64 = 250_000;
/// This share of them may be slow: not every late event is the overload's.
const MAY_BE_SLOW: f64 = 0.1;

/// Seconds from the end of an overload until responses are below the limit for good, by the events that were due after it: (intended time,
/// response), `None` for one that was never acknowledged. `None` where that is not so to the end, or nothing was due.
pub fn recovery_s(after: impl IntoIterator<Item = (i64, Option<i64>)>, end_us: i64, limit_us: i64) -> Option<f64> {
    let mut pieces: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
    for (intended_us, response_us) in after {
        let (slow, all) = pieces.entry((intended_us - end_us).div_euclid(TOGETHER_US)).or_default();
        *slow += u64::from(response_us.is_none_or(|response_us| response_us > limit_us));
        *all += 1;
    }
    let last = *pieces.keys().next_back()?;
    let is_slow = |(slow, all): &(u64, u64)| *slow as f64 > MAY_BE_SLOW * *all as f64;
    match pieces.iter().rev().find(|(_, piece)| is_slow(piece)) {
        None => Some(0.0),
        Some((piece, _)) if *piece == last => None,
        Some((piece, _)) => Some(((piece + 1) * TOGETHER_US) as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::recovery_s;

    /// An event each 10 ms after an overload that ended at 5 s, slow for so long.
    fn events(slow_us: i64) -> Vec<(i64, Option<i64>)> {
        (0..1_000).map(|event| (5_000_000 + event * 10_000, Some(if event * 10_000 < slow_us { 900_000 } else { 3_000 }))).collect()
    }

    #[test]
    fn recovered_is_who_stays_as_fast_as_before() {
        let recovery = |events: Vec<_>| recovery_s(events, 5_000_000, 10_000);
        assert_eq!(recovery(events(0)), Some(0.0));
        assert_eq!(recovery(events(3_000_000)), Some(3.0));
        assert_eq!(recovery(events(20_000_000)), None);
        assert_eq!(recovery(Vec::new()), None);
        let mut one_slow = events(1_000_000);
        one_slow[900].1 = Some(500_000);
        assert_eq!(recovery(one_slow), Some(1.0));
        let mut lost = events(0);
        lost[100..130].iter_mut().for_each(|event| event.1 = None);
        assert_eq!(recovery(lost), Some(1.5));
    }
}
