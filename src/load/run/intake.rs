//! Where all who take part tell what they did and saw, until the keeper of the ledger takes it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::core::load::figures::{Observation, Scheduled, Stage, What};
use crate::load::fleet::{Answer, Outcome, Outcomes, Reason};
use crate::load::observe::{At, Seen, Sightings};

/// A clone is the same intake.
#[derive(Clone, Debug, Default)]
pub struct Intake {
    scheduled: Arc<Mutex<Vec<Scheduled>>>,
    sent: Arc<Mutex<Vec<Observation>>>,
    reasons: Arc<Mutex<BTreeMap<Reason, u64>>>,
    pub outcomes: Arc<Outcomes>,
    pub sightings: Sightings,
}

/// What was told since the last time, in an order in which the ledger can take it.
#[derive(Debug, Default)]
pub struct Taken {
    pub scheduled: Vec<Scheduled>,
    pub observations: Vec<Observation>,
}

impl Intake {
    /// The next event of the schedule, in its order and before anything else is told of it.
    pub fn schedule(&self, event: Scheduled) {
        lock(&self.scheduled).push(event);
    }

    pub fn tell(&self, event: u64, at_us: i64, what: What) {
        lock(&self.sent).push(Observation { event, at_us, what });
    }

    /// An event failed, or is without an answer, for this reason.
    pub fn give_reason(&self, reason: Reason) {
        *lock(&self.reasons).entry(reason).or_default() += 1;
    }

    /// Why events failed, for whoever reads the report.
    pub fn reasons(&self) -> Vec<String> {
        let told = |(reason, events): (&Reason, &u64)| format!("{events} events without an acknowledgement: {reason}");
        lock(&self.reasons).iter().map(told).collect()
    }

    /// Takes all. What was told of an event that is not scheduled yet does not happen: schedules are taken last.
    pub fn take(&self) -> Taken {
        let seen = self.sightings.take();
        let answered = self.outcomes.take();
        for outcome in &answered {
            if let Answer::Failed { reason } | Answer::Unknown { reason } = outcome.answer {
                self.give_reason(reason);
            }
        }
        let mut observations = std::mem::take(&mut *lock(&self.sent));
        observations.extend(answered.into_iter().map(observed_answer));
        observations.extend(seen.into_iter().map(observed_sight));
        Taken { scheduled: std::mem::take(&mut *lock(&self.scheduled)), observations }
    }
}

fn observed_answer(Outcome { event, at_us, answer }: Outcome) -> Observation {
    let what = match answer {
        Answer::Acknowledged { partition, offset } => What::Acknowledged { partition, offset },
        Answer::Failed { .. } => What::Failed,
        Answer::Unknown { .. } => What::Unknown,
    };
    Observation { event, at_us, what }
}

fn observed_sight(seen: Seen) -> Observation {
    let Seen { event, at, at_us, partition, offset, witness, is_intact } = seen;
    let what = match at {
        _ if !is_intact => What::Corrupt { stage: stage(at) },
        At::Consumed => What::Consumed { partition, offset },
        At::Stored => What::Stored { partition, offset, owner: witness },
        At::Delivered => What::Delivered { partition, offset, follower: witness },
    };
    Observation { event, at_us, what }
}

const fn stage(at: At) -> Stage {
    match at {
        At::Consumed => Stage::Consumed,
        At::Stored => Stage::Stored,
        At::Delivered => Stage::Delivered,
    }
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
