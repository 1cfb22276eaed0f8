//! What a value must be beyond its type.

mod alerts;
mod fold;
mod kafka;
mod lag;
mod network;
mod observe;
mod properties;
mod publish;
mod redis;
mod url;
mod watch;
mod worker;

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::Config;
#[cfg(feature = "daemon")]
use super::{error::Problem, origin::Origins};

#[cfg(feature = "daemon")]
pub(super) use url::{NOT_A_URL, is_http};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

const MAX_NAME: usize = 64;

/// One rule that is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The keys that the rule is about, the one that it speaks of first.
    pub keys: Vec<String>,
    pub message: String,
}

/// All rules that a configuration breaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings(Vec<Finding>);

impl Findings {
    pub fn of(config: &Config) -> Self {
        let mut findings = Self::default();
        kafka::check(&config.kafka, &mut findings);
        redis::check(config, &mut findings);
        fold::check(&config.fold, &mut findings);
        worker::check(config, &mut findings);
        publish::check(config, &mut findings);
        observe::check(config, &mut findings);
        lag::check(&config.lag, &mut findings);
        alerts::check(&config.alerts, &mut findings);
        watch::check(config, &mut findings);
        findings
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter()
    }

    pub(super) fn add(&mut self, keys: &[&str], message: String) {
        self.0.push(Finding { keys: keys.iter().map(|key| (*key).to_owned()).collect(), message });
    }

    fn add_unless(&mut self, right: bool, keys: &[&str], message: impl FnOnce() -> String) {
        if !right {
            self.add(keys, message());
        }
    }

    fn within<T: PartialOrd + Display>(&mut self, key: &str, value: T, range: RangeInclusive<T>) {
        self.add_unless(range.contains(&value), &[key], || format!("{value} is not within {} to {}", range.start(), range.end()));
    }

    fn lasting(&mut self, key: &str, value: Duration, range: RangeInclusive<Duration>) {
        self.add_unless(range.contains(&value), &[key], || {
            format!("\"{}\" is not within {} to {}", written(value), written(*range.start()), written(*range.end()))
        });
    }

    /// With the place of the first of a finding's keys that was set; without those that a refused value may have caused.
    #[cfg(feature = "daemon")]
    pub(super) fn problems(self, origins: &Origins, faulty: &std::collections::BTreeSet<String>) -> impl Iterator<Item = Problem> {
        let sound = self.0.into_iter().filter(|finding| !finding.keys.iter().any(|key| faulty.contains(key)));
        sound.map(|finding| {
            let set = finding.keys.iter().map(|key| origins.of_section(key)).find(|origin| *origin != Default::default());
            Problem::new(set.unwrap_or_default(), finding.keys.first().map_or("", String::as_str), finding.message)
        })
    }
}

/// A name of the user's own goes into labels, keys and file names.
fn own_name(section: &str, name: &str, findings: &mut Findings) {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    findings.add_unless((1..=MAX_NAME).contains(&name.len()) && name.chars().all(legal), &[&format!("{section}.{name}")], || {
        format!("is not a name, expected 1 to {MAX_NAME} of A-Z a-z 0-9 . _ -")
    });
}

fn written(duration: Duration) -> String {
    humantime_serde::re::humantime::format_duration(duration).to_string()
}

/// A value for a message. One with an `@` may be an address with a password in it.
pub(super) fn shown(value: &str) -> &str {
    if value.contains('@') { "[redacted]" } else { value }
}
