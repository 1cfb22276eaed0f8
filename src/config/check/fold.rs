//! `[fold]`

use std::time::Duration;

use super::Findings;
use crate::config::{Fold, size};

/// Beyond any use, and far from where the sum of milliseconds overflows.
const TEN_YEARS: Duration = Duration::from_secs(10 * 31_557_600);

pub(super) fn check(fold: &Fold, findings: &mut Findings) {
    findings.within("fold.stream_length", fold.stream_length, 1..=100_000_000);
    if let Some(ttl) = fold.ttl.0 {
        findings.lasting("fold.ttl", ttl, Duration::from_secs(1)..=TEN_YEARS);
    }
    findings.within("fold.limits.field_bytes", fold.limits.field_bytes, 1..=65_536);
    let record_bytes = fold.limits.record_bytes;
    findings.add_unless((1 << 10..=64 << 20).contains(&record_bytes.as_u64()), &["fold.limits.record_bytes"], || {
        format!("\"{}\" is not within 1KiB to 64MiB", size::text(record_bytes))
    });
}
