//! How long brokers hold answers back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rdkafka::statistics::Statistics;

const UNKNOWN: u64 = u64::MAX;

/// Of one connection. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Throttle(Arc<AtomicU64>);

impl Default for Throttle {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(UNKNOWN)))
    }
}

impl Throttle {
    /// On average over the last interval of the statistics, at the worst broker.
    pub fn milliseconds(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|known| *known != UNKNOWN)
    }

    pub fn note(&self, statistics: &Statistics) {
        let averages = statistics.brokers.values().filter_map(|broker| broker.throttle.as_ref()).map(|window| window.avg);
        if let Some(worst) = averages.max() {
            self.0.store(worst.max(0).cast_unsigned(), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::statistics::{Broker, Window};

    use super::*;

    #[test]
    fn the_worst_broker_counts_and_none_is_not_zero() {
        let throttle = Throttle::default();
        assert_eq!(throttle.milliseconds(), None);
        throttle.note(&Statistics::default());
        assert_eq!(throttle.milliseconds(), None);
        let broker = |avg| Broker { throttle: Some(Window { avg, ..Window::default() }), ..Broker::default() };
        let brokers = [("a".to_owned(), broker(3)), ("b".to_owned(), broker(250))].into();
        throttle.note(&Statistics { brokers, ..Statistics::default() });
        assert_eq!(throttle.milliseconds(), Some(250));
    }
}
