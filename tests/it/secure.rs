//! TLS, users and passwords: what is let in works exactly, what is not is told in words, and no secret is ever said.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use crate::follow::crowd::{Crowd, channels_of};
use crate::support::checker::{Rules, World, assert_correct};
use crate::support::events::{EventOptions, Events, invalid_records};
use crate::support::kafka::{KafkaBroker, KafkaOptions, unique};
use crate::support::redis::{RedisOptions, RedisServer};
use crate::support::redis_cluster::RedisCluster;
use crate::support::scene::Scene;
use crate::support::scratch::Scratch;
use crate::support::subscriber::{Subscriber, notes};
use crate::support::tls::{Authority, Certificate, Validity};
use crate::support::wait::{until, until_ok};
use crate::support::worker::{Worker, WorkerConfig, http_get};

/// Every right that a worker needs on a Redis, single or cluster; besides them the keys `~<prefix>*` and, for notices, the channels `&<prefix>*`.
const RIGHTS: &[&str] = &[
    // Finding the nodes; a move of a slot from one to another.
    "+cluster|slots",
    "+asking",
    // Version and eviction policy.
    "+info",
    // The layout.
    "+hgetall",
    "+hsetnx",
    // The scripts.
    "+script|load",
    "+evalsha",
    // What they call, and positions.
    "+hget",
    "+hmget",
    "+hlen",
    "+hset",
    "+hdel",
    "+xadd",
    "+xdel",
    "+xlen",
    "+del",
    "+persist",
    "+pexpireat",
    "+time",
    "+spublish",
];
/// Every right that an application needs to read and follow; besides them the keys `~<prefix>*` and the channels `&<prefix>*`.
const READER_RIGHTS: &[&str] = &[
    "+cluster|slots",
    "+asking",
    // The layout and snapshots, of one instant with the stream.
    "+multi",
    "+exec",
    "+hgetall",
    "+xrange",
    "+xrevrange",
    "+xinfo|stream",
    // Notices.
    "+ssubscribe",
    "+ping",
];
const READER: &str = "reader";
/// How a worker says that it works without notices.
const NO_NOTICES: &str = "readers get no notices";

const SLICES: u32 = 16;
const USER: &str = "shasta";
const REDIS_PASSWORD: &str = "redis-Sesame-4711";
const KAFKA_PASSWORD: &str = "kafka-Sesame-0815";
const WRONG_PASSWORD: &str = "wrong-Sesame-1234";
const SECRETS: [&str; 3] = [REDIS_PASSWORD, KAFKA_PASSWORD, WRONG_PASSWORD];

/// How long a failure may take to be told.
const TOLD_LIMIT: Duration = Duration::from_secs(25);
/// How long a worker that is not let in is watched.
const WATCHED: Duration = Duration::from_secs(4);

fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| Authority::new("all"))
}

/// Another authority: what it signed is not trusted.
fn stranger() -> &'static Authority {
    static STRANGER: OnceLock<Authority> = OnceLock::new();
    STRANGER.get_or_init(|| Authority::new("stranger"))
}

fn client_certificate() -> &'static Certificate {
    static CERTIFICATE: OnceLock<Certificate> = OnceLock::new();
    CERTIFICATE.get_or_init(|| authority().issue("client"))
}

/// A broker that wants a certificate and a password on its second listener.
fn secure_kafka() -> &'static KafkaBroker {
    static BROKER: OnceLock<KafkaBroker> = OnceLock::new();
    BROKER.get_or_init(|| {
        KafkaBroker::start(KafkaOptions {
            tls: Some(authority().issue("kafka")),
            tls_clients: true,
            scram_users: vec![(USER.to_owned(), KAFKA_PASSWORD.to_owned())],
            ..KafkaOptions::default()
        })
    })
}

fn tls_redis(certificate: Certificate) -> RedisOptions {
    RedisOptions { tls: Some(certificate), acl: vec!["default off".to_owned()], ..RedisOptions::default() }
}

fn set_user(server: &RedisServer, prefix: &str, rights: &[&str]) {
    set_user_named(USER, server, prefix, rights);
}

fn set_user_named(name: &str, server: &RedisServer, prefix: &str, rights: &[&str]) {
    let password = format!(">{REDIS_PASSWORD}");
    let keys = format!("~{prefix}*");
    let channels = format!("&{prefix}*");
    let words = ["ACL", "SETUSER", name, "reset", "on", &password, &keys, &channels];
    let _: String = server.command(&[&words, rights].concat());
}

/// The settings of an application that may only read.
fn reader_settings(nodes: Vec<String>, prefix: &str) -> shasta::config::Redis {
    shasta::config::Redis {
        nodes,
        prefix: prefix.to_owned(),
        username: Some(READER.to_owned()),
        password: Some(shasta::config::Secret::new(REDIS_PASSWORD)),
        tls: shasta::config::RedisTls {
            enabled: true,
            ca_file: Some(authority().ca_file().to_owned()),
            ..shasta::config::RedisTls::default()
        },
        ..shasta::config::Redis::default()
    }
}

trait Secured: Sized {
    fn redis_tls(self, nodes: &[String], ca: &Authority) -> Self;
    fn redis_user(self, password: &str) -> Self;
    fn client_certificate(self, section: &str) -> Self;
    fn kafka_tls(self, brokers: String, ca: &Authority) -> Self;
    fn kafka_user(self, password: &str) -> Self;
}

impl Secured for WorkerConfig {
    fn redis_tls(self, nodes: &[String], ca: &Authority) -> Self {
        let nodes = nodes.iter().cloned().map(toml::Value::String).collect::<Vec<_>>();
        self.set("redis.nodes", nodes).set("redis.tls.enabled", true).set("redis.tls.ca_file", path(ca.ca_file().to_owned()))
    }

    fn redis_user(self, password: &str) -> Self {
        self.set("redis.username", USER).set("redis.password", password)
    }

    fn client_certificate(self, section: &str) -> Self {
        let certificate = client_certificate();
        self.set(&format!("{section}.certificate_file"), path(certificate.cert_file.clone()))
            .set(&format!("{section}.key_file"), path(certificate.key_file.clone()))
    }

    fn kafka_tls(self, brokers: String, ca: &Authority) -> Self {
        self.set("kafka.brokers", brokers)
            .set("kafka.security.protocol", "sasl-tls")
            .set("kafka.security.ca_file", path(ca.ca_file().to_owned()))
    }

    fn kafka_user(self, password: &str) -> Self {
        self.set("kafka.security.mechanism", "scram-sha-512").set("kafka.security.username", USER).set("kafka.security.password", password)
    }
}

fn path(path: PathBuf) -> String {
    path.display().to_string()
}

/// Nothing that a worker tells anybody holds a password.
#[track_caller]
fn assert_no_secret(worker: &Worker) {
    let mut said = vec![("log", worker.log())];
    said.extend(["/state", "/metrics", "/readyz", "/livez"].map(|path| (path, worker.get(path).body)));
    let shown = Command::new(env!("CARGO_BIN_EXE_shasta")).args(["config", "show", "--config"]).arg(worker.config_file()).output().unwrap();
    assert!(shown.status.success(), "{shown:?}");
    said.push(("config show", String::from_utf8_lossy(&[shown.stdout, shown.stderr].concat()).into_owned()));
    for (place, text) in said {
        for secret in SECRETS {
            assert!(!text.contains(secret), "{secret} in {place}:\n{text}");
        }
    }
}

/// The status and the reasons of `/readyz`; an error while nobody listens yet.
fn readiness(worker: &Worker) -> Result<(u16, String), String> {
    let answer = http_get(worker.port(), "/readyz").map_err(|error| error.to_string())?;
    let body: serde_json::Value = serde_json::from_str(&answer.body).map_err(|error| format!("{error}: {}", answer.body))?;
    let reasons = body["reasons"].as_array().into_iter().flatten().filter_map(|reason| reason.as_str());
    Ok((answer.status, reasons.collect::<Vec<_>>().join("; ")))
}

/// Waits until a worker says why it is not ready: at `/readyz` and in its log.
#[track_caller]
fn assert_told(worker: &Worker, what: &str, words: &[&str]) {
    let lacks = |text: &str| words.iter().find(|word| !text.contains(**word)).map(|word| format!("no {word:?} in {text}"));
    until_ok(format!("{what}: /readyz to say so"), TOLD_LIMIT, || {
        let (status, reasons) = readiness(worker)?;
        if status == 503 { lacks(&reasons).map_or(Ok(()), Err) } else { Err(format!("{status} {reasons}")) }
    });
    let log = worker.log();
    let told = log.lines().any(|line| words.iter().all(|word| line.contains(word)));
    assert!(told, "{what}: no line of the log has {words:?}\n{log}");
}

/// CPU time that a process has used.
fn cpu_time(worker: &Worker) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{}/stat", worker.pid())).unwrap();
    // The name in parentheses may hold spaces. A tick is 10 ms on Linux.
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

/// Whoever is not let in stays up, tries now and then, and repeats nothing.
#[track_caller]
fn assert_calm(workers: &mut [(&str, Worker)]) {
    let look = |worker: &Worker| (worker.log().lines().count(), cpu_time(worker));
    let before: Vec<_> = workers.iter().map(|(_, worker)| look(worker)).collect();
    thread::sleep(WATCHED);
    for ((what, worker), (lines, cpu)) in workers.iter_mut().zip(before) {
        assert!(worker.process().is_running(), "{what}: ended\n{}", worker.log());
        assert_eq!(worker.get("/readyz").status, 503, "{what}");
        assert_eq!(worker.get("/livez").status, 200, "{what}");
        let (lines, cpu) = (worker.log().lines().count() - lines, cpu_time(worker) - cpu);
        assert!(lines <= 20, "{what}: {lines} lines in {WATCHED:?}\n{}", worker.log());
        assert!(cpu < WATCHED / 3, "{what}: {cpu:?} of CPU in {WATCHED:?}\n{}", worker.log());
        assert_no_secret(worker);
    }
}

fn connections_received(server: &RedisServer) -> u64 {
    server.info("stats")["total_connections_received"].parse().unwrap()
}

// ---- Redis

#[test]
fn a_user_with_just_the_rights_of_the_list_is_enough_over_tls() {
    let mut scene = Scene::with("secure-redis", EventOptions::default(), tls_redis(authority().issue("redis")));
    set_user(&scene.redis, &scene.prefix, RIGHTS);
    let files = Scratch::new("password");
    let password_file = files.join("redis-password");
    fs::write(&password_file, format!("{REDIS_PASSWORD}\n")).unwrap();
    let config = scene
        .config()
        .redis_tls(&[scene.redis.tls_address()], authority())
        .set("redis.username", USER)
        .set("redis.password_file", path(password_file));
    scene.publish(500);
    let mut worker = Worker::start(config);
    scene.publish(500);
    scene.kafka.produce(&scene.topic, &invalid_records(0));
    scene.assert_exact();
    assert!(!worker.log().contains("NOPERM") && !worker.log().contains(NO_NOTICES), "{}", worker.log());
    assert_no_secret(&worker);
    assert!(worker.stop().success(), "{}", worker.log());
    scene.assert_exact();
}

/// As MemoryDB is: a cluster, TLS within too, a user of its own. A slot moves and a node changes, which take rights of their own.
#[test]
fn the_rights_of_the_list_are_enough_on_a_cluster_with_tls() {
    let options = RedisOptions { tls: Some(authority().issue("cluster")), ..RedisOptions::default() };
    let cluster = RedisCluster::start_with(&options);
    cluster.set_node_timeout(Duration::from_secs(60));
    let kafka = KafkaBroker::shared();
    let topic = unique("secure-cluster");
    kafka.create_topic(&topic, 4, &[]);
    kafka.create_topic(&format!("{topic}.dlq"), 1, &[]);
    let (group, prefix) = (format!("{topic}-group"), format!("{topic}:"));
    for server in cluster.servers() {
        set_user(server, &prefix, RIGHTS);
        set_user_named(READER, server, &prefix, READER_RIGHTS);
    }
    let config = WorkerConfig::new(kafka, &topic, &group, &[], &prefix)
        .redis_tls(&cluster.tls_addresses()[..1], authority())
        .redis_user(REDIS_PASSWORD);
    let mut events = Events::new(EventOptions::default());
    kafka.produce(&topic, &events.batch(300));
    let worker = Worker::start(config);
    // Objects read back, and a slot on its way with all its keys moved: asked for there, behind an ASKING.
    until("a slice with keys", TOLD_LIMIT, || (worker.metric("shasta_records_applied_total", &[]) > 100.0).then_some(()));
    let settings = reader_settings(cluster.tls_addresses(), &prefix);
    let crowd = Crowd::gather(&settings, &channels_of(&kafka.read_topic(&topic)), 1, 1, Duration::ZERO);
    let layout = format!("{prefix}layout");
    let slot = cluster.slot_of_key(&layout);
    let there = (cluster.shard_of_slot(slot) + 1) % 3;
    let slot_move = cluster.begin_move(slot, there);
    while cluster.move_keys(&slot_move, 1) > 0 {}
    let asked = |server: &RedisServer| server.info("commandstats").contains_key("cmdstat_asking");
    until("the layout to be asked for at its new place", TOLD_LIMIT, || asked(cluster.primary(there)).then_some(()));
    cluster.finish_move(&slot_move);
    cluster.failover(0);
    kafka.produce(&topic, &events.batch(300));
    kafka.wait_committed_to_end(&group, &topic, Duration::from_secs(60));
    let mut connections: Vec<_> = cluster.primaries().into_iter().map(RedisServer::conn).collect();
    let world = World::read(kafka, &topic, &group, &prefix, &mut connections);
    assert_correct(&world, &Rules { committed_to_the_end: true, ..Rules::default() });
    crowd.assert_right(kafka, &topic, Duration::from_secs(30));
    for server in cluster.servers() {
        let refused: String = server.command(&["INFO", "errorstats"]);
        assert!(!refused.contains("errorstat_NOPERM"), "{refused}");
    }
    assert!(!worker.log().contains("NOPERM") && !worker.log().contains(NO_NOTICES), "{}", worker.log());
    assert_no_secret(&worker);
}

/// A worker that may do nothing names what it lacks; given just that, again and again, it works: nothing on the list is too much.
#[test]
fn each_right_that_is_missing_is_named_and_none_of_the_list_is_superfluous() {
    let mut scene = Scene::with("secure-rights", EventOptions::default(), tls_redis(authority().issue("rights")));
    set_user(&scene.redis, &scene.prefix, &[]);
    let config = scene.config().redis_tls(&[scene.redis.tls_address()], authority()).redis_user(REDIS_PASSWORD);
    let worker = Worker::spawn(config);
    let mut granted: Vec<String> = Vec::new();
    loop {
        let said = until("the worker to be ready, or to say what it lacks", TOLD_LIMIT, || {
            let (status, reasons) = readiness(&worker).ok()?;
            if status == 200 {
                return Some(None);
            }
            let lacks: Vec<String> = rights_in(&reasons).into_iter().filter(|right| !granted.contains(right)).collect();
            (!lacks.is_empty()).then_some(Some(lacks))
        });
        let Some(lacks) = said else { break };
        granted.extend(lacks);
        let rights: Vec<&str> = granted.iter().map(String::as_str).collect();
        set_user(&scene.redis, &scene.prefix, &rights);
    }
    scene.publish(300);
    scene.assert_exact();
    // INFO and notices can be done without; ASKING is for clusters only.
    granted.extend(["+info", "+spublish", "+asking"].map(str::to_owned));
    granted.sort();
    let mut listed: Vec<String> = RIGHTS.iter().map(|right| (*right).to_owned()).collect();
    listed.sort();
    assert_eq!(granted, listed);
    assert!(worker.log().contains("INFO is refused") && worker.log().contains(NO_NOTICES), "{}", worker.log());
}

#[test]
fn a_worker_that_may_not_publish_says_which_rule_mends_it_and_works_without_notices() {
    let mut scene = Scene::with("secure-notices", EventOptions::default(), tls_redis(authority().issue("notices")));
    let config = scene.config().redis_tls(&[scene.redis.tls_address()], authority()).redis_user(REDIS_PASSWORD).set("redis.slices", SLICES);
    let mut subscriber = Subscriber::new(&scene.redis, &notes(&scene.prefix, SLICES));
    let rule = format!("ACL SETUSER {USER} +spublish &{}*", scene.prefix);
    for missing in ["-spublish", "resetchannels"] {
        set_user(&scene.redis, &scene.prefix, &[RIGHTS, &[missing]].concat());
        let mut worker = Worker::start(config.clone());
        let told: Vec<String> = worker.log().lines().filter(|line| line.contains(NO_NOTICES)).map(str::to_owned).collect();
        assert!(matches!(&told[..], [line] if line.contains("WARN") && line.contains(&rule)), "{missing}: {told:?}\n{}", worker.log());
        scene.publish(100);
        scene.assert_exact();
        assert!(worker.stop().success(), "{}", worker.log());
    }
    assert_eq!(subscriber.heard(), []);
    let words: Vec<&str> = rule.split(' ').collect();
    let _: String = scene.redis.command(&words);
    let worker = Worker::start(config);
    scene.publish(100);
    scene.assert_exact();
    assert!(!subscriber.heard().is_empty() && !worker.log().contains(NO_NOTICES), "{}", worker.log());
}

/// The commands that a message names: `'hget' command` as Redis says it, or `+hget` as Shasta does.
fn rights_in(message: &str) -> Vec<String> {
    let quoted = message.split("run the '").skip(1).filter_map(|rest| rest.split_once('\'')).map(|(command, _)| format!("+{command}"));
    let offered = message.split(['`', ' ', '"']).filter(|word| word.starts_with('+')).map(str::to_owned);
    quoted.chain(offered).collect()
}

#[test]
fn a_redis_that_asks_for_certificates_is_given_one() {
    let options = RedisOptions { tls_clients: true, ..tls_redis(authority().issue("mutual")) };
    let mut scene = Scene::with("secure-mutual", EventOptions::default(), options);
    set_user(&scene.redis, &scene.prefix, RIGHTS);
    let config = scene.config().redis_tls(&[scene.redis.tls_address()], authority()).redis_user(REDIS_PASSWORD);
    let without = Worker::spawn(config.clone());
    assert_told(&without, "no client certificate", &["ertificate", "equired"]);
    assert_calm(&mut [("no client certificate", without)]);
    scene.publish(200);
    let worker = Worker::start(config.client_certificate("redis.tls"));
    scene.publish(200);
    scene.assert_exact();
    assert_no_secret(&worker);
}

#[test]
fn a_redis_that_can_not_be_trusted_or_lets_nobody_in_is_named_and_waited_for() {
    let hosts = ["localhost", "127.0.0.1"];
    let good = RedisServer::start(tls_redis(authority().issue("good")));
    let mut expired = RedisServer::start(tls_redis(authority().issue_with("expired", &hosts, Validity::Expired)));
    let elsewhere = RedisServer::start(tls_redis(authority().issue_with("elsewhere", &["redis.example.org"], Validity::Valid)));
    let scene = Scene::new("secure-refused");
    for server in [&good, &expired, &elsewhere] {
        set_user(server, &scene.prefix, RIGHTS);
    }
    let at = |server: &RedisServer, ca: &Authority| scene.config().redis_tls(&[server.tls_address()], ca).redis_user(REDIS_PASSWORD);
    let mut workers = [
        ("wrong password", Worker::spawn(at(&good, authority()).redis_user(WRONG_PASSWORD))),
        ("unknown authority", Worker::spawn(at(&good, stranger()))),
        ("expired certificate", Worker::spawn(at(&expired, authority()))),
        ("another host's certificate", Worker::spawn(at(&elsewhere, authority()))),
        (
            "no tls where tls is spoken",
            Worker::spawn(scene.config().set("redis.nodes", vec![good.tls_address()]).redis_user(REDIS_PASSWORD)),
        ),
    ];
    let words: [&[&str]; 5] = [
        &["refused", "authentication failed"],
        &["UnknownIssuer", "redis.tls.ca_file"],
        &["certificate expired"],
        &["not valid for name"],
        &["can not connect", "redis.tls.enabled"],
    ];
    for ((what, worker), words) in workers.iter().zip(words) {
        assert_told(worker, what, words);
    }
    let before: Vec<u64> = [&expired, &elsewhere].map(connections_received).to_vec();
    assert_calm(&mut workers);
    let after = [&expired, &elsewhere].map(connections_received);
    for (before, after) in before.into_iter().zip(after) {
        // One of them is the harness' own.
        assert!(after - before <= 1 + 3 * WATCHED.as_secs(), "{} connections in {WATCHED:?}", after - before);
    }
    // What is mended at the server needs no restart of the worker.
    let _: String = good.command(&["ACL", "SETUSER", USER, &format!(">{WRONG_PASSWORD}")]);
    workers[0].1.wait_ready();
    expired.restart_with(|options| options.tls = Some(authority().issue("renewed")));
    set_user(&expired, &scene.prefix, RIGHTS);
    workers[2].1.wait_ready();
}

#[test]
fn a_password_that_changes_while_it_works_is_told_and_waited_for() {
    let mut scene = Scene::with("secure-rotated", EventOptions::default(), tls_redis(authority().issue("rotated")));
    set_user(&scene.redis, &scene.prefix, RIGHTS);
    let config = scene.config().redis_tls(&[scene.redis.tls_address()], authority()).redis_user(REDIS_PASSWORD);
    let mut worker = Worker::start(config);
    scene.publish(200);
    scene.assert_exact();
    let _: String = scene.redis.command(&["ACL", "SETUSER", USER, "resetpass", ">another"]);
    let _: i64 = scene.redis.command(&["CLIENT", "KILL", "USER", USER]);
    scene.publish(200);
    assert_told(&worker, "changed password", &["refused", "authentication failed"]);
    let calls = connections_received(&scene.redis);
    thread::sleep(WATCHED);
    let calls = connections_received(&scene.redis) - calls;
    assert!(calls <= 1 + 15 * WATCHED.as_secs(), "{calls} connections in {WATCHED:?}");
    set_user(&scene.redis, &scene.prefix, RIGHTS);
    scene.assert_exact();
    worker.wait_ready();
    assert_no_secret(&worker);
}

// ---- Kafka

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
