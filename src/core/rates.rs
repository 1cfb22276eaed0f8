//! Rates as exact sums over a ring of buckets. A moving average is not used on purpose: one burst hides an outage in it for as long as
//! it remembers.

/// Counts by time, for as long as the longest window that is asked for. Times are milliseconds of one clock; one that goes back counts
/// as standing still.
#[derive(Clone, Debug)]
pub struct Buckets {
    width_ms: u64,
    ring: Box<[u64]>,
    /// The number of the newest bucket that was written, since time 0.
    newest: u64,
    /// Since when counting has gone on without a gap.
    since_ms: u64,
}

impl Buckets {
    /// Buckets of `width_ms` (at least 1) for windows of up to `longest_window_ms`; counting begins now.
    pub fn new(width_ms: u64, longest_window_ms: u64, now_ms: u64) -> Self {
        let width_ms = width_ms.max(1);
        // One more than the window has: the newest is still being filled.
        let buckets = longest_window_ms.div_ceil(width_ms) + 1;
        Self { width_ms, ring: vec![0; buckets as usize].into(), newest: now_ms / width_ms, since_ms: now_ms }
    }

    pub fn add(&mut self, amount: u64, now_ms: u64) {
        self.advance(now_ms);
        let at = self.at(self.newest);
        self.ring[at] = self.ring[at].saturating_add(amount);
    }

    /// Counting begins again: what was counted does not go on (a rewind, a gap in the readings).
    pub fn restart(&mut self, now_ms: u64) {
        self.advance(now_ms);
        self.ring.fill(0);
        self.since_ms = now_ms;
    }

    /// What was counted in the window before `now_ms`, begun buckets included: between `window_ms` and one bucket more.
    pub fn sum(&self, window_ms: u64, now_ms: u64) -> u64 {
        let oldest = self.oldest(window_ms, now_ms);
        let oldest_in_ring = (self.newest + 1).saturating_sub(self.ring.len() as u64);
        (oldest.max(oldest_in_ring)..=self.newest).map(|number| self.ring[self.at(number)]).fold(0, u64::saturating_add)
    }

    /// Per second, over the window or what there is of it. `None` as long as that is less than one bucket.
    pub fn rate(&self, window_ms: u64, now_ms: u64) -> Option<f64> {
        let begin_ms = (self.oldest(window_ms, now_ms) * self.width_ms).max(self.since_ms);
        let covered_ms = now_ms.saturating_sub(begin_ms);
        (covered_ms >= self.width_ms).then(|| self.sum(window_ms, now_ms) as f64 * 1_000.0 / covered_ms as f64)
    }

    /// Whether counting has gone on for the whole window.
    pub fn covers(&self, window_ms: u64, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.since_ms) >= window_ms
    }

    fn advance(&mut self, now_ms: u64) {
        let number = now_ms / self.width_ms;
        let passed = number.saturating_sub(self.newest).min(self.ring.len() as u64);
        for emptied in 0..passed {
            let at = self.at(number - emptied);
            self.ring[at] = 0;
        }
        self.newest = self.newest.max(number);
    }

    fn oldest(&self, window_ms: u64, now_ms: u64) -> u64 {
        (now_ms / self.width_ms).saturating_sub(window_ms.div_ceil(self.width_ms))
    }

    fn at(&self, number: u64) -> usize {
        (number % self.ring.len() as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_rate_is_what_came_over_the_time_it_came_in() {
        let mut buckets = Buckets::new(1_000, 10_000, 500);
        assert_eq!(buckets.rate(10_000, 1_000), None, "half a bucket says nothing");
        (1..=5).for_each(|second| buckets.add(10, second * 1_000));
        assert_eq!(buckets.rate(10_000, 5_500), Some(10.0));
        assert_eq!(buckets.rate(2_000, 5_000), Some(30.0 / 2.0), "begun buckets count whole");
    }

    #[test]
    fn silence_becomes_zero_once_the_window_has_passed() {
        let mut buckets = Buckets::new(1_000, 10_000, 0);
        buckets.add(1_000_000, 5_000);
        assert_eq!(buckets.sum(10_000, 15_999), 1_000_000);
        assert_eq!(buckets.rate(10_000, 16_000), Some(0.0));
        buckets.add(1, 1_000_000_000);
        assert_eq!(buckets.sum(10_000, 1_000_000_000), 1);
    }

    #[test]
    fn a_restart_forgets_what_was_counted() {
        let mut buckets = Buckets::new(1_000, 10_000, 0);
        buckets.add(7, 9_000);
        assert!(buckets.covers(9_000, 9_000));
        buckets.restart(9_500);
        assert_eq!((buckets.sum(10_000, 9_500), buckets.covers(1_000, 10_000)), (0, false));
        assert_eq!(buckets.rate(10_000, 10_400), None);
    }

    #[test]
    fn a_clock_that_goes_back_stands_still() {
        let mut buckets = Buckets::new(1_000, 10_000, 100_000);
        buckets.add(1, 50_000);
        assert_eq!(buckets.sum(10_000, 100_000), 1);
        assert_eq!(buckets.rate(10_000, 50_000), None);
    }

    proptest! {
        #[test]
        fn sums_are_exact(adds in prop::collection::vec((0u64..5_000, 0u64..1_000), 0..100), width in 1u64..3_000, window in 0u64..20_000, start in 0u64..10_000) {
            let mut buckets = Buckets::new(width, 20_000, start);
            let (mut now, mut all) = (start, Vec::new());
            for (wait, amount) in adds {
                now += wait;
                buckets.add(amount, now);
                all.push((now, amount));
            }
            let first = (now / width).saturating_sub(window.div_ceil(width)) * width;
            let exact: u64 = all.iter().filter(|(at, _)| *at >= first).map(|(_, amount)| amount).sum();
            prop_assert_eq!(buckets.sum(window, now), exact);
            prop_assert!(first + window <= now || first == 0);
        }
    }
}
