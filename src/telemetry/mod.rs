//! How a process tells what it does. Everything is counted and logged here, and nothing here can stop the work.
//!
//! - [`names`]: every metric in one table; [`metrics`]: the handle; [`batch`], [`fence`], [`latency`]: what a task counts in plain
//!   integers; [`partition`]: where it flushes them, once per batch; `readings`: the callbacks that read it when somebody looks.
//! - [`facts`]: what happened, as structs whose `emit` logs and counts together; [`sampler`]: one line for many alike.
//! - [`logging`]: to standard error; `otlp`: to a collector; [`spans`]: the few batches that are traced; [`http`]: `/livez`, `/readyz`, `/state`, `/metrics`;
//!   [`http_client`]: what all have in common that ask somebody;
//!   [`systemd`]: readiness and the watchdog; [`memory`]: the resident set.

pub mod batch;
mod connections;
mod error;
pub mod facts;
pub mod fence;
pub mod http;
pub mod http_client;
pub mod latency;
pub mod logging;
pub mod memory;
pub mod metrics;
pub mod names;
mod notifications;
mod otlp;
pub mod partition;
mod readings;
pub mod sampler;
pub mod spans;
pub mod systemd;
mod watched;

pub use batch::{BatchFacts, CacheFacts, ReasonCounts};
pub use error::TelemetryError;
pub use fence::{FenceCounts, FenceOutcome};
pub use http::{HttpServer, StateSource, Verdict};
pub use metrics::Metrics;
pub use notifications::{NotificationResult, NotifyMetrics};
pub use partition::{LagReading, PartitionMetrics};
pub use sampler::{Sampler, SharedSampler};
pub use spans::BatchSpans;

use crate::config::observe;
use metrics::Exposure;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use otlp::Otlp;

/// The telemetry of a process that works: its metrics, its traces, and logging set up.
#[derive(Debug)]
pub struct Telemetry {
    metrics: Metrics,
    spans: BatchSpans,
    otlp: Option<Otlp>,
}

impl Telemetry {
    /// Sets up logging for the process, and what `[otlp]` asks for. `service` is the name under which a collector knows the process.
    ///
    /// # Errors
    /// What can not work as configured. Nothing is set up then.
    pub fn init(log: &observe::Log, otlp: &observe::Otlp, service: &str) -> Result<Self, TelemetryError> {
        let spans = BatchSpans::new(otlp);
        let build = Build::current();
        let otlp = Otlp::new(otlp, service, build)?;
        let metrics = match &otlp {
            Some(otlp) => Metrics::with_provider(otlp.push_metrics(SdkMeterProvider::builder())?, build, Exposure::ScrapeAndPush)?,
            None => Metrics::new(build)?,
        };
        logging::init_with_traces(log, otlp.as_ref().map(Otlp::trace_layer))?;
        Ok(Self { metrics, spans, otlp })
    }

    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Which batches are traced.
    pub fn spans(&self) -> BatchSpans {
        self.spans
    }

    /// Pushes what is left. Blocks for two seconds at most, so call it when nothing else is left to do; nothing counts afterwards.
    pub fn shutdown(self) {
        if let Some(otlp) = self.otlp {
            otlp.shutdown(self.metrics.provider().clone());
        }
    }
}

/// Which build runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Build {
    pub version: &'static str,
    pub git_sha: &'static str,
}

impl Build {
    /// This one. The commit is what `SHASTA_GIT_SHA` said while it was compiled.
    pub const fn current() -> Self {
        let git_sha = match option_env!("SHASTA_GIT_SHA") {
            Some(git_sha) => git_sha,
            None => "unknown",
        };
        Self { version: env!("CARGO_PKG_VERSION"), git_sha }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// Set in the process that plays the service: logging can be set up once only.
    const SERVICE: &str = "SHASTA_TEST_SERVICE";

    fn serve() {
        let log = observe::Log::default();
        let telemetry = Telemetry::init(&log, &observe::Otlp::default(), "shasta-worker").unwrap();
        assert!(matches!(logging::init(&log), Err(TelemetryError::AlreadyInitialized)));
        facts::ProcessStarted { service: "shasta-worker", build: Build::current() }.emit();
        telemetry.metrics().partition(0).flush(&BatchFacts { records: 1, ..BatchFacts::default() });
        assert!(telemetry.metrics().render().unwrap().contains("shasta_records_consumed_total{partition=\"0\"} 1"));
        telemetry.shutdown();
    }

    #[test]
    fn a_service_logs_to_standard_error_and_counts() {
        if std::env::var_os(SERVICE).is_some() {
            return serve();
        }
        let service = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "telemetry::tests::a_service_logs_to_standard_error_and_counts", "--nocapture"])
            .env(SERVICE, "1")
            .output()
            .unwrap();
        let lines = String::from_utf8(service.stderr).unwrap();
        assert!(service.status.success(), "{lines}");
        assert!(lines.contains(" INFO shasta::worker: started service=\"shasta-worker\""), "{lines}");
    }
}
