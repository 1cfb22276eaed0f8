//! What people were told of each incident: nothing while maintenance explains it, and what is left of it afterwards.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::core::lag::{Change, Event, Kind, Severity};

/// Who takes care of an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "settings", derive(schemars::JsonSchema))]
pub struct Acknowledgement {
    pub by: String,
    /// Seconds since 1970.
    pub at: f64,
}

/// A change of an incident that people are to be told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    pub event: Event,
    pub acknowledged_by: Option<String>,
}

/// By the identity of the incident; at most one for each class of kinds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Told {
    incidents: BTreeMap<String, Dossier>,
}

/// An open incident. Without `told` nobody has heard of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Dossier {
    told: Option<(Kind, Severity)>,
    acknowledged: Option<Acknowledgement>,
}

impl Told {
    /// Whether the change is told, and how.
    pub fn take(&mut self, event: Event, silenced: bool) -> Option<Notice> {
        let dossier = self.incidents.entry(event.incident.clone()).or_default();
        let was_told = dossier.told.is_some();
        let before = dossier.told.map_or(Severity::None, |(_, severity)| severity);
        if event.severity > before {
            // Who took care of a warning does not know of the page.
            dossier.acknowledged = None;
        }
        let ends = matches!(event.event, Change::Resolve | Change::Close);
        let is_quiet = silenced && !event.kind.is_never_silenced();
        // Who was called hears of the end, also in a maintenance that began meanwhile.
        let tells = if ends { was_told } else { !is_quiet };
        if tells {
            dossier.told = Some((event.kind, event.severity));
        }
        let acknowledged_by = dossier.acknowledged.as_ref().map(|acknowledged| acknowledged.by.clone());
        if event.event == Change::Close {
            self.incidents.remove(&event.incident);
        }
        tells.then_some(Notice { event, acknowledged_by })
    }

    /// Whether an open incident calls, and people believe otherwise.
    pub fn is_behind(&self, incident: &str, kind: Kind, severity: Severity) -> bool {
        severity > Severity::None && self.incidents.get(incident).is_none_or(|dossier| dossier.told != Some((kind, severity)))
    }

    /// As what an incident is told that is told now.
    pub fn next_change(&self, incident: &str) -> Change {
        let was_told = self.incidents.get(incident).is_some_and(|dossier| dossier.told.is_some());
        if was_told { Change::Change } else { Change::Open }
    }

    pub fn acknowledge(&mut self, event: Event, acknowledgement: Acknowledgement) -> Option<Notice> {
        let dossier = self.incidents.get_mut(&event.incident)?;
        let acknowledged_by = Some(acknowledgement.by.clone());
        dossier.acknowledged = Some(acknowledgement);
        dossier.told.is_some().then_some(Notice { event, acknowledged_by })
    }

    pub fn acknowledgement(&self, incident: &str) -> Option<&Acknowledgement> {
        self.incidents.get(incident)?.acknowledged.as_ref()
    }
}
