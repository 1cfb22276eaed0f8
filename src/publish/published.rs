//! A record that is stored, and the wait for it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::sync::oneshot;

use super::error::PublishError;
use crate::core::repartition::Order;

/// Where a record is. All in-sync replicas have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    pub topic: Arc<str>,
    pub partition: i32,
    pub offset: i64,
    /// Whether it surely is applied after the channel's earlier records; only a topic that grows makes that unsure.
    pub order: Order,
}

pub(super) type Outcome = Result<Published, PublishError>;

/// A record on its way: resolves once it is acknowledged or failed. Dropping it does not take the record back; a failure that nobody waits
/// for goes to [`Publisher::failures`](super::Publisher::failures).
#[must_use = "a failure that nobody waits for goes to `failures()`"]
pub struct Acknowledgement(pub(super) oneshot::Receiver<Outcome>);

impl Future for Acknowledgement {
    type Output = Result<Published, PublishError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match ready!(Pin::new(&mut self.0).poll(cx)) {
            Ok(outcome) => Poll::Ready(outcome),
            // Never: every record is answered before its sender goes.
            Err(_) => Poll::Pending,
        }
    }
}

impl fmt::Debug for Acknowledgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acknowledgement").finish_non_exhaustive()
    }
}
