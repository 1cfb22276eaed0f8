//! What can go wrong while telemetry starts. Nothing of it goes wrong later: a dead collector or a slow reader disturbs nobody.

use std::io;

#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error(
        "log.filter {filter:?} is not valid: {reason}; write a level or target=level, joined by commas, such as info,shasta::store=debug"
    )]
    Filter { filter: String, reason: String },
    #[error("logging was already set up in this process")]
    AlreadyInitialized,
    #[error("otlp.endpoint is not usable: {reason}")]
    Endpoint { reason: String },
    #[error("the {signal} exporter can not be built: {reason}")]
    Exporter { signal: &'static str, reason: String },
    #[error("metrics can not be registered or rendered: {reason}")]
    Metrics { reason: String },
    #[error("http.listen {listen:?} can not be bound: {source}")]
    Listen { listen: String, source: io::Error },
}

impl TelemetryError {
    /// Whether the same configuration may work a moment later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Listen { source, .. } if source.kind() == io::ErrorKind::AddrInUse)
    }

    pub fn metrics(error: impl std::fmt::Display) -> Self {
        Self::Metrics { reason: error.to_string() }
    }
}
