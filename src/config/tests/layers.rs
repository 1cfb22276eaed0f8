use std::time::Duration;

use bytesize::ByteSize;

use super::World;
use crate::config::{Config, Origin, StartAt, Ttl, load_with_origins};

#[test]
fn nothing_set_is_the_default() {
    assert_eq!(World::new().config(), Config::default());
}

#[test]
fn each_layer_wins_over_the_ones_before() {
    let file = World::new().file("[kafka]\ntopic = 'file'\ngroup = 'file'\ninstance_id = 'file'\n[redis]\nprefix = 'file'\nslices = 7");
    let directory = file
        .beside("conf.d/20.toml", "[kafka]\ngroup = 'second'\n[redis]\nprefix = 'second'")
        .beside("conf.d/10.toml", "[kafka]\ngroup = 'first'\ninstance_id = 'first'\n[redis]\nprefix = 'first'")
        .beside("conf.d/30.toml.bak", "[kafka]\ngroup = 'backup'");
    let all = directory.variable("SHASTA__REDIS__PREFIX", "environment").variable("SHASTA__REDIS__SLICES", "8").set("redis.slices=9");
    let config = all.config();
    let texts = [config.kafka.topic.as_str(), &config.kafka.group, config.kafka.instance_id.as_deref().unwrap(), &config.redis.prefix];
    assert_eq!(texts, ["file", "second", "first", "environment"]);
    assert_eq!(config.redis.slices, Some(9));
    assert_eq!(config.kafka.brokers, Config::default().kafka.brokers);

    let (_, origins) = load_with_origins(&all.request).unwrap();
    assert_eq!(origins.of("kafka.brokers"), Origin::Default);
    assert!(origins.of("kafka.topic").to_string().ends_with("/shasta.toml:2:9"));
    assert!(origins.of("kafka.group").to_string().ends_with("/conf.d/20.toml:2:9"));
    assert_eq!(origins.of("redis.prefix"), Origin::Variable("SHASTA__REDIS__PREFIX".to_owned()));
    assert_eq!(origins.of("redis.slices"), Origin::Flag);
}

#[test]
fn a_variable_is_read_by_the_type_of_its_key() {
    let config = World::new()
        .variable("SHASTA__KAFKA__START", "latest")
        .variable("SHASTA__KAFKA__READ_COMMITTED", "false")
        .variable("SHASTA__KAFKA__SESSION_TIMEOUT", "1m 30s")
        .variable("SHASTA__KAFKA__TOPIC", "42")
        .variable("SHASTA__REDIS__NODES", "a:1, b:2")
        .variable("SHASTA__WORKER__THREADS", "3")
        .variable("SHASTA__WORKER__MEMORY__BUDGET", "1GiB")
        .variable("SHASTA__OTLP__TRACE_RATIO", "1")
        .variable("SHASTA__FOLD__TTL", "off")
        .variable("SHASTA__KAFKA__PROPERTIES__SOCKET_KEEPALIVE_ENABLE", "true")
        .config();
    assert_eq!(config.kafka.start, StartAt::Latest);
    assert!(!config.kafka.read_committed);
    assert_eq!(config.kafka.session_timeout, Duration::from_secs(90));
    assert_eq!(config.kafka.topic, "42");
    assert_eq!(config.redis.nodes, ["a:1", "b:2"]);
    assert_eq!(config.worker.threads, 3);
    assert_eq!(config.worker.memory.budget, ByteSize::gib(1));
    assert_eq!(config.otlp.trace_ratio, 1.0);
    assert_eq!(config.fold.ttl, Ttl(None));
    assert_eq!(config.kafka.properties["socket.keepalive.enable"], "true");
}

#[test]
fn a_property_has_the_same_name_in_each_layer() {
    let file = "[kafka.properties]\n\"client.rack\" = \"a\"\nlinger.ms = 5\nsocket.nagle.disable = true";
    let config = World::new().file(file).set("kafka.properties.client.rack=b").config();
    let properties: Vec<(&str, &str)> = config.kafka.properties.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(properties, [("client.rack", "b"), ("linger.ms", "5"), ("socket.nagle.disable", "true")]);
}

#[test]
fn an_empty_value_takes_an_optional_key_back() {
    let file = "[kafka]\ninstance_id = 'a'\n[kafka.properties]\n'client.rack' = 'a'\n[http]\nlisten = '127.0.0.1:1'";
    let world = World::new().file(file).variable("SHASTA__KAFKA__INSTANCE_ID", "").set("kafka.properties.client.rack=").set("http.listen=");
    let config = world.config();
    assert_eq!(config.kafka.instance_id, None);
    assert!(config.kafka.properties.is_empty());
    assert_eq!(config.http.listen, "");
}

#[test]
fn a_later_layer_does_not_hide_a_fault_of_an_earlier_one() {
    let world = World::new().file("[worker]\nthreads = 'many'").set("worker.threads=2");
    assert_eq!(world.problems(), ["shasta.toml:2:11: worker.threads: expected a whole number from 0 to 4294967295, found \"many\""]);
}

#[test]
fn variables_of_others_pass() {
    let world = World::new()
        .variable("SHASTA_CONFIG", "x")
        .variable("SHASTA_PORT_9464_TCP_ADDR", "10.0.0.1")
        .variable("SHASTA_SERVICE_HOST", "10.0.0.1")
        .variable("SHASTALIKE", "x")
        .variable("PATH", "/bin");
    assert_eq!(world.config(), Config::default());
}
