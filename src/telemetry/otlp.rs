//! Push of metrics and sampled traces to an OpenTelemetry collector, by OTLP over HTTP.
//!
//! Everything happens on threads of the SDK, with bounded queues: a collector that is gone or hangs costs a log line, and nothing else.

use std::fmt;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{MetricExporter, RetryPolicy, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{MeterProviderBuilder, PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{Sampler as TraceSampler, SdkTracerProvider};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::Layer;

use super::Build;
use super::error::TelemetryError;
use super::http_client::choose_tls;
use super::logging::TraceLayer;
use super::spans;
use super::watched::Watched;
use crate::config::observe::Otlp as Config;

/// One push. The next one carries the same totals, so it is not tried again.
const PUSH_LIMIT: Duration = Duration::from_secs(5);
/// What a stop waits for the last push.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(2);

/// The exporters of a configured collector.
#[derive(Debug)]
pub(super) struct Otlp {
    endpoint: String,
    interval: Duration,
    resource: Resource,
    tracer: SdkTracerProvider,
}

impl Otlp {
    /// `None` where no endpoint is configured.
    pub fn new(config: &Config, service: &str, build: Build) -> Result<Option<Self>, TelemetryError> {
        let Some(endpoint) = config.endpoint.as_deref() else { return Ok(None) };
        let endpoint = checked(endpoint)?;
        let resource = Resource::builder()
            .with_service_name(service.to_owned())
            .with_attribute(opentelemetry::KeyValue::new("service.version", build.version))
            .build();
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client()?)
            .with_endpoint(format!("{endpoint}/v1/traces"))
            .with_timeout(PUSH_LIMIT)
            .with_retry_policy(RetryPolicy::disabled())
            .build()
            .map_err(|error| unbuildable("trace", &error))?;
        let tracer = SdkTracerProvider::builder()
            .with_resource(resource.clone())
            // Whether a batch is traced is decided before its span is made.
            .with_sampler(TraceSampler::AlwaysOn)
            .with_batch_exporter(Watched::new(exporter, "traces"))
            .build();
        Ok(Some(Self { endpoint, interval: config.interval, resource, tracer }))
    }

    /// Adds the push to a provider of metrics.
    pub fn push_metrics(&self, builder: MeterProviderBuilder) -> Result<MeterProviderBuilder, TelemetryError> {
        let exporter = MetricExporter::builder()
            .with_http()
            .with_http_client(client()?)
            .with_endpoint(format!("{}/v1/metrics", self.endpoint))
            .with_timeout(PUSH_LIMIT)
            .with_retry_policy(RetryPolicy::disabled())
            .build()
            .map_err(|error| unbuildable("metric", &error))?;
        let reader = PeriodicReader::builder(Watched::new(exporter, "metrics")).with_interval(self.interval).build();
        Ok(builder.with_reader(reader).with_resource(self.resource.clone()))
    }

    /// Sends the spans of [`spans`], and no others.
    pub fn trace_layer(&self) -> TraceLayer {
        tracing_opentelemetry::layer()
            .with_tracer(self.tracer.tracer("shasta"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(|metadata| metadata.is_span() && metadata.target() == spans::TARGET))
            .boxed()
    }

    /// Pushes what is left, for two seconds at most.
    pub fn shutdown(self, metrics: SdkMeterProvider) {
        let (done, finished) = mpsc::channel();
        let metrics_done = done.clone();
        let tracer = self.tracer;
        // A push that hangs holds only its own thread, which ends with the process.
        let threads =
            [spawn(move || drop((metrics.shutdown(), metrics_done.send(())))), spawn(move || drop((tracer.shutdown(), done.send(()))))];
        let deadline = Instant::now() + SHUTDOWN_LIMIT;
        for _ in threads.into_iter().flatten() {
            if finished.recv_timeout(deadline.saturating_duration_since(Instant::now())).is_err() {
                tracing::warn!("the last otlp push was cut off");
                return;
            }
        }
    }
}

/// Without the host's authorities: a collector is spoken to without TLS, also from a host that has none.
fn client() -> Result<reqwest::blocking::Client, TelemetryError> {
    choose_tls();
    // It has a runtime of its own, which can not be made inside of another one.
    let built = thread::spawn(|| reqwest::blocking::Client::builder().timeout(PUSH_LIMIT).tls_certs_only([]).build()).join();
    built.map_err(|_| unbuildable("http", &"its thread ended"))?.map_err(|error| unbuildable("http", &error))
}

fn spawn(work: impl FnOnce() + Send + 'static) -> Option<thread::JoinHandle<()>> {
    thread::Builder::new().name("otlp-shutdown".to_owned()).spawn(work).ok()
}

/// The endpoint without a slash at its end.
fn checked(endpoint: &str) -> Result<String, TelemetryError> {
    let unusable = |reason: &str| TelemetryError::Endpoint { reason: reason.to_owned() };
    let rest = endpoint
        .strip_prefix("http://")
        .ok_or_else(|| unusable("it has to begin with http://; a collector on this host takes it on to TLS"))?;
    let authority = rest.split('/').next().unwrap_or_default();
    if authority.is_empty() || authority.starts_with(':') {
        return Err(unusable("it names no host"));
    }
    Ok(endpoint.trim_end_matches('/').to_owned())
}

fn unbuildable(signal: &'static str, error: &impl fmt::Display) -> TelemetryError {
    TelemetryError::Exporter { signal, reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::metrics::{Exposure, Metrics};
    use crate::telemetry::spans::{BatchSpans, TARGET};
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::registry::Registry;

    fn config(endpoint: &str) -> Config {
        Config { endpoint: Some(endpoint.to_owned()), interval: Duration::from_millis(100), trace_ratio: 1.0 }
    }

    /// Metrics that are pushed to `endpoint`.
    fn pushing(endpoint: &str) -> (Otlp, Metrics) {
        let otlp = Otlp::new(&config(endpoint), "shasta-worker", Build::current()).unwrap().unwrap();
        let builder = otlp.push_metrics(SdkMeterProvider::builder()).unwrap();
        (otlp, Metrics::with_provider(builder, Build::current(), Exposure::ScrapeAndPush).unwrap())
    }

    /// Accepts every push and hands over what came.
    fn collector() -> (String, mpsc::Receiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (seen, pushes) = mpsc::channel();
        thread::spawn(move || listener.incoming().flatten().all(|stream| seen.send(take_push(stream)).is_ok()));
        (endpoint, pushes)
    }

    fn take_push(mut stream: TcpStream) -> String {
        let mut push = Vec::new();
        let mut chunk = [0; 65_536];
        while !is_whole(&push) {
            let read = stream.read(&mut chunk).unwrap();
            push.extend_from_slice(&chunk[..read]);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").unwrap();
        String::from_utf8_lossy(&push).into_owned()
    }

    fn is_whole(push: &[u8]) -> bool {
        let text = String::from_utf8_lossy(push).to_lowercase();
        let length = text.split_once("content-length: ").and_then(|(_, rest)| rest.split("\r\n").next()?.parse::<usize>().ok());
        let body = push.windows(4).position(|window| window == b"\r\n\r\n").map(|end| push.len() - end - 4);
        body.is_some_and(|body| length.is_some_and(|length| body >= length))
    }

    #[test]
    fn metrics_arrive_under_their_names_and_again_and_again() {
        let (endpoint, pushes) = collector();
        let (otlp, metrics) = pushing(&format!("{endpoint}/"));
        let _partition = metrics.partition(3);
        let mut found =
            pushes.iter().filter(|push| push.starts_with("POST /v1/metrics ") && push.contains("shasta_records_consumed_total"));
        let push = found.next().unwrap();
        for text in ["shasta-worker", "shasta_apply_latency_seconds_bucket", "shasta_build_info", "+Inf"] {
            assert!(push.contains(text), "{text}");
        }
        assert!(found.next().is_some());
        let scraped = metrics.render().unwrap();
        assert_eq!(scraped.matches("# TYPE shasta_apply_latency_seconds").count(), 1, "{scraped}");
        otlp.shutdown(metrics.provider().clone());
    }

    #[test]
    fn only_traced_batches_are_pushed() {
        let (endpoint, pushes) = collector();
        let (otlp, metrics) = pushing(&endpoint);
        let half = BatchSpans::new(&Config { trace_ratio: 0.5, ..config(&endpoint) });
        tracing::subscriber::with_default(Registry::default().with(otlp.trace_layer()), || {
            let kept = half.batch(0.49, 3);
            drop(tracing::info_span!(target: TARGET, parent: &kept, "part-of-the-kept"));
            assert!(half.batch(0.5, 4).is_none());
            tracing::info_span!("no batch at all").in_scope(|| tracing::info!("said"));
        });
        otlp.shutdown(metrics.provider().clone());
        let traces: Vec<_> = pushes.try_iter().filter(|push| push.starts_with("POST /v1/traces ")).collect();
        assert_eq!(traces.len(), 1);
        assert!(traces[0].contains("batch") && traces[0].contains("part-of-the-kept"));
        assert!(!traces[0].contains("no batch at all"));
    }

    #[test]
    fn a_collector_that_hangs_holds_a_stop_for_two_seconds_at_most() {
        let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
        let (otlp, metrics) = pushing(&format!("http://{}", hanging.local_addr().unwrap()));
        let first_push = hanging.accept().unwrap();
        let scrape = Instant::now();
        assert!(metrics.render().unwrap().contains("shasta_build_info"));
        assert!(scrape.elapsed() < Duration::from_secs(1));
        let stop = Instant::now();
        otlp.shutdown(metrics.provider().clone());
        drop(metrics);
        assert!(stop.elapsed() < Duration::from_millis(2_500), "{:?}", stop.elapsed());
        drop(first_push);
    }

    #[test]
    fn an_endpoint_that_can_not_work_is_refused_at_the_start() {
        for endpoint in ["https://collector:4318", "collector:4318", "http://", "http://:4318", ""] {
            assert!(matches!(checked(endpoint), Err(TelemetryError::Endpoint { .. })), "{endpoint:?}");
        }
        assert!(Otlp::new(&Config::default(), "shasta", Build::current()).unwrap().is_none());
    }

    #[test]
    fn without_a_collector_no_batch_is_traced() {
        assert!(BatchSpans::new(&Config { trace_ratio: 1.0, ..Config::default() }).batch(0.0, 1).is_none());
    }
}
