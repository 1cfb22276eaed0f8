//! `[publish]`

use std::time::Duration;

use bytesize::ByteSize;

use super::{DAY, Findings, written};
use crate::config::{Config, size};

pub(super) fn check(config: &Config, findings: &mut Findings) {
    let publish = &config.publish;
    findings.within("publish.queue_records", publish.queue_records, 1..=10_000_000);
    findings.within("publish.failures", publish.failures, 1..=1_000_000);
    findings.lasting("publish.delivery_timeout", publish.delivery_timeout, Duration::from_millis(100)..=DAY);
    findings.lasting("publish.metadata_interval", publish.metadata_interval, Duration::from_millis(100)..=Duration::from_secs(3600));
    let (growth, delivery) = (publish.growth_timeout, publish.delivery_timeout);
    findings.add_unless(growth < delivery, &["publish.growth_timeout", "publish.delivery_timeout"], || {
        format!(
            "\"{}\" is not below publish.delivery_timeout = \"{}\": what is held would expire first",
            written(growth),
            written(delivery)
        )
    });
    let (queue, record) = (publish.queue_bytes, config.fold.limits.record_bytes);
    findings.add_unless(queue >= record, &["publish.queue_bytes", "fold.limits.record_bytes"], || {
        format!(
            "\"{}\" is below fold.limits.record_bytes = \"{}\": the largest record fits no queue",
            size::text(queue),
            size::text(record)
        )
    });
    findings.add_unless(queue <= ByteSize::gib(64), &["publish.queue_bytes"], || format!("\"{}\" is above 64GiB", size::text(queue)));
}
