//! The layer of a TOML file: each value with its line and column.

use std::path::Path;

use serde::Deserialize;
use toml::de::{DeTable, DeValue, ValueDeserializer};
use toml::{Spanned, Table, Value};

use super::super::catalog::{Catalog, Form, Key, Place};
use super::super::error::Problem;
use super::super::origin::Origin;
use super::super::suggestion::unknown_key;
use super::{Reading, Setting, section_message};

pub fn read(path: &Path, reading: &mut Reading) {
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&path.display().to_string(), &text, reading),
        Err(error) => {
            reading.incomplete = true;
            reading.problems.push(Problem::without_key(Origin::WholeFile(path.display().to_string()), format!("cannot be read: {error}")));
        }
    }
}

fn parse(name: &str, text: &str, reading: &mut Reading) {
    let file = File { name, text };
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        file.walk(table.get_ref(), &[], reading);
        return;
    }
    // Only the message: the error's own display shows the line, which may hold a secret.
    reading.incomplete = true;
    let problem = |error: &toml::de::Error| {
        let start = error.span().map_or(0, |span| span.start);
        Problem::without_key(file.origin(start), format!("not TOML: {}", error.message()))
    };
    reading.problems.extend(errors.iter().map(problem));
}

struct File<'a> {
    name: &'a str,
    text: &'a str,
}

impl File<'_> {
    fn origin(&self, byte: usize) -> Origin {
        let before = self.text.get(..byte).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        let line = before.matches('\n').count() + 1;
        Origin::File { path: self.name.to_owned(), line, column: before[line_start..].chars().count() + 1 }
    }

    fn walk(&self, table: &DeTable<'_>, section: &[String], reading: &mut Reading) {
        let is_named = matches!(Catalog::get().place(section), Place::Named);
        for (name, value) in table {
            let path: Vec<String> = section.iter().cloned().chain([name.get_ref().to_string()]).collect();
            let at_name = self.origin(name.span().start);
            let mut refuse = |message: String| reading.problems.push(Problem::new(at_name.clone(), &path.join("."), message));
            match Catalog::get().place(&path) {
                _ if name.get_ref().contains('.') && !is_named => {
                    refuse("in quotes is one name with a dot in it, write it without the quotes".to_owned());
                }
                Place::Key(key) => self.take(key, path, value, reading),
                Place::Section | Place::Named => match value.get_ref() {
                    DeValue::Table(inner) => {
                        if is_named {
                            // It is there even where none of its keys is set.
                            let value = Some(Value::Table(Table::new()));
                            reading.settings.push(Setting { path: path.clone(), value, origin: at_name });
                        }
                        self.walk(inner, &path, reading);
                    }
                    _ => refuse(section_message(&path)),
                },
                Place::Entry { .. } | Place::Unknown => refuse(unknown_key(&path, str::to_owned)),
            }
        }
    }

    fn take(&self, key: &Key, path: Vec<String>, value: &Spanned<DeValue<'_>>, reading: &mut Reading) {
        match (&key.form, value.get_ref()) {
            (Form::Map, DeValue::Table(entries)) => self.take_entries(&path, "", entries, reading),
            _ => reading.settings.push(Setting { path, value: plain(value), origin: self.origin(value.span().start) }),
        }
    }

    /// `a.b = "x"` and `"a.b" = "x"` are the same entry; numbers and booleans are taken by their text.
    fn take_entries(&self, map: &[String], prefix: &str, entries: &DeTable<'_>, reading: &mut Reading) {
        for (name, value) in entries {
            let name = format!("{prefix}{}", name.get_ref());
            if let DeValue::Table(inner) = value.get_ref() {
                self.take_entries(map, &format!("{name}."), inner, reading);
                continue;
            }
            let value_of_entry = match plain(value) {
                Some(number @ (Value::Integer(_) | Value::Float(_) | Value::Boolean(_))) => Some(Value::String(number.to_string())),
                other => other,
            };
            let path = map.iter().cloned().chain([name]).collect();
            reading.settings.push(Setting { path, value: value_of_entry, origin: self.origin(value.span().start) });
        }
    }
}

/// The value without its places. A number beyond what TOML must hold becomes a text, which no number key accepts.
fn plain(value: &Spanned<DeValue<'_>>) -> Option<Value> {
    let read = Value::deserialize(ValueDeserializer::from(value.clone()));
    Some(read.unwrap_or_else(|_| Value::String(value.get_ref().type_str().to_owned())))
}
