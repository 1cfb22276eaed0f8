//! Where a value was set.

use std::collections::BTreeMap;
use std::fmt;

/// Later layers win over earlier ones, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Built in.
    #[default]
    Default,
    /// Of a file, as a line and a column that count from 1.
    File { path: String, line: usize, column: usize },
    /// Of a file as a whole.
    WholeFile(String),
    /// Of the environment.
    Variable(String),
    /// `--set` on the command line.
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line, column } => write!(f, "{path}:{line}:{column}"),
            Self::WholeFile(path) => f.write_str(path),
            Self::Variable(name) => f.write_str(name),
            Self::Flag => f.write_str("--set"),
        }
    }
}

/// The origin of each key that any layer set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(BTreeMap<String, Origin>);

impl Origins {
    /// [`Origin::Default`] where no layer set the key.
    pub fn of(&self, key: &str) -> Origin {
        self.0.get(key).cloned().unwrap_or_default()
    }

    /// Of the key, else of the first that is set in the section of this name.
    pub(super) fn of_section(&self, section: &str) -> Origin {
        let is_in = |key: &str| key.strip_prefix(section).is_some_and(|rest| rest.starts_with('.'));
        let first = || self.0.iter().find(|(key, _)| is_in(key)).map(|(_, origin)| origin);
        self.0.get(section).or_else(first).cloned().unwrap_or_default()
    }
}

impl FromIterator<(String, Origin)> for Origins {
    fn from_iter<I: IntoIterator<Item = (String, Origin)>>(origins: I) -> Self {
        Self(origins.into_iter().collect())
    }
}
