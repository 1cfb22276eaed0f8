//! `[kafka.properties]`: what Shasta decides itself may not be set past it.

use std::collections::BTreeMap;

use super::Findings;

/// Properties of a key of Shasta's.
const HAVE_A_KEY: [(&str, &str); 18] = [
    ("bootstrap.servers", "kafka.brokers"),
    ("metadata.broker.list", "kafka.brokers"),
    ("group.id", "kafka.group"),
    ("group.instance.id", "kafka.instance_id"),
    ("auto.offset.reset", "kafka.start"),
    ("isolation.level", "kafka.read_committed"),
    ("session.timeout.ms", "kafka.session_timeout"),
    ("security.protocol", "kafka.security.protocol"),
    ("ssl.ca.location", "kafka.security.ca_file"),
    ("ssl.certificate.location", "kafka.security.certificate_file"),
    ("ssl.key.location", "kafka.security.key_file"),
    ("fetch.max.bytes", "worker.memory.budget"),
    ("queued.max.messages.kbytes", "worker.memory.budget"),
    ("fetch.message.max.bytes", "worker.memory.budget"),
    ("message.timeout.ms", "publish.delivery_timeout"),
    ("delivery.timeout.ms", "publish.delivery_timeout"),
    ("queue.buffering.max.messages", "publish.queue_records"),
    ("queue.buffering.max.kbytes", "publish.queue_bytes"),
];

/// Properties of a family, told by their start, that a section of Shasta's stands for.
const HAVE_A_SECTION: [(&str, &str); 3] =
    [("sasl.", "[kafka.security]"), ("max.partition.fetch.bytes", "worker.memory.budget"), ("queued.min.messages", "worker.memory.budget")];

/// Exactly once would not hold with another value.
const FIXED: [&str; 19] = [
    "acks",
    "request.required.acks",
    "enable.idempotence",
    "transactional.id",
    "partitioner",
    "batch.size",
    "enable.auto.commit",
    "auto.commit.enable",
    "auto.commit.interval.ms",
    "enable.auto.offset.store",
    "auto.offset.store",
    "offset.store.method",
    "enable.partition.eof",
    "partition.assignment.strategy",
    "group.protocol",
    "group.remote.assignor",
    "fetch.queue.backoff.ms",
    "statistics.interval.ms",
    "plugin.library.paths",
];

/// Texts that are secrets, and would be shown.
const SECRET: [&str; 6] =
    ["ssl.key.password", "ssl.key.pem", "ssl.keystore.location", "ssl.keystore.password", "ssl.certificate.pem", "ssl.ca.pem"];

pub(super) fn check(properties: &BTreeMap<String, String>, findings: &mut Findings) {
    for property in properties.keys() {
        if let Some(reason) = refusal(property) {
            findings.add(&[&format!("kafka.properties.{property}")], reason);
        }
    }
}

fn refusal(property: &str) -> Option<String> {
    let key = HAVE_A_KEY.iter().find(|(name, _)| *name == property);
    let section = HAVE_A_SECTION.iter().find(|(start, _)| property.starts_with(start));
    if let Some((_, instead)) = key.or(section) {
        return Some(format!("Shasta sets it, use {instead} instead"));
    }
    if FIXED.contains(&property) {
        return Some("Shasta sets it and relies on it, leave it out".to_owned());
    }
    let is_property =
        !property.is_empty() && property.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_'));
    if !is_property {
        return Some("is not a property of librdkafka, expected such as \"socket.keepalive.enable\"".to_owned());
    }
    let secret = SECRET.contains(&property) || property.ends_with(".password") || property.ends_with(".pem");
    secret.then(|| "would be shown with the configuration, use the files of [kafka.security] instead".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shasta_owns_is_refused_with_the_key_to_use() {
        assert_eq!(refusal("bootstrap.servers").unwrap(), "Shasta sets it, use kafka.brokers instead");
        assert_eq!(refusal("sasl.username").unwrap(), "Shasta sets it, use [kafka.security] instead");
        assert_eq!(refusal("queued.max.messages.kbytes").unwrap(), "Shasta sets it, use worker.memory.budget instead");
        for fixed in FIXED {
            assert_eq!(refusal(fixed).unwrap(), "Shasta sets it and relies on it, leave it out", "{fixed}");
        }
        for secret in SECRET {
            assert!(refusal(secret).is_some(), "{secret}");
        }
        assert!(refusal("Socket.Keepalive").is_some());
    }

    #[test]
    fn the_rest_passes() {
        for free in
            ["socket.keepalive.enable", "fetch.wait.max.ms", "client.id", "client.rack", "debug", "max.poll.interval.ms", "linger.ms"]
        {
            assert_eq!(refusal(free), None, "{free}");
        }
    }
}
