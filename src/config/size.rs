//! How sizes are written: with a unit, and exactly as they were meant.

use bytesize::ByteSize;
use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

/// A size with its unit: `64MiB`, `500kB`, `100B`.
#[derive(JsonSchema)]
#[schemars(inline, extend("x-expected" = "a size such as \"64MiB\"", "examples" = ["64MiB", "500kB", "100B"]))]
pub(super) struct SizeText(#[allow(dead_code)] String);

/// The largest binary unit that divides the size, so that nothing is rounded.
pub fn text(size: ByteSize) -> String {
    const UNITS: [(u64, &str); 4] = [(bytesize::TIB, "TiB"), (bytesize::GIB, "GiB"), (bytesize::MIB, "MiB"), (bytesize::KIB, "KiB")];
    let bytes = size.as_u64();
    let unit = UNITS.into_iter().find(|(unit, _)| bytes != 0 && bytes.is_multiple_of(*unit));
    unit.map_or_else(|| format!("{bytes}B"), |(unit, name)| format!("{}{name}", bytes / unit))
}

pub fn serialize<S: Serializer>(size: &ByteSize, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text(*size))
}

/// A number without a unit is refused: whoever writes `64` seldom means bytes.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ByteSize, D::Error> {
    let text = String::deserialize(deserializer)?;
    if !text.ends_with(|last: char| last.is_ascii_alphabetic()) {
        return Err(D::Error::custom("a size needs a unit"));
    }
    text.parse().map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_written_without_rounding() {
        let written = [(0, "0B"), (1_500_000, "1500000B"), (2048, "2KiB"), (512 << 20, "512MiB"), (3 << 30, "3GiB")];
        for (bytes, expected) in written {
            assert_eq!(text(ByteSize(bytes)), expected);
            assert_eq!(expected.parse::<ByteSize>().unwrap(), ByteSize(bytes));
        }
    }
}
