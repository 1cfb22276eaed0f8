//! Tells people of the incidents of this worker's own partitions, and of what the process before it left open.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{Alerts, Config};
use crate::core::delivery::State;
use crate::core::lag::{Event, GroupView, Kind, Severity};
use crate::notify::{Alert, Notifier, Witness};
use crate::telemetry::{Build, NotifyMetrics};

use super::own::LOSS_IS_TOLD_S;

/// How often a notifier that did not start is tried again, in seconds.
const AGAIN_EVERY_S: f64 = 60.0;
/// In this time all that is still true is found again: the longest windows of the rules at the pace of a worker, and some.
const FOUND_AGAIN_S: f64 = 300.0;

/// Where alerts can not be sent, incidents are logged and the worker goes on: what must not stop is what they are about.
pub struct Teller {
    alerts: Alerts,
    host: String,
    metrics: NotifyMetrics,
    versions: BTreeMap<String, usize>,
    notifier: Option<Notifier>,
    /// Why nobody is told.
    failure: Option<String>,
    /// When the notifier is to be started, or started again.
    due_s: Option<f64>,
    /// From when on what is not found any more is over.
    settled_s: Option<f64>,
}

impl Teller {
    pub fn new(config: &Config, metrics: NotifyMetrics) -> Self {
        let versions = BTreeMap::from([(Build::current().version.to_owned(), 1)]);
        Self {
            alerts: config.alerts.clone(),
            host: host(config),
            metrics,
            versions,
            notifier: None,
            failure: None,
            due_s: Some(f64::MIN),
            settled_s: None,
        }
    }

    /// What changed in a look, and all that is open as if it opened now.
    pub async fn tell(&mut self, events: &[Event], open: &[Event], view: &GroupView) {
        // Who starts now has missed when it opened.
        let news = if self.starts(view.at) { open } else { events };
        let Some(notifier) = &self.notifier else { return };
        for event in news {
            notifier.submit(self.alert(event, view)).await;
        }
        open.iter().for_each(|event| notifier.refresh(&self.alert(event, view)));
        self.end_forgotten(view).await;
    }

    /// Why alerts are not sent.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Whether there is a new notifier. Until the configured one starts it only logs.
    fn starts(&mut self, now_s: f64) -> bool {
        if self.due_s.is_none_or(|due_s| now_s < due_s) {
            return false;
        }
        match Notifier::start(&self.alerts, &self.host, self.metrics.clone()) {
            Ok(notifier) => {
                (self.notifier, self.failure) = (Some(notifier), None);
                (self.due_s, self.settled_s) = (None, Some(now_s + FOUND_AGAIN_S));
                true
            }
            Err(error) => {
                tracing::error!(%error, "alerts can not be sent, trying again");
                (self.failure, self.due_s) = (Some(error.to_string()), Some(now_s + AGAIN_EVERY_S));
                let is_first = self.notifier.is_none();
                self.notifier = self.notifier.take().or_else(|| Notifier::start(&Alerts::default(), &self.host, self.metrics.clone()).ok());
                is_first
            }
        }
    }

    fn alert(&self, event: &Event, view: &GroupView) -> Alert {
        let witness = Witness { host: &self.host, is_worker: true, versions: &self.versions, runbooks: &self.alerts.runbooks };
        Alert::of(event, view, &witness)
    }

    /// What the process before this one opened and is not true any more.
    async fn end_forgotten(&mut self, view: &GroupView) {
        let (Some(notifier), Some(settled_s)) = (&self.notifier, self.settled_s) else { return };
        if view.at < settled_s {
            return;
        }
        let open: BTreeSet<String> = view.incidents.iter().map(|incident| format!("{}/{}", incident.id, self.host)).collect();
        let forgotten = notifier.open_alerts().into_iter().filter(|alert| !open.contains(&alert.key));
        // A loss was seen by that process alone.
        let is_told = |alert: &Alert| alert.kind == Kind::DataLost && view.at - (alert.opened as f64) < LOSS_IS_TOLD_S;
        let (told, over): (Vec<Alert>, Vec<Alert>) = forgotten.partition(is_told);
        for alert in over {
            let evidence = "not found any more since the worker started".to_owned();
            let (state, severity, detected_at) = (State::Closed, Severity::None, view.at);
            notifier.submit(Alert { state, severity, evidence, detected_at, ..alert }).await;
        }
        self.settled_s = (!told.is_empty()).then_some(view.at + FOUND_AGAIN_S);
    }
}

/// Unique among the group's workers where the membership is static, else among hosts.
fn host(config: &Config) -> String {
    let of_machine = || rustix::system::uname().nodename().to_string_lossy().into_owned();
    config.kafka.instance_id.clone().unwrap_or_else(of_machine)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{AlertChannel, ChannelKind};
    use crate::core::lag::{Group, Header, LagRules, Reading, Retention, Sample};
    use crate::telemetry::Metrics;

    const BEGIN: f64 = 1_700_000_000.0;
    const KEY: &str = "default/tags/progress/tag-data/w1";

    /// A group of one partition that stands still.
    struct Stalled {
        group: Group,
        now_s: f64,
    }

    impl Stalled {
        fn new() -> Self {
            let header = Header {
                cluster: "default".to_owned(),
                group: "tags".to_owned(),
                topic: Some("tag-data".to_owned()),
                partitions: 1,
                retention: Retention::default(),
                offsets_retention_s: None,
                expected: true,
            };
            Self { group: Group::new(header, LagRules::default()).with_gap(10.0), now_s: BEGIN }
        }

        fn look(&mut self) -> (Vec<Event>, Vec<Event>, GroupView) {
            self.now_s += 10.0;
            let end = Some((self.now_s - BEGIN) as i64 * 100);
            let reading = Reading { committed: Some(0), end, timestamp: Some(BEGIN), owned: Some(true), ..Reading::default() };
            let events = self.group.observe(Some(&Sample { partitions: vec![reading], ..Sample::default() }), self.now_s);
            (events, self.group.open_events(self.now_s), self.group.view(self.now_s))
        }

        async fn run(&mut self, teller: &mut Teller, looks: u32) {
            for _ in 0..looks {
                let (events, open, view) = self.look();
                teller.tell(&events, &open, &view).await;
            }
        }
    }

    fn teller(directory: &std::path::Path) -> Teller {
        let mut config = Config::default();
        config.kafka.instance_id = Some("w1".to_owned());
        config.alerts.directory = Some(directory.to_owned());
        let channel = AlertChannel { kind: Some(ChannelKind::Log), ..AlertChannel::default() };
        config.alerts.channels.insert("log".to_owned(), channel);
        Teller::new(&config, Metrics::new(Build::current()).unwrap().notify().clone())
    }

    fn open(teller: &Teller) -> Vec<String> {
        teller.notifier.as_ref().unwrap().open_alerts().into_iter().map(|alert| alert.key).collect()
    }

    async fn end(teller: Teller) {
        teller.notifier.unwrap().shutdown().await;
    }

    /// All is well from `now_s` on.
    fn well(now_s: f64) -> GroupView {
        Stalled::new().group.view(now_s)
    }

    #[tokio::test]
    async fn an_incident_of_a_worker_is_its_own() {
        let directory = tempfile::tempdir().unwrap();
        let mut teller = teller(directory.path());
        Stalled::new().run(&mut teller, 20).await;
        assert_eq!(open(&teller), [KEY]);
        assert_eq!(teller.failure(), None);
        end(teller).await;
    }

    #[tokio::test]
    async fn what_an_earlier_process_opened_ends_if_it_is_not_found_again() {
        let directory = tempfile::tempdir().unwrap();
        let mut before = teller(directory.path());
        let mut stalled = Stalled::new();
        stalled.run(&mut before, 20).await;
        end(before).await;

        let mut after = teller(directory.path());
        let now_s = stalled.now_s;
        after.tell(&[], &[], &well(now_s)).await;
        after.tell(&[], &[], &well(now_s + FOUND_AGAIN_S - 1.0)).await;
        assert_eq!(open(&after), [KEY], "it may be found again");
        after.tell(&[], &[], &well(now_s + FOUND_AGAIN_S)).await;
        assert_eq!(open(&after), [""; 0]);
        end(after).await;
    }

    #[tokio::test]
    async fn what_is_found_again_after_a_restart_stays_the_same_incident() {
        let directory = tempfile::tempdir().unwrap();
        let mut before = teller(directory.path());
        Stalled::new().run(&mut before, 20).await;
        end(before).await;
        let mut after = teller(directory.path());
        Stalled::new().run(&mut after, 40).await;
        assert_eq!(open(&after), [KEY]);
        end(after).await;
    }

    #[tokio::test]
    async fn a_loss_that_an_earlier_process_saw_stays_for_a_day() {
        let directory = tempfile::tempdir().unwrap();
        let mut before = teller(directory.path());
        let (_, _, view) = Stalled::new().look();
        let mut stalled = Stalled::new();
        (0..20).for_each(|_| drop(stalled.look()));
        let mut lost = stalled.group.open_events(BEGIN).remove(0);
        (lost.kind, lost.incident) = (Kind::DataLost, "default/tags/data_lost/tag-data".to_owned());
        before.tell(&[], &[lost], &view).await;
        end(before).await;
        let mut after = teller(directory.path());
        for (passed, is_open) in [(0.0, true), (400.0, true), (80_000.0, true), (87_000.0, false)] {
            after.tell(&[], &[], &well(BEGIN + passed)).await;
            assert_eq!(!open(&after).is_empty(), is_open, "after {passed} s");
        }
        end(after).await;
    }

    #[tokio::test]
    async fn a_worker_that_can_not_tell_anybody_goes_on_and_tells_what_is_open_as_soon_as_it_can() {
        let directory = tempfile::tempdir().unwrap();
        let mut first = teller(directory.path());
        first.tell(&[], &[], &well(BEGIN)).await;
        let mut second = teller(directory.path());
        let mut stalled = Stalled::new();
        stalled.run(&mut second, 20).await;
        assert!(second.failure().is_some_and(|failure| failure.contains("another process uses it")), "{:?}", second.failure());
        end(first).await;
        stalled.run(&mut second, 7).await;
        assert_eq!((second.failure(), open(&second)), (None, vec![KEY.to_owned()]));
        end(second).await;
    }
}
