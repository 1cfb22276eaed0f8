//! The layer of the environment: `SHASTA__KAFKA__BROKERS` sets `kafka.brokers`.
//!
//! Below `kafka.properties` one underscore stands for a dot: `SHASTA__KAFKA__PROPERTIES__SOCKET_KEEPALIVE_ENABLE` is
//! `socket.keepalive.enable`; no property of librdkafka that may be set has an underscore in its name.
//!
//! `SHASTA__ALERTS__CHANNELS__ON_CALL__URL` sets the `url` of the channel that the files call `on-call`, `on.call`, `On_Call` or so; where
//! they name none, the channel is `on_call`.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};

use super::super::catalog::{Catalog, Place};
use super::super::error::Problem;
use super::super::origin::Origin;
use super::{Reading, Setting};

/// Read by the command line itself, and set by the build for whatever `cargo run` and `cargo test` start.
const NOT_KEYS: [&str; 2] = ["SHASTA_CONFIG", "SHASTA_GIT_SHA"];

/// Set by Kubernetes for a service with the name `shasta`.
const OF_KUBERNETES: [&str; 2] = ["SHASTA_SERVICE_", "SHASTA_PORT"];

pub fn read(variables: &[(OsString, OsString)], reading: &mut Reading) {
    let mut ours: Vec<(String, &OsStr)> = variables
        .iter()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.as_os_str()))
        .filter(|(name, _)| name.starts_with("SHASTA_") && !is_allowed(name))
        .collect();
    ours.sort();
    for (name, value) in ours {
        take(&name, value, reading);
    }
}

fn is_allowed(name: &str) -> bool {
    NOT_KEYS.contains(&name) || OF_KUBERNETES.iter().any(|prefix| name.starts_with(prefix))
}

fn take(name: &str, value: &OsStr, reading: &mut Reading) {
    let origin = Origin::Variable(name.to_owned());
    let Some(nested) = name.strip_prefix("SHASTA__") else {
        reading.problems.push(Problem::without_key(origin, stray(name)));
        return;
    };
    let path = path(nested, &reading.settings);
    match value.to_str() {
        Some(text) => reading.take_text(path, text, origin, variable),
        None => reading.problems.push(Problem::new(origin, &path.join("."), "the value is not UTF-8")),
    }
}

fn path(nested: &str, known: &[Setting]) -> Vec<String> {
    let catalog = Catalog::get();
    let mut path = catalog.split(&nested.to_ascii_lowercase().replace("__", "."));
    if let Place::Entry { map, .. } = catalog.place(&path) {
        path[map..].iter_mut().for_each(|name| *name = name.replace('_', "."));
    }
    if let Some(at) = catalog.own_name(&path)
        && let Some(name) = meant(&path, at, known)
    {
        path[at] = name;
    }
    path
}

/// The name that an earlier layer gave, and that a variable can not spell. Two that differ only in what it can not spell stay apart.
fn meant(path: &[String], at: usize, known: &[Setting]) -> Option<String> {
    let spelled = |name: &str| name.to_ascii_lowercase().replace(['-', '.'], "_");
    let beside = known.iter().filter(|setting| setting.path.len() > at && setting.path[..at] == path[..at]);
    let names: BTreeSet<&String> = beside.map(|setting| &setting.path[at]).filter(|name| spelled(name) == spelled(&path[at])).collect();
    if names.len() == 1 { names.first().map(|name| (*name).clone()) } else { None }
}

/// The variable of a key.
fn variable(path: &str) -> String {
    format!("SHASTA__{}", path.to_ascii_uppercase().replace('.', "__"))
}

fn stray(name: &str) -> String {
    let flat = |text: &str| text.to_ascii_lowercase().replace("__", "_").replace('.', "_");
    let wanted = flat(name.trim_start_matches("SHASTA_"));
    let meant = Catalog::get().paths().find(|path| flat(path) == wanted);
    let hint = meant.map_or_else(String::new, |path| format!(", did you mean {}", variable(path)));
    format!("not a variable of Shasta{hint}; names are joined by two underscores, as in SHASTA__KAFKA__BROKERS")
}
