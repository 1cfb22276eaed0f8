//! One channel, followed.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;

use super::change::Change;
use super::engine::Engine;
use super::error::ClientError;
use super::token::Token;
use crate::core::channel::Channel;

/// A channel's changes, also as a [`Stream`]. It never ends by itself, and survives whatever passes: lost connections, a failover, a slot that
/// moves, a channel that is not there yet or expires. No task belongs to it: dropped, it is gone.
///
/// It reads on only when what was read has been taken. A caller that is slower than the channel costs no memory; once the stream is trimmed
/// beyond where the caller is, the next change is [`Change::Restarted`].
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// # use shasta::{Change, Client};
/// # let client = Client::connect("redis://127.0.0.1").await?;
/// use futures_util::StreamExt;
///
/// let room = client.follow("app/room-7/system".parse()?).await?;
/// let mut gone = room.filter_map(|change| std::future::ready(match change {
///     Ok(Change::Deleted { name, .. }) => Some(name),
///     _ => None,
/// }));
/// while let Some(name) = gone.next().await {
///     println!("{name} is gone");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Subscription {
    engine: Engine,
    channel: Channel,
}

impl Subscription {
    pub(super) fn new(engine: Engine, channel: Channel) -> Self {
        Self { engine, channel }
    }

    pub fn channel(&self) -> &Channel {
        &self.channel
    }

    /// The next change; never `None`. Cancel-safe: a call that is dropped loses nothing.
    ///
    /// An error is one that does not pass by itself, as a missing right. The read is tried again when this is called again, after a pause.
    pub async fn next(&mut self) -> Option<Result<Change, ClientError>> {
        Some(poll_fn(|cx| self.engine.poll_next(cx)).await.1)
    }

    /// Where the changes that were handed out end: [`Client::resume`](super::Client::resume) goes on from there.
    pub fn token(&self) -> Token {
        self.engine.token(&self.channel).unwrap_or_else(|| Token::new(self.channel.clone(), None))
    }
}

impl Stream for Subscription {
    type Item = Result<Change, ClientError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.engine.poll_next(cx).map(|(_, change)| Some(change))
    }
}
