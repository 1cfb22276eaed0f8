//! One event of the schedule on its way to the fleet.

use std::sync::Arc;

use super::intake::Intake;
use super::plan::Plan;
use crate::core::load::figures::{Scheduled, What};
use crate::core::load::schedule::{Due, Stamp};
use crate::load::channels::Channels;
use crate::load::fleet::{Fleet, Reason, Shipment};
use crate::load::host::Monotonic;

/// Makes records and hands them over.
#[derive(Clone, Debug)]
pub struct Dispatch {
    pub fleet: Arc<Fleet>,
    pub channels: Arc<Channels>,
    pub intake: Intake,
    pub clock: Monotonic,
    pub run: u32,
    pub payload: usize,
    pub warm_up_us: i64,
}

impl Dispatch {
    pub fn new(plan: &Plan, fleet: Arc<Fleet>, channels: Arc<Channels>, intake: Intake, clock: Monotonic) -> Self {
        Self { fleet, channels, intake, clock, run: plan.run, payload: plan.payload, warm_up_us: plan.warm_up_us() }
    }

    /// Hands an event over that is due. `sent_us` is the moment before anything is done for it.
    pub fn ship(&self, due: &Due, sent_us: i64) {
        self.intake.schedule(self.scheduled(due));
        let refused = match self.shipment(due) {
            Some(shipment) => self.fleet.ship(shipment).err().map(|refused| refused.reason),
            None => Some(Reason::Invalid),
        };
        self.tell(due.event, sent_us, refused);
    }

    /// The same, but waits for room.
    pub async fn ship_waiting(&self, due: &Due, sent_us: i64) -> bool {
        let refused = match self.shipment(due) {
            Some(shipment) => self.fleet.ship_waiting(shipment).await.err().map(|refused| refused.reason),
            None => Some(Reason::Invalid),
        };
        self.tell(due.event, sent_us, refused);
        refused.is_none()
    }

    /// Waits for room and is sent when there is some: the wait is the caller's, what comes after it the queue's.
    pub async fn ship_when_room(&self, due: &Due) {
        let refused = match self.shipment(due) {
            Some(shipment) => self.fleet.ship_waiting(shipment).await.err().map(|refused| refused.reason),
            None => Some(Reason::Invalid),
        };
        self.tell(due.event, self.clock.now_us(), refused);
    }

    pub fn scheduled(&self, due: &Due) -> Scheduled {
        Scheduled {
            intended_us: due.at_us,
            producer: due.producer,
            sequence: due.sequence as u32,
            channel: due.channel,
            counted: due.at_us >= self.warm_up_us,
        }
    }

    /// Where there was no room the generator itself did not send; else somebody refused.
    fn tell(&self, event: u64, sent_us: i64, refused: Option<Reason>) {
        match refused {
            Some(Reason::Full) => self.intake.tell(event, sent_us, What::Dropped),
            Some(reason) => {
                self.intake.give_reason(reason);
                self.intake.tell(event, sent_us, What::Sent);
                self.intake.tell(event, sent_us, What::Failed);
            }
            None => self.intake.tell(event, sent_us, What::Sent),
        }
    }

    fn shipment(&self, due: &Due) -> Option<Shipment> {
        let place = self.channels.get(due.channel)?;
        let stamp = Stamp { run: self.run, producer: due.producer, sequence: due.sequence, event: due.event };
        let mut data = Vec::with_capacity(self.payload);
        stamp.write(self.payload, &mut data).ok()?;
        let value = self.channels.value(due.channel, due.object, String::from_utf8(data).ok()?)?;
        let timestamp_ms = self.clock.real_us(due.at_us) / 1_000;
        Some(Shipment {
            event: due.event,
            producer: due.producer,
            partition: place.partition,
            key: place.key.to_vec(),
            value,
            timestamp_ms,
        })
    }
}
