//! Who sends: the pacing thread of the open loop, or the threads of the closed one.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::callers::Callers;
use super::closed::{Answers, Loops};
use super::dispatch::Dispatch;
use super::plan::{Load, Plan, WhenFull};
use crate::core::load::schedule::Due;
use crate::load::error::LoadError;
use crate::load::host::{Continue, Ended, Pacer, PacerHandle, PacerSummary};

/// The running senders.
pub enum Senders {
    Open { pacer: PacerHandle, stop: watch::Receiver<bool> },
    Waiting { pacer: PacerHandle, callers: Callers, stop: watch::Receiver<bool> },
    Closed { loops: JoinHandle<()>, stop: watch::Receiver<bool> },
}

impl Senders {
    pub fn start(plan: &Plan, dispatch: Dispatch, answers: Arc<Answers>, stop: watch::Receiver<bool>) -> Result<Self, LoadError> {
        match &plan.load {
            Load::Open(schedule) if plan.when_full == WhenFull::Wait => {
                let (clock, events) = (dispatch.clock, schedule.events().map(|due| (due.at_us, due)));
                let callers = Callers::start(schedule, plan.population.producers(), &dispatch);
                let due_of = callers.due();
                let call = move |due: Due, _| {
                    dispatch.intake.schedule(dispatch.scheduled(&due));
                    due_of.get(due.producer as usize).iter().for_each(|caller| caller.add_permits(1));
                    Continue::Continue
                };
                Ok(Self::Waiting { pacer: Pacer::spawn(clock, events, call)?, callers, stop })
            }
            Load::Open(schedule) => {
                let (clock, events) = (dispatch.clock, schedule.events().map(|due| (due.at_us, due)));
                let call = move |due, sent_us| {
                    dispatch.ship(&due, sent_us);
                    Continue::Continue
                };
                Ok(Self::Open { pacer: Pacer::spawn(clock, events, call)?, stop })
            }
            Load::Closed(closed) => {
                let loops = Loops {
                    dispatch,
                    answers,
                    closed: *closed,
                    population: plan.population,
                    longest: plan.delivery_timeout,
                    stop: stop.clone(),
                };
                Ok(Self::Closed { loops: tokio::spawn(loops.run()), stop })
            }
        }
    }

    /// Whether all is sent; who was told to stop sends nothing more.
    pub fn are_over(&mut self) -> bool {
        match self {
            Self::Open { pacer, stop } => {
                if *stop.borrow() {
                    pacer.stop();
                }
                pacer.is_over()
            }
            Self::Waiting { pacer, callers, stop } => {
                if *stop.borrow() {
                    pacer.stop();
                }
                if *stop.borrow() && pacer.is_over() {
                    callers.close();
                }
                pacer.is_over() && callers.are_over()
            }
            Self::Closed { loops, .. } => loops.is_finished(),
        }
    }

    /// How pacing went, and whether it was cut short.
    ///
    /// # Errors
    /// Where the pacing thread panicked.
    pub fn finish(self) -> Result<(Option<PacerSummary>, bool), LoadError> {
        match self {
            Self::Open { pacer, .. } | Self::Waiting { pacer, .. } => {
                let summary = pacer.join()?;
                let is_cut_short = summary.ended != Ended::Finished;
                Ok((Some(summary), is_cut_short))
            }
            Self::Closed { stop, .. } => Ok((None, *stop.borrow())),
        }
    }
}
