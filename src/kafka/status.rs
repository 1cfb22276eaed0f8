//! The last failure of a connection, for readiness and for whoever asks why nothing moves.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::failure::KafkaFailure;

/// Shared by a client's callbacks and those who report on it. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Status(Arc<Mutex<Option<LastFailure>>>);

/// A failure and when it was seen.
#[derive(Clone, Debug)]
pub struct LastFailure {
    pub failure: KafkaFailure,
    pub at: Instant,
}

impl Status {
    /// `None` while nothing failed since a request last succeeded.
    pub fn last_failure(&self) -> Option<LastFailure> {
        self.lock().clone()
    }

    /// "All brokers down" follows the failure that tells why, and must not hide it.
    pub(super) fn failed(&self, failure: KafkaFailure, at: Instant) {
        let mut last = self.lock();
        let says_less = failure.code() == rdkafka::error::RDKafkaErrorCode::AllBrokersDown;
        if last.is_none() || !says_less {
            *last = Some(LastFailure { failure, at });
        }
    }

    /// A request was answered: the broker can be reached and lets us in.
    pub(super) fn succeeded(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<LastFailure>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::error::RDKafkaErrorCode as Code;

    use super::*;

    #[test]
    fn all_brokers_down_does_not_hide_the_cause() {
        let status = Status::default();
        status.failed(KafkaFailure::new(Code::SSL, "certificate expired"), Instant::now());
        status.failed(KafkaFailure::of(Code::AllBrokersDown), Instant::now());
        assert_eq!(status.last_failure().unwrap().failure.reason(), "certificate expired");
        status.succeeded();
        assert!(status.last_failure().is_none());
    }
}
