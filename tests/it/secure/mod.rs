//! TLS, users and passwords: what is let in works exactly, what is not is told in words, and no secret is ever said.

mod kafka;
mod redis;

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
