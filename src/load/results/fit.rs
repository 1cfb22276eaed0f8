//! Whether results are those of one load.

use std::collections::BTreeMap;

use super::SHARE;
use super::compare::settings_of;
use super::difference::differences;
use super::error::MergeError;
use super::part::Part;

/// What whoever joins results knows better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Runs of different settings, or whole runs.
    pub different: bool,
    /// Fewer shares than there are.
    pub missing: bool,
}

/// # Errors
/// Why they are not.
pub fn fit(parts: &[Part], allowed: Allowed) -> Result<(), MergeError> {
    let [first, others @ ..] = parts else { return Err(MergeError::TooFew) };
    if others.is_empty() {
        return Err(MergeError::TooFew);
    }
    if allowed.different {
        return Ok(());
    }
    for other in others {
        same_settings(first, other)?;
    }
    all_shares(parts, allowed.missing)
}

fn same_settings(first: &Part, other: &Part) -> Result<(), MergeError> {
    let of = |part: &Part| {
        let mut config = part.report.ran.config.clone();
        config.others.retain(|(name, _)| name != SHARE);
        settings_of(&config)
    };
    let settings: Vec<String> = differences(&of(first), &of(other))
        .into_iter()
        .map(|one| format!("{} {} and {}", one.member, one.left.unwrap_or_default(), one.right.unwrap_or_default()))
        .collect();
    if settings.is_empty() {
        return Ok(());
    }
    Err(MergeError::Different { a: first.name(), b: other.name(), settings: settings.join("; ") })
}

fn all_shares(parts: &[Part], may_be_missing: bool) -> Result<(), MergeError> {
    let mut found: BTreeMap<u32, &Part> = BTreeMap::new();
    let mut of_hosts: Option<u32> = None;
    for part in parts {
        let (share, hosts) = part.share().ok_or_else(|| MergeError::NoShare { part: part.name() })?;
        let fleet = *of_hosts.get_or_insert(hosts);
        if fleet != hosts {
            let settings = format!("one is a share of {fleet} hosts, the other of {hosts}");
            return Err(MergeError::Different { a: parts.first().map(Part::name).unwrap_or_default(), b: part.name(), settings });
        }
        if let Some(twin) = found.insert(share, part) {
            return Err(MergeError::Twice { a: twin.name(), b: part.name(), share: format!("{share}/{hosts}") });
        }
    }
    let hosts = of_hosts.unwrap_or(0);
    let missing: Vec<String> = (0..hosts).filter(|share| !found.contains_key(share)).map(|share| format!("{share}/{hosts}")).collect();
    if missing.is_empty() || may_be_missing { Ok(()) } else { Err(MergeError::Missing { hosts, shares: missing.join(", ") }) }
}
