//! From the layers to one configuration: built-in defaults, the file, `conf.d/*.toml` beside it in the order of names, the environment, flags.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use super::Config;
use super::catalog::{Catalog, Key};
use super::check::Findings;
use super::credentials;
use super::error::{ConfigErrors, Problem};
use super::origin::{Origin, Origins};
use super::source::{Reading, Setting, environment, file, flags};

/// What a configuration is made from.
#[derive(Clone, Default)]
pub struct LoadRequest {
    pub file: Option<PathBuf>,
    /// The environment; what does not begin with `SHASTA_` is passed over, but for `CREDENTIALS_DIRECTORY`.
    pub environment: Vec<(OsString, OsString)>,
    /// `KEY=VALUE`, each.
    pub set: Vec<String>,
    /// Does not read password files: the passwords stay unset, the rest is checked.
    pub without_secrets: bool,
}

/// Values may be secrets.
impl fmt::Debug for LoadRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadRequest").field("file", &self.file).field("set", &self.set.len()).finish_non_exhaustive()
    }
}

/// The configuration, or everything that is wrong with it.
pub fn load(request: &LoadRequest) -> Result<Config, ConfigErrors> {
    load_with_origins(request).map(|(config, _)| config)
}

/// Also tells where each value was set.
pub fn load_with_origins(request: &LoadRequest) -> Result<(Config, Origins), ConfigErrors> {
    let mut reading = Reading::default();
    if let Some(path) = &request.file {
        read_files(path, &mut reading);
    }
    environment::read(&request.environment, &mut reading);
    flags::read(&request.set, &mut reading);

    let Reading { settings, mut problems, incomplete } = reading;
    let merged = Merged::of(settings, &mut problems);
    let origins = merged.origins();
    let mut config = merged.config(&mut problems);

    let mut findings = Findings::of(&config);
    if !request.without_secrets {
        credentials::resolve(&mut config, credentials_directory(&request.environment), &mut findings);
    }
    // What follows from a missing layer or a faulty value says nothing new.
    if !incomplete {
        problems.extend(findings.problems(&origins, &merged.faulty));
    }
    if problems.is_empty() { Ok((config, origins)) } else { Err(ConfigErrors::new(problems)) }
}

fn read_files(path: &Path, reading: &mut Reading) {
    file::read(path, reading);
    let directory = path.with_file_name("conf.d");
    match toml_files(&directory) {
        Ok(files) => files.iter().for_each(|one| file::read(one, reading)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => {
            reading.incomplete = true;
            let origin = Origin::WholeFile(directory.display().to_string());
            reading.problems.push(Problem::without_key(origin, format!("cannot be read: {error}")));
        }
    }
}

fn toml_files(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries: Vec<PathBuf> = std::fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    let mut files: Vec<PathBuf> = entries.into_iter().filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    files.sort();
    Ok(files)
}

fn credentials_directory(environment: &[(OsString, OsString)]) -> Option<&Path> {
    let variable = environment.iter().find(|(name, _)| name == "CREDENTIALS_DIRECTORY");
    variable.map(|(_, value)| Path::new(value.as_os_str())).filter(|path| !path.as_os_str().is_empty())
}

/// The layers on top of each other.
struct Merged {
    values: BTreeMap<Vec<String>, (Value, Origin)>,
    /// Keys whose last value was refused.
    faulty: BTreeSet<String>,
}

impl Merged {
    /// A value that does not fit its key is reported and left out, wherever it comes from.
    fn of(settings: Vec<Setting>, problems: &mut Vec<Problem>) -> Self {
        let mut merged = Self { values: BTreeMap::new(), faulty: BTreeSet::new() };
        for setting in settings {
            let path = setting.path.join(".");
            merged.values.remove(&setting.path);
            merged.faulty.remove(&path);
            let Some(value) = setting.value else { continue };
            if fits(&setting.path, &value) {
                merged.values.insert(setting.path, (value, setting.origin));
            } else {
                problems.push(Problem::new(setting.origin, &path, wrong_value(Catalog::get().key(&setting.path), &value)));
                merged.faulty.insert(path);
            }
        }
        merged
    }

    fn origins(&self) -> Origins {
        self.values.iter().map(|(path, (_, origin))| (path.join("."), origin.clone())).collect()
    }

    fn config(&self, problems: &mut Vec<Problem>) -> Config {
        let mut table = Table::new();
        for (path, (value, _)) in &self.values {
            insert(&mut table, path, value.clone());
        }
        // Each value fits its own key, so all do together; the reason is left out, because it could hold a value.
        Config::deserialize(table).unwrap_or_else(|_| {
            problems.push(Problem::without_key(Origin::Default, "the settings contradict each other"));
            Config::default()
        })
    }
}

/// Whether the typed sections take the value, which is asked of them with all else at its default.
fn fits(path: &[String], value: &Value) -> bool {
    let mut table = Table::new();
    insert(&mut table, path, value.clone());
    Config::deserialize(table).is_ok()
}

fn insert(table: &mut Table, path: &[String], value: Value) {
    match path {
        [] => {}
        [name] => {
            table.insert(name.clone(), value);
        }
        [section, below @ ..] => {
            let inner = table.entry(section.clone()).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = inner {
                insert(inner, below, value);
            }
        }
    }
}

fn wrong_value(key: Option<&Key>, value: &Value) -> String {
    let expected = key.map_or_else(|| "something else".to_owned(), |key| key.form.expected());
    match value {
        _ if key.is_none_or(|key| key.secret) => format!("expected {expected}"),
        Value::Table(_) => format!("expected {expected}, found a section"),
        _ => format!("expected {expected}, found {}", super::check::shown(&value.to_string())),
    }
}
