//! The servers start, do what is asked of them and keep what they must keep.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};

use crate::support::events::{EventOptions, Events};
use crate::support::kafka::{KafkaBroker, KafkaOptions, NewRecord, unique};
use crate::support::process::{Process, Program};
use crate::support::redis::{RedisOptions, RedisServer};
use crate::support::redis_cluster::RedisCluster;
use crate::support::scratch::Scratch;
use crate::support::tls::{Authority, Validity};
use crate::support::worker::{HttpAnswer, WorkerConfig, http_get, sum_series};

#[test]
fn what_kafka_acknowledged_is_read_back() {
    let kafka = KafkaBroker::shared();
    let topic = unique("read-back");
    kafka.create_topic(&topic, 4, &[]);
    let sent = Events::new(EventOptions::default()).batch(500);
    let places = kafka.produce(&topic, &sent);
    let read = kafka.read_topic(&topic);
    assert_eq!(read.len(), 500);
    for (record, place) in sent.iter().zip(places) {
        let found = read.iter().find(|found| (found.partition, found.offset) == (place.partition, place.offset)).unwrap();
        assert_eq!((&found.key, &found.value, &found.headers), (&record.key, &record.value, &record.headers));
        assert_eq!(Some(place.partition), record.partition);
    }
    let ends: i64 = kafka.end_offsets(&topic).values().sum();
    assert_eq!(ends, 500);
}

#[test]
fn the_same_seed_gives_the_same_events() {
    let batch = |seed| Events::new(EventOptions { seed, ..EventOptions::default() }).batch(100);
    assert_eq!(batch(7), batch(7));
    assert_ne!(batch(7), batch(8));
}

#[test]
fn records_of_an_aborted_transaction_are_not_read() {
    let kafka = KafkaBroker::shared();
    let topic = unique("transactions");
    kafka.create_topic(&topic, 1, &[]);
    let record = |value: &str| NewRecord { value: Some(value.as_bytes().to_vec()), ..NewRecord::default() };
    kafka.produce_in_transaction(&topic, &[record("lost")], false);
    kafka.produce_in_transaction(&topic, &[record("kept")], true);
    let read = kafka.read_topic(&topic);
    assert_eq!(read.iter().map(|record| (record.offset, record.value.as_deref().unwrap())).collect::<Vec<_>>(), [(2, &b"kept"[..])]);
}

#[test]
fn a_topic_made_again_has_another_id() {
    let kafka = KafkaBroker::shared();
    let topic = unique("made-again");
    kafka.create_topic(&topic, 1, &[]);
    let first = kafka.topic_id(&topic).unwrap();
    assert_eq!(first.len(), 22);
    kafka.delete_topic(&topic);
    kafka.create_topic(&topic, 2, &[]);
    assert_ne!(kafka.topic_id(&topic).unwrap(), first);
    kafka.add_partitions(&topic, 3);
    assert_eq!(kafka.partition_count(&topic), 3);
}

#[test]
fn offsets_are_committed_with_metadata_and_deleted() {
    let kafka = KafkaBroker::shared();
    let (topic, group) = (unique("commits"), unique("group"));
    kafka.create_topic(&topic, 2, &[]);
    assert_eq!(kafka.committed(&group, &topic, 0), None);
    kafka.commit_as(&group, &topic, 1, 7, "1;8;x;-;AA==");
    let committed = kafka.committed(&group, &topic, 1).unwrap();
    assert_eq!((committed.offset, committed.metadata.as_str()), (7, "1;8;x;-;AA=="));
    assert_eq!(kafka.committed_all(&group, &topic).into_keys().collect::<Vec<_>>(), [1]);
    kafka.delete_group_offsets(&group, &topic);
    assert_eq!(kafka.committed(&group, &topic, 1), None);
    kafka.commit_as(&group, &topic, 0, 1, "");
    assert_eq!(kafka.group_state(&group), Some(("Empty".to_owned(), 0)));
    kafka.delete_group(&group);
    assert_eq!(kafka.group_state(&group), None);
}

#[test]
fn deleted_records_move_the_start_of_the_log() {
    let kafka = KafkaBroker::shared();
    let topic = unique("retention");
    kafka.create_topic(&topic, 1, &[("max.message.bytes", "2000")]);
    let record = |bytes| NewRecord { value: Some(vec![b'x'; bytes]), ..NewRecord::default() };
    kafka.produce(&topic, &[record(10), record(10), record(10)]);
    kafka.delete_records(&topic, 0, 2);
    assert_eq!(kafka.log_bounds(&topic)[&0], (2, 3));
    assert!(kafka.try_produce(&topic, &[record(3000)])[0].is_err());
    kafka.configure_topic(&topic, &[("max.message.bytes", "5000")]);
    kafka.produce(&topic, &[record(3000)]);
    assert_eq!(kafka.read_topic(&topic).len(), 2);
}

#[test]
fn a_broker_with_tls_and_scram_lets_in_whom_it_knows_and_keeps_its_records() {
    let (authority, stranger) = (Authority::new("broker"), Authority::new("stranger"));
    let users = vec![("worker".to_owned(), "secret".to_owned())];
    let tls = Some(authority.issue("broker"));
    let mut kafka = KafkaBroker::start(KafkaOptions { tls, scram_users: users, ..KafkaOptions::default() });
    let topic = unique("secure");
    kafka.create_topic(&topic, 1, &[]);
    let record = NewRecord { value: Some(b"v".to_vec()), ..NewRecord::default() };
    kafka.produce(&topic, std::slice::from_ref(&record));

    let address = kafka.secure_address();
    let answers = |ca: &Authority, password: &str| {
        let mut config = kafka.client();
        config.set("bootstrap.servers", &address).set("security.protocol", "SASL_SSL");
        config.set("ssl.ca.location", ca.ca_file().display().to_string());
        config.set("sasl.mechanism", "SCRAM-SHA-512").set("sasl.username", "worker").set("sasl.password", password);
        let consumer: BaseConsumer = config.create().unwrap();
        consumer.fetch_metadata(Some(&topic), Duration::from_secs(2)).is_ok()
    };
    assert!(answers(&authority, "secret"));
    assert!(!answers(&authority, "wrong"));
    assert!(!answers(&stranger, "secret"));

    kafka.kill9();
    kafka.restart();
    assert_eq!(kafka.read_topic(&topic).len(), 1);
    kafka.produce(&topic, &[record]);
    kafka.stop();
    kafka.restart();
    assert_eq!(kafka.read_topic(&topic).len(), 2);
}

#[test]
fn a_killed_redis_keeps_what_it_wrote_to_its_file_only() {
    let mut durable = RedisServer::start(RedisOptions { aof: true, ..RedisOptions::default() });
    let mut forgetful = RedisServer::start(RedisOptions::default());
    for server in [&mut durable, &mut forgetful] {
        let _: String = server.command(&["SET", "k", "v"]);
        let port = server.port();
        server.kill9();
        assert!(server.try_conn().is_err());
        server.restart();
        assert_eq!(server.port(), port);
    }
    assert_eq!(durable.command::<Option<String>>(&["GET", "k"]).as_deref(), Some("v"));
    assert_eq!(forgetful.command::<Option<String>>(&["GET", "k"]), None);
}

#[test]
fn an_older_state_is_put_back() {
    for aof in [true, false] {
        let mut server = RedisServer::start(RedisOptions { aof, ..RedisOptions::default() });
        let _: String = server.command(&["SET", "k", "old"]);
        let state = server.snapshot_state();
        let _: String = server.command(&["SET", "k", "new"]);
        server.restore_state(&state);
        assert_eq!(server.command::<String>(&["GET", "k"]), "old", "aof: {aof}");
    }
}

#[test]
fn a_frozen_redis_answers_later() {
    let server =
        RedisServer::start(RedisOptions { maxmemory: Some(64 << 20), policy: Some("noeviction".to_owned()), ..RedisOptions::default() });
    assert_eq!(server.info("memory")["maxmemory_policy"], "noeviction");
    server.freeze();
    let started = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(300));
            server.thaw();
        });
        let _: String = server.command(&["PING"]);
    });
    assert!(started.elapsed() >= Duration::from_millis(250));
}

#[test]
fn redis_takes_users_and_tls() {
    let authority = Authority::new("redis");
    let acl = vec!["default off".to_owned(), "reader on >secret ~* +get +ping +hello +client".to_owned()];
    let server = RedisServer::start(RedisOptions { acl, tls: Some(authority.issue("redis")), ..RedisOptions::default() });
    let ca = std::fs::read(authority.ca_file()).unwrap();
    let open = |ca: &[u8], user: &str| {
        let certificates = redis::TlsCertificates { client_tls: None, root_cert: Some(ca.to_vec()) };
        let client = redis::Client::build_with_tls(format!("rediss://{user}{}/", server.tls_address()), certificates)?;
        client.get_connection_with_timeout(Duration::from_secs(3))
    };
    let mut reader = open(&ca, "reader:secret@").unwrap();
    assert_eq!(redis::cmd("GET").arg("k").query::<Option<String>>(&mut reader).unwrap(), None);
    assert_eq!(redis::cmd("SET").arg("k").arg("v").query::<()>(&mut reader).unwrap_err().code(), Some("NOPERM"));
    assert!(open(&ca, "").and_then(|mut nobody| redis::cmd("GET").arg("k").query::<()>(&mut nobody)).is_err());
    let stranger = std::fs::read(Authority::new("redis-stranger").ca_file()).unwrap();
    assert!(open(&stranger, "reader:secret@").is_err());

    let expired = authority.issue_with("expired", &["127.0.0.1"], Validity::Expired);
    let server = RedisServer::start(RedisOptions { tls: Some(expired), ..RedisOptions::default() });
    let certificates = redis::TlsCertificates { client_tls: None, root_cert: Some(ca) };
    let client = redis::Client::build_with_tls(format!("rediss://{}/", server.tls_address()), certificates).unwrap();
    assert!(client.get_connection_with_timeout(Duration::from_secs(3)).is_err());
}

#[test]
fn a_cluster_moves_slots_and_fails_over() {
    let mut cluster = RedisCluster::start();
    let key = "{s1}:k";
    let from = cluster.shard_of_key(key);
    for number in 0..250 {
        let _: String = cluster.primary(from).command(&["SET", &format!("{{s1}}:{number}"), "v"]);
    }
    let _: String = cluster.primary(from).command(&["SET", key, "v"]);
    let to = (from + 1) % 3;
    cluster.move_slot(cluster.slot_of_key(key), to);
    assert_eq!(cluster.shard_of_key(key), to);
    assert_eq!(cluster.primary(to).command::<String>(&["GET", key]), "v");

    let before = cluster.primary(to).port();
    cluster.failover(to);
    assert_ne!(cluster.primary(to).port(), before);
    assert_eq!(cluster.node_of_key(key).command::<String>(&["GET", key]), "v");

    let killed = cluster.kill_primary(to);
    assert_eq!(cluster.node_of_key(key).command::<String>(&["GET", key]), "v");
    cluster.restart_server(killed);
    assert_eq!(cluster.primary(to).port(), before);

    cluster.empty_node(to);
    assert_eq!(cluster.primary(to).command::<u64>(&["DBSIZE"]), 0);
    assert_eq!(cluster.servers().len(), 6);
}

#[test]
fn a_cluster_speaks_tls_within_and_without() {
    let authority = Authority::new("cluster");
    let cluster = RedisCluster::start_with(&RedisOptions { tls: Some(authority.issue("cluster")), ..RedisOptions::default() });
    let ca = std::fs::read(authority.ca_file()).unwrap();
    let certificates = redis::TlsCertificates { client_tls: None, root_cert: Some(ca) };
    let address = cluster.tls_addresses().remove(0);
    let mut connection = redis::Client::build_with_tls(format!("rediss://{address}/"), certificates).unwrap().get_connection().unwrap();
    let slots = format!("{:?}", redis::cmd("CLUSTER").arg("SLOTS").query::<redis::Value>(&mut connection).unwrap());
    for server in cluster.primaries() {
        assert!(slots.contains(&server.tls_port().unwrap().to_string()), "{slots}");
    }
    cluster.move_slot(0, 2);
    assert_eq!(cluster.shard_of_slot(0), 2);
}

#[test]
fn a_process_that_fails_to_start_shows_the_end_of_its_log() {
    let dir = Scratch::new("failing");
    let program = Program::new("failing", "sh", dir.path()).args(["-c", "echo the reason; exit 3"]);
    let outcome = std::panic::catch_unwind(|| Process::spawn(&program).wait_until("never", Duration::from_secs(5), || Err("not ready")));
    let message = outcome.unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains("the reason") && message.contains("exit status: 3"), "{message}");
}

#[test]
fn a_dropped_process_is_gone() {
    let dir = Scratch::new("dropped");
    let process = Process::spawn(&Program::new("sleep", "sleep", dir.path()).args(["60"]));
    let proc_dir = format!("/proc/{}", process.pid());
    assert!(std::path::Path::new(&proc_dir).exists());
    drop(process);
    assert!(!std::path::Path::new(&proc_dir).exists());
}

#[test]
fn http_answers_and_metrics_are_read() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 1024];
        let length = stream.read(&mut request).unwrap();
        assert!(request[..length].starts_with(b"GET /readyz HTTP/1.0\r\n"));
        stream.write_all(b"HTTP/1.0 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nwait").unwrap();
    });
    assert_eq!(http_get(port, "/readyz").unwrap(), HttpAnswer { status: 503, body: "wait".to_owned() });
    let metrics = "# HELP n x\nn_total{partition=\"1\",a=\"b\"} 2\nn_total{partition=\"2\"} 3\nn 9\n";
    assert_eq!(sum_series(metrics, "n_total", &[]).to_string(), "5");
    assert_eq!(sum_series(metrics, "n_total", &["partition=\"2\""]).to_string(), "3");
}

/// The names used here are those that the worker's configuration has.
#[test]
fn the_workers_configuration_is_one_that_shasta_takes() {
    let nodes = ["127.0.0.1:1".to_owned()];
    let config = WorkerConfig::new(KafkaBroker::shared(), "t", "g", &nodes, "p:").set("fold.limits.field_bytes", 64);
    let parsed: shasta::config::Config = toml::from_str(&config.text()).unwrap();
    assert_eq!((parsed.kafka.topic.as_str(), parsed.redis.nodes.as_slice(), parsed.fold.limits.field_bytes), ("t", &nodes[..], 64));
}
