//! Every key there is, with the form of its value: read from the schema of the typed sections, so that it can not differ from them.
//!
//! A section of a name of the user's own, such as `alerts.channels.ops`, has known keys. The catalog holds them under the name `*`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::Value;

use super::Config;

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::of_schema);

/// Stands for a name of the user's own.
pub(super) const ANY_NAME: &str = "*";

/// All keys by their path with dots.
pub(super) struct Catalog {
    keys: BTreeMap<String, Key>,
    /// The paths below which the user names sections.
    named: BTreeSet<String>,
}

/// One key.
pub(super) struct Key {
    pub form: Form,
    /// May stay without a value.
    pub optional: bool,
    /// Its value is never printed.
    pub secret: bool,
}

/// How a value is written.
pub(super) enum Form {
    Text,
    /// A text of a certain form, with the words for it.
    Expected(String),
    Choice(Vec<String>),
    Integer {
        max: u64,
    },
    Number,
    Switch,
    List,
    /// Names of the user's own under the key.
    Map,
}

/// What a path stands for.
pub(super) enum Place {
    Key(&'static Key),
    /// A name under a key of the form [`Form::Map`], whose own path has so many names.
    Entry {
        key: &'static Key,
        map: usize,
    },
    Section,
    /// A section below which the user names sections.
    Named,
    Unknown,
}

impl Catalog {
    pub fn get() -> &'static Self {
        &CATALOG
    }

    pub fn place<S: AsRef<str>>(&'static self, path: &[S]) -> Place {
        let pattern = self.pattern(path);
        if let Some(key) = self.keys.get(&pattern) {
            return Place::Key(key);
        }
        if self.named.contains(&pattern) {
            return Place::Named;
        }
        if self.keys.keys().any(|key| is_below(&pattern, key)) {
            return Place::Section;
        }
        let map = self.keys.iter().find(|(map, key)| matches!(key.form, Form::Map) && is_below(map, &pattern));
        map.map_or(Place::Unknown, |(map, key)| Place::Entry { key, map: map.split('.').count() })
    }

    /// The key of a path, or of the map that the path lies in.
    pub fn key<S: AsRef<str>>(&'static self, path: &[S]) -> Option<&'static Key> {
        match self.place(path) {
            Place::Key(key) | Place::Entry { key, .. } => Some(key),
            Place::Section | Place::Named | Place::Unknown => None,
        }
    }

    /// The path with [`ANY_NAME`] for each name of the user's own.
    pub fn pattern<S: AsRef<str>>(&self, path: &[S]) -> String {
        let mut pattern = String::new();
        for name in path {
            let name = if self.named.contains(&pattern) { ANY_NAME } else { name.as_ref() };
            pattern = if pattern.is_empty() { name.to_owned() } else { format!("{pattern}.{name}") };
        }
        pattern
    }

    /// Where in a path a name of the user's own stands.
    pub fn own_name<S: AsRef<str>>(&self, path: &[S]) -> Option<usize> {
        (1..path.len()).find(|at| self.named.contains(&self.pattern(&path[..*at])))
    }

    /// The names of a path that was written with dots; a name of the user's own may hold some itself, as few as lead to a key.
    pub fn split(&'static self, path: &str) -> Vec<String> {
        let names: Vec<String> = path.split('.').map(str::to_owned).collect();
        let Some(at) = self.own_name(&names) else { return names };
        let joined = |length: usize| {
            let (before, rest) = names.split_at(at);
            let (own, after) = rest.split_at(length);
            before.iter().cloned().chain([own.join(".")]).chain(after.iter().cloned()).collect::<Vec<_>>()
        };
        (1..names.len() - at).map(joined).find(|path| self.key(path).is_some()).unwrap_or(names)
    }

    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str)
    }

    /// The names directly below a section; of the whole with an empty path.
    pub fn names_in(&self, section: &str) -> Vec<&str> {
        let below = self.paths().filter(|path| section.is_empty() || is_below(section, path));
        let start = if section.is_empty() { 0 } else { section.len() + 1 };
        let mut names: Vec<&str> = below.map(|path| path[start..].split('.').next().unwrap_or_default()).collect();
        names.dedup();
        names
    }

    fn of_schema() -> Self {
        let schema = schemars::schema_for!(Config).to_value();
        let mut catalog = Self { keys: BTreeMap::new(), named: BTreeSet::new() };
        catalog.collect(&schema, &schema, "");
        catalog
    }

    fn collect(&mut self, root: &Value, node: &Value, path: &str) {
        let (node, optional) = resolve(root, node);
        if let Some(properties) = node.get("properties").and_then(Value::as_object) {
            for (name, property) in properties {
                let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                self.collect(root, property, &below);
            }
        } else if let Some(section) = named_section(root, node) {
            self.named.insert(path.to_owned());
            self.collect(root, section, &format!("{path}.{ANY_NAME}"));
        } else {
            let secret = node.get("writeOnly").is_some_and(|secret| secret == true);
            self.keys.insert(path.to_owned(), Key { form: Form::of(node), optional, secret });
        }
    }
}

/// What each of the sections is that the user names below this node.
fn named_section<'a>(root: &'a Value, node: &'a Value) -> Option<&'a Value> {
    let (section, _) = resolve(root, node.get("additionalProperties")?);
    section.get("properties").is_some().then_some(section)
}

fn is_below(section: &str, path: &str) -> bool {
    path.strip_prefix(section).is_some_and(|rest| rest.starts_with('.'))
}

/// Follows references, and tells whether null is allowed beside.
fn resolve<'a>(root: &'a Value, node: &'a Value) -> (&'a Value, bool) {
    if let Some(reference) = node.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null);
        return resolve(root, target);
    }
    let alternatives = node.get("anyOf").and_then(Value::as_array);
    if let Some(inner) = alternatives.and_then(|all| all.iter().find(|one| one.get("type").is_none_or(|kind| kind != "null"))) {
        return (resolve(root, inner).0, true);
    }
    (node, has_type(node, "null"))
}

fn has_type(node: &Value, name: &str) -> bool {
    match node.get("type") {
        Some(Value::Array(names)) => names.iter().any(|one| one == name),
        Some(one) => one == name,
        None => false,
    }
}

/// The values of an enumeration, wherever the schema puts them.
fn choices(node: &Value) -> Vec<String> {
    let listed = node.get("enum").and_then(Value::as_array).into_iter().flatten();
    let own = listed.chain(node.get("const")).filter_map(Value::as_str).map(str::to_owned);
    let nested = node.get("oneOf").and_then(Value::as_array).into_iter().flatten().flat_map(choices);
    own.chain(nested).collect()
}

impl Form {
    fn of(node: &Value) -> Self {
        let choices = choices(node);
        match node.get("x-expected").and_then(Value::as_str) {
            Some(expected) => Self::Expected(expected.to_owned()),
            None if !choices.is_empty() => Self::Choice(choices),
            None if has_type(node, "integer") => Self::Integer { max: largest(node) },
            None if has_type(node, "number") => Self::Number,
            None if has_type(node, "boolean") => Self::Switch,
            None if has_type(node, "array") => Self::List,
            None if has_type(node, "object") => Self::Map,
            None => Self::Text,
        }
    }

    /// In words, with an example.
    pub fn expected(&self) -> String {
        match self {
            Self::Text => "a text in quotes".to_owned(),
            Self::Expected(expected) => expected.clone(),
            Self::Choice(choices) => {
                format!("one of {}", choices.iter().map(|choice| format!("{choice:?}")).collect::<Vec<_>>().join(", "))
            }
            Self::Integer { max } => format!("a whole number from 0 to {max}"),
            Self::Number => "a number such as 0.01".to_owned(),
            Self::Switch => "true or false".to_owned(),
            Self::List => "a list of texts such as [\"a\", \"b\"]".to_owned(),
            Self::Map => "a table of texts, or single entries below the key".to_owned(),
        }
    }
}

fn largest(node: &Value) -> u64 {
    match node.get("format").and_then(Value::as_str) {
        Some("uint8") => u8::MAX.into(),
        Some("uint16") => u16::MAX.into(),
        Some("uint32") => u32::MAX.into(),
        _ => i64::MAX.unsigned_abs(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(path: &str) -> String {
        Catalog::get().key(&Catalog::get().split(path)).unwrap().form.expected()
    }

    #[test]
    fn each_kind_of_value_is_told_by_the_schema() {
        assert_eq!(form("kafka.topic"), "a text in quotes");
        assert_eq!(form("kafka.session_timeout"), "a duration such as \"250ms\"");
        assert_eq!(form("fold.ttl"), "a duration such as \"24h\", or \"off\"");
        assert_eq!(form("worker.memory.budget"), "a size such as \"64MiB\"");
        assert_eq!(form("redis.slices"), "a whole number from 0 to 4294967295");
        assert_eq!(form("redis.tls.enabled"), "true or false");
        assert_eq!(form("otlp.trace_ratio"), "a number such as 0.01");
        assert_eq!(form("redis.nodes"), "a list of texts such as [\"a\", \"b\"]");
        assert_eq!(form("kafka.start"), "one of \"earliest\", \"latest\"");
        assert_eq!(form("fold.delta"), "one of \"full\", \"changed\"");
        assert!(form("kafka.properties.socket.keepalive.enable").starts_with("a table of texts"));
        assert_eq!(form("watch.groups.any.freshness"), "a duration such as \"250ms\"");
        assert!(form("watch.clusters.any.properties.client.rack").starts_with("a table of texts"));
    }

    #[test]
    fn secrets_and_optional_keys_are_known() {
        let catalog = Catalog::get();
        let secrets: Vec<&str> = catalog.keys.iter().filter(|(_, key)| key.secret).map(|(path, _)| path.as_str()).collect();
        assert_eq!(
            secrets,
            [
                "alerts.channels.*.key",
                "alerts.channels.*.url",
                "alerts.dead_man.url",
                "kafka.security.password",
                "redis.password",
                "watch.clusters.*.security.password",
                "watch.token",
            ]
        );
        assert!(catalog.key(&["redis", "password"]).unwrap().optional);
        assert!(catalog.key(&["kafka", "instance_id"]).unwrap().optional);
        assert!(catalog.key(&["watch", "groups", "any", "freshness"]).unwrap().optional);
        assert!(!catalog.key(&["http", "listen"]).unwrap().optional);
    }

    #[test]
    fn a_section_lists_its_names() {
        assert_eq!(Catalog::get().names_in("kafka.dead_letter"), ["timeout", "topic"]);
        assert!(Catalog::get().names_in("").contains(&"kafka"));
        assert!(matches!(Catalog::get().place(&["worker", "batch"]), Place::Section));
        assert!(matches!(Catalog::get().place(&["kafka", "batch"]), Place::Unknown));
    }

    #[test]
    fn a_section_of_ones_own_name_has_known_keys() {
        let catalog = Catalog::get();
        assert!(matches!(catalog.place(&["alerts", "channels"]), Place::Named));
        assert!(matches!(catalog.place(&["alerts", "channels", "a.b"]), Place::Section));
        assert!(matches!(catalog.place(&["alerts", "channels", "a.b", "url"]), Place::Key(_)));
        assert!(matches!(catalog.place(&["alerts", "channels", "a.b", "uri"]), Place::Unknown));
        assert!(matches!(catalog.place(&["watch", "clusters", "eu", "security", "password"]), Place::Key(_)));
        assert_eq!(catalog.names_in("watch.clusters.*"), ["brokers", "properties", "security"]);
    }

    #[test]
    fn a_path_is_split_at_its_dots_but_for_those_of_a_name() {
        for (path, names) in [
            ("kafka.security.password", &["kafka", "security", "password"][..]),
            ("alerts.channels.ops.url", &["alerts", "channels", "ops", "url"]),
            ("watch.groups.shasta.tags.topics", &["watch", "groups", "shasta.tags", "topics"]),
            ("watch.clusters.eu.security.password", &["watch", "clusters", "eu", "security", "password"]),
            ("watch.clusters.eu.west.security.password", &["watch", "clusters", "eu.west", "security", "password"]),
            ("watch.clusters.eu.properties.client.rack", &["watch", "clusters", "eu", "properties", "client", "rack"]),
            ("watch.groups.tags.topik", &["watch", "groups", "tags", "topik"]),
            ("watch.groups", &["watch", "groups"]),
        ] {
            assert_eq!(Catalog::get().split(path), names, "{path}");
        }
    }
}
