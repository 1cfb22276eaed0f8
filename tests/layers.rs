//! The layers of the code, held by reading it: which module names which, where the foreign crates stop, and what files are called.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

/// Each module and the modules that it may name beside itself. Above them, `main` and `lib` may name all.
const LAYERS: [(&str, &[&str]); 15] = [
    ("core", &[]),
    ("config", &["core"]),
    ("telemetry", &["core", "config"]),
    ("kafka", &["core", "config", "telemetry"]),
    ("store", &["core", "config", "telemetry"]),
    ("notify", &["core", "config", "telemetry"]),
    ("client", &["core", "config", "telemetry", "store"]),
    ("publish", &["core", "config", "telemetry", "kafka"]),
    ("worker", &["core", "config", "telemetry", "kafka", "store", "notify"]),
    ("watch", &["core", "config", "telemetry", "kafka", "store", "notify"]),
    ("ingest", &["core", "config", "telemetry", "kafka", "publish"]),
    ("local", &["core", "config", "telemetry", "kafka", "store"]),
    ("load", &["core", "config", "telemetry", "kafka", "store", "client", "publish", "local"]),
    ("demo", &EVERYTHING),
    ("cli", &EVERYTHING),
];

/// What shows all of it may name all of it.
const EVERYTHING: [&str; 15] = [
    "core",
    "config",
    "telemetry",
    "kafka",
    "store",
    "notify",
    "client",
    "publish",
    "worker",
    "watch",
    "ingest",
    "local",
    "load",
    "demo",
    "cli",
];

/// Crates that stop at some modules.
const CRATES: [(&str, &[&str]); 3] = [("rdkafka", &["kafka"]), ("rdkafka_sys", &["kafka"]), ("redis", &["store", "client"])];

/// What the core has nothing of: runtimes, sockets, clocks, chance.
const NOT_IN_CORE: [&str; 13] = [
    "tokio",
    "futures_util",
    "tracing",
    "fastrand",
    "std::net",
    "std::fs",
    "std::thread",
    "std::process",
    "std::env",
    "std::time::SystemTime",
    "std::time::Instant",
    "std::time::UNIX_EPOCH",
    "std::io",
];

const NO_NOUNS: [&str; 8] = ["util", "utils", "common", "helpers", "types", "manager", "handler", "processor"];

/// A file of `src`, by its path in it.
struct Source<'a> {
    path: &'a str,
    text: &'a str,
}

impl Source<'_> {
    /// The module that the file is, from the top.
    fn module(&self) -> Vec<&str> {
        let path = self.path.trim_end_matches(".rs");
        path.split('/').filter(|part| !["mod", "lib", "main"].contains(part)).collect()
    }

    fn violations(&self) -> Vec<String> {
        let module = self.module();
        let layer = module.first().copied().unwrap_or_default();
        let words = words(without_tests(self.text));
        let mut found = self.misnomers();
        for path in paths(&words) {
            let path = absolute(path, &module);
            found.extend(forbidden(layer, &path).map(|why| format!("{}: {} ({why})", self.path, path.join("::"))));
        }
        let may_be_unsafe = self.path.starts_with("kafka/raw/") || self.path.starts_with("kafka/tests/");
        if words.iter().any(|word| word == "unsafe") && !may_be_unsafe {
            found.push(format!("{}: unsafe", self.path));
        }
        found
    }

    fn misnomers(&self) -> Vec<String> {
        let parts = self.path.trim_end_matches(".rs").split('/');
        parts.filter(|part| NO_NOUNS.contains(part)).map(|part| format!("{}: {part} is no noun of the field", self.path)).collect()
    }
}

/// Why a module of this layer may not name this path.
fn forbidden(layer: &str, path: &[String]) -> Option<String> {
    let joined = path.join("::");
    let starts_with = |prefix: &str| joined == prefix || joined.starts_with(&format!("{prefix}::"));
    if layer == "core" && NOT_IN_CORE.iter().any(|prefix| starts_with(prefix)) {
        return Some("the core is pure".to_owned());
    }
    let stops = CRATES.iter().find(|(name, layers)| path[0] == *name && !layers.contains(&layer));
    if let Some((name, layers)) = stops {
        return Some(format!("{name} stops at {}", layers.join(", ")));
    }
    let (_, may_name) = LAYERS.iter().find(|(name, _)| *name == layer)?;
    let named = path.get(1).filter(|_| path[0] == "crate")?;
    let is_layer = LAYERS.iter().any(|(name, _)| name == named);
    (is_layer && named != layer && !may_name.contains(&named.as_str())).then(|| format!("{layer} may name {may_name:?} only"))
}

/// `self` and `super` resolved, so that no path goes around a law.
fn absolute(path: Vec<String>, module: &[&str]) -> Vec<String> {
    let supers = path.iter().take_while(|part| *part == "super" || *part == "self").count();
    if supers == 0 {
        return path;
    }
    let up = path[..supers].iter().filter(|part| *part == "super").count();
    let base = module[..module.len().saturating_sub(up)].iter().map(|part| (*part).to_owned());
    ["crate".to_owned()].into_iter().chain(base).chain(path[supers..].iter().cloned()).collect()
}

/// A module's own tests may use what they like.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default()
}

/// Names and `::`, `{`, `}`, `,`; everything else is a gap. Comments, strings and characters are gaps too.
fn words(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let (mut words, mut at) = (Vec::new(), 0);
    while at < letters.len() {
        let rest = &letters[at..];
        let length = match rest {
            ['/', '/', ..] => rest.iter().position(|letter| *letter == '\n').unwrap_or(rest.len()),
            ['r', '"' | '#', ..] if raw_string(rest).is_some() => raw_string(rest).unwrap_or(1),
            ['"', ..] => string(rest),
            ['\'', '\\', ..] => 2 + rest[2..].iter().skip(1).position(|letter| *letter == '\'').map_or(1, |end| end + 2),
            ['\'', _, '\'', ..] => 3,
            [letter, ..] if letter.is_alphanumeric() || *letter == '_' => {
                let end = rest.iter().position(|letter| !letter.is_alphanumeric() && *letter != '_').unwrap_or(rest.len());
                words.push(rest[..end].iter().collect());
                at += end;
                continue;
            }
            [':', ':', ..] => {
                words.push("::".to_owned());
                at += 2;
                continue;
            }
            [letter, ..] if letter.is_whitespace() => 1,
            [letter, ..] => {
                words.push(letter.to_string());
                1
            }
            [] => 1,
        };
        at += length;
    }
    words
}

fn string(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != '"' {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn raw_string(rest: &[char]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|letter| **letter == '#').count();
    (rest.get(1 + hashes) == Some(&'"')).then_some(())?;
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let body = &rest[2 + hashes..];
    let length = body.windows(end.len()).position(|window| window == end).unwrap_or(body.len());
    Some(2 + hashes + length + end.len())
}

/// Every path, those of a `use` with braces spelled out.
fn paths(words: &[String]) -> Vec<Vec<String>> {
    let is_name = |word: &String| word.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    // A module of this name beside the file is not the crate.
    let is_own = |name: &String| words.windows(2).any(|pair| pair[0] == "mod" && pair[1] == *name);
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let begins = at == 0 || words[at - 1] != "::";
        if begins && is_name(word) && words.get(at + 1).is_some_and(|next| next == "::") && !is_own(word) {
            tree(words, at, &mut Vec::new(), &mut found);
        }
    }
    found
}

/// Follows a path from `at`; returns where it ends.
fn tree(words: &[String], mut at: usize, prefix: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> usize {
    let depth = prefix.len();
    while at < words.len() {
        match words[at].as_str() {
            "{" => {
                at += 1;
                while at < words.len() && words[at] != "}" {
                    at = if words[at] == "," { at + 1 } else { tree(words, at, prefix, found).max(at + 1) };
                }
                prefix.truncate(depth);
                return at + 1;
            }
            name => prefix.push(name.to_owned()),
        }
        at += 1;
        if words.get(at).is_none_or(|word| word != "::") {
            break;
        }
        at += 1;
    }
    found.push(prefix.clone());
    prefix.truncate(depth);
    // An alias belongs to the path.
    if words.get(at).is_some_and(|word| word == "as") { at + 2 } else { at }
}

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_module_keeps_to_its_layer() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&root, &mut all);
    assert!(all.len() > 100, "only {} files were found", all.len());
    let mut violations = Vec::new();
    for file in all {
        let text = std::fs::read_to_string(&file).unwrap();
        let path = file.strip_prefix(&root).unwrap().to_str().unwrap();
        violations.extend(Source { path, text: &text }.violations());
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn a_violation_is_found_wherever_it_hides() {
    for (path, text) in [
        ("core/plan.rs", "use tokio::time::sleep;"),
        ("core/plan.rs", "use std::{fmt, time::{Duration, SystemTime}};"),
        ("core/plan.rs", "fn now() -> u64 { std::time::Instant::now().elapsed() }"),
        ("core/plan.rs", "use crate::{core::call, store::Fold};"),
        ("core/plan.rs", "use crate::config::Config;"),
        ("core/decode/mod.rs", "use super::super::telemetry;"),
        ("kafka/commit.rs", "fn keys(fold: &crate::store::Fold) {}"),
        ("store/mod.rs", "use crate::kafka::Message as M;"),
        ("notify/mod.rs", "use crate::kafka::Message;"),
        ("store/mod.rs", "let quote = '\"'; use super::kafka;"),
        ("worker/task.rs", "use rdkafka::{Message, consumer as c};"),
        ("worker/task.rs", "let s = r#\"\"quoted\"\"#; redis::cmd(\"PING\")"),
        ("telemetry/mod.rs", "use crate::worker::run;"),
        ("config/redis.rs", "use crate::telemetry::Metrics;"),
        ("worker/run.rs", "use crate::cli::Exit;"),
        ("store/node.rs", "unsafe { f() }"),
        ("store/helpers.rs", ""),
        ("worker/manager/mod.rs", ""),
    ] {
        assert!(!Source { path, text }.violations().is_empty(), "{path}: {text}");
    }
}

#[test]
fn what_is_allowed_or_only_talked_about_is_no_violation() {
    for (path, text) in [
        ("core/plan.rs", "// use tokio::time;\nuse std::time::Duration;\nuse super::call::{Call, Outcome};"),
        ("core/plan.rs", "let text = \"crate::store::\\\" redis::cmd\"; let a: &'static str = text;"),
        ("core/plan.rs", "fn f() {}\n#[cfg(test)]\nmod tests {\n use std::time::Instant;\n}"),
        ("kafka/raw/queue.rs", "use rdkafka::types as c; unsafe { c::f() }"),
        ("telemetry/facts/mod.rs", "mod redis; pub use redis::RedisCallFailed;"),
        ("worker/task.rs", "use crate::{core::batch, kafka::Message, store::Store};"),
        ("lib.rs", "#![forbid(unsafe_code)] pub mod core;"),
    ] {
        assert_eq!(Source { path, text }.violations(), Vec::<String>::new(), "{text}");
    }
}

/// What an application that only reads compiles.
#[test]
fn a_reader_compiles_neither_librdkafka_nor_the_daemon() {
    let tree = |features: &str| {
        let words = ["tree", "--offline", "--edges", "normal", "--prefix", "none", "--no-default-features", "--features", features];
        let told = std::process::Command::new(env!("CARGO")).args(words).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
        String::from_utf8(told.stdout).unwrap()
    };
    let has = |tree: &str, crates: &[&str]| crates.iter().any(|name| tree.lines().any(|line| line.starts_with(&format!("{name} v"))));
    let daemon = ["axum", "clap", "opentelemetry", "tracing-subscriber", "mimalloc"];
    let client = tree("client");
    assert!(has(&client, &["redis"]) && !has(&client, &["rdkafka", "rdkafka-sys"]) && !has(&client, &daemon), "{client}");
    let publish = tree("publish");
    assert!(has(&publish, &["rdkafka"]) && !has(&publish, &["redis"]) && !has(&publish, &daemon), "{publish}");
}
