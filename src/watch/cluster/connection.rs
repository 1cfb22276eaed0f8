//! The connection to a cluster, made anew when it was not answered.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::config::Kafka;
use crate::kafka::ConnectError;
use crate::watch::lock;
use crate::watch::look::Looker;

/// A connection that was not answered is replaced after this long, not at each look: brokers limit new ones. The client library must not
/// keep requests that were not answered for longer than `KEPT_BY_THE_LIBRARY` in `kafka::raw`, which says why.
const REPLACED_AFTER: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub struct Connection {
    cluster: String,
    kafka: Kafka,
    current: Mutex<(Arc<Looker>, Instant)>,
    /// Something was not answered since it was made.
    is_distrusted: AtomicBool,
}

impl Connection {
    /// # Errors
    /// Only what is wrong in the configuration.
    pub fn open(cluster: &str, kafka: Kafka) -> Result<Self, ConnectError> {
        let looker = Arc::new(Looker::connect(cluster, &kafka)?);
        let current = Mutex::new((looker, Instant::now()));
        Ok(Self { cluster: cluster.to_owned(), kafka, current, is_distrusted: AtomicBool::new(false) })
    }

    pub fn looker(&self) -> Arc<Looker> {
        Arc::clone(&lock(&self.current).0)
    }

    /// Something was not answered.
    pub fn distrust(&self) {
        self.is_distrusted.store(true, Ordering::Relaxed);
    }

    /// To be called between two looks.
    pub async fn renew(&self) {
        let is_old = lock(&self.current).1.elapsed() >= REPLACED_AFTER;
        if !is_old || !self.is_distrusted.swap(false, Ordering::Relaxed) {
            return;
        }
        // What was right in the configuration at the start is right now.
        let Ok(fresh) = Looker::connect(&self.cluster, &self.kafka) else { return };
        let old = std::mem::replace(&mut *lock(&self.current), (Arc::new(fresh), Instant::now()));
        // Closing waits for threads of the library.
        tokio::task::spawn_blocking(move || drop(old));
    }
}
