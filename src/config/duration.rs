//! How durations are written, as the schema and the errors say it.

use schemars::JsonSchema;

/// A duration with its unit: `250ms`, `5s`, `1m 30s`.
#[derive(JsonSchema)]
#[schemars(inline, extend("x-expected" = "a duration such as \"250ms\"", "examples" = ["250ms", "5s", "1m 30s"]))]
pub(super) struct DurationText(#[allow(dead_code)] String);

/// A duration with its unit, or `off`.
#[derive(JsonSchema)]
#[schemars(inline, extend("x-expected" = "a duration such as \"24h\", or \"off\"", "examples" = ["24h", "off"]))]
pub(super) struct TtlText(#[allow(dead_code)] String);
