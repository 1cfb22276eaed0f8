//! From settings to a fleet.

use std::sync::Arc;

use super::desk::{Clock, Desk};
use super::{Fat, Fleet, FleetError, FleetKind, FleetSettings, Listener, Many, OwnPublisher, Sink};
use crate::config::Config;

impl Fleet {
    /// Connects everything to `kafka.topic`, logs in and asks once, so that the first record does not meet a cold connection. Answers go
    /// to `listener`.
    ///
    /// The few of librdkafka, and Shasta's publisher, connect to further brokers with the first record for them: that is the warm-up's.
    ///
    /// # Errors
    /// What can not be connected, or is wrong in the settings.
    pub async fn connect(settings: &FleetSettings, config: &Config, clock: Clock, listener: Arc<dyn Listener>) -> Result<Self, FleetError> {
        let bound = match settings.kind {
            FleetKind::Bare { .. } => None,
            // The publisher's own queue is the bound that is tested.
            FleetKind::Publisher => None,
            FleetKind::Many { .. } | FleetKind::Fat { .. } | FleetKind::Sink(_) => settings.outstanding,
        };
        let desk = Desk::new(bound, clock, listener);
        match &settings.kind {
            FleetKind::Many { connections } => Many::connect(*connections, settings, &config.kafka, desk).await.map(Self::Many),
            FleetKind::Fat { clients, linger } => Fat::connect(*clients, *linger, settings, &config.kafka, desk).await.map(Self::Fat),
            FleetKind::Bare { linger } => Fat::connect(1, *linger, settings, &config.kafka, desk).await.map(Self::Fat),
            FleetKind::Publisher => OwnPublisher::connect(settings, config, desk).map(Self::Publisher),
            FleetKind::Sink(sink) => Sink::start(sink, desk).map(Self::Sink),
        }
    }
}
