//! `[kafka]`

use std::time::Duration;

use super::network::is_host_and_port;
use super::{DAY, Findings, properties, shown};
use crate::config::{Kafka, KafkaSecurity, Mechanism, Protocol};

pub(super) fn check(kafka: &Kafka, findings: &mut Findings) {
    for broker in kafka.brokers.split(',').map(str::trim) {
        findings.add_unless(is_host_and_port(broker), &["kafka.brokers"], || {
            format!("{} is not host:port, expected such as \"b-1:9092,b-2:9092\"", shown(&format!("{broker:?}")))
        });
    }
    names(kafka, findings);
    // A broker refuses less than 6 s (group.min.session.timeout.ms); the client refuses more than its max.poll.interval.ms of 5 minutes.
    findings.lasting("kafka.session_timeout", kafka.session_timeout, Duration::from_secs(6)..=Duration::from_secs(300));
    findings.lasting("kafka.dead_letter.timeout", kafka.dead_letter.timeout, Duration::from_millis(100)..=DAY);
    security(&kafka.security, findings);
    properties::check(&kafka.properties, findings);
}

fn names(kafka: &Kafka, findings: &mut Findings) {
    let dead_letter_topic = kafka.dead_letter_topic();
    let named = [
        ("kafka.topic", Some(&kafka.topic)),
        ("kafka.dead_letter.topic", kafka.dead_letter.topic.as_ref()),
        ("kafka.instance_id", kafka.instance_id.as_ref()),
    ];
    for (key, name) in named.into_iter().filter_map(|(key, name)| Some((key, name?))) {
        findings.add_unless(is_legal_name(name), &[key], || {
            format!("{name:?} is not a name for Kafka, expected 1 to 249 of A-Z a-z 0-9 . _ - and neither \".\" nor \"..\"")
        });
    }
    let derived = kafka.dead_letter.topic.is_none();
    findings.add_unless(
        !derived || dead_letter_topic.len() <= MAX_NAME || kafka.topic.len() > MAX_NAME,
        &["kafka.topic", "kafka.dead_letter.topic"],
        || format!("{:?} leaves no room for \".dlq\", set kafka.dead_letter.topic", kafka.topic),
    );
    findings.add_unless(kafka.topic != dead_letter_topic, &["kafka.dead_letter.topic", "kafka.topic"], || {
        format!("{dead_letter_topic:?} is kafka.topic itself, dead letters would come back")
    });
    let group = &kafka.group;
    let is_group = !group.is_empty() && group.len() <= 255 && group.trim() == group && !group.contains(char::is_control);
    findings.add_unless(is_group, &["kafka.group"], || {
        format!("{group:?} is not a name for a group, expected 1 to 255 bytes without control characters or blanks around them")
    });
}

const MAX_NAME: usize = 249;

/// Kafka's rule for topics, which it also applies to `group.instance.id`.
fn is_legal_name(name: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=MAX_NAME).contains(&name.len()) && name.chars().all(legal) && name != "." && name != ".."
}

const PROTOCOL: &str = "kafka.security.protocol";
const MECHANISM: &str = "kafka.security.mechanism";
const CA_FILE: &str = "kafka.security.ca_file";
const CERTIFICATE_FILE: &str = "kafka.security.certificate_file";
const KEY_FILE: &str = "kafka.security.key_file";
const USERNAME: &str = "kafka.security.username";
const PASSWORD: &str = "kafka.security.password";
const PASSWORD_FILE: &str = "kafka.security.password_file";
const REGION: &str = "kafka.security.region";

fn security(security: &KafkaSecurity, findings: &mut Findings) {
    let sasl = matches!(security.protocol, Protocol::SaslPlaintext | Protocol::SaslTls);
    let tls = matches!(security.protocol, Protocol::Tls | Protocol::SaslTls);
    let iam = sasl && security.mechanism == Mechanism::MskIam;
    let has_password = security.password.is_some() || security.password_file.is_some();

    let both = security.password.is_some() && security.password_file.is_some();
    findings.add_unless(!both, &[PASSWORD_FILE, PASSWORD], || format!("set together with {PASSWORD}, keep one of them"));
    let pair = security.certificate_file.is_some() == security.key_file.is_some();
    findings.add_unless(pair, &[CERTIFICATE_FILE, KEY_FILE], || format!("must be set together with {KEY_FILE}"));

    if iam {
        findings.add_unless(tls, &[PROTOCOL, MECHANISM], || "\"msk-iam\" needs \"sasl-tls\"".to_owned());
        findings.add_unless(security.region.is_some(), &[MECHANISM, REGION], || format!("\"msk-iam\" needs {REGION}"));
        let password = security.username.is_some() || has_password;
        findings.add_unless(!password, &[MECHANISM, USERNAME, PASSWORD, PASSWORD_FILE], || {
            "\"msk-iam\" takes its credentials from AWS, leave out username and password".to_owned()
        });
    } else if sasl {
        findings.add_unless(security.username.is_some(), &[PROTOCOL, USERNAME], || format!("SASL needs {USERNAME}"));
        findings.add_unless(has_password, &[PROTOCOL, PASSWORD, PASSWORD_FILE], || format!("SASL needs {PASSWORD} or {PASSWORD_FILE}"));
    }
    unused(security, sasl, tls, findings);
}

/// Settings of a protocol that is not used: more likely forgotten than meant, and then nothing is encrypted.
fn unused(security: &KafkaSecurity, sasl: bool, tls: bool, findings: &mut Findings) {
    let of_sasl = [
        (USERNAME, security.username.is_some()),
        (PASSWORD, security.password.is_some()),
        (PASSWORD_FILE, security.password_file.is_some()),
        (REGION, security.region.is_some()),
    ];
    let of_tls = [
        (CA_FILE, security.ca_file.is_some()),
        (CERTIFICATE_FILE, security.certificate_file.is_some()),
        (KEY_FILE, security.key_file.is_some()),
    ];
    let idle = |used: bool, set: bool| used || !set;
    for (key, set) in of_sasl {
        findings.add_unless(idle(sasl, set), &[key, PROTOCOL], || {
            format!("not used without SASL, set {PROTOCOL} to \"sasl-tls\" or leave it out")
        });
    }
    for (key, set) in of_tls {
        findings.add_unless(idle(tls, set), &[key, PROTOCOL], || {
            format!("not used without TLS, set {PROTOCOL} to \"tls\" or \"sasl-tls\" or leave it out")
        });
    }
}
