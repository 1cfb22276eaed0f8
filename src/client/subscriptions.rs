//! Many channels, followed together.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;

use super::change::Change;
use super::engine::Engine;
use super::error::ClientError;
use super::followed::Followed;
use super::token::Token;
use crate::core::channel::Channel;

/// The changes of many channels, each with its channel: of each channel what a [`Subscription`](super::Subscription) would tell, in that
/// order; between channels in any order.
#[derive(Debug)]
pub struct Subscriptions {
    engine: Engine,
}

impl Subscriptions {
    pub(super) fn new(engine: Engine) -> Self {
        Self { engine }
    }

    /// The next change of any of the channels; never `None`. Cancel-safe.
    ///
    /// An error is of its channel alone, and one that does not pass by itself. The others go on.
    pub async fn next(&mut self) -> Option<(Channel, Result<Change, ClientError>)> {
        Some(poll_fn(|cx| self.engine.poll_next(cx)).await)
    }

    /// Follows one more channel. False where it is followed already.
    pub fn add(&mut self, channel: Channel) -> bool {
        self.engine.add(|at| Followed::new(channel.clone(), at), &channel)
    }

    /// Follows a channel no more; changes of it that were not handed out are forgotten. False where it was not followed.
    pub fn remove(&mut self, channel: &Channel) -> bool {
        self.engine.remove(channel)
    }

    /// How many channels are followed.
    pub fn len(&self) -> usize {
        self.engine.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the changes of a channel that were handed out end; `None` where it is not followed.
    pub fn token(&self, channel: &Channel) -> Option<Token> {
        self.engine.token(channel)
    }
}

impl Stream for Subscriptions {
    type Item = (Channel, Result<Change, ClientError>);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.engine.poll_next(cx).map(Some)
    }
}
