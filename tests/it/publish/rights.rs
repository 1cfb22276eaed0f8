//! Rights on a real Kafka: what a user may not do comes back as that.

use std::sync::OnceLock;

use super::{config, event, published, runtime};
use crate::support::kafka::{KafkaBroker, KafkaOptions, unique};
use shasta::Publisher;
use shasta::config::{Config, Mechanism, Protocol, Secret};

const PASSWORD: &str = "Sesame-4711";

/// Nobody may do anything on its second listener, but for what is allowed.
fn guarded() -> &'static KafkaBroker {
    static BROKER: OnceLock<KafkaBroker> = OnceLock::new();
    BROKER.get_or_init(|| {
        let users = ["writer", "describer", "stranger", "other"].map(|user| (user.to_owned(), PASSWORD.to_owned()));
        let properties = [
            ("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer"),
            // The harness' own listener has no users.
            ("super.users", "User:ANONYMOUS"),
        ];
        KafkaBroker::start(KafkaOptions {
            scram_users: users.to_vec(),
            properties: properties.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            ..KafkaOptions::default()
        })
    })
}

fn config_of(user: &str, topic: &str) -> Config {
    let mut config = config(guarded(), topic);
    config.kafka.brokers = guarded().secure_address();
    config.kafka.security.protocol = Protocol::SaslPlaintext;
    config.kafka.security.mechanism = Mechanism::ScramSha512;
    config.kafka.security.username = Some(user.to_owned());
    config.kafka.security.password = Some(Secret::new(PASSWORD));
    config
}

#[test]
fn who_may_not_write_is_told_so_with_the_record() {
    let (kafka, topic, another) = (guarded(), unique("rights"), unique("rights-other"));
    kafka.create_topic(&topic, 2, &[]);
    kafka.create_topic(&another, 1, &[]);
    kafka.allow("writer", "Write", &topic);
    kafka.allow("describer", "Describe", &topic);
    kafka.allow("other", "Describe", &topic);
    kafka.allow("other", "Write", &another);
    let runtime = runtime();
    let publish = |user: &str| {
        runtime.block_on(async {
            let publisher = Publisher::connect(&config_of(user, &topic)).unwrap();
            published(&publisher, event("a", user)).await
        })
    };
    // It may not even see the topic; may see it alone; may write elsewhere.
    for user in ["stranger", "describer", "other"] {
        let error = publish(user).unwrap_err();
        assert_eq!(
            (error.reason(), error.is_retryable(), error.may_have_been_stored()),
            ("not_authorized", false, false),
            "{user}: {error}"
        );
        assert_eq!(error.into_record(), event("a", user));
    }
    publish("writer").unwrap();
    assert_eq!(kafka.read_topic(&topic).len(), 1);
}

#[test]
fn a_wrong_password_is_the_cause_that_an_expired_record_names() {
    let topic = unique("rights-password");
    guarded().create_topic(&topic, 1, &[]);
    let mut config = config_of("writer", &topic);
    config.kafka.security.password = Some(Secret::new("wrong"));
    config.publish.delivery_timeout = std::time::Duration::from_secs(3);
    config.publish.growth_timeout = std::time::Duration::from_secs(1);
    let error = runtime().block_on(async {
        let publisher = Publisher::connect(&config).unwrap();
        published(&publisher, event("a", "1")).await.unwrap_err()
    });
    assert_eq!((error.reason(), error.may_have_been_stored()), ("expired", false), "{error}");
    assert!(error.to_string().contains("authentication failed"), "{error}");
}

/// The group can not be asked: channels that move go on when the time is over, and it is told.
#[test]
fn where_the_group_may_not_be_asked_a_growth_makes_the_order_unproven() {
    let (kafka, topic) = (guarded(), unique("rights-growth"));
    kafka.create_topic(&topic, 1, &[]);
    kafka.allow("writer", "Write", &topic);
    let runtime = runtime();
    let mut config = config_of("writer", &topic);
    config.publish.growth_timeout = std::time::Duration::from_secs(1);
    let publisher = runtime.block_on(async {
        let publisher = Publisher::connect(&config).unwrap();
        for number in 0..16 {
            published(&publisher, event(&format!("room-{number}"), "1")).await.unwrap();
        }
        publisher
    });
    kafka.add_partitions(&topic, 2);
    let (kept, not_proven) = super::growth::publish_until_moved(&runtime, &publisher, 16, 1);
    assert!(kept > 0 && not_proven > 0, "{kept} kept, {not_proven} not proven");
}
