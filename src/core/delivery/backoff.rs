//! Pauses that grow with each failure, with full jitter: between the shortest and twice the last bound, so that many who failed together
//! do not come back together.

use super::pacing::Pacing;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Backoff {
    /// Since the last success.
    pub failures: u32,
    /// Nothing is tried before.
    pub until: f64,
}

impl Backoff {
    /// `random` is in [0, 1).
    pub fn fail(&mut self, pacing: &Pacing, random: f64, now: f64) {
        self.failures = self.failures.saturating_add(1);
        let doubled = pacing.back_off_from_s * 2_f64.powi(self.failures.min(32) as i32);
        let bound = doubled.min(pacing.back_off_to_s);
        self.until = now + pacing.back_off_from_s + random * (bound - pacing.back_off_from_s).max(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_from_a_second_to_a_minute_and_fill_their_range() {
        let pacing = Pacing::default();
        let pauses = |random: f64| {
            let mut backoff = Backoff::default();
            let fail = |_| {
                backoff.fail(&pacing, random, 1_000.0);
                backoff.until - 1_000.0
            };
            (0..100).map(fail).collect::<Vec<_>>()
        };
        assert_eq!(pauses(0.0), vec![1.0; 100]);
        let longest = pauses(1.0);
        assert_eq!(longest[..7], [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]);
        assert_eq!(longest[99], 60.0);
    }
}
