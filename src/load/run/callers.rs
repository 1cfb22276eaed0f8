//! Producers that wait for room, as the callers of a publisher do that blocks.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::dispatch::Dispatch;
use crate::core::load::figures::What;
use crate::core::load::schedule::{Due, Schedule};

/// One caller for each producer. It has one call at a time: what comes due meanwhile waits with it, and its latency counts from when it was due.
#[derive(Debug)]
pub struct Callers {
    /// How many events of each producer are due.
    due: Vec<Arc<Semaphore>>,
    tasks: JoinSet<()>,
}

impl Callers {
    /// To be called within a runtime. The schedule is written out, so that nothing is allocated for what waits.
    pub fn start(schedule: &Schedule, producers: u32, dispatch: &Dispatch) -> Self {
        let mut events: Vec<Vec<Due>> = vec![Vec::new(); producers as usize];
        for event in schedule.events() {
            if let Some(own) = events.get_mut(event.producer as usize) {
                own.push(event);
            }
        }
        let mut callers = Self { due: Vec::new(), tasks: JoinSet::new() };
        for own in events {
            let due = Arc::new(Semaphore::new(0));
            callers.due.push(Arc::clone(&due));
            callers.tasks.spawn(call(own, due, dispatch.clone()));
        }
        callers
    }

    /// Who wakes the callers.
    pub fn due(&self) -> Vec<Arc<Semaphore>> {
        self.due.clone()
    }

    /// No call begins any more; what is due and was not called is dropped. For when nothing comes due any more.
    pub fn close(&self) {
        self.due.iter().for_each(|due| due.close());
    }

    /// Whether every call has been taken, refused or dropped.
    pub fn are_over(&mut self) -> bool {
        while self.tasks.try_join_next().is_some() {}
        self.tasks.is_empty()
    }
}

async fn call(events: Vec<Due>, due: Arc<Semaphore>, dispatch: Dispatch) {
    for (index, event) in events.iter().enumerate() {
        match due.acquire().await {
            Ok(is_due) => is_due.forget(),
            Err(_) => return events.iter().skip(index).take(due.available_permits()).for_each(|event| drop_one(event, &dispatch)),
        }
        dispatch.ship_when_room(event).await;
    }
}

fn drop_one(event: &Due, dispatch: &Dispatch) {
    dispatch.intake.tell(event.event, dispatch.clock.now_us(), What::Dropped);
}
