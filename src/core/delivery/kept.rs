//! What is kept of an incident, whoever is told of it.

use serde::{Deserialize, Serialize};

use super::alert::{Alert, State};

/// The newest state wins; the page before it is kept as well, for a channel that has not had it yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    pub newest: Alert,
    /// The last that called somebody, where `newest` does not.
    pub page: Option<Alert>,
}

impl Kept {
    /// What is kept after `alert`, with its number and all that only the alert before it tells.
    pub fn after(before: Option<&Self>, mut alert: Alert, now: f64) -> Self {
        alert.submitted_at = now;
        alert.reminder &= alert.is_open();
        alert.sequence = before.map_or(1, |kept| kept.newest.sequence + 1);
        alert.previous = before.map(|kept| kept.newest.previous());
        let Some(Self { newest, page }) = before else { return Self { newest: alert, page: None } };
        // A watcher that forgot, or the second one: what is still open is the same incident.
        if newest.state != State::Closed {
            alert.opened = newest.opened;
        }
        // Who takes care of a warning does not know of the page.
        if newest.is_open() && alert.is_open() && alert.severity <= newest.severity {
            alert.acknowledged_by = alert.acknowledged_by.or_else(|| newest.acknowledged_by.clone());
        }
        let missed = if newest.is_page() { Some(newest) } else { page.as_ref() };
        let page = missed.filter(|_| !alert.is_page()).cloned();
        Self { newest: alert, page }
    }

    /// The alert is of these, not of an incident with the same key that was forgotten.
    pub fn has(&self, alert: &Alert) -> bool {
        let mut all = self.page.iter().chain([&self.newest]);
        alert.sequence <= self.newest.sequence && all.any(|kept| kept.opened == alert.opened)
    }

    pub fn refresh(&mut self, fresh: &Alert) {
        if self.newest.is_open() && fresh.is_open() {
            self.newest.refresh(fresh);
        }
    }

    /// Times that can not be are now: a clock that was set back, or was not set yet, makes nothing wait for years or grow too old.
    pub fn believe(&mut self, now: f64) {
        for alert in self.page.iter_mut().chain([&mut self.newest]) {
            alert.submitted_at = believed(alert.submitted_at, now);
        }
    }

    /// Told again as it stands, if nobody takes care of a page.
    pub fn reminder(&self, remind_after_s: f64, now: f64) -> Option<Alert> {
        let Alert { acknowledged_by, submitted_at, .. } = &self.newest;
        let due = self.newest.is_page() && acknowledged_by.is_none() && now - submitted_at >= remind_after_s;
        due.then(|| Alert { reminder: true, ..self.newest.clone() })
    }
}

/// Nothing was told before 2001.
pub(super) fn believed(at: f64, now: f64) -> f64 {
    if (1e9..=now).contains(&at) { at } else { now }
}
