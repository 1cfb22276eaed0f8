//! What an application publishes with.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::entries::Answer;
use super::error::{PublishError, Unpublished};
use super::failures::Failures;
use super::published::{Acknowledgement, Outcome, Published};
use super::queue::{Bounds, Queue};
use super::shared::Shared;
use super::topic_watch::{BATCH_BYTES, TopicWatch};
use crate::config::Config;
use crate::core::publication::Publication;
use crate::core::tag_data::TagData;
use crate::kafka::ConnectError;

/// Records that [`Publisher::publish_all`] takes at once.
const TOGETHER: usize = 100;

/// Publishes events, in order per channel. Cheap to clone; dropping the last clone closes it: what is on its way then comes back as
/// [`PublishError::Closed`], so [`flush`](Self::flush) first.
///
/// ```no_run
/// use shasta::config::Config;
/// use shasta::core::tag_data::{TagData, TagDataObjectIdentifier};
/// use shasta::Publisher;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let publisher = Publisher::connect(&Config::default())?;
/// let text = |text: &str| Some(text.to_owned());
/// let identifier = TagDataObjectIdentifier { app_id: text("app"), tag: text("room-7"), scope: text("system"), name: text("light/1") };
/// let event = TagData { identifier: Some(identifier), deleted: None, lifetime: Some(60), data: text(r#"{"on":true}"#) };
/// match publisher.publish(event).await {
///     Ok(published) => println!("{}/{} at {}", published.topic, published.partition, published.offset),
///     Err(error) => {
///         println!("{}: {error}", error.reason());
///         let _ours_again: TagData = error.into_record();
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Publisher {
    handle: Arc<Handle>,
}

#[derive(Debug)]
struct Handle {
    shared: Arc<Shared>,
    watch: AbortHandle,
}

/// What a publisher did and has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PublisherCounts {
    /// Records that are taken and neither acknowledged nor failed, and the bytes of their keys and values.
    pub queued_records: usize,
    pub queued_bytes: usize,
    pub published: u64,
    /// Records that were taken and came back. What was refused at once is not among them.
    pub failed: u64,
    /// Failures that [`Publisher::failures`] left out because nobody asked in time.
    pub failures_dropped: u64,
    /// Records published with [`Order::NotProven`](crate::core::repartition::Order::NotProven).
    pub order_not_proven: u64,
}

impl Publisher {
    /// A publisher for `kafka.topic`, bounded as `[publish]` says. It connects on its own and tries until it succeeds: meanwhile records wait,
    /// up to `publish.delivery_timeout` each.
    ///
    /// # Errors
    /// What is wrong in the configuration, and [`ConnectError::NoRuntime`] outside of a tokio runtime.
    pub fn connect(config: &Config) -> Result<Self, ConnectError> {
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| ConnectError::NoRuntime)?;
        let publish = &config.publish;
        let bounds = Bounds {
            records: publish.queue_records.max(1) as usize,
            bytes: usize::try_from(publish.queue_bytes.as_u64()).unwrap_or(usize::MAX),
            timeout: publish.delivery_timeout,
        };
        let shared = Arc::new(Shared::new(config, Queue::new(Arc::from(config.kafka.topic.as_str()), bounds)));
        let producer = shared.producer(BATCH_BYTES)?;
        shared.queue().producer = Some(Arc::new(producer));
        let watch = runtime.spawn(TopicWatch::new(Arc::clone(&shared)).run()).abort_handle();
        Ok(Self { handle: Arc::new(Handle { shared, watch }) })
    }

    /// Publishes one record: waits for room in the queue, then until all in-sync replicas have it.
    ///
    /// Dropping the future while it waits for room takes the record back; after that it does not, and a failure then goes to
    /// [`failures`](Self::failures). Records of one channel are stored in the order in which their futures were first polled.
    ///
    /// # Errors
    /// See [`PublishError`]: the record comes back.
    pub async fn publish(&self, record: TagData) -> Result<Published, PublishError> {
        self.enqueue(record).await?.await
    }

    /// Waits for room alone; the [`Acknowledgement`] is waited for later, so that many records are on their way at once.
    ///
    /// ```no_run
    /// # async fn example(publisher: shasta::Publisher, events: Vec<shasta::core::tag_data::TagData>) -> Result<(), shasta::PublishError> {
    /// let mut acknowledgements = Vec::new();
    /// for event in events {
    ///     acknowledgements.push(publisher.enqueue(event).await?);
    /// }
    /// for acknowledgement in acknowledgements {
    ///     acknowledgement.await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What keeps the record from being taken.
    pub async fn enqueue(&self, record: TagData) -> Result<Acknowledgement, PublishError> {
        let mut taken = self.enqueue_all(vec![self.checked(record)]).await;
        taken.remove(0)
    }

    /// As [`enqueue`](Self::enqueue), but never waits: without room it is [`PublishError::QueueFull`] at once.
    ///
    /// ```no_run
    /// # async fn example(publisher: shasta::Publisher, event: shasta::core::tag_data::TagData) {
    /// match publisher.try_publish(event) {
    ///     Ok(acknowledgement) => println!("{:?}", acknowledgement.await),
    ///     Err(error) => println!("{}: {:?} is ours again", error.reason(), error.into_record()),
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// What keeps the record from being taken.
    pub fn try_publish(&self, record: TagData) -> Result<Acknowledgement, PublishError> {
        let (answer, answered) = oneshot::channel();
        self.offer(record, Answer::Awaited(answer))?;
        Ok(Acknowledgement(answered))
    }

    /// Publishes without waiting for anything; what fails later goes to [`failures`](Self::failures).
    ///
    /// ```no_run
    /// # async fn example(publisher: shasta::Publisher, events: Vec<shasta::core::tag_data::TagData>) -> Result<(), shasta::PublishError> {
    /// let mut failures = publisher.failures();
    /// tokio::spawn(async move {
    ///     while let Some(failure) = failures.next().await {
    ///         eprintln!("{failure}");
    ///     }
    /// });
    /// for event in events {
    ///     publisher.send(event)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What keeps the record from being taken, [`PublishError::QueueFull`] among it.
    pub fn send(&self, record: TagData) -> Result<(), PublishError> {
        self.offer(record, Answer::Unattended)
    }

    /// Publishes all, many at once and in order per channel, and returns once each is acknowledged or failed; the outcomes are in the order
    /// of the records. One that fails keeps nothing back that comes after it. The iterator goes on as there is room.
    ///
    /// ```no_run
    /// # async fn example(publisher: shasta::Publisher, events: Vec<shasta::core::tag_data::TagData>) {
    /// let outcomes = publisher.publish_all(events).await;
    /// let again = outcomes.into_iter().filter_map(Result::err).filter(|error| error.is_retryable());
    /// let again: Vec<_> = again.map(shasta::PublishError::into_record).collect();
    /// println!("{} may be published again", again.len());
    /// # }
    /// ```
    pub async fn publish_all(&self, records: impl IntoIterator<Item = TagData>) -> Vec<Result<Published, PublishError>> {
        let (mut records, mut taken) = (records.into_iter(), Vec::new());
        loop {
            let some: Vec<_> = records.by_ref().take(TOGETHER).map(|record| self.checked(record)).collect();
            if some.is_empty() {
                break;
            }
            taken.extend(self.enqueue_all(some).await);
        }
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(taken.len());
        for acknowledgement in taken {
            outcomes.push(match acknowledgement {
                Ok(acknowledgement) => acknowledgement.await,
                Err(error) => Err(error),
            });
        }
        outcomes
    }

    /// The failures of records that nobody waits for.
    pub fn failures(&self) -> Failures {
        Failures(Arc::clone(&self.handle.shared.failures))
    }

    /// Waits until everything that was taken before is acknowledged or failed, up to `deadline`, and returns what is not, in order. That
    /// stays on its way: its own future, or [`failures`](Self::failures), tells what became of it.
    ///
    /// ```no_run
    /// # async fn example(publisher: shasta::Publisher) {
    /// let left = publisher.flush(std::time::Duration::from_secs(10)).await;
    /// for unpublished in &left {
    ///     eprintln!("not acknowledged: {unpublished}");
    /// }
    /// # }
    /// ```
    pub async fn flush(&self, deadline: Duration) -> Vec<Unpublished> {
        let Some((ticket, up_to, done)) = self.handle.shared.queue().flush() else { return Vec::new() };
        let _done_or_late = tokio::time::timeout(deadline, done).await;
        self.handle.shared.queue().end_flush(ticket, up_to)
    }

    /// Hands nothing more to Kafka: records are taken until the queue is full. What is on its way already goes on.
    pub fn pause(&self) {
        self.handle.shared.queue().is_paused = true;
    }

    /// Goes on, in order.
    pub fn resume(&self) {
        self.handle.shared.with_queue(|queue| queue.is_paused = false);
    }

    pub fn counts(&self) -> PublisherCounts {
        let queue = self.handle.shared.queue();
        PublisherCounts {
            queued_records: queue.records,
            queued_bytes: queue.bytes,
            published: queue.published,
            failed: queue.failed,
            failures_dropped: self.handle.shared.failures.dropped(),
            order_not_proven: queue.not_proven,
        }
    }

    /// Takes these one after the other, as there is room, and hands over all that are taken at once: so they share requests.
    async fn enqueue_all(&self, checked: Vec<Result<Publication, PublishError>>) -> Vec<Result<Acknowledgement, PublishError>> {
        let shared = &self.handle.shared;
        let (mut taken, mut waits) = (Vec::with_capacity(checked.len()), Vec::new());
        shared.with_queue(|queue| {
            for publication in checked {
                taken.push(publication.map(|publication| {
                    let (answer, answered) = oneshot::channel();
                    if queue.has_room(publication.bytes()) {
                        queue.take(publication, Answer::Awaited(answer));
                    } else {
                        let (ticket, admitted) = queue.wait(publication, Answer::Awaited(answer));
                        waits.push((Place { shared, ticket }, admitted));
                    }
                    Acknowledgement(answered)
                }));
            }
        });
        for (_place, admitted) in &mut waits {
            let _taken_or_closed = admitted.await;
        }
        taken
    }

    #[cfg(test)]
    #[cfg(feature = "daemon")]
    pub(super) fn producer(&self) -> Arc<crate::kafka::CallbackProducer> {
        Arc::clone(self.handle.shared.queue().producer.as_ref().unwrap())
    }

    fn offer(&self, record: TagData, answer: Answer) -> Result<(), PublishError> {
        let publication = self.checked(record)?;
        let shared = &self.handle.shared;
        let refused = shared.with_queue(|queue| {
            if !queue.has_room(publication.bytes()) {
                return Some(publication);
            }
            queue.take(publication, answer);
            None
        });
        refused.map_or(Ok(()), |publication| {
            let unpublished = Box::new(Unpublished::of(&shared.topic, publication, None));
            Err(PublishError::QueueFull { unpublished })
        })
    }

    fn checked(&self, record: TagData) -> Result<Publication, PublishError> {
        let Shared { topic, form, limits, .. } = &*self.handle.shared;
        let checked = Publication::new(record, *form, limits);
        checked.map_err(|refused| {
            let (record, invalid) = *refused;
            PublishError::invalid(Unpublished::unsent(topic, record, *form), invalid)
        })
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.close();
        self.watch.abort();
    }
}

/// A place among those that wait for room, given up with the future that waits.
struct Place<'a> {
    shared: &'a Shared,
    ticket: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.shared.queue().leave(self.ticket);
    }
}
