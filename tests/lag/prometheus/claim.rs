//! What is compared: a statement of ours, and the alerts that say the same.

use shasta::core::lag::{GroupView, Kind, Severity};

use super::promtool::Said;
use super::trace::SCRAPE_S;

pub struct Claim {
    pub name: String,
    /// Has samples while the alerts fire.
    pub alerts: String,
    pub holds: Box<dyn Fn(&GroupView) -> bool>,
    /// How much earlier or later than ours an alert may fire, in seconds.
    pub begins_within_s: f64,
    /// How much longer it may fire.
    pub ends_within_s: f64,
}

/// What the alerts are expected to say at a time.
#[derive(Clone, Copy, Debug)]
pub struct Expected {
    pub time: f64,
    pub fires: bool,
}

fn is_open(view: &GroupView, is: impl Fn(Kind) -> bool, least: Severity) -> bool {
    view.incidents.iter().any(|incident| is(incident.kind) && incident.severity >= least)
}

impl Claim {
    /// The watcher's own judgement: every kind and severity, to the scrape.
    pub fn exact(kind: Kind, severity: Severity) -> Self {
        let words = kind.as_str().split('_').map(|word| word[..1].to_owned() + &word[1..].to_lowercase());
        let alert: String = words.collect();
        Self {
            name: format!("{kind} {severity}"),
            alerts: format!(r#"ALERTS{{alertname="Shasta{alert}",alertstate="firing",severity="{severity}"}}"#),
            holds: Box::new(move |view| view.incidents.iter().any(|incident| (incident.kind, incident.severity) == (kind, severity))),
            begins_within_s: SCRAPE_S,
            ends_within_s: SCRAPE_S,
        }
    }

    /// That anything is wrong at all.
    pub fn anything() -> Self {
        Self {
            name: "anything".to_owned(),
            alerts: r#"ALERTS{alertname!~"ShastaOffsets.*",alertstate="firing",group!=""}"#.to_owned(),
            holds: Box::new(|view| !view.incidents.is_empty()),
            begins_within_s: SCRAPE_S,
            ends_within_s: SCRAPE_S,
        }
    }

    /// By offsets and ages alone. Windows do not end with the incident: so alerts may fire for a while after it.
    pub fn by_offsets(retention: bool, within_s: f64) -> Vec<Self> {
        let claim = |name: &str, alerts: &str, severity: &str, holds: Box<dyn Fn(&GroupView) -> bool>| Self {
            name: name.to_owned(),
            alerts: format!(r#"ALERTS{{alertname=~"ShastaOffsets({alerts})",alertstate="firing",severity=~"{severity}"}}"#),
            holds,
            begins_within_s: within_s,
            ends_within_s: within_s + 360.0,
        };
        let stopped = |view: &GroupView| is_open(view, |kind| kind == Kind::Stopped, Severity::Page);
        let progress_page = |view: &GroupView| is_open(view, Kind::is_progress, Severity::Page);
        let progress = |view: &GroupView| is_open(view, Kind::is_progress, Severity::Warn);
        let loss = |least: Severity| move |view: &GroupView| is_open(view, |kind| kind == Kind::LossImminent, least);
        const PROGRESS: &str = "Stopped|Stalled|FallingBehind";
        let mut claims = vec![
            claim("stopped", "Stopped", "page", Box::new(stopped)),
            claim("no progress, page", PROGRESS, "page", Box::new(progress_page)),
            claim("no progress, warn or page", PROGRESS, "warn|page", Box::new(progress)),
        ];
        if retention {
            claims.push(claim("loss, page", "LossImminent", "page", Box::new(loss(Severity::Page))));
            claims.push(claim("loss, warn or page", "LossImminent", "warn|page", Box::new(loss(Severity::Warn))));
        }
        claims
    }

    /// Every five minutes, and as near to each change as the tolerance allows.
    pub fn expectations(&self, views: &[GroupView]) -> Vec<Expected> {
        let held: Vec<bool> = views.iter().map(|view| (self.holds)(view)).collect();
        let scrapes = |seconds: f64| (seconds / SCRAPE_S) as usize;
        let [begins, ends] = [self.begins_within_s, self.ends_within_s].map(scrapes);
        let around = |at: usize, before: usize| &held[at.saturating_sub(before)..(at + begins + 1).min(held.len())];
        let expect = |at: usize| {
            let fires = around(at, begins).iter().all(|held| *held);
            let is_quiet = around(at, ends).iter().all(|held| !held);
            (fires || is_quiet).then_some(Expected { time: views[at].at, fires })
        };
        let all: Vec<Option<Expected>> = (0..views.len()).map(expect).collect();
        let is_edge =
            |at: usize| [at.checked_sub(1), Some(at + 1)].into_iter().flatten().any(|beside| matches!(all.get(beside), Some(None)));
        let told = |(at, expected): (usize, &Option<Expected>)| expected.filter(|_| at % scrapes(300.0) == 0 || is_edge(at));
        all.iter().enumerate().filter_map(told).collect()
    }

    /// When ours says so first, and for how many seconds in all.
    pub fn truth(&self, views: &[GroupView]) -> Said {
        let held = || views.iter().filter(|view| (self.holds)(view));
        Said { first: held().next().map(|view| view.at), held_s: held().count() as f64 * SCRAPE_S }
    }
}
