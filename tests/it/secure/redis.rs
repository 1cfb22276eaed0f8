//! A Redis with TLS and users: what each right is for, and what is said of what is missing.

use super::*;

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
