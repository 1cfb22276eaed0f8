//! `[kafka]`

use std::collections::BTreeMap;
use std::time::Duration;

use super::network::is_host_and_port;
use super::{DAY, Findings, properties, shown};
use crate::config::{Kafka, KafkaSecurity, Mechanism, Protocol};

pub(super) fn check(kafka: &Kafka, findings: &mut Findings) {
    let section = Section::of("kafka".to_owned());
    brokers(&section, &kafka.brokers, findings);
    names(kafka, findings);
    // A broker refuses less than 6 s (group.min.session.timeout.ms); the client refuses more than its max.poll.interval.ms of 5 minutes.
    findings.lasting("kafka.session_timeout", kafka.session_timeout, Duration::from_secs(6)..=Duration::from_secs(300));
    findings.lasting("kafka.dead_letter.timeout", kafka.dead_letter.timeout, Duration::from_millis(100)..=DAY);
    section.check(&kafka.security, &kafka.properties, findings);
}

pub(super) fn brokers(section: &Section, brokers: &str, findings: &mut Findings) {
    for broker in brokers.split(',').map(str::trim) {
        findings.add_unless(is_host_and_port(broker), &[&section.key("brokers"), &section.path], || {
            format!("{} is not host:port, expected such as \"b-1:9092,b-2:9092\"", shown(&format!("{broker:?}")))
        });
    }
}

fn names(kafka: &Kafka, findings: &mut Findings) {
    let dead_letter_topic = kafka.dead_letter_topic();
    let named = [
        ("kafka.topic", Some(&kafka.topic)),
        ("kafka.dead_letter.topic", kafka.dead_letter.topic.as_ref()),
        ("kafka.instance_id", kafka.instance_id.as_ref()),
    ];
    for (key, name) in named.into_iter().filter_map(|(key, name)| Some((key, name?))) {
        is_topic(key, name, findings);
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
    is_group("kafka.group", &kafka.group, findings);
}

pub(super) fn is_group(key: &str, group: &str, findings: &mut Findings) {
    let is_group = !group.is_empty() && group.len() <= 255 && group.trim() == group && !group.contains(char::is_control);
    findings.add_unless(is_group, &[key], || {
        format!("{group:?} is not a name for a group, expected 1 to 255 bytes without control characters or blanks around them")
    });
}

/// Kafka's rule for topics, which it also applies to `group.instance.id`.
pub(super) fn is_topic(key: &str, name: &str, findings: &mut Findings) {
    findings.add_unless(is_legal_name(name), &[key], || {
        format!("{name:?} is not a name for Kafka, expected 1 to 249 of A-Z a-z 0-9 . _ - and neither \".\" nor \"..\"")
    });
}

const MAX_NAME: usize = 249;

fn is_legal_name(name: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=MAX_NAME).contains(&name.len()) && name.chars().all(legal) && name != "." && name != ".."
}

/// A section that says how a cluster is reached: `kafka`, or one of `watch.clusters`.
pub(super) struct Section {
    path: String,
}

/// What the settings of `security` amount to.
struct Used {
    sasl: bool,
    tls: bool,
}

impl Section {
    pub fn of(path: String) -> Self {
        Self { path }
    }

    fn key(&self, last: &str) -> String {
        format!("{}.{last}", self.path)
    }

    fn security(&self, last: &str) -> String {
        format!("{}.security.{last}", self.path)
    }

    pub fn check(&self, security: &KafkaSecurity, properties: &BTreeMap<String, String>, findings: &mut Findings) {
        let used = Used {
            sasl: matches!(security.protocol, Protocol::SaslPlaintext | Protocol::SaslTls),
            tls: matches!(security.protocol, Protocol::Tls | Protocol::SaslTls),
        };
        self.pairs(security, findings);
        if used.sasl && security.mechanism == Mechanism::MskIam {
            self.iam(security, &used, findings);
        } else if used.sasl {
            self.log_in(security, findings);
        }
        self.unused(security, &used, findings);
        properties::check(&self.path, properties, findings);
    }

    fn pairs(&self, security: &KafkaSecurity, findings: &mut Findings) {
        let [password, password_file, key_file] = ["password", "password_file", "key_file"].map(|last| self.security(last));
        let both = security.password.is_some() && security.password_file.is_some();
        findings.add_unless(!both, &[&password_file, &password], || format!("set together with {password}, keep one of them"));
        let pair = security.certificate_file.is_some() == security.key_file.is_some();
        findings.add_unless(pair, &[&self.security("certificate_file"), &key_file], || format!("must be set together with {key_file}"));
    }

    fn iam(&self, security: &KafkaSecurity, used: &Used, findings: &mut Findings) {
        let [protocol, mechanism, region] = ["protocol", "mechanism", "region"].map(|last| self.security(last));
        let [username, password, password_file] = ["username", "password", "password_file"].map(|last| self.security(last));
        findings.add_unless(used.tls, &[&protocol, &mechanism], || "\"msk-iam\" needs \"sasl-tls\"".to_owned());
        findings.add_unless(security.region.is_some(), &[&mechanism, &region], || format!("\"msk-iam\" needs {region}"));
        let is_given = security.username.is_some() || security.password.is_some() || security.password_file.is_some();
        findings.add_unless(!is_given, &[&mechanism, &username, &password, &password_file], || {
            "\"msk-iam\" takes its credentials from AWS, leave out username and password".to_owned()
        });
    }

    fn log_in(&self, security: &KafkaSecurity, findings: &mut Findings) {
        let [protocol, username] = ["protocol", "username"].map(|last| self.security(last));
        let [password, password_file] = ["password", "password_file"].map(|last| self.security(last));
        findings.add_unless(security.username.is_some(), &[&protocol, &username], || format!("SASL needs {username}"));
        let has_password = security.password.is_some() || security.password_file.is_some();
        findings.add_unless(has_password, &[&protocol, &password, &password_file], || format!("SASL needs {password} or {password_file}"));
    }

    /// Settings of a protocol that is not used: more likely forgotten than meant, and then nothing is encrypted.
    fn unused(&self, security: &KafkaSecurity, used: &Used, findings: &mut Findings) {
        let protocol = self.security("protocol");
        let of_sasl = [
            ("username", security.username.is_some()),
            ("password", security.password.is_some()),
            ("password_file", security.password_file.is_some()),
            ("region", security.region.is_some()),
        ];
        let of_tls = [
            ("ca_file", security.ca_file.is_some()),
            ("certificate_file", security.certificate_file.is_some()),
            ("key_file", security.key_file.is_some()),
        ];
        for (last, is_set) in of_sasl {
            findings.add_unless(used.sasl || !is_set, &[&self.security(last), &protocol], || {
                format!("not used without SASL, set {protocol} to \"sasl-tls\" or leave it out")
            });
        }
        for (last, is_set) in of_tls {
            findings.add_unless(used.tls || !is_set, &[&self.security(last), &protocol], || {
                format!("not used without TLS, set {protocol} to \"tls\" or \"sasl-tls\" or leave it out")
            });
        }
    }
}
