//! The exit code of a check, as Nagios reads it.

use std::process::ExitCode;

use crate::core::lag::{Kind, Severity};
use crate::watch::document::GroupDocument;

use super::found::Found;

/// How it is with all that was asked after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Health {
    Well = 0,
    Warning = 1,
    Page = 2,
    /// It cannot be read, or there is no such group.
    Unknown = 3,
}

impl From<Health> for ExitCode {
    fn from(health: Health) -> Self {
        Self::from(health as u8)
    }
}

impl Health {
    /// That of the worst group: a page before what is not known, and that before a warning.
    pub fn of(found: &Found) -> Self {
        let all: Vec<Self> = found.document.groups.iter().map(|watched| Self::of_group(watched, found.sampled_s.is_some())).collect();
        let worst = [Self::Page, Self::Unknown, Self::Warning].into_iter().find(|worst| all.contains(worst));
        // Who asks after what is not there does not hear that it is well.
        worst.unwrap_or(if all.is_empty() { Self::Unknown } else { Self::Well })
    }

    fn of_group(watched: &GroupDocument, is_sampled: bool) -> Self {
        let view = &watched.view;
        let pages = view.incidents.iter().any(|incident| incident.severity == Severity::Page && incident.kind != Kind::Unknown);
        let is_settled = view.age_s.is_some_and(|age| age <= view.floor_s);
        match view.state {
            _ if pages => Self::Page,
            Some(Kind::Unknown) => Self::Unknown,
            _ if view.severity == Severity::Warn => Self::Warning,
            _ if view.lag.is_none() => Self::Unknown,
            // Some seconds do not tell whether what is late is a trouble.
            None if is_sampled && !is_settled => Self::Unknown,
            _ => Self::Well,
        }
    }
}
