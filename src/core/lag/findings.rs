//! What is true of a group and its partitions, and which of it shows.

use serde::{Deserialize, Serialize};

use super::incident::Found;
use super::kind::{Kind, Severity};
use super::partition::Partition;

const KINDS: usize = Kind::ALL.len();
/// A kind of lack of progress shows until its condition has been false for so long.
const SHOWS_FOR_S: f64 = 30.0;

/// When each kind was true last, in seconds, and since when without a break that matters.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct LastTrue([Option<Spell>; KINDS]);

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Spell {
    since: f64,
    last: f64,
}

impl LastTrue {
    pub fn note(&mut self, kind: Kind, now: f64) {
        let since = self.since(kind, now).unwrap_or(now);
        self.0[kind as usize] = Some(Spell { since, last: now });
    }

    /// Time passed without a reading: what was true stays so. All but UNKNOWN, which is just that.
    pub fn freeze(&mut self, passed: f64) {
        self.0.iter_mut().skip(Kind::Unknown as usize + 1).flatten().for_each(|spell| spell.last += passed);
    }

    /// Since when a kind has shown; `None` where it does not.
    pub fn since(&self, kind: Kind, now: f64) -> Option<f64> {
        self.0[kind as usize].filter(|_| self.shows(kind, now)).map(|spell| spell.since)
    }

    fn get(&self, kind: Kind) -> Option<f64> {
        self.0[kind as usize].map(|spell| spell.last)
    }

    fn shows(&self, kind: Kind, now: f64) -> bool {
        self.get(kind).is_some_and(|at| now - at <= if kind.is_progress() { SHOWS_FOR_S } else { 0.0 })
    }
}

/// Of one look at a group.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Findings {
    /// Of the group as a whole.
    group: LastTrue,
    /// What is true now at its worst, by kind.
    worst: [Option<Severity>; KINDS],
}

impl Findings {
    /// The next look: nothing is true yet.
    pub fn begin(&mut self) {
        self.worst = [None; KINDS];
    }

    /// Of a partition.
    pub fn note(&mut self, kind: Kind, severity: Severity) {
        self.worst[kind as usize] = self.worst[kind as usize].max(Some(severity));
    }

    /// Of the group as a whole.
    pub fn note_group(&mut self, kind: Kind, severity: Severity, now: f64) {
        self.group.note(kind, now);
        self.note(kind, severity);
    }

    pub fn freeze(&mut self, passed: f64) {
        self.group.freeze(passed);
    }

    /// Since when a kind has shown for the group as a whole.
    pub fn group_since(&self, kind: Kind, now: f64) -> Option<f64> {
        self.group.since(kind, now)
    }

    /// The worst kind of a class (named by its first kind), no louder than this.
    pub fn of(&self, class: Kind, partitions: &[Partition], loudest: Severity, now: f64) -> Option<Found> {
        let is_of_class = |kind: &Kind| *kind == class || (class.is_progress() && kind.is_progress());
        let kinds = || Kind::ALL.into_iter().filter(is_of_class);
        let (kind, those) =
            kinds().filter(|kind| !self.gives_way(*kind)).find_map(|kind| Some((kind, self.those(kind, partitions, now)?)))?;
        let severity = kinds().filter_map(|kind| self.worst[kind as usize]).max().unwrap_or(Severity::Warn);
        let times = |kind: Kind| partitions.iter().map(move |partition| partition.last_true.get(kind)).chain([self.group.get(kind)]);
        let last_true = kinds().flat_map(times).flatten().fold(f64::MIN, f64::max);
        Some(Found { kind, severity: severity.min(loudest), partitions: those, last_true })
    }

    /// Whether it was found in this look.
    pub fn is_true(&self, kind: Kind) -> bool {
        self.worst[kind as usize].is_some()
    }

    /// Falling behind that is over gives way at once to a slow drain that is true now: who catches up is not falling behind.
    fn gives_way(&self, kind: Kind) -> bool {
        kind == Kind::FallingBehind && !self.is_true(kind) && self.is_true(Kind::SlowDrain)
    }

    /// The partitions for which a kind shows; all where it is the group's. `None` where it does not show.
    fn those(&self, kind: Kind, partitions: &[Partition], now: f64) -> Option<Vec<usize>> {
        let all: Vec<usize> = (0..partitions.len()).filter(|number| !partitions[*number].foreign).collect();
        let those: Vec<usize> = all.iter().copied().filter(|number| partitions[*number].last_true.shows(kind, now)).collect();
        // Of rates more than half are all: numbers that come and go are no news.
        let most = kind.is_rate() && 2 * those.len() > all.len();
        match (those.is_empty(), self.group.shows(kind, now)) {
            (true, false) => None,
            (true, true) => Some(all),
            _ if most => Some(all),
            _ => Some(those),
        }
    }
}
