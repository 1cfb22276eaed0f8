//! How a change of a group's incident is told: with all that is known at that moment.

use super::event::{Change, Event, rounded};
use super::evidence::evidence;
use super::group::Group;
use super::incident::Incident;
use super::judge::time_to_loss;
use super::kind::Kind;
use super::partition::Partition;

impl Group {
    /// All that is open, told as if it opened now: for who comes late, and for newer numbers.
    pub fn open_events(&self, now: f64) -> Vec<Event> {
        self.incidents().map(|incident| self.event(Change::Open, incident, now)).collect()
    }

    pub(super) fn event(&self, change: Change, incident: &Incident, now: f64) -> Event {
        let window = self.total.window(self.pace);
        let is_read = self.last_read == Some(now);
        let told = |number: Option<f64>| number.filter(|_| is_read).map(rounded);
        Event {
            t: now,
            incident: self.id_of(incident.kind),
            event: change,
            kind: incident.kind,
            severity: incident.severity,
            partitions: incident.partitions.clone(),
            of: self.own().count(),
            age_s: told(Some(self.total.age)),
            lag: is_read.then_some(self.total.lag),
            ingest: told(window.map(|window| window.ingest)),
            consume: told(window.map(|window| window.consume)),
            speed: told(window.map(|window| window.speed)),
            eta_now_s: told(self.total.eta_s(self.pace)),
            eta_forecast_s: self.forecast_s(now).filter(|_| is_read).map(|range| range.map(|eta| eta.map(rounded))),
            ttl_s: told(self.time_to_loss()),
            evidence: evidence(self, incident, now),
        }
    }

    /// The same for every kind of a class, whoever watches, and after a restart.
    pub fn id_of(&self, kind: Kind) -> String {
        let class = if kind.is_progress() { "progress".to_owned() } else { kind.as_str().to_lowercase() };
        let topic = self.header.topic.as_ref().map_or(String::new(), |topic| format!("/{topic}"));
        format!("{}/{}/{class}{topic}", self.header.cluster, self.header.group)
    }

    /// When nothing waits any more: at best as all partitions together drain in their better minutes, at worst as the oldest alone drains
    /// in its worse ones. What the others leave to it once they are done is not known.
    pub(super) fn forecast_s(&self, now: f64) -> Option<[Option<f64>; 2]> {
        let [better, worse] = self.total.forecast_s(self.pace, now)?;
        let age = |partition: &&Partition| partition.last.map_or(0.0, |last| last.age);
        let oldest = self.own().filter(|partition| partition.is_busy()).max_by(|a, b| age(a).total_cmp(&age(b)));
        let alone = oldest.and_then(|partition| self.total.forecast_of(partition, self.pace, now));
        let worst = alone.map_or(worse, |[_, alone]| worse.zip(alone).map(|(all, alone)| all.max(alone)));
        Some([better, worst])
    }

    /// Of the partition that loses first.
    pub(super) fn time_to_loss(&self) -> Option<f64> {
        let middle_s = self.pace.middle_s();
        let of = |partition: &Partition| time_to_loss(&partition.last?, &partition.history.window(middle_s)?, &self.header.retention);
        self.partitions.iter().filter_map(of).min_by(f64::total_cmp)
    }

    pub(super) fn unread_s(&self, now: f64) -> f64 {
        self.own().map(|partition| partition.unread_s(self.started, self.resumed, now)).fold(0.0, f64::max)
    }

    pub(super) fn is_held(&self, kind: Kind, now: f64) -> bool {
        self.class(if kind.is_progress() { Kind::Stopped } else { kind }).is_held(now)
    }
}
