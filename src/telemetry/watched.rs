//! Exporters that say when their collector is gone, but not with every push.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use opentelemetry_otlp::{MetricExporter, SpanExporter};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::trace::SpanData;

use super::partition::lock;
use super::sampler::Sampler;

/// A dead collector is said this often.
const SAID_EVERY: Duration = Duration::from_secs(600);

/// An exporter whose failures are said once in a while, and its recovery once.
#[derive(Debug)]
pub(super) struct Watched<E> {
    exporter: E,
    signal: &'static str,
    failing: Mutex<Option<Sampler>>,
}

impl<E> Watched<E> {
    pub fn new(exporter: E, signal: &'static str) -> Self {
        Self { exporter, signal, failing: Mutex::new(None) }
    }

    fn watch(&self, result: OTelSdkResult) -> OTelSdkResult {
        let mut failing = lock(&self.failing);
        match &result {
            Ok(()) if failing.take().is_some() => tracing::info!(signal = self.signal, "otlp push works again"),
            Ok(()) => {}
            Err(error) => {
                let sampler = failing.get_or_insert_with(|| Sampler::every(SAID_EVERY));
                if let Some(suppressed) = sampler.admit(Instant::now()) {
                    tracing::warn!(signal = self.signal, %error, suppressed, "otlp push failed");
                }
            }
        }
        result
    }
}

impl PushMetricExporter for Watched<MetricExporter> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let result = self.exporter.export(metrics).await;
        self.watch(result)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.exporter.temporality()
    }
}

impl opentelemetry_sdk::trace::SpanExporter for Watched<SpanExporter> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let result = self.exporter.export(batch).await;
        self.watch(result)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::observe::{Log, LogFormat};
    use crate::telemetry::logging::tests::logged;

    #[test]
    fn a_dead_collector_is_said_once_and_its_return_once() {
        let watched = Watched::new((), "metrics");
        let failure = || Err(opentelemetry_sdk::error::OTelSdkError::InternalFailure("refused".to_owned()));
        let lines = logged(&Log { format: LogFormat::Text, filter: "info".to_owned() }, || {
            for _ in 0..100 {
                let _ = watched.watch(failure());
            }
            let _ = watched.watch(Ok(()));
            let _ = watched.watch(Ok(()));
        });
        let said: Vec<_> = lines.lines().map(|line| line.contains("failed")).collect();
        assert_eq!(said, [true, false], "{lines}");
    }
}
