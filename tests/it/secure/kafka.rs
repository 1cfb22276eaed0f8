//! A Kafka with TLS and SCRAM.

use super::*;

fn secure_config(scene: &Scene) -> WorkerConfig {
    scene.config().kafka_tls(secure_kafka().secure_address(), authority()).kafka_user(KAFKA_PASSWORD).client_certificate("kafka.security")
}

fn kafka_scene(label: &str) -> Scene {
    Scene::on(secure_kafka(), label, EventOptions::default(), RedisOptions::default())
}

#[test]
fn kafka_with_scram_over_mutual_tls_is_exact_dead_letters_included() {
    let mut scene = kafka_scene("secure-kafka");
    scene.publish(500);
    scene.kafka.produce(&scene.topic, &invalid_records(0));
    let mut worker = Worker::start(secure_config(&scene));
    scene.publish(500);
    scene.assert_exact();
    assert!(!scene.world().dead_letters.is_empty());
    assert_no_secret(&worker);
    assert!(worker.stop().success(), "{}", worker.log());
    scene.assert_exact();
}

#[test]
fn both_passwords_come_from_the_credentials_directory() {
    let mut scene = Scene::on(secure_kafka(), "secure-files", EventOptions::default(), tls_redis(authority().issue("files")));
    set_user(&scene.redis, &scene.prefix, RIGHTS);
    let directory = Scratch::new("credentials");
    fs::write(directory.join("kafka-password"), format!("{WRONG_PASSWORD}\n")).unwrap();
    fs::write(directory.join("redis-password"), format!("{REDIS_PASSWORD}\r\n")).unwrap();
    let config = scene
        .config()
        .kafka_tls(secure_kafka().secure_address(), authority())
        .client_certificate("kafka.security")
        .set("kafka.security.username", USER)
        .set("kafka.security.password_file", "kafka-password")
        .redis_tls(&[scene.redis.tls_address()], authority())
        .set("redis.username", USER)
        .set("redis.password_file", "redis-password");
    let mut worker = Worker::spawn_with(config, &[("CREDENTIALS_DIRECTORY", &path(directory.path().to_owned()))]);
    assert_told(&worker, "wrong password in a file", &["authentication failed"]);
    // The file is read once: a corrected one takes a restart, as systemd hands it over at the start only.
    fs::write(directory.join("kafka-password"), format!("{KAFKA_PASSWORD}\n")).unwrap();
    worker.restart();
    scene.publish(300);
    scene.assert_exact();
    assert_no_secret(&worker);
}

#[test]
fn a_kafka_that_can_not_be_trusted_or_lets_nobody_in_is_named_and_waited_for() {
    let scene = kafka_scene("secure-stopped");
    let good = secure_kafka().secure_address();
    // A handshake fails before the first word of Kafka's protocol: any server with such a certificate will do.
    let hosts = ["localhost", "127.0.0.1"];
    let expired = RedisServer::start(tls_redis(authority().issue_with("kafka-expired", &hosts, Validity::Expired)));
    let elsewhere = RedisServer::start(tls_redis(authority().issue_with("kafka-elsewhere", &["kafka.example.org"], Validity::Valid)));
    let nameless = |brokers: &str, ca: &Authority| scene.config().kafka_tls(brokers.to_owned(), ca).kafka_user(KAFKA_PASSWORD);
    let at = |brokers: &str, ca: &Authority| nameless(brokers, ca).client_certificate("kafka.security");
    let mut workers = [
        ("wrong password", Worker::spawn(at(&good, authority()).kafka_user(WRONG_PASSWORD))),
        ("unknown authority", Worker::spawn(at(&good, stranger()))),
        ("expired certificate", Worker::spawn(at(&expired.tls_address(), authority()))),
        ("another host's certificate", Worker::spawn(at(&elsewhere.tls_address(), authority()))),
        ("no client certificate", Worker::spawn(nameless(&good, authority()))),
    ];
    let words: [&[&str]; 5] = [
        &["authentication failed", "invalid credentials"],
        &["tls handshake failed", "authority is not in kafka.security.ca_file"],
        &["tls handshake failed", "out of date"],
        &["tls handshake failed", "made out to another host"],
        &["tls handshake failed", "kafka.security.certificate_file"],
    ];
    for ((what, worker), words) in workers.iter().zip(words) {
        assert_told(worker, what, words);
    }
    let before = [&expired, &elsewhere].map(connections_received);
    assert_calm(&mut workers);
    let after = [&expired, &elsewhere].map(connections_received);
    for (before, after) in before.into_iter().zip(after) {
        assert!(after - before <= 1 + 5 * WATCHED.as_secs(), "{} connections in {WATCHED:?}", after - before);
    }
}
