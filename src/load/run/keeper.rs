//! The keeper of the ledger: takes what was told, says how it goes, and knows when there is nothing left to wait for.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use super::intake::{Intake, Taken};
use super::observers::Observers;
use super::plan::{Load, Plan};
use super::progress::Progress;
use super::senders::Senders;
use crate::core::load::figures::{Ledger, Stage, What};
use crate::load::error::LoadError;
use crate::load::fleet::Fleet;
use crate::load::host::{Monotonic, PacerSummary};
use crate::load::raw::{Recorder, Row};

/// Between two looks at what was told.
const EVERY: Duration = Duration::from_millis(100);
const PROGRESS_EVERY_US: i64 = 1_000_000;
/// After the last event has arrived.
const LISTENS_US: i64 = 1_000_000;

/// Owns the ledger while the run goes on.
pub struct Keeper<T> {
    ledger: Ledger,
    recorder: Option<Recorder>,
    intake: Intake,
    clock: Monotonic,
    last: Stage,
    planned_us: Option<i64>,
    drain: Duration,
    failed: u64,
    dropped: u64,
    acknowledged: u64,
    /// Events that were acknowledged and have come to the last stage; what else came there was not acknowledged.
    arrived: u64,
    next_progress_us: i64,
    outstanding: Vec<(i64, usize)>,
    tell: T,
}

/// What the keeper has at the end.
pub struct Kept {
    pub ledger: Ledger,
    pub recorder: Option<Recorder>,
    pub pacer: Option<PacerSummary>,
    pub is_cut_short: bool,
    pub offered_us: i64,
    pub deadline_us: i64,
    pub unanswered: usize,
    pub outstanding: Vec<(i64, usize)>,
    pub connections: usize,
    pub retries: Option<u64>,
    pub notes: Vec<String>,
}

impl<T: FnMut(&Progress)> Keeper<T> {
    pub fn new(plan: &Plan, ledger: Ledger, intake: Intake, clock: Monotonic, recorder: Option<Recorder>, tell: T) -> Self {
        let planned_us = match &plan.load {
            Load::Open(schedule) => schedule.events().last().map(|due| due.at_us),
            Load::Closed(_) => None,
        };
        Self {
            ledger,
            recorder,
            intake,
            clock,
            last: plan.level.last(),
            planned_us,
            drain: plan.drain,
            failed: 0,
            dropped: 0,
            acknowledged: 0,
            arrived: 0,
            next_progress_us: PROGRESS_EVERY_US,
            outstanding: Vec::new(),
            tell,
        }
    }

    /// Until all is sent and everything acknowledged has arrived, or the time to drain is over.
    pub async fn run(mut self, mut senders: Senders, fleet: Arc<Fleet>, observers: &Observers) -> Result<Kept, LoadError> {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !senders.are_over() {
            ticks.tick().await;
            self.outstanding.push((self.clock.now_us(), fleet.outstanding()));
            self.keep();
            self.say();
        }
        let (pacer, is_cut_short) = senders.finish()?;
        self.keep();
        let offered_us = self.clock.now_us();
        let deadline_us = offered_us + i64::try_from(self.drain.as_micros()).unwrap_or(i64::MAX);
        while self.clock.now_us() < deadline_us && (fleet.outstanding() > 0 || self.arrived < self.acknowledged) {
            ticks.tick().await;
            self.keep();
            self.say();
        }
        // What comes twice comes late.
        let listened_us = self.clock.now_us() + LISTENS_US;
        while self.clock.now_us() < listened_us {
            ticks.tick().await;
            self.keep();
        }
        let (connections, retries, mut notes) = (fleet.connections(), fleet.retries(), fleet.notes());
        // The senders have gone: nobody else has it.
        let unanswered = match Arc::into_inner(fleet) {
            Some(fleet) => fleet.finish(Duration::ZERO).await,
            None => 0,
        };
        self.keep();
        notes.extend(self.intake.reasons());
        if observers.restarts() > 0 {
            notes.push(format!(
                "streams were trimmed {} times before they were read to here, so that events are missing that may well be stored: more channels, or longer streams",
                observers.restarts()
            ));
        }
        Ok(Kept {
            ledger: self.ledger,
            recorder: self.recorder,
            pacer,
            is_cut_short,
            offered_us,
            deadline_us,
            unanswered,
            outstanding: self.outstanding,
            connections,
            retries,
            notes,
        })
    }

    fn keep(&mut self) {
        let taken = self.intake.take();
        if let Some(recorder) = &mut self.recorder {
            recorder.keep(rows(self.ledger.len(), &taken));
        }
        let Taken { scheduled, observations } = taken;
        scheduled.into_iter().for_each(|event| self.ledger.push(event));
        for observation in &observations {
            let was_there = self.has_arrived(observation.event);
            self.ledger.observe(observation);
            match observation.what {
                What::Acknowledged { .. } => self.acknowledged += 1,
                What::Failed => self.failed += 1,
                What::Dropped => self.dropped += 1,
                _ => {}
            }
            self.arrived += u64::from(!was_there && self.has_arrived(observation.event));
        }
    }

    /// Acknowledged, and seen at the last stage.
    fn has_arrived(&self, event: u64) -> bool {
        let entry = self.ledger.entry(event);
        entry.is_some_and(|entry| entry.latency_us(Stage::Acknowledged).is_some() && entry.latency_us(self.last).is_some())
    }

    fn say(&mut self) {
        let now_us = self.clock.now_us();
        if now_us < self.next_progress_us {
            return;
        }
        self.next_progress_us = now_us - now_us % PROGRESS_EVERY_US + PROGRESS_EVERY_US;
        let progress = Progress::of(&self.ledger, self.last, now_us);
        let left_s = self.planned_us.map(|planned_us| ((planned_us - now_us) as f64 / 1e6).max(0.0));
        let lag = self.acknowledged - self.arrived;
        (self.tell)(&Progress { left_s, lag, failed: self.failed, dropped: self.dropped, ..progress });
    }
}

/// In the order in which the ledger takes them. `first` is the number of the first event.
fn rows(first: usize, taken: &Taken) -> Vec<Row> {
    let scheduled = (first as u64..).zip(&taken.scheduled).map(|(event, scheduled)| Row::Scheduled { event, scheduled: *scheduled });
    scheduled.chain(taken.observations.iter().map(|observation| Row::Observed(*observation))).collect()
}
