//! A group over time: takes samples, judges, and says what changed. The same code live and in replay.

use serde::{Deserialize, Serialize};

use super::event::Event;
use super::findings::Findings;
use super::incident::{Class, Incident, Outlook};
use super::judge::{Ground, judge, unread};
use super::kind::{Kind, Severity};
use super::lasting::Lasting;
use super::membership::Membership;
use super::pace::Pace;
use super::partition::{Around, Observed, Partition};
use super::rules::LagRules;
use super::sample::{Reading, Sample};
use super::total::Total;
use super::trace::Header;

const KINDS: usize = Kind::ALL.len();

/// One group and topic. Memory: 60 kB, and at most 37 kB for each partition.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Group {
    pub(super) header: Header,
    pub(super) rules: LagRules,
    pub(super) pace: Pace,
    pub(super) partitions: Vec<Partition>,
    pub(super) membership: Membership,
    pub(super) total: Total,
    pub(super) classes: [Class; KINDS],
    pub(super) findings: Findings,
    pub(super) recovering: Lasting,
    pub(super) started: Option<f64>,
    pub(super) last_look: Option<f64>,
    pub(super) last_read: Option<f64>,
    /// Nobody looked for a while before this time.
    pub(super) resumed: Option<f64>,
}

impl Group {
    pub fn new(header: Header, rules: LagRules) -> Self {
        Self {
            partitions: vec![Partition::default(); header.partitions],
            header,
            rules,
            pace: Pace::default(),
            membership: Membership::default(),
            total: Total::default(),
            classes: Default::default(),
            findings: Findings::default(),
            recovering: Lasting::default(),
            started: None,
            last_look: None,
            last_read: None,
            resumed: None,
        }
    }

    /// The gap between commits is known before any was seen: windows follow it from the first look on.
    #[must_use]
    pub fn with_gap(mut self, gap_s: f64) -> Self {
        self.pace = Pace { gap_s };
        self
    }

    /// One more look at the group at `now` (seconds); `None` where it failed. A look that is not later than the last one says nothing.
    pub fn observe(&mut self, sample: Option<&Sample>, now: f64) -> Vec<Event> {
        let passed = self.last_look.map_or(0.0, |last| now - last);
        if self.last_look.is_some() && passed <= 0.0 {
            return Vec::new();
        }
        let passed = passed.min(now - self.resumed.unwrap_or(f64::NEG_INFINITY));
        self.last_look = Some(now);
        self.started.get_or_insert(now);
        self.findings.begin();
        match sample.filter(|sample| self.is_readable(sample)) {
            Some(sample) => {
                self.last_read = Some(now);
                self.take(sample, passed, now);
                self.judge_partitions(now);
                self.judge_group(now);
                self.step_all(now)
            }
            None => {
                self.freeze(passed);
                self.judge_unread(now);
                self.step(Kind::Unknown, now)
            }
        }
    }

    /// Nobody looked from the last look until `now`, which was not the group's doing: what is open stays as it is, and how long nothing
    /// could be read counts from here.
    pub fn resume(&mut self, now: f64) {
        let Some(last) = self.last_look.filter(|last| *last < now) else { return };
        let away_s = now - self.resumed.filter(|resumed| *resumed > last).unwrap_or(last);
        self.resumed = Some(now);
        self.freeze(away_s);
        self.classes[Kind::Unknown as usize].skip(away_s);
    }

    /// Judges by other numbers from the next look on.
    pub fn follow(&mut self, rules: LagRules) {
        self.rules = rules;
    }

    /// Records per second that it takes to have nothing waiting within so many seconds; `None`: not known.
    pub fn needed(&self, within_s: f64) -> Option<f64> {
        let window = self.total.window_over(self.total.shown_s(self.pace, self.last_look?))?;
        Some(self.total.needed_at(within_s, &window, self.last_look?))
    }

    /// Somebody knows of what cannot be undone: records that were lost or skipped. Their incident closes with the next look.
    pub fn acknowledge(&mut self, kind: Kind) {
        self.partitions.iter_mut().for_each(|partition| partition.jumps.acknowledge(kind));
        if matches!(kind, Kind::DataLost | Kind::Skipped) {
            self.classes[kind as usize].acknowledge();
        }
    }

    /// The topic has more partitions now, or keeps records for another time. Fewer partitions are another topic: `false`, and nothing is
    /// taken over.
    pub fn adopt(&mut self, header: Header) -> bool {
        if header.partitions < self.partitions.len() {
            return false;
        }
        let looked_at_since = self.last_look;
        if self.partitions.is_empty() {
            // How many there are was not known: none of them is new.
            self.started = None;
        }
        self.partitions.resize_with(header.partitions, || Partition::new(looked_at_since, false));
        self.header = header;
        true
    }

    /// When it was looked at last, whether that failed or not.
    pub fn last_look(&self) -> Option<f64> {
        self.last_look
    }

    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What is open, the worst first.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.classes.iter().filter_map(|class| class.open.as_ref())
    }

    fn take(&mut self, sample: &Sample, passed: f64, now: f64) {
        let were_none = self.membership.is_empty();
        self.membership.observe(sample, now);
        let healthy = self.class(Kind::Stopped).open.is_none();
        let around = Around { now, pace: self.pace, healthy, without_members: were_none && self.membership.is_empty() };
        let mut starts_again = false;
        for (partition, reading) in self.partitions.iter_mut().zip(&sample.partitions) {
            match partition.observe(reading, &around) {
                Observed::Unreadable => partition.last_true.freeze(passed),
                observed => starts_again |= observed == Observed::StartsAgain,
            }
        }
        if healthy {
            self.pace = Pace::of(self.partitions.iter().map(|partition| &partition.gaps)).unwrap_or(self.pace);
        }
        self.total.observe(&self.partitions, starts_again, self.pace, now);
    }

    fn judge_partitions(&mut self, now: f64) {
        let Self { partitions, membership, rules, pace, header, started, resumed, findings, .. } = self;
        let ground = Ground { now, pace: *pace, rules, membership, retention: &header.retention };
        for partition in partitions.iter_mut().filter(|partition| !partition.foreign) {
            let is_read = partition.last.is_some_and(|last| last.time == now);
            let found = if is_read { judge(partition, &ground) } else { Vec::new() };
            // A partition that was there from the first look on is not new, the watcher is.
            let is_new = partition
                .first_read
                .zip(*started)
                .is_some_and(|(first, started)| first - started > 60.0 && now - first < ground.rules.young_s);
            for (kind, severity) in found {
                partition.last_true.note(kind, now);
                findings.note(kind, if is_new { severity.min(Severity::Warn) } else { severity });
            }
            if let Some(severity) = unread(partition.unread_s(*started, *resumed, now)).severity() {
                partition.last_true.note(Kind::Unknown, now);
                findings.note(Kind::Unknown, severity);
            }
        }
    }

    /// Until the committed offsets of an empty group expire.
    pub(super) fn offsets_left_s(&self, now: f64) -> Option<f64> {
        Some((self.header.offsets_retention_s? - (now - self.membership.empty_since()?)).max(0.0))
    }

    fn judge_unread(&mut self, now: f64) {
        if let Some(severity) = self.unread(now).severity() {
            self.findings.note_group(Kind::Unknown, severity, now);
        }
    }

    /// What cannot be read stays as it is.
    fn freeze(&mut self, passed: f64) {
        self.findings.freeze(passed);
        self.partitions.iter_mut().for_each(|partition| partition.last_true.freeze(passed));
        self.classes.iter_mut().skip(1).for_each(|class| class.skip(passed));
        self.recovering = Lasting::default();
    }

    fn step_all(&mut self, now: f64) -> Vec<Event> {
        let classes = [Kind::Unknown, Kind::Stopped].into_iter().chain(Kind::ALL.into_iter().filter(|kind| *kind > Kind::Recovering));
        classes.flat_map(|class| self.step(class, now)).collect()
    }

    /// One class, named by its first kind.
    fn step(&mut self, class: Kind, now: f64) -> Vec<Event> {
        let loudest = if self.header.expected { Severity::Page } else { Severity::Warn };
        let found = self.findings.of(class, &self.partitions, loudest, now);
        let outlook = if class.is_progress() { self.outlook(now) } else { Outlook::default() };
        let changes = self.classes[class as usize].step(found, outlook, now);
        changes.into_iter().map(|(change, incident)| self.event(change, &incident, now)).collect()
    }

    /// Some commits, and of no more than half of the partitions nothing.
    fn is_readable(&self, sample: &Sample) -> bool {
        let own = self.partitions.iter().zip(&sample.partitions).filter(|(partition, _)| !partition.foreign);
        let is_read = |reading: &Reading| reading.committed.is_some() && reading.end.is_some();
        let (read, all) = own.fold((0, 0), |(read, all), (_, reading)| (read + usize::from(is_read(reading)), all + 1));
        // Who has no partition has nothing to read.
        all == 0 || (read > 0 && 2 * read >= all)
    }

    pub(super) fn class(&self, kind: Kind) -> &Class {
        &self.classes[kind as usize]
    }

    fn outlook(&mut self, now: f64) -> Outlook {
        let window = self.total.window(self.pace);
        Outlook {
            settled: self.total.age < self.pace.settled_s(),
            recovering: self.is_recovering(now),
            catching_up: window.is_some_and(|window| window.speed > 1.0),
        }
    }
}

/// The later of two times, either of which may not be known.
pub(super) fn later(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    one.into_iter().chain(other).reduce(f64::max)
}
