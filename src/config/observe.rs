//! `[http]`, `[log]`, `[otlp]`: how a process tells what it does.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::duration::DurationText;

/// `[http]`: `/livez`, `/readyz`, `/state`, `/metrics`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// `address:port` to listen on; port 0 takes a free one and logs it; empty: no endpoint.
    pub listen: String,
}

/// `[log]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    pub format: LogFormat,
    /// What is logged, in tracing's filter syntax: `info`, `info,shasta::store=debug`.
    pub filter: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

/// `[otlp]`: push of metrics and sampled traces to an OpenTelemetry collector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Otlp {
    /// The collector's HTTP endpoint, such as `http://127.0.0.1:4318`; nothing is pushed where it is not set.
    pub endpoint: Option<String>,
    /// How often metrics are pushed.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "DurationText")]
    pub interval: Duration,
    /// The share of batches whose trace is kept, 0 to 1.
    pub trace_ratio: f64,
}

impl Default for Http {
    fn default() -> Self {
        Self { listen: "127.0.0.1:9464".to_owned() }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::default(), filter: "info".to_owned() }
    }
}

impl Default for Otlp {
    fn default() -> Self {
        Self { endpoint: None, interval: Duration::from_secs(15), trace_ratio: 0.01 }
    }
}
