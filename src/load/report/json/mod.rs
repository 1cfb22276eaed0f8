//! The document as JSON, and its schema.

mod layout;

use schemars::schema_for;
use serde::Serialize;
use serde_json::Serializer;

use super::{Comparison, Report};
use layout::Layout;

/// As `shasta.load/1`: a line for each member and for each element of a list, always in the same order, with a line feed at the end. A
/// number of up to 15 digits is read back to the bit, a longer one to its last.
pub fn json(report: &Report) -> String {
    laid_out(report)
}

/// As `shasta.load.compare/1`.
pub fn comparison_json(comparison: &Comparison) -> String {
    laid_out(comparison)
}

/// The JSON schema of [`json`].
pub fn schema() -> String {
    pretty(&schema_for!(Report))
}

/// The JSON schema of [`comparison_json`].
pub fn comparison_schema() -> String {
    pretty(&schema_for!(Comparison))
}

fn pretty(schema: &impl Serialize) -> String {
    serde_json::to_string_pretty(schema).map_or_else(|_| String::new(), |text| text + "\n")
}

/// Plain data with names for keys, written to memory, can not fail: a number that is none becomes `null`.
fn laid_out(document: &impl Serialize) -> String {
    let mut text = Vec::new();
    let written = document.serialize(&mut Serializer::with_formatter(&mut text, Layout::default()));
    written.ok().and_then(|()| String::from_utf8(text).ok()).map_or_else(String::new, |text| text + "\n")
}
