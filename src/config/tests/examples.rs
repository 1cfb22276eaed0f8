use std::collections::BTreeSet;

use toml::{Table, Value};

use super::{World, repository_file};
use crate::config::catalog::{Catalog, Place};
use crate::config::{Config, DEFAULTS, Fold, load};

/// The file with the keys in it that are not set by default.
fn all_keys_set() -> String {
    let uncommented = |line: &str| {
        let assignment = line.strip_prefix('#').filter(|rest| !rest.starts_with(' ') && rest.contains(" = "));
        assignment.unwrap_or(line).to_owned()
    };
    DEFAULTS.lines().map(uncommented).collect::<Vec<_>>().join("\n")
}

fn paths(table: &Table, section: &str, found: &mut BTreeSet<String>) {
    for (name, value) in table {
        let path = if section.is_empty() { name.clone() } else { format!("{section}.{name}") };
        match (Catalog::get().place(&path), value) {
            (Place::Section, Value::Table(inner)) => paths(inner, &path, found),
            _ => assert!(found.insert(path)),
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
    let mut found = BTreeSet::new();
    paths(&toml::from_str(&all_keys_set()).unwrap(), "", &mut found);
    let keys: BTreeSet<String> = Catalog::get().paths().map(str::to_owned).collect();
    assert_eq!(found, keys);
    // The map itself has a key only by its section; its example is an entry.
    assert!(DEFAULTS.contains("[kafka.properties]"));
}

#[test]
fn the_file_of_defaults_spells_out_each_value_that_is_set() {
    let mut found = BTreeSet::new();
    paths(&toml::from_str(DEFAULTS).unwrap(), "", &mut found);
    let catalog = Catalog::get();
    let set: BTreeSet<String> = catalog.paths().filter(|path| !catalog.key(path).unwrap().optional).map(str::to_owned).collect();
    assert_eq!(found, set);
}

#[test]
fn each_key_that_is_not_set_has_an_example_of_its_type() {
    toml::from_str::<Config>(&all_keys_set()).unwrap();
}

#[test]
fn each_key_is_explained_in_the_file_of_defaults() {
    // The second of a pair that one comment explains.
    const SECOND: [&str; 2] = ["#key_file", "#password_file"];
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
