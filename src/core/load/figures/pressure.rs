//! What a publisher must keep under overload: it tells the truth, it is bounded, it stays as fast as before.

use super::slope::slope;

/// Whether a promise was kept, and the numbers in one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub holds: bool,
    pub why: String,
}

/// What the publisher said of the events that it was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Promises {
    pub offered: u64,
    pub acknowledged: u64,
    /// Refused at once.
    pub rejected: u64,
    /// Accepted, and told later that it was given up.
    pub expired: u64,
    /// Told that the outcome is unknown.
    pub unknown: u64,
    pub acknowledged_lost: u64,
}

/// The memory of a publisher may grow by this share in a run: allocators do not give all back.
const GROWTH: f64 = 0.05;
/// The share of the durable rate that must be kept under overload.
const KEPT: f64 = 0.95;

impl Promises {
    /// Truthful: nothing acknowledged was lost, and the caller was told of each event what became of it.
    pub fn truthful(&self) -> Held {
        let told = self.acknowledged + self.rejected + self.expired + self.unknown;
        let untold = self.offered.abs_diff(told);
        let why = format!(
            "{} of {} acknowledged were lost, of {} of {} offered nothing was told",
            self.acknowledged_lost, self.acknowledged, untold, self.offered
        );
        Held { holds: self.acknowledged_lost == 0 && untold == 0, why }
    }
}

/// Bounded: memory, as (seconds, bytes), does not rise, or by no more than 5 % in the whole run. None for fewer than three points.
pub fn bounded(memory: &[(f64, f64)]) -> Option<Held> {
    let line = slope(memory)?;
    let begin = memory.iter().copied().min_by(|left, right| left.0.total_cmp(&right.0))?;
    let seconds = memory.iter().map(|point| point.0 - begin.0).fold(0.0, f64::max);
    let share = line.per_second * seconds / begin.1.max(1.0);
    let why = format!("memory changed by {:.1} % in {seconds:.0} s ({:.0} bytes/s, t = {:.1})", share * 100.0, line.per_second, line.t);
    Some(Held { holds: !line.is_rising() || share <= GROWTH, why })
}

/// Stable: the durable events per second under overload are at least 95 % of those without.
pub fn stable(durable_at_1x: f64, durable_overloaded: f64) -> Held {
    let share = if durable_at_1x > 0.0 { durable_overloaded / durable_at_1x } else { 0.0 };
    let why = format!("{durable_overloaded:.0} events/s were durable under overload, {:.1} % of {durable_at_1x:.0}", share * 100.0);
    Held { holds: share >= KEPT, why }
}

#[cfg(test)]
mod tests {
    use super::{Promises, bounded, stable};

    const KEPT: Promises = Promises { offered: 100, acknowledged: 60, rejected: 30, expired: 9, unknown: 1, acknowledged_lost: 0 };

    #[test]
    fn a_lost_acknowledgement_or_an_untold_refusal_is_a_lie() {
        assert!(KEPT.truthful().holds);
        assert!(!Promises { acknowledged_lost: 1, ..KEPT }.truthful().holds);
        let silent = Promises { rejected: 28, ..KEPT }.truthful();
        assert!(!silent.holds);
        assert_eq!(silent.why, "0 of 60 acknowledged were lost, of 2 of 100 offered nothing was told");
    }

    #[test]
    fn memory_that_follows_the_load_is_not_bounded() {
        let growing = |per_second: f64| -> Vec<(f64, f64)> {
            (0..60).map(|second| (f64::from(second), 1e8 + per_second * f64::from(second) + f64::from(second % 2) * 1e5)).collect()
        };
        assert!(bounded(&growing(0.0)).unwrap().holds);
        assert!(bounded(&growing(5e4)).unwrap().holds);
        assert!(!bounded(&growing(1e6)).unwrap().holds);
        assert!(bounded(&growing(-1e6)).unwrap().holds);
        assert_eq!(bounded(&growing(0.0)[..2]), None);
        let restless = [(0.0, 1.0e8), (1.0, 2.0e8), (2.0, 1.0e8), (3.0, 2.0e8)];
        assert!(bounded(&restless).unwrap().holds);
    }

    #[test]
    fn five_percent_may_be_lost_to_overload() {
        assert!(stable(1_000.0, 950.0).holds);
        assert!(!stable(1_000.0, 949.0).holds);
        assert!(!stable(0.0, 0.0).holds);
    }
}
