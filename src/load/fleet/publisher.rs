//! Shasta's own publisher under load.

use std::sync::Arc;

use bytesize::ByteSize;
use prost::Message as _;
use tokio::runtime::Handle;

use super::desk::Desk;
use super::workers::Workers;
use super::{Answer, FleetError, FleetSettings, Reason, Refused, Shipment};
use crate::config::Config;
use crate::core::tag_data::TagData;
use crate::publish::{Acknowledgement, PublishError, Publisher};

/// One publisher, bounded by its own queue.
#[derive(Debug)]
pub struct OwnPublisher {
    desk: Arc<Desk>,
    publisher: Publisher,
    handle: Handle,
    _workers: Workers,
}

impl OwnPublisher {
    pub(super) fn connect(settings: &FleetSettings, config: &Config, desk: Arc<Desk>) -> Result<Self, FleetError> {
        let workers = Workers::start()?;
        let handle = workers.handle().ok_or(FleetError::None("thread"))?.clone();
        let mut config = config.clone();
        config.publish.queue_records = settings.outstanding.map_or(u32::MAX, |bound| u32::try_from(bound).unwrap_or(u32::MAX));
        // The bound that is tested is the one on records.
        config.publish.queue_bytes = ByteSize::b(u64::MAX);
        config.publish.delivery_timeout = settings.delivery_timeout;
        let publisher = {
            let _its_tasks_run_on_the_fleets_threads = handle.enter();
            Publisher::connect(&config)?
        };
        Ok(Self { desk, publisher, handle, _workers: workers })
    }

    pub(super) fn ship(&self, shipment: Shipment) -> Result<(), Refused> {
        let record = tag_data(&shipment)?;
        self.enter(shipment, self.publisher.try_publish(record))
    }

    pub(super) async fn ship_waiting(&self, shipment: Shipment) -> Result<(), Refused> {
        let record = tag_data(&shipment)?;
        let taken = self.publisher.enqueue(record).await;
        self.enter(shipment, taken)
    }

    fn enter(&self, shipment: Shipment, taken: Result<Acknowledgement, PublishError>) -> Result<(), Refused> {
        let acknowledgement = match taken {
            Ok(acknowledgement) => acknowledgement,
            Err(error) => return Err(Refused { shipment, reason: reason(&error) }),
        };
        let (desk, event) = (Arc::clone(&self.desk), shipment.event);
        desk.enter(event);
        self.handle.spawn(async move {
            let answer = match acknowledgement.await {
                Ok(published) => Answer::Acknowledged { partition: published.partition, offset: published.offset },
                Err(error) if error.may_have_been_stored() => Answer::Unknown { reason: reason(&error) },
                Err(error) => Answer::Failed { reason: reason(&error) },
            };
            desk.answer(event, answer);
        });
        Ok(())
    }

    pub(super) fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }
}

fn tag_data(shipment: &Shipment) -> Result<TagData, Refused> {
    TagData::decode(shipment.value.as_slice()).map_err(|_| Refused { shipment: shipment.clone(), reason: Reason::Invalid })
}

fn reason(error: &PublishError) -> Reason {
    match error {
        PublishError::TooLarge { .. } => Reason::TooLarge,
        PublishError::Invalid { .. } => Reason::Invalid,
        PublishError::QueueFull { .. } => Reason::Full,
        PublishError::NotAuthorized { .. } => Reason::NotAuthorized,
        PublishError::Expired { .. } => Reason::Expired,
        PublishError::UnknownTopic { .. } => Reason::UnknownTopic,
        PublishError::Closed { .. } => Reason::Ended,
        PublishError::Fatal { .. } | PublishError::Failed { .. } => Reason::Refused,
    }
}
