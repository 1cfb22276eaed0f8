//! TLS and passwords, for the many and the few.

use shasta::config::{Mechanism, Protocol, Secret};

use super::*;
use crate::support::kafka::KafkaOptions;
use crate::support::tls::Authority;

const USER: &str = "load";
const PASSWORD: &str = "load-Sesame-0815";

#[test]
fn tls_with_scram_lets_many_and_few_in_and_tells_why_not() {
    let (authority, stranger) = (Authority::new("load"), Authority::new("load-stranger"));
    let kafka = KafkaBroker::start(KafkaOptions {
        tls: Some(authority.issue("kafka")),
        tls_clients: true,
        scram_users: vec![(USER.to_owned(), PASSWORD.to_owned())],
        ..KafkaOptions::default()
    });
    kafka.create_topic("secure", 2, &[]);
    let client = authority.issue("client");
    let mut config = config(kafka.secure_address(), "secure");
    let security = &mut config.kafka.security;
    security.protocol = Protocol::SaslTls;
    security.ca_file = Some(authority.ca_file().to_owned());
    (security.certificate_file, security.key_file) = (Some(client.cert_file), Some(client.key_file));
    security.mechanism = Mechanism::ScramSha512;
    (security.username, security.password) = (Some(USER.to_owned()), Some(Secret::new(PASSWORD)));
    let runtime = runtime();
    let many = || FleetKind::Many { connections: 10 };
    for kind in [many(), FleetKind::Fat { clients: 2, linger: Duration::ZERO }] {
        let (answers, unknown) = runtime.block_on(async {
            let load = Load::connect(&settings(kind, 10, 2), &config, 2).await.unwrap();
            (0..200).for_each(|event| load.fleet.ship(load.shipment(event)).unwrap());
            load.finish().await
        });
        assert_eq!((answers.values().filter(|answer| is_acknowledged(answer)).count(), unknown), (200, 0));
    }
    let refused = |config: &Config| runtime.block_on(Load::connect(&settings(many(), 10, 2), config, 2)).err().unwrap().to_string();
    let mut wrong = config.clone();
    wrong.kafka.security.password = Some(Secret::new("wrong-Sesame-1234"));
    let reason = refused(&wrong);
    assert!(reason.contains("kafka.security.mechanism") && !reason.contains("Sesame"), "{reason}");
    let mut unknown = config.clone();
    unknown.kafka.security.ca_file = Some(stranger.ca_file().to_owned());
    assert!(refused(&unknown).contains("kafka.security.ca_file"), "{}", refused(&unknown));
    let mut nameless = config;
    (nameless.kafka.security.certificate_file, nameless.kafka.security.key_file) = (None, None);
    assert!(refused(&nameless).contains("kafka.security.certificate_file"), "{}", refused(&nameless));
}
