use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use super::World;

/// A file and exactly what is said of it.
#[test]
fn a_fault_in_a_file_is_named_with_its_place() {
    let cases: &[(&str, &[&str])] = &[
        (
            "[kafka]\nbrokers = 'a:1'\n\nbatch = 10",
            &["shasta.toml:4:1: kafka.batch: unknown key, did you mean worker.batch; expected one of brokers, codec, dead_letter, group, \
               instance_id, properties, read_committed, security, session_timeout, start, topic"],
        ),
        ("[http]\n  listn = 'x'", &["shasta.toml:2:3: http.listn: unknown key, did you mean http.listen; expected one of listen"]),
        (
            "[zap]\nx = 1",
            &[
                "shasta.toml:1:2: zap: unknown key, expected one of alerts, fold, http, kafka, lag, log, otlp, publish, redis, watch, worker",
            ],
        ),
        (
            "kafka = 1",
            &["shasta.toml:1:1: kafka: is a section, set one of its keys: brokers, codec, dead_letter, group, instance_id, properties, \
            read_committed, security, session_timeout, start, topic"],
        ),
        ("[kafka]\nsession_timeout = 45", &["shasta.toml:2:19: kafka.session_timeout: expected a duration such as \"250ms\", found 45"]),
        (
            "[kafka]\nsession_timeout = '45'",
            &["shasta.toml:2:19: kafka.session_timeout: expected a duration such as \"250ms\", found \"45\""],
        ),
        ("[worker.memory]\nbudget = '64'", &["shasta.toml:2:10: worker.memory.budget: expected a size such as \"64MiB\", found \"64\""]),
        ("[worker.memory]\nbudget = 64", &["shasta.toml:2:10: worker.memory.budget: expected a size such as \"64MiB\", found 64"]),
        ("[kafka]\nstart = 'erliest'", &["shasta.toml:2:9: kafka.start: expected one of \"earliest\", \"latest\", found \"erliest\""]),
        ("[fold]\nttl = 'never'", &["shasta.toml:2:7: fold.ttl: expected a duration such as \"24h\", or \"off\", found \"never\""]),
        ("[worker]\nthreads = -1", &["shasta.toml:2:11: worker.threads: expected a whole number from 0 to 4294967295, found -1"]),
        ("[redis]\nnodes = 'a:1'", &["shasta.toml:2:9: redis.nodes: expected a list of texts such as [\"a\", \"b\"], found \"a:1\""]),
        ("[redis]\npassword = 7", &["shasta.toml:2:12: redis.password: expected a text in quotes"]),
        ("[redis]\n# ü\ntls.enabled = 'yes'", &["shasta.toml:3:15: redis.tls.enabled: expected true or false, found \"yes\""]),
        ("['kafka.topic']\nx = 1", &["shasta.toml:1:2: kafka.topic: in quotes is one name with a dot in it, write it without the quotes"]),
    ];
    for (file, expected) in cases {
        let problems = World::new().file(file).problems();
        assert_eq!(problems, *expected, "{file}");
    }
}

#[test]
fn every_fault_is_named_not_only_the_first() {
    let world = World::new()
        .file("[kafka]\ntopik = 'x'\nsession_timeout = 1\n[redis]\nprefix = 'a{b'")
        .beside("conf.d/a.toml", "[fold]\nstream_length = 0")
        .variable("SHASTA__WORKER__THREADS", "many")
        .set("otlp.trace_ratio=2");
    let problems = world.problems();
    let starts = [
        "conf.d/a.toml:2:17: fold.stream_length: 0 is not within 1 to 100000000",
        "shasta.toml:2:1: kafka.topik: unknown key, did you mean kafka.topic;",
        "shasta.toml:3:19: kafka.session_timeout: expected a duration",
        "shasta.toml:5:10: redis.prefix: \"a{b\" holds a brace, which would break the hash tag that keeps a slice's keys in one slot",
        "SHASTA__WORKER__THREADS: worker.threads: expected a whole number from 0 to 4294967295, found \"many\"",
        "--set: otlp.trace_ratio: 2 is not within 0 to 1",
    ];
    assert_eq!(problems.len(), starts.len(), "{problems:#?}");
    for (problem, start) in problems.iter().zip(starts) {
        assert!(problem.starts_with(start), "{problem}");
    }
}

#[test]
fn what_is_not_toml_is_named_with_its_place_and_hides_no_other_layer() {
    let world = World::new().file("[kafka]\ntopic = 'a\ngroup = b\n").set("kafka.group=\u{1}").set("kafka.x=1");
    let problems = world.problems();
    assert!(problems.iter().any(|problem| problem.starts_with("shasta.toml:2:11: not TOML: invalid literal string")), "{problems:#?}");
    assert!(problems.iter().any(|problem| problem.starts_with("shasta.toml:3:9: not TOML: string values must be quoted")), "{problems:#?}");
    assert!(problems.iter().any(|problem| problem.starts_with("--set: kafka.x: unknown key")), "{problems:#?}");
}

#[test]
fn a_missing_file_is_named() {
    let mut world = World::new();
    world.request.file = Some(world.path("none.toml"));
    assert_eq!(world.problems(), ["none.toml: cannot be read: No such file or directory (os error 2)"]);
}

#[test]
fn a_stray_variable_is_an_error() {
    let cases = [
        (
            "SHASTA_KAFKA__BROKERS",
            "SHASTA_KAFKA__BROKERS: not a variable of Shasta, did you mean SHASTA__KAFKA__BROKERS; names are joined by two \
          underscores, as in SHASTA__KAFKA__BROKERS",
        ),
        (
            "SHASTA_KAFKA_DEAD_LETTER_TOPIC",
            "SHASTA_KAFKA_DEAD_LETTER_TOPIC: not a variable of Shasta, did you mean SHASTA__KAFKA__DEAD_LETTER__TOPIC; \
          names are joined by two underscores, as in SHASTA__KAFKA__BROKERS",
        ),
        ("SHASTA_WAT", "SHASTA_WAT: not a variable of Shasta; names are joined by two underscores, as in SHASTA__KAFKA__BROKERS"),
        ("SHASTA__HTTP__LISTN", "SHASTA__HTTP__LISTN: http.listn: unknown key, did you mean SHASTA__HTTP__LISTEN; expected one of listen"),
        (
            "SHASTA__KAFKA_TOPIC",
            "SHASTA__KAFKA_TOPIC: kafka_topic: unknown key, did you mean SHASTA__KAFKA__TOPIC; expected one of alerts, \
          fold, http, kafka, lag, log, otlp, publish, redis, watch, worker",
        ),
        ("SHASTA__HTTP", "SHASTA__HTTP: http: is a section, set one of its keys: listen"),
    ];
    for (variable, expected) in cases {
        assert_eq!(World::new().variable(variable, "x").problems(), [expected]);
    }
}

#[test]
fn a_variable_that_is_not_utf8_is_an_error_only_where_it_is_ours() {
    let bytes = || OsString::from_vec(b"a\xff".to_vec());
    let world = World::new().variable("OTHER", bytes()).variable("SHASTA__KAFKA__TOPIC", bytes());
    assert_eq!(world.problems(), ["SHASTA__KAFKA__TOPIC: kafka.topic: the value is not UTF-8"]);
}

#[test]
fn a_flag_without_a_value_is_an_error() {
    assert_eq!(World::new().set("kafka.topic").problems(), ["--set: expected KEY=VALUE, found no \"=\""]);
}

/// Flags and what is said of them, each with the one place.
#[test]
fn a_value_out_of_its_range_is_named() {
    let cases: &[(&[&str], &str)] = &[
        (&["kafka.brokers="], "kafka.brokers: \"\" is not host:port, expected such as \"b-1:9092,b-2:9092\""),
        (&["kafka.brokers=a:1,b"], "kafka.brokers: \"b\" is not host:port, expected such as \"b-1:9092,b-2:9092\""),
        (
            &["kafka.topic=a b"],
            "kafka.topic: \"a b\" is not a name for Kafka, expected 1 to 249 of A-Z a-z 0-9 . _ - and neither \".\" nor \"..\"",
        ),
        (
            &["kafka.dead_letter.topic=tag-data"],
            "kafka.dead_letter.topic: \"tag-data\" is kafka.topic itself, dead letters would come back",
        ),
        (
            &["kafka.group="],
            "kafka.group: \"\" is not a name for a group, expected 1 to 255 bytes without control characters or blanks around them",
        ),
        (&["kafka.session_timeout=1s"], "kafka.session_timeout: \"1s\" is not within 6s to 5m"),
        (&["kafka.properties.group.id=x"], "kafka.properties.group.id: Shasta sets it, use kafka.group instead"),
        (
            &["kafka.security.username=u"],
            "kafka.security.username: not used without SASL, set kafka.security.protocol to \"sasl-tls\" or leave it out",
        ),
        (
            &["kafka.security.ca_file=/x"],
            "kafka.security.ca_file: not used without TLS, set kafka.security.protocol to \"tls\" or \"sasl-tls\" or leave it out",
        ),
        (
            &["kafka.security.protocol=tls", "kafka.security.key_file=/x"],
            "kafka.security.certificate_file: must be set together with kafka.security.key_file",
        ),
        (
            &["kafka.security.protocol=sasl-tls", "kafka.security.username=u"],
            "kafka.security.protocol: SASL needs kafka.security.password or kafka.security.password_file",
        ),
        (&["kafka.security.protocol=sasl-tls", "kafka.security.password=p"], "kafka.security.protocol: SASL needs kafka.security.username"),
        (
            &["kafka.security.protocol=sasl-tls", "kafka.security.mechanism=msk-iam"],
            "kafka.security.mechanism: \"msk-iam\" needs kafka.security.region",
        ),
        (
            &["kafka.security.protocol=sasl-plaintext", "kafka.security.mechanism=msk-iam", "kafka.security.region=r"],
            "kafka.security.protocol: \"msk-iam\" needs \"sasl-tls\"",
        ),
        (&["redis.nodes="], "redis.nodes: is empty, expected such as [\"127.0.0.1:6379\"]"),
        (&["redis.nodes=a"], "redis.nodes: \"a\" is not host:port, expected such as \"127.0.0.1:6379\""),
        (&["redis.slices=0"], "redis.slices: 0 is not within 1 to 24000"),
        (&["redis.slices=24001"], "redis.slices: 24001 is not within 1 to 24000"),
        (&["redis.username=u"], "redis.username: needs redis.password or redis.password_file"),
        (&["redis.tls.ca_file=/x"], "redis.tls.ca_file: not used without TLS, set redis.tls.enabled to true or leave it out"),
        (&["redis.connect_timeout=11s"], "redis.connect_timeout: \"11s\" is not within 10ms to 10s"),
        (&["redis.call_timeout=0s"], "redis.call_timeout: \"0s\" is not within 10ms to 5m"),
        (&["redis.call_timeout=15s", "fold.ttl=1m"], "redis.call_timeout: \"15s\" is not below a quarter of fold.ttl = \"1m\""),
        (&["redis.connections_per_node=0"], "redis.connections_per_node: 0 is not within 1 to 64"),
        (&["fold.ttl=999ms", "redis.call_timeout=200ms"], "fold.ttl: \"999ms\" is not within 1s to 10years"),
        (
            &["fold.limits.record_bytes=3MiB"],
            "worker.batch.max_bytes: \"2MiB\" is below fold.limits.record_bytes = \"3MiB\": the largest record fits no batch",
        ),
        (&["worker.commit_interval=61s"], "worker.commit_interval: \"1m 1s\" is not within 10ms to 1m"),
        (&["worker.stall_limit=6s"], "worker.stall_limit: \"6s\" is not above kafka.dead_letter.timeout = \"10s\""),
        (&["worker.batch.max_records=0"], "worker.batch.max_records: 0 is not within 1 to 100000"),
        (&["worker.batch.events_per_call=1001"], "worker.batch.events_per_call: 1001 is not within 1 to 1000"),
        (&["publish.queue_records=0"], "publish.queue_records: 0 is not within 1 to 10000000"),
        (&["publish.failures=0"], "publish.failures: 0 is not within 1 to 1000000"),
        (
            &["publish.queue_bytes=1000KiB"],
            "publish.queue_bytes: \"1000KiB\" is below fold.limits.record_bytes = \"1MiB\": the largest record fits no queue",
        ),
        (
            &["publish.delivery_timeout=20s"],
            "publish.growth_timeout: \"20s\" is not below publish.delivery_timeout = \"20s\": what is held would expire first",
        ),
        (
            &["kafka.properties.message.timeout.ms=1"],
            "kafka.properties.message.timeout.ms: Shasta sets it, use publish.delivery_timeout instead",
        ),
        (&["worker.memory.budget=63MiB"], "worker.memory.budget: \"63MiB\" is below 64MiB, which the process needs before any record"),
        (
            &["http.listen=localhost:1"],
            "http.listen: \"localhost:1\" is not address:port, expected such as \"127.0.0.1:9464\", \"[::]:9464\", or \"\" for no endpoint",
        ),
        (&["lag.interval=61s"], "lag.interval: \"1m 1s\" is not within 1s to 1m"),
        (&["lag.freshness=20s"], "lag.freshness: \"20s\" is not within 30s to 1day"),
        (&["lag.margin=0"], "lag.margin: 0 is not within 0.01 to 0.5"),
        (&["lag.least_backlog=0"], "lag.least_backlog: 0 is not within 1 to 1000000000"),
        (&["otlp.trace_ratio=nan"], "otlp.trace_ratio: NaN is not within 0 to 1"),
        (
            &["otlp.endpoint=collector"],
            "otlp.endpoint: \"collector\" is not a URL without credentials, expected such as \"http://127.0.0.1:4318\"",
        ),
    ];
    for (flags, expected) in cases {
        let world = flags.iter().fold(World::new(), |world, flag| world.set(flag));
        assert_eq!(world.problems(), [format!("--set: {expected}")], "{flags:?}");
    }
    let filter = World::new().set("log.filter=info,shasta=debg").problems();
    assert!(filter.len() == 1 && filter[0].starts_with("--set: log.filter: \"info,shasta=debg\": "), "{filter:?}");
}

#[test]
fn what_follows_from_a_refused_value_is_not_said() {
    let world = World::new().file("[kafka.security]\nprotocol = 'sasl-tls'\nusername = 'u'\npassword = 7");
    assert_eq!(world.problems(), ["shasta.toml:4:12: kafka.security.password: expected a text in quotes"]);
}
