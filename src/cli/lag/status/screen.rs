//! The whole screen: who was asked and when, then each group, the worst first.

use crate::core::lag::Severity;
use crate::core::lag::figure::duration;
use crate::watch::document::{ClusterDocument, GroupDocument};

use super::clock::{By, Clock};
use super::found::Found;
use super::line::{Line, Piece, Style, flow};
use super::rows::{Sort, Which};
use super::{outlook, rows, summary, troubles};

/// How it is to look.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub columns: usize,
    pub colors: bool,
    pub which: Option<Which>,
    pub sort: Sort,
    pub by: Option<By>,
}

/// What is shown, and when.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    pub found: &'a Found,
    pub clock: &'a Clock,
    pub look: &'a Look,
}

impl Page<'_> {
    pub fn text(&self) -> String {
        let Look { columns, colors, .. } = *self.look;
        self.lines().iter().map(|line| line.render(columns, colors) + "\n").collect()
    }

    /// Of the whole, as long as it is.
    pub fn lines(&self) -> Vec<Line> {
        let mut lines = self.head();
        for watched in self.groups() {
            lines.push(Line::default());
            lines.extend(self.group(watched, Vec::new()));
        }
        if self.found.document.groups.is_empty() {
            lines.push(Line::of("no group is watched that fits"));
        }
        lines
    }

    /// The worst first.
    pub fn groups(&self) -> Vec<&GroupDocument> {
        let mut groups: Vec<&GroupDocument> = self.found.document.groups.iter().collect();
        groups.sort_by(|a, b| {
            let loud =
                |watched: &GroupDocument| (std::cmp::Reverse(watched.view.severity), watched.view.state.is_none(), watched.view.state);
            let name = |watched: &GroupDocument| (watched.view.cluster.clone(), watched.view.group.clone(), watched.view.topic.clone());
            loud(a).cmp(&loud(b)).then_with(|| name(a).cmp(&name(b)))
        });
        groups
    }

    /// With what was seen of it over time.
    pub fn group(&self, watched: &GroupDocument, past: Vec<Line>) -> Vec<Line> {
        let view = &watched.view;
        [summary::lines(watched, self), past, outlook::lines(watched, self), troubles::lines(watched, self), rows::lines(view, self)]
            .concat()
    }

    pub fn head(&self) -> Vec<Line> {
        let document = &self.found.document;
        let groups = &document.groups;
        let age_s = (self.clock.seconds() - document.at).max(0.0);
        let is_old = age_s > 3.0 * document.interval_s.max(5.0);
        let old = format!("{} old", duration(age_s));
        let old = if is_old { Piece::new(&format!("{old}: OLD"), Style::Bad) } else { old.into() };
        let count = |severity: Severity| groups.iter().filter(|watched| watched.view.severity == severity).count();
        let facts = vec![
            vec![format!("{} {}", self.clock.time_of_day(), self.clock.zone()).into()],
            vec![
                format!(
                    "{} group{}: {} page, {} warn",
                    groups.len(),
                    if groups.len() == 1 { "" } else { "s" },
                    count(Severity::Page),
                    count(Severity::Warn)
                )
                .into(),
            ],
            vec![self.found.by.clone().into(), ", ".into(), old],
        ];
        let mut lines = flow("", facts, self.look.columns);
        for cluster in &document.clusters {
            lines.extend(self.cluster(cluster));
        }
        lines
    }

    /// Only what is wrong with it.
    fn cluster(&self, cluster: &ClusterDocument) -> Option<Line> {
        let mut facts = Vec::new();
        if let Some(error) = &cluster.error {
            let since = cluster.last_success.map_or("never read".to_owned(), |at| format!("read last at {}", self.clock.time(at)));
            facts.push(format!("{since}: {error}"));
        }
        facts.extend(cluster.throttle_ms.filter(|ms| *ms > 0).map(|ms| format!("brokers hold answers back by {ms} ms")));
        let mut line = Line::of(Piece::new(&format!("CLUSTER  {}  ", cluster.name), Style::Bad));
        line.push(facts.join("   "));
        (!facts.is_empty()).then_some(line)
    }
}
