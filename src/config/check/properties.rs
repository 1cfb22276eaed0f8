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

/// Of a section that says how a cluster is reached.
pub(super) fn check(section: &str, properties: &BTreeMap<String, String>, findings: &mut Findings) {
    for property in properties.keys() {
        if let Some(reason) = refusal(section, property) {
            findings.add(&[&format!("{section}.properties.{property}")], reason);
        }
    }
}

fn refusal(section: &str, property: &str) -> Option<String> {
    let key = HAVE_A_KEY.iter().find(|(name, _)| *name == property);
    let family = HAVE_A_SECTION.iter().find(|(start, _)| property.starts_with(start));
    if let Some((_, instead)) = key.or(family) {
        return Some(match of_section(section, instead) {
            Some(instead) => format!("Shasta sets it, use {instead} instead"),
            None => "Shasta sets it, leave it out".to_owned(),
        });
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
    secret.then(|| format!("would be shown with the configuration, use the files of [{section}.security] instead"))
}

/// What stands for a key of `[kafka]` in another section that has brokers and security alone.
fn of_section(section: &str, key: &str) -> Option<String> {
    let is_shared = ["kafka.brokers", "kafka.security", "[kafka.security"].iter().any(|start| key.starts_with(start));
    (section == "kafka" || is_shared).then(|| key.replacen("kafka", section, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(property: &str) -> Option<String> {
        super::refusal("kafka", property)
    }

    #[test]
    fn a_watched_cluster_names_its_own_keys() {
        let refusal = |property| super::refusal("watch.clusters.eu", property).unwrap();
        assert_eq!(refusal("bootstrap.servers"), "Shasta sets it, use watch.clusters.eu.brokers instead");
        assert_eq!(refusal("sasl.username"), "Shasta sets it, use [watch.clusters.eu.security] instead");
        assert_eq!(refusal("queued.max.messages.kbytes"), "Shasta sets it, leave it out");
        assert!(refusal("ssl.key.password").ends_with("use the files of [watch.clusters.eu.security] instead"));
    }

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
