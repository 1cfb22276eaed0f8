//! Calls to Redis that did not do what they should.

use std::fmt::Display;
use std::time::Instant;

use tracing::warn;

use crate::telemetry::metrics::Metrics;
use crate::telemetry::sampler::SharedSampler;

/// A call to Redis failed and is sent again.
#[derive(Debug)]
pub struct RedisCallFailed<'a, E> {
    /// `host:port`
    pub node: &'a str,
    pub command: &'static str,
    /// The class of the error, a constant of the code.
    pub reason: &'static str,
    /// Its text; no key may be in it.
    pub error: E,
}

impl<E: Display> RedisCallFailed<'_, E> {
    pub fn emit(self, metrics: &Metrics, sampler: &SharedSampler, now: Instant) {
        metrics.redis_retry(self.reason);
        let (node, command, reason) = (self.node, self.command, self.reason);
        let Some(suppressed) = sampler.admit(&format!("{reason} {node}"), now) else { return };
        warn!(target: "shasta::store", node, command, reason, error = %self.error, suppressed, "redis call failed, trying again");
    }
}
