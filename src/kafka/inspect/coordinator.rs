//! Which broker knows of a group.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::select_ok;
use rdkafka::error::RDKafkaErrorCode as Code;

use super::Inspector;
use crate::kafka::failure::KafkaFailure;
use crate::kafka::raw;

/// More groups than anybody looks at.
const GROUPS: usize = 10_000;

/// Coordinators that answered, by group.
#[derive(Debug, Default)]
pub struct Coordinators(Mutex<BTreeMap<String, i32>>);

impl Coordinators {
    fn of(&self, group: &str) -> Option<i32> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(group).copied()
    }

    fn remember(&self, group: &str, broker: i32) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < GROUPS {
            known.insert(group.to_owned(), broker);
        }
    }

    fn forget(&self, group: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(group);
    }
}

impl Inspector {
    /// Asks the broker that answered for the group before, else all of them at once: the others say that they are not its coordinator.
    /// Asking who it is would be one request less, but the client library does not survive a coordinator that hangs then.
    pub(super) async fn ask_coordinator<T, F>(
        &self,
        group: &str,
        limit: Duration,
        ask: impl Fn(i32, Duration) -> F,
    ) -> Result<T, KafkaFailure>
    where
        F: Future<Output = Result<T, KafkaFailure>>,
    {
        let until = Instant::now() + limit;
        if let Some(broker) = self.coordinators.of(group) {
            let answer = ask(broker, limit).await;
            let Err(failure) = answer else { return answer };
            self.coordinators.forget(group);
            if failure.code() != Code::NotCoordinator {
                return Err(failure);
            }
        }
        let left = || until.saturating_duration_since(Instant::now());
        let brokers = raw::brokers(self.client(), left()).await?;
        if brokers.is_empty() {
            return Err(KafkaFailure::of(Code::CoordinatorNotAvailable));
        }
        let asked = brokers.into_iter().map(|broker| {
            let answer = ask(broker, left());
            Box::pin(async move { Ok((broker, answer.await?)) })
        });
        let ((broker, answer), _slower) = select_ok(asked).await?;
        self.coordinators.remember(group, broker);
        Ok(answer)
    }
}
