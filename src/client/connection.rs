//! A connection to what the workers keep up to date.

use std::sync::Arc;
use std::time::Duration;

use super::engine::Engine;
use super::error::ClientError;
use super::followed::Followed;
use super::replica::Replica;
use super::shared::Shared;
use super::snapshot::Snapshot;
use super::subscription::Subscription;
use super::subscriptions::Subscriptions;
use super::token::Token;
use crate::config;
use crate::core::channel::Channel;
use crate::store::{Look, Store};

/// How long is waited before each further try: a slot that moves and a replica that takes over are settled within seconds.
const TRY_AGAIN_AFTER: [Duration; 3] = [Duration::from_millis(20), Duration::from_millis(200), Duration::from_secs(1)];
const SWEEP_EVERY: Duration = Duration::from_secs(5);

/// Reads and follows channels. One is enough for a process: it keeps one connection to each node for reading and, once something is
/// followed, one for notices, however many channels are followed. A clone is the same client.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
}

/// Where to go on from.
#[derive(Clone, Debug)]
pub enum ResumeFrom {
    /// Only the place is known.
    Token(Token),
    /// What was there is known too.
    Snapshot(Snapshot),
}

impl Client {
    /// Connects to Redis, one server or a cluster, and reads the layout under its prefix. `redis` is a URL such as
    /// `rediss://user:password@host:6379/?prefix=shasta:`, or the settings that a worker has too.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use shasta::Client;
    ///
    /// let client = Client::connect("rediss://user:password@redis.example:6379/?prefix=shasta:").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ClientError::NoLayout`] where no worker ever ran, [`ClientError::Layout`] where the layout is of another format,
    /// [`ClientError::Store`] where no node answers, [`ClientError::Url`].
    pub async fn connect<R>(redis: R) -> Result<Self, ClientError>
    where
        R: TryInto<config::Redis>,
        ClientError: From<R::Error>,
    {
        Self::connect_sweeping(redis, SWEEP_EVERY).await
    }

    /// As [`Self::connect`]. Notices of changes may get lost, as on a connection that breaks; therefore each followed channel is also looked
    /// at every `sweep_every` (by default 5 s), which costs Redis an XRANGE of one entry, a few microseconds, a look. Where no notices come at all (`fold.notices` is off,
    /// or the user may not listen), all are looked at five times a second, but not more than 2,000 channels a second.
    ///
    /// # Errors
    /// As [`Self::connect`].
    pub async fn connect_sweeping<R>(redis: R, sweep_every: Duration) -> Result<Self, ClientError>
    where
        R: TryInto<config::Redis>,
        ClientError: From<R::Error>,
    {
        let settings = redis.try_into()?;
        let store = Store::connect(&settings).await?;
        let layout = store.layout().await?.ok_or(ClientError::NoLayout { prefix: settings.prefix })?;
        Ok(Self { shared: Arc::new(Shared::new(store, layout.slices, sweep_every)) })
    }

    /// The channel's objects and where its stream is, of the same instant. A channel of which nothing is there, because nothing was
    /// ever published or all of it expired, is an empty snapshot.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # use shasta::{Channel, Client, Scope};
    /// # let client = Client::connect("redis://127.0.0.1").await?;
    /// let room = client.snapshot(&Channel::new("app", "room-7", Scope::System)?).await?;
    /// for (name, object) in &room.objects {
    ///     println!("{name} is {}", object.data());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ClientError::Store`] after a few tries where that may help, [`ClientError::UndecodableObject`] for what no worker wrote.
    pub async fn snapshot(&self, channel: &Channel) -> Result<Snapshot, ClientError> {
        for wait in TRY_AGAIN_AFTER {
            match self.read(channel).await {
                Err(error) if error.is_retryable() => tracing::debug!(%error, "trying again"),
                read => return read,
            }
            tokio::time::sleep(wait).await;
        }
        self.read(channel).await
    }

    async fn read(&self, channel: &Channel) -> Result<Snapshot, ClientError> {
        let mut found = self.shared.look_at(&[(self.shared.place(channel), Look::Snapshot)]).await;
        Snapshot::decode(channel, &found.pop().unwrap_or_else(|| Ok(Default::default()))?)
    }

    /// The channel's snapshot, and then every change after it, once and in order. It waits for the snapshot.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # use shasta::{Change, Channel, Client, Scope};
    /// # let client = Client::connect("redis://127.0.0.1").await?;
    /// let mut room = client.follow(Channel::new("app", "room-7", Scope::System)?).await?;
    /// while let Some(change) = room.next().await {
    ///     match change? {
    ///         Change::Snapshot(room) | Change::Restarted(room) => println!("{} objects", room.objects.len()),
    ///         Change::Set { name, object, .. } => println!("{name} is {}", object.data()),
    ///         Change::Deleted { name, .. } => println!("{name} is gone"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What keeps the snapshot from being read and does not pass by itself.
    pub async fn follow(&self, channel: Channel) -> Result<Subscription, ClientError> {
        let mut engine = self.engine();
        engine.add(|at| Followed::new(channel.clone(), at), &channel);
        engine.begin().await?;
        Ok(Subscription::new(engine, channel))
    }

    /// Goes on where a subscription was, as after a restart of the application: every change after it, once and in order. Where the stream
    /// can not be shown to go on from there (it was trimmed, expired, lost or made again), the first change is
    /// [`Change::Restarted`](super::Change::Restarted).
    ///
    /// A [`Token`] alone does not say what values changed members belong to. They are taken from what is left of the stream and what is there now;
    /// where that does not tell every value in between, it is `Restarted` too. From a [`Snapshot`] everything follows.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # use shasta::{Client, Token};
    /// # let client = Client::connect("redis://127.0.0.1").await?;
    /// let token: Token = std::fs::read_to_string("room-7.token")?.parse()?;
    /// let mut room = client.resume(token);
    /// while let Some(change) = room.next().await {
    ///     println!("{:?}", change?);
    ///     // After the change was dealt with: then a crash tells it again, and leaves none out.
    ///     std::fs::write("room-7.token", room.token().to_string())?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn resume(&self, from: impl Into<ResumeFrom>) -> Subscription {
        let mut engine = self.engine();
        let from = from.into();
        let channel = from.channel().clone();
        let make = |at| match &from {
            ResumeFrom::Token(token) => Followed::resuming(token, at),
            ResumeFrom::Snapshot(snapshot) => Followed::continuing(snapshot, at),
        };
        engine.add(make, &channel);
        Subscription::new(engine, channel)
    }

    /// Follows any number of channels at once, over the same few connections: of each the snapshot, then every change. What an event
    /// costs does not grow with the number of channels.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # use shasta::{Channel, Client, Scope};
    /// # let client = Client::connect("redis://127.0.0.1").await?;
    /// let mut rooms = client.follow_many([Channel::new("app", "room-7", Scope::System)?]);
    /// rooms.add("app/room-8/system".parse()?);
    /// while let Some((room, change)) = rooms.next().await {
    ///     match change {
    ///         Ok(change) => println!("{room}: {change:?}"),
    ///         // The others go on.
    ///         Err(error) => println!("{room} can not be read: {error}"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn follow_many(&self, channels: impl IntoIterator<Item = Channel>) -> Subscriptions {
        let mut subscriptions = Subscriptions::new(self.engine());
        for channel in channels {
            subscriptions.add(channel);
        }
        subscriptions
    }

    /// Follows every channel under the prefix, those that come too. All of their objects are held in memory.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # use shasta::Client;
    /// # let client = Client::connect("redis://127.0.0.1").await?;
    /// let mut rooms = client.follow_all();
    /// while let Some((room, change)) = rooms.next().await {
    ///     println!("{room}: {:?}", change?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn follow_all(&self) -> Subscriptions {
        self.shared.start_listening();
        Subscriptions::new(Engine::of_all(Arc::clone(&self.shared)))
    }

    /// The channel's objects in memory, kept up to date by a task that ends with the replica. It waits for the first snapshot.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # use shasta::{Channel, Client, Scope};
    /// # let client = Client::connect("redis://127.0.0.1").await?;
    /// let mut room = client.replica(Channel::new("app", "room-7", Scope::System)?).await?;
    /// println!("the light is {:?}", room.get("light/1").map(|light| light.data().to_owned()));
    /// room.changed().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Self::follow`].
    pub async fn replica(&self, channel: Channel) -> Result<Replica, ClientError> {
        Replica::start(self.follow(channel).await?).await
    }

    fn engine(&self) -> Engine {
        self.shared.start_listening();
        Engine::new(Arc::clone(&self.shared))
    }
}

impl ResumeFrom {
    fn channel(&self) -> &Channel {
        match self {
            Self::Token(token) => token.channel(),
            Self::Snapshot(snapshot) => snapshot.channel(),
        }
    }
}

impl From<Token> for ResumeFrom {
    fn from(token: Token) -> Self {
        Self::Token(token)
    }
}

impl From<Snapshot> for ResumeFrom {
    fn from(snapshot: Snapshot) -> Self {
        Self::Snapshot(snapshot)
    }
}
