//! Waiting between tries: longer each time, never in step with others.

use std::time::Duration;

/// Exponential back-off with full jitter, from 10 ms to 2 s.
#[derive(Debug, Default)]
pub struct Backoff {
    tries: u32,
}

impl Backoff {
    const SHORTEST: Duration = Duration::from_millis(10);
    const LONGEST: Duration = Duration::from_secs(2);

    /// How long to wait before the next try.
    pub fn next(&mut self) -> Duration {
        let ceiling = Self::LONGEST.min(Self::SHORTEST * 2u32.saturating_pow(self.tries.min(16)));
        self.tries += 1;
        // Not from zero: a wait of nothing would be a busy loop.
        ceiling / 2 + ceiling.mul_f64(fastrand::f64()) / 2
    }

    /// A try went through.
    pub fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_bounded() {
        let mut backoff = Backoff::default();
        let waits: Vec<Duration> = (0..40).map(|_| backoff.next()).collect();
        assert!(waits[0] <= Backoff::SHORTEST && waits[0] >= Backoff::SHORTEST / 2);
        assert!(waits.iter().all(|wait| *wait <= Backoff::LONGEST));
        assert!(waits[39] >= Backoff::LONGEST / 2);
        backoff.reset();
        assert!(backoff.next() <= Backoff::SHORTEST);
    }
}
