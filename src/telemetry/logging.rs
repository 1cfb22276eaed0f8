//! Log lines to standard error, as text or JSON.

use std::io::{self, IsTerminal};

use tracing::Subscriber;
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};

use super::error::TelemetryError;
use crate::config::observe::{Log, LogFormat};

/// Sends sampled spans elsewhere.
pub(super) type TraceLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Sets up logging for the process, for commands that need nothing else of telemetry.
///
/// # Errors
/// [`TelemetryError::Filter`], and [`TelemetryError::AlreadyInitialized`] the second time.
pub fn init(config: &Log) -> Result<(), TelemetryError> {
    init_with_traces(config, None)
}

pub(super) fn init_with_traces(config: &Log, traces: Option<TraceLayer>) -> Result<(), TelemetryError> {
    let subscriber = subscriber(config, io::stderr, traces)?;
    tracing::subscriber::set_global_default(subscriber).map_err(|_| TelemetryError::AlreadyInitialized)
}

fn subscriber<W>(config: &Log, writer: W, traces: Option<TraceLayer>) -> Result<impl Subscriber + Send + Sync, TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = lines(config.format, writer).with_filter(filter(&config.filter)?);
    Ok(Registry::default().with(traces).with(lines))
}

fn lines<S, W>(format: LogFormat, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let layer = fmt::layer().with_writer(writer);
    match format {
        LogFormat::Text => layer.with_ansi(io::stderr().is_terminal()).boxed(),
        LogFormat::Json => layer.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed(),
    }
}

/// The filter as configured; the environment is not asked.
fn filter(text: &str) -> Result<EnvFilter, TelemetryError> {
    let invalid = |reason: String| TelemetryError::Filter { filter: text.to_owned(), reason };
    let parts: Vec<_> = text.split(',').map(str::trim).collect();
    if let Some(word) = parts.iter().find(|part| is_mistyped(part)) {
        return Err(invalid(format!("{word:?} is no level")));
    }
    let filter = EnvFilter::builder().parse(parts.join(",")).map_err(|error| invalid(error.to_string()))?;
    if text.contains("opentelemetry") {
        return Ok(filter);
    }
    // Its own lines about a dead collector come with every push, for ever; `otlp` says it once.
    let quiet = "opentelemetry=off".parse().map_err(|error: tracing_subscriber::filter::ParseError| invalid(error.to_string()))?;
    Ok(filter.add_directive(quiet))
}

/// A bare word is a level, or else the name of a crate of which everything is logged, and nothing of any other:
/// "inof" would silence the process. Only our own name is taken for the latter.
fn is_mistyped(part: &str) -> bool {
    let bare = !part.contains(['=', '[']);
    part.is_empty() || (bare && !part.starts_with("shasta") && part.parse::<LevelFilter>().is_err())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::sync::{Arc, LazyLock, Mutex};
    use tracing::Dispatch;

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// While there is only one subscriber, tracing asks only the thread that comes to a line first whether anybody wants it,
    /// and tests that run beside have none. With a second one it asks all.
    static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(Registry::default()));

    /// What `work` logs on this thread.
    pub fn logged(config: &Log, work: impl FnOnce()) -> String {
        LazyLock::force(&SECOND);
        let captured = Captured::default();
        let writer = captured.clone();
        tracing::subscriber::with_default(subscriber(config, move || writer.clone(), None).unwrap(), work);
        let bytes = captured.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    fn config(format: LogFormat, filter: &str) -> Log {
        Log { format, filter: filter.to_owned() }
    }

    fn say() {
        tracing::info!(target: "shasta::worker", partition = 3, "batch applied");
        tracing::debug!(target: "shasta::store", node = "n:1", "call sent");
        tracing::error!(target: "opentelemetry_sdk", "export failed");
    }

    #[test]
    fn text_is_key_equals_value() {
        let lines = logged(&config(LogFormat::Text, "info"), say);
        assert!(lines.ends_with(" INFO shasta::worker: batch applied partition=3\n"), "{lines}");
        assert_eq!(lines.lines().count(), 1);
    }

    #[test]
    fn json_is_one_flat_object_per_line() {
        let lines = logged(&config(LogFormat::Json, "info"), say);
        let line: serde_json::Value = serde_json::from_str(&lines).unwrap();
        assert_eq!((&line["level"], &line["message"], &line["partition"]), (&"INFO".into(), &"batch applied".into(), &3.into()));
    }

    #[test]
    fn the_filter_goes_by_target() {
        let lines = logged(&config(LogFormat::Text, "warn, shasta::store=debug"), say);
        assert!(lines.contains("call sent") && !lines.contains("batch applied"), "{lines}");
    }

    #[test]
    fn the_exporters_own_noise_is_off_unless_asked_for() {
        assert!(!logged(&config(LogFormat::Text, "trace"), say).contains("export failed"));
        assert!(logged(&config(LogFormat::Text, "info,opentelemetry=warn"), say).contains("export failed"));
    }

    #[test]
    fn a_filter_that_would_say_nothing_is_refused() {
        for text in ["inof", "info,shasta::store=loud", "", "warn,,info", "shasta[=info"] {
            assert!(matches!(filter(text), Err(TelemetryError::Filter { .. })), "{text:?}");
        }
        for text in ["off", "info", "WARN", "shasta", "info,shasta::store=debug", "shasta[batch]=trace"] {
            assert!(filter(text).is_ok(), "{text:?}");
        }
    }
}
