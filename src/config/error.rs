//! What is wrong with a configuration: all of it at once.

use std::fmt;

use super::origin::Origin;

/// One thing that is wrong, and where. Never holds a secret's value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    pub origin: Origin,
    /// The key as it is written in a file with dots, where it is about one.
    pub key: Option<String>,
    pub message: String,
}

/// Everything that is wrong, in the order of the layers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors(Vec<Problem>);

impl Problem {
    pub(super) fn new(origin: Origin, key: &str, message: impl Into<String>) -> Self {
        Self { origin, key: Some(key.to_owned()), message: message.into() }
    }

    pub(super) fn without_key(origin: Origin, message: impl Into<String>) -> Self {
        Self { origin, key: None, message: message.into() }
    }
}

impl ConfigErrors {
    pub(super) fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort();
        problems.dedup();
        Self(problems)
    }

    pub fn problems(&self) -> &[Problem] {
        &self.0
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "{}: {key}: {}", self.origin, self.message),
            None => write!(f, "{}: {}", self.origin, self.message),
        }
    }
}

/// One problem a line.
impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}
