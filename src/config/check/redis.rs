//! `[redis]`

use std::time::Duration;

use super::network::is_host_and_port;
use super::{Findings, shown, written};
use crate::config::{Config, Redis, RedisTls};
use crate::core::slice::SliceCount;

const CONNECTIONS: &str = "redis.connections_per_node";

pub(super) fn check(config: &Config, findings: &mut Findings) {
    let redis = &config.redis;
    findings.add_unless(!redis.nodes.is_empty(), &["redis.nodes"], || "is empty, expected such as [\"127.0.0.1:6379\"]".to_owned());
    for node in &redis.nodes {
        findings.add_unless(is_host_and_port(node), &["redis.nodes"], || {
            format!("{} is not host:port, expected such as \"127.0.0.1:6379\"", shown(&format!("{node:?}")))
        });
    }
    let prefix = &redis.prefix;
    findings.add_unless(!prefix.contains(['{', '}']), &["redis.prefix"], || {
        format!("{prefix:?} holds a brace, which would break the hash tag that keeps a slice's keys in one slot")
    });
    if let Some(slices) = redis.slices {
        findings.within("redis.slices", slices, 1..=SliceCount::MAX);
    }
    findings.within(CONNECTIONS, redis.connections_per_node, 1..=64);
    log_in(redis, findings);
    tls(&redis.tls, findings);
    timeouts(config, findings);
}

fn log_in(redis: &Redis, findings: &mut Findings) {
    let both = redis.password.is_some() && redis.password_file.is_some();
    findings
        .add_unless(!both, &["redis.password_file", "redis.password"], || "set together with redis.password, keep one of them".to_owned());
    let has_password = redis.password.is_some() || redis.password_file.is_some();
    findings.add_unless(redis.username.is_none() || has_password, &["redis.username", "redis.password", "redis.password_file"], || {
        "needs redis.password or redis.password_file".to_owned()
    });
}

fn tls(tls: &RedisTls, findings: &mut Findings) {
    let pair = tls.certificate_file.is_some() == tls.key_file.is_some();
    findings.add_unless(pair, &["redis.tls.certificate_file", "redis.tls.key_file"], || {
        "must be set together with redis.tls.key_file".to_owned()
    });
    let files =
        [("redis.tls.ca_file", &tls.ca_file), ("redis.tls.certificate_file", &tls.certificate_file), ("redis.tls.key_file", &tls.key_file)];
    for (key, file) in files {
        findings.add_unless(tls.enabled || file.is_none(), &[key, "redis.tls.enabled"], || {
            "not used without TLS, set redis.tls.enabled to true or leave it out".to_owned()
        });
    }
}

fn timeouts(config: &Config, findings: &mut Findings) {
    const SHORTEST: Duration = Duration::from_millis(10);
    // Within it a healthy node answers from anywhere; a frozen one, and who replaces it, is to be noticed within seconds.
    const LONGEST_CONNECT: Duration = Duration::from_secs(10);
    let call_timeout = config.redis.call_timeout;
    findings.lasting("redis.connect_timeout", config.redis.connect_timeout, SHORTEST..=LONGEST_CONNECT);
    findings.lasting("redis.call_timeout", call_timeout, SHORTEST..=Duration::from_secs(300));
    // A call that is older is planned again, because the value that it was made from may have expired.
    if let Some(ttl) = config.fold.ttl.0 {
        findings.add_unless(call_timeout < ttl / 4, &["redis.call_timeout", "fold.ttl"], || {
            format!("\"{}\" is not below a quarter of fold.ttl = \"{}\"", written(call_timeout), written(ttl))
        });
    }
}
