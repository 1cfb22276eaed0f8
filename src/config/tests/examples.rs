use std::collections::BTreeSet;

use toml::{Table, Value};

use super::{World, repository_file};
use crate::config::catalog::{Catalog, Place};
use crate::config::{Config, DEFAULTS, Fold, load};

/// The line of a key or a section that is not set, as it would be if it were.
fn uncommented(line: &str) -> &str {
    let setting = line.strip_prefix('#').filter(|rest| rest.starts_with('[') || !rest.starts_with(' ') && rest.contains(" = "));
    setting.unwrap_or(line)
}

/// The file with the keys in it that are not set by default.
fn all_keys_set() -> String {
    DEFAULTS.lines().map(uncommented).collect::<Vec<_>>().join("\n")
}

/// The keys that are set. Those of sections of names of one's own stand once, however many sections there are.
fn paths(table: &Table) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(table, &[], &mut found);
    found
}

fn collect(table: &Table, section: &[&str], found: &mut BTreeSet<String>) {
    let catalog = Catalog::get();
    for (name, value) in table {
        let path = [section, &[name]].concat();
        match (catalog.place(&path), value) {
            (Place::Section | Place::Named, Value::Table(inner)) => collect(inner, &path, found),
            _ => assert!(found.insert(catalog.pattern(&path)) || catalog.own_name(&path).is_some()),
        }
    }
}

#[test]
fn the_file_of_defaults_says_what_the_code_does() {
    let written: Config = toml::from_str(DEFAULTS).unwrap();
    assert_eq!(written, Config::default());
    assert_eq!(World::new().file(DEFAULTS).config(), Config::default());
}

#[test]
fn the_file_of_defaults_holds_every_key_and_none_more() {
    let found = paths(&toml::from_str(&all_keys_set()).unwrap());
    let keys: BTreeSet<String> = Catalog::get().paths().map(str::to_owned).collect();
    assert_eq!(found, keys);
    // The map itself has a key only by its section; its example is an entry.
    assert!(DEFAULTS.contains("[kafka.properties]"));
}

#[test]
fn the_file_of_defaults_spells_out_each_value_that_is_set() {
    let found = paths(&toml::from_str(DEFAULTS).unwrap());
    let catalog = Catalog::get();
    let is_set = |path: &&str| {
        let names: Vec<&str> = path.split('.').collect();
        !catalog.key(&names).unwrap().optional && catalog.own_name(&names).is_none()
    };
    assert_eq!(found, catalog.paths().filter(is_set).map(str::to_owned).collect());
}

#[test]
fn each_key_that_is_not_set_has_an_example_of_its_type() {
    toml::from_str::<Config>(&all_keys_set()).unwrap();
}

/// Who takes one of them over only has to fill in what is theirs.
#[test]
fn the_example_of_each_section_of_ones_own_name_is_right() {
    let starts = ["#[alerts.channels.", "#[watch.clusters.", "#[watch.groups."];
    let blocks: Vec<&str> = DEFAULTS.split("\n\n").filter(|block| starts.iter().any(|start| block.contains(start))).collect();
    assert!(blocks.len() > 5, "{blocks:?}");
    // Of a secret and its file, one.
    let is_taken = |line: &&str| !line.contains("_file = ") || line.starts_with("ca_file");
    let text: String =
        blocks.iter().flat_map(|block| block.lines().map(uncommented)).filter(is_taken).map(|line| format!("{line}\n")).collect();
    let config = World::new().file(&text).config();
    assert_eq!(config.alerts.channels.keys().collect::<Vec<_>>(), ["chat", "on-call", "program", "routed"]);
    assert_eq!(config.watched_clusters()["eu"].brokers, "b-1:9096,b-2:9096");
    assert_eq!(config.watched_groups()[0].topics, ["tag-data"]);
}

#[test]
fn each_key_is_explained_in_the_file_of_defaults() {
    // The second of a pair that one comment explains.
    const SECOND: [&str; 4] = ["#key_file", "#password_file", "#url_file", "#token_file"];
    let lines: Vec<&str> = DEFAULTS.lines().collect();
    for pair in lines.windows(2) {
        let is_key = pair[1].contains(" = ") && !pair[1].starts_with("# ");
        let explained = pair[0].starts_with("# ") || SECOND.iter().any(|key| pair[1].starts_with(key));
        assert!(!is_key || explained, "{}", pair[1]);
    }
}

#[test]
fn the_local_example_is_the_default_but_for_a_machine_of_ones_own() {
    let mut request = World::new().request;
    request.file = Some(repository_file("local.toml"));
    let config = load(&request).unwrap();
    assert_eq!((config.kafka, config.redis, config.fold), (Config::default().kafka, Config::default().redis, Fold::default()));
}

#[test]
fn the_example_for_msk_and_memorydb_is_complete() {
    let world = World::new().beside("kafka-password", "k\n").beside("redis-password", "r\n").credentials();
    let mut request = world.request.clone();
    request.file = Some(repository_file("msk-memorydb.toml"));
    let config = load(&request).unwrap();
    assert_eq!(config.kafka.security.password.unwrap().expose(), "k");
    assert_eq!(config.redis.password.unwrap().expose(), "r");
    assert!(config.redis.tls.enabled);
    assert!(config.kafka.brokers.split(',').all(|broker| broker.ends_with(":9096")));
}

#[test]
fn the_example_for_msk_works_with_iam_as_it_says() {
    let text = std::fs::read_to_string(repository_file("msk-memorydb.toml")).unwrap();
    let (before, after) =
        text.split_once("mechanism = \"scram-sha-512\"\nusername = \"shasta\"\npassword_file = \"kafka-password\"\n").unwrap();
    let iam = format!("{before}{after}").replace("#mechanism", "mechanism").replace("#region", "region");
    let config = World::new().beside("redis-password", "r\n").credentials().file(&iam).config();
    assert_eq!(config.kafka.security.region.as_deref(), Some("eu-west-1"));
}

#[test]
fn the_example_of_a_watcher_is_complete() {
    let world = ["eu-password", "us-password", "watch-token", "pagerduty-key"]
        .iter()
        .fold(World::new(), |world, file| world.beside(file, "s\n"))
        .beside("slack-url", "https://hooks.slack.com/services/T0/B0/x\n")
        .beside("dead-man-url", "https://hc-ping.com/0\n")
        .credentials();
    let mut request = world.request.clone();
    request.file = Some(repository_file("watch.toml"));
    let config = load(&request).unwrap();
    let clusters = config.watched_clusters();
    assert_eq!(clusters.keys().collect::<Vec<_>>(), ["eu", "us"]);
    assert!(clusters.values().all(|kafka| kafka.security.password.as_ref().unwrap().expose() == "s"));
    let groups = config.watched_groups();
    assert!(groups.len() >= 2 && groups.iter().all(|group| clusters.contains_key(&group.cluster)), "{groups:?}");
    let channels = &config.alerts.channels;
    assert_eq!(channels["on-call"].key.as_ref().unwrap().expose(), "s");
    assert_eq!(channels["on-call"].hand_over.as_deref(), Some("chat"));
    assert!(channels["chat"].url.is_some() && config.alerts.dead_man.url.is_some() && config.watch.token.is_some());
}

#[test]
fn the_example_of_a_load_host_writes_elsewhere_than_production() {
    let files = ["kafka-password", "redis-password", "load-kafka-password", "load-redis-password"];
    let world = files.iter().fold(World::new(), |world, file| world.beside(file, "s\n")).credentials();
    let example = |file: &str| {
        let mut request = world.request.clone();
        request.file = Some(repository_file(file));
        load(&request).unwrap()
    };
    let (test, production) = (example("load.toml"), example("msk-memorydb.toml"));
    assert_eq!((&test.kafka.brokers, &test.redis.nodes), (&production.kafka.brokers, &production.redis.nodes));
    assert!(test.kafka.topic != production.kafka.topic && test.kafka.group != production.kafka.group);
    assert!(test.redis.prefix != production.redis.prefix && test.redis.tls.enabled);
    assert_eq!(test.kafka.security.password.unwrap().expose(), "s");
}
