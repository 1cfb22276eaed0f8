//! A subject with what is known beside it, which no rule needs.

use std::collections::BTreeMap;

use crate::core::delivery::{Alert, Witness};
use crate::core::lag::{GroupView, Header, LagRules, Sample};
use crate::core::subject::{Entry, Notice};
use crate::watch::document::Bottleneck;
use crate::watch::state::Keeper;

/// A group that was not looked at for so long was not watched.
const AWAY_S: f64 = 60.0;

/// One look at a subject.
#[derive(Clone, Debug)]
pub struct Look {
    pub header: Header,
    pub rules: LagRules,
    /// Seconds since 1970 by the watcher's clock.
    pub time: f64,
    /// `None`: it failed.
    pub sample: Option<Sample>,
    pub beside: Beside,
}

/// What explains lag.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Beside {
    /// How many workers run each version.
    pub versions: BTreeMap<String, usize>,
    pub bottleneck: Option<Bottleneck>,
    pub broker_state: Option<String>,
    pub isolation: Option<&'static str>,
    pub throttle_ms: Option<u64>,
}

/// Who tells, and what alerts link to.
#[derive(Clone, Debug, Default)]
pub struct Teller {
    pub host: String,
    pub runbooks: String,
}

#[derive(Debug)]
pub struct Watched {
    pub keeper: Keeper,
    pub beside: Beside,
}

impl Watched {
    pub fn new(keeper: Keeper) -> Self {
        Self { keeper, beside: Beside::default() }
    }

    /// Writes down and judges what was found. Returns what is to be handed on.
    pub fn take(&mut self, look: Look, is_silenced: bool, teller: &Teller) -> Vec<Alert> {
        let Look { header, rules, time, sample, beside } = look;
        self.beside = beside;
        let mut entries = Vec::new();
        let subject = self.keeper.subject();
        if *subject.rules() != rules {
            entries.push(Entry::Ruled { rules });
        }
        // What could not be read says nothing of how the topic is.
        if sample.is_some() && *subject.group().header() != header {
            entries.push(Entry::Adopted { header, time });
        }
        if subject.group().last_look().is_some_and(|last| time - last > AWAY_S) {
            entries.push(Entry::Resumed { time });
        }
        entries.push(Entry::Looked { time, sample, silenced: is_silenced });
        let alerts = self.enter(&entries, time, teller);
        self.keeper.tidy(time);
        alerts
    }

    pub fn enter(&mut self, entries: &[Entry], now: f64, teller: &Teller) -> Vec<Alert> {
        let notices: Vec<Notice> = entries.iter().flat_map(|entry| self.keeper.enter(entry)).collect();
        self.alerts(&notices, now, teller)
    }

    /// What was not handed on before the last process ended.
    pub fn pending(&self, now: f64, teller: &Teller) -> Vec<Alert> {
        self.alerts(self.keeper.subject().pending(), now, teller)
    }

    /// All that is open, with newer numbers.
    pub fn open(&self, now: f64, teller: &Teller) -> Vec<Alert> {
        if self.keeper.subject().group().incidents().next().is_none() {
            return Vec::new();
        }
        self.alerts(&self.keeper.subject().open(now), now, teller)
    }

    fn alerts(&self, notices: &[Notice], now: f64, teller: &Teller) -> Vec<Alert> {
        if notices.is_empty() {
            return Vec::new();
        }
        let view = self.keeper.subject().view(now);
        notices.iter().map(|notice| self.alert(notice, &view, teller)).collect()
    }

    fn alert(&self, notice: &Notice, view: &GroupView, teller: &Teller) -> Alert {
        let witness = Witness { host: &teller.host, is_worker: false, versions: &self.beside.versions, runbooks: &teller.runbooks };
        Alert { acknowledged_by: notice.acknowledged_by.clone(), ..Alert::of(&notice.event, view, &witness) }
    }
}
