//! A look at the cluster, without joining a group.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::client::{self, ConnectError};
use super::committed::{self, Committed};
use super::context::{Context, Native};
use super::failure::KafkaFailure;
use super::poller::{Commands, Poller};
use super::status::Status;
use crate::config::Kafka;

/// A connection that asks. Cheap to clone; the last clone of an own connection closes it.
#[derive(Clone)]
pub struct Cluster {
    pub(super) client: Arc<Native>,
    /// A client that is not polled never authenticates.
    _poller: Arc<Poller>,
}

impl Cluster {
    /// An own connection that never joins; it may ask for the offsets of `group`.
    ///
    /// # Errors
    /// Only what is wrong in the configuration.
    pub fn connect(kafka: &Kafka, group: &str) -> Result<Self, ConnectError> {
        let client = Native::create(&client::observer(kafka, group)?, Context::new("observer", Status::default(), kafka))?;
        let poller = Poller::start("kafka-observer", Arc::clone(&client), None, Commands::channel())?;
        Ok(Self::of(client, Arc::new(poller)))
    }

    pub(super) fn of(client: Arc<Native>, poller: Arc<Poller>) -> Self {
        Self { client, _poller: poller }
    }

    pub fn status(&self) -> Status {
        self.client.status.clone()
    }

    /// The group's committed offsets: `Ok(None)` where nothing is committed, an error where it is unknown.
    ///
    /// # Errors
    /// The coordinator's answer for all of them.
    pub async fn committed(
        &self,
        topic: &str,
        partitions: &[i32],
    ) -> Result<BTreeMap<i32, Result<Option<Committed>, KafkaFailure>>, KafkaFailure> {
        committed::fetch(Arc::clone(&self.client), Arc::from(topic), partitions.to_vec()).await
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster").finish_non_exhaustive()
    }
}
