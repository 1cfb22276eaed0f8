//! Following until somebody ends it.

use std::collections::HashSet;
use std::pin::pin;

use super::lookout::Lookout;
use super::printer::Printer;
use super::stop::Stop;
use super::{failure, output, say};
use crate::cli::Failure;
use crate::client::{Change, Channel, Client, ClientError, Subscription, Subscriptions, Token};
use crate::config::Config;
use crate::store::StoreError;

/// Follows one channel, or all.
pub struct Follower {
    source: Source,
    /// `None`: all.
    channel: Option<Channel>,
    /// Channels whose error was said; it comes again with each try.
    failing: HashSet<Channel>,
    /// After the last change that was printed.
    token: Option<Token>,
}

enum Source {
    One(Subscription),
    Many(Subscriptions),
}

impl Follower {
    pub fn of_channel(client: &Client, channel: Channel) -> Self {
        Self::new(Source::Many(client.follow_many([channel.clone()])), Some(channel))
    }

    pub fn since(client: &Client, token: Token) -> Self {
        let channel = token.channel().clone();
        Self::new(Source::One(client.resume(token)), Some(channel))
    }

    pub fn of_all(client: &Client) -> Self {
        Self::new(Source::Many(client.follow_all()), None)
    }

    fn new(source: Source, channel: Option<Channel>) -> Self {
        Self { source, channel, failing: HashSet::new(), token: None }
    }

    /// Prints each change until Ctrl-C, or until nobody reads them any more.
    ///
    /// # Errors
    /// What does not pass by itself; where all channels are followed, only what is not of one of them.
    pub async fn run(mut self, config: &Config, mut printer: Printer) -> Result<(), Failure> {
        let mut stop = Stop::listen()?;
        let overdue = stop.clone().overdue();
        let lookout = Lookout::connect(&config.redis, self.channel.clone()).await.map_err(failure)?;
        tokio::select! {
            ended = self.print(&mut printer, &mut stop) => ended?,
            () = overdue => {}
            () = lookout.watch() => {}
        }
        // A table has none; where many are followed each channel has its own.
        if let (Some(token), Some(_), true) = (&self.token, &self.channel, printer.is_table()) {
            say(format_args!("go on with --since {token}"));
        }
        Ok(())
    }

    /// Between two lines it can be stopped at once; a line that was begun is written to its end.
    async fn print(&mut self, printer: &mut Printer, stop: &mut Stop) -> Result<(), Failure> {
        let mut closed = pin!(output::closed());
        loop {
            let (channel, told) = tokio::select! {
                told = self.source.next() => told,
                () = &mut closed => return Ok(()),
                () = stop.requested() => return Ok(()),
            };
            match told {
                Ok(change) => {
                    self.failing.remove(&channel);
                    let token = self.source.token(&channel, &change);
                    output::write(printer.change(&channel, &change, token.as_ref())?).await?;
                    self.token = token;
                }
                Err(error) if self.channel.is_none() && is_of_a_channel(&error) => self.skip(channel, &error),
                Err(error) => return Err(failure(error)),
            }
        }
    }

    /// The other channels go on.
    fn skip(&mut self, channel: Channel, error: &ClientError) {
        if !self.failing.contains(&channel) {
            say(format_args!("{channel} can not be read: {error}"));
            self.failing.insert(channel);
        }
    }
}

impl Source {
    async fn next(&mut self) -> (Channel, Result<Change, ClientError>) {
        let told = match self {
            Self::One(subscription) => subscription.next().await.map(|change| (subscription.channel().clone(), change)),
            Self::Many(subscriptions) => subscriptions.next().await,
        };
        match told {
            Some(told) => told,
            // A subscription never ends.
            None => std::future::pending().await,
        }
    }

    /// The place after a change that was just told.
    fn token(&self, channel: &Channel, change: &Change) -> Option<Token> {
        match (change, self) {
            (Change::Snapshot(snapshot) | Change::Restarted(snapshot), _) => Some(snapshot.token.clone()),
            (_, Self::One(subscription)) => Some(subscription.token()),
            (_, Self::Many(subscriptions)) => subscriptions.token(channel),
        }
    }
}

/// Whether an error that does not pass may be one of a channel alone.
pub fn is_of_a_channel(error: &ClientError) -> bool {
    match error {
        ClientError::UndecodableObject { .. } | ClientError::UndecodableEntry { .. } => true,
        ClientError::Store(error) => matches!(error, StoreError::Refused { .. } | StoreError::Unexpected { .. }),
        ClientError::Url(_) | ClientError::NoLayout { .. } | ClientError::Layout(_) | ClientError::LayoutChanged { .. } => false,
    }
}
