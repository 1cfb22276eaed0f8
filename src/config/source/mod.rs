//! What one layer says: its settings, each with its place, and what is wrong with it.

pub(super) mod environment;
pub(super) mod file;
pub(super) mod flags;

use toml::Value;

use super::catalog::{Catalog, Form, Key, Place};
use super::error::Problem;
use super::origin::Origin;
use super::suggestion::unknown_key;

const EXAMPLE_NAME: &str = "ops";

/// A key that a layer sets. No `Debug`: the value may be a secret.
pub(super) struct Setting {
    pub path: Vec<String>,
    /// `None` takes back what an earlier layer set.
    pub value: Option<Value>,
    pub origin: Origin,
}

/// All that the layers said.
#[derive(Default)]
pub(super) struct Reading {
    pub settings: Vec<Setting>,
    pub problems: Vec<Problem>,
    /// A whole file is missing from the settings.
    pub incomplete: bool,
}

impl Reading {
    /// Takes a setting that came as text: the environment's and the flags'. `write` puts a path as that layer writes it.
    fn take_text(&mut self, path: Vec<String>, text: &str, origin: Origin, write: impl Fn(&str) -> String) {
        match Catalog::get().place(&path) {
            Place::Key(key) => self.settings.push(Setting { path, value: typed(key, text), origin }),
            Place::Entry { map, .. } => {
                let entry = path[map..].join(".");
                let path = path.into_iter().take(map).chain([entry]).collect();
                let value = (!text.is_empty()).then(|| Value::String(text.to_owned()));
                self.settings.push(Setting { path, value, origin });
            }
            Place::Section | Place::Named => self.problems.push(Problem::new(origin, &path.join("."), section_message(&path))),
            Place::Unknown => self.problems.push(Problem::new(origin, &path.join("."), unknown_key(&path, write))),
        }
    }
}

fn section_message(path: &[String]) -> String {
    let catalog = Catalog::get();
    match catalog.place(path) {
        Place::Named => format!("holds sections of names of your own, such as [{}.{EXAMPLE_NAME}]", path.join(".")),
        _ => format!("is a section, set one of its keys: {}", catalog.names_in(&catalog.pattern(path)).join(", ")),
    }
}

/// The value that a text means for this key: a text stays as it is, so that the password `007` is not the number 7. What does not fit
/// stays a text too, and is refused with the others. An empty text takes an optional key back.
fn typed(key: &Key, text: &str) -> Option<Value> {
    if text.is_empty() && key.optional {
        return None;
    }
    let number = match key.form {
        Form::Integer { .. } => text.parse().ok().map(Value::Integer),
        Form::Number => text.parse().ok().map(Value::Float),
        Form::Switch => text.parse().ok().map(Value::Boolean),
        Form::List => Some(list(text)),
        Form::Text | Form::Expected(_) | Form::Choice(_) | Form::Map => None,
    };
    Some(number.unwrap_or_else(|| Value::String(text.to_owned())))
}

/// `a,b`, with or without spaces.
fn list(text: &str) -> Value {
    let members = text.split(',').map(str::trim).filter(|member| !member.is_empty());
    Value::Array(members.map(|member| Value::String(member.to_owned())).collect())
}
