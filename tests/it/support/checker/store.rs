//! All that Redis holds under a prefix, and whether it may be there.

use std::collections::{BTreeMap, BTreeSet};

use redis::{Connection, Value};

use super::naming::Names;
use super::record::Judged;
use super::violation::{Findings, Kind, Violation};
use super::{Rules, World};

/// How far apart the deadlines of a channel's two keys may lie, in milliseconds: they are set by two commands.
const EXPIRY_TOLERANCE_MS: i64 = 1000;
const PAGE: usize = 1000;

/// Everything under the prefix, by key.
#[derive(Clone, Debug, Default)]
pub struct StoreDump {
    pub hashes: BTreeMap<String, BTreeMap<Vec<u8>, Vec<u8>>>,
    pub streams: BTreeMap<String, Vec<StreamEntry>>,
    /// Keys of other types, with the type.
    pub others: BTreeMap<String, String>,
    /// When a key expires, in milliseconds of Unix time; only keys that do.
    pub expiries: BTreeMap<String, i64>,
    /// Keys that more than one node has.
    pub doubled: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamEntry {
    pub id: String,
    pub fields: Vec<(Vec<u8>, Vec<u8>)>,
}

impl StoreDump {
    pub fn read(nodes: &mut [Connection], prefix: &str) -> Self {
        let mut dump = Self::default();
        for node in nodes {
            for key in scan(node, prefix) {
                dump.read_key(node, key);
            }
        }
        dump
    }

    fn read_key(&mut self, node: &mut Connection, key: String) {
        let (kind, expiry): (String, i64) = redis::pipe().cmd("TYPE").arg(&key).cmd("PEXPIRETIME").arg(&key).query(node).unwrap();
        if self.has(&key) {
            self.doubled.insert(key.clone());
        }
        if expiry >= 0 {
            self.expiries.insert(key.clone(), expiry);
        }
        match kind.as_str() {
            "hash" => {
                let fields: Vec<(Vec<u8>, Vec<u8>)> = redis::cmd("HGETALL").arg(&key).query(node).unwrap();
                self.hashes.insert(key, fields.into_iter().collect());
            }
            "stream" => drop(self.streams.insert(key.clone(), read_stream(node, &key))),
            // It expired meanwhile.
            "none" => {}
            _ => drop(self.others.insert(key, kind)),
        }
    }

    fn has(&self, key: &str) -> bool {
        self.hashes.contains_key(key) || self.streams.contains_key(key) || self.others.contains_key(key)
    }

    pub fn keys(&self) -> impl Iterator<Item = (&str, &str)> {
        let hashes = self.hashes.keys().map(|key| (key.as_str(), "hash"));
        let streams = self.streams.keys().map(|key| (key.as_str(), "stream"));
        hashes.chain(streams).chain(self.others.iter().map(|(key, kind)| (key.as_str(), kind.as_str())))
    }
}

fn scan(node: &mut Connection, prefix: &str) -> BTreeSet<String> {
    let pattern = prefix.chars().flat_map(|c| if "*?[]\\^".contains(c) { vec!['\\', c] } else { vec![c] }).collect::<String>() + "*";
    let mut keys = BTreeSet::new();
    let mut cursor = 0_u64;
    loop {
        let (next, page): (u64, Vec<String>) =
            redis::cmd("SCAN").arg(cursor).arg("MATCH").arg(&pattern).arg("COUNT").arg(PAGE).query(node).unwrap();
        keys.extend(page);
        if next == 0 {
            return keys;
        }
        cursor = next;
    }
}

fn read_stream(node: &mut Connection, key: &str) -> Vec<StreamEntry> {
    let mut entries: Vec<StreamEntry> = Vec::new();
    loop {
        let start = entries.last().map_or_else(|| "-".to_owned(), |last| format!("({}", last.id));
        let page: Vec<(String, Value)> = redis::cmd("XRANGE").arg(key).arg(start).arg("+").arg("COUNT").arg(PAGE).query(node).unwrap();
        let full = page.len() == PAGE;
        entries.extend(page.into_iter().map(|(id, fields)| StreamEntry { id, fields: redis::from_redis_value(fields).unwrap() }));
        if !full {
            return entries;
        }
    }
}

/// The number of slices, where `layout` says one.
pub fn check_layout(world: &World, rules: &Rules, list: &mut Vec<Violation>) -> Option<u32> {
    let key = format!("{}layout", world.prefix);
    let mut findings = Findings { at: key.clone(), list };
    let Some(layout) = world.store.hashes.get(&key) else {
        findings.add(Kind::Layout, "is missing");
        return None;
    };
    let field = |name: &str| layout.get(name.as_bytes()).map(|value| String::from_utf8_lossy(value).into_owned());
    let group_field = format!("group:{}", world.topic);
    for (name, expected) in [("version", "1"), ("hash", "murmur2"), (&group_field, &world.group)] {
        let found = field(name);
        findings.add_unless(found.as_deref() == Some(expected), Kind::Layout, || format!("{name} is {found:?}, not {expected:?}"));
    }
    let slices = field("slices").and_then(|text| text.parse::<u32>().ok()).filter(|slices| *slices > 0);
    findings.add_unless(slices.is_some(), Kind::Layout, || format!("slices is {:?}", field("slices")));
    let as_configured = rules.slices.is_none() || rules.slices == slices;
    findings.add_unless(as_configured, Kind::Layout, || format!("slices is {slices:?}, configured were {:?}", rules.slices));
    slices
}

/// Every key must be explained by an event, have its type, and expire as it must.
pub fn check_keys(world: &World, names: &Names, judged: &Judged, list: &mut Vec<Violation>) {
    let expected = expected_keys(names, judged);
    for (key, kind) in world.store.keys() {
        let mut findings = Findings { at: key.to_owned(), list };
        match expected.get(key) {
            None => findings.add(Kind::UnexpectedKey, format!("a {kind} that no event explains")),
            Some(Expected { kind: Some(expected), .. }) if *expected != kind => {
                findings.add(Kind::UnexpectedKey, format!("a {kind}, not a {expected}"));
            }
            Some(Expected { may_expire: false, .. }) if world.store.expiries.contains_key(key) => findings.add(Kind::Expiry, "expires"),
            Some(_) => {}
        }
        findings.add_unless(!world.store.doubled.contains(key), Kind::UnexpectedKey, || "on more than one node".to_owned());
    }
    for channel in judged.events.keys() {
        check_expiries_together(world, &names.snapshot(channel), &names.stream(channel), list);
    }
}

struct Expected {
    /// `None`: any type.
    kind: Option<&'static str>,
    may_expire: bool,
}

fn expected_keys(names: &Names, judged: &Judged) -> BTreeMap<String, Expected> {
    let mut expected = BTreeMap::new();
    expected.insert(names.layout(), Expected { kind: Some("hash"), may_expire: false });
    for slice in 0..names.slices {
        expected.insert(names.positions(slice), Expected { kind: Some("hash"), may_expire: false });
        expected.insert(names.note(slice), Expected { kind: None, may_expire: true });
    }
    for channel in judged.events.keys() {
        expected.insert(names.snapshot(channel), Expected { kind: Some("hash"), may_expire: true });
        expected.insert(names.stream(channel), Expected { kind: Some("stream"), may_expire: true });
    }
    expected
}

fn check_expiries_together(world: &World, snapshot: &str, stream: &str, list: &mut Vec<Violation>) {
    // A channel whose objects are all deleted has no hash.
    if !world.store.hashes.contains_key(snapshot) || !world.store.streams.contains_key(stream) {
        return;
    }
    let (hash, entries) = (world.store.expiries.get(snapshot), world.store.expiries.get(stream));
    let together = match (hash, entries) {
        (None, None) => true,
        (Some(hash), Some(entries)) => (hash - entries).abs() <= EXPIRY_TOLERANCE_MS,
        _ => false,
    };
    let mut findings = Findings { at: snapshot.to_owned(), list };
    findings.add_unless(together, Kind::Expiry, || format!("expires at {hash:?}, its stream at {entries:?}"));
}
