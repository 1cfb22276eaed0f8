//! What a publisher's handles, its client's thread and the watch of its topic share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::entries::Answer;
use super::failures::FailureBuffer;
use super::queue::{Queue, Told};
use crate::config::Config;
use crate::core::decode::Limits;
use crate::core::publication::KeyForm;
use crate::kafka::{CallbackProducer, ConnectError, Deliveries, ProducerBounds, Stored, Undelivered};

/// Ends with the last of those who have it.
#[derive(Debug)]
pub(super) struct Shared {
    pub topic: Arc<str>,
    pub form: KeyForm,
    pub limits: Limits,
    pub config: Config,
    pub failures: Arc<FailureBuffer>,
    pub closed: watch::Sender<bool>,
    queue: Mutex<Queue>,
}

impl Shared {
    pub fn new(config: &Config, queue: Queue) -> Self {
        let publish = &config.publish;
        let bytes = usize::try_from(publish.queue_bytes.as_u64()).unwrap_or(usize::MAX);
        Self {
            topic: Arc::from(config.kafka.topic.as_str()),
            form: publish.key.into(),
            limits: (&config.fold.limits).into(),
            failures: Arc::new(FailureBuffer::new(publish.failures as usize, bytes)),
            config: config.clone(),
            closed: watch::Sender::new(false),
            queue: Mutex::new(queue),
        }
    }

    /// A client for these records, which answers here.
    pub fn producer(self: &Arc<Self>, batch_bytes: usize) -> Result<CallbackProducer, ConnectError> {
        /// Beside the default of `kafka.codec`, which the worker goes by where a record does not say.
        const PROTO: [(&str, &str); 1] = [("content-type", "application/protobuf")];
        let (kafka, publish) = (&self.config.kafka, &self.config.publish);
        let bounds = ProducerBounds {
            queue_records: publish.queue_records as usize,
            queue_bytes: usize::try_from(publish.queue_bytes.as_u64()).unwrap_or(usize::MAX),
            record_bytes: self.limits.record_bytes,
            batch_bytes,
            timeout: publish.delivery_timeout,
        };
        let headers = if kafka.codec == crate::config::Codec::Json { &PROTO[..] } else { &[] };
        CallbackProducer::new(kafka, &bounds, headers, Arc::clone(self) as Arc<dyn Deliveries>)
    }

    pub fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the queue, and sends what may be sent then.
    pub fn with_queue<T>(&self, change: impl FnOnce(&mut Queue) -> T) -> T {
        let mut queue = self.queue();
        let result = change(&mut queue);
        self.tell_all(queue.pump());
        result
    }

    /// What failed is told under the queue's lock: nobody sees that nothing is left before it can be seen why.
    fn tell_all(&self, told: Vec<Told>) {
        told.into_iter().for_each(|told| self.tell(told));
    }

    /// A failure that nobody waits for is kept.
    fn tell(&self, (answer, outcome): Told) {
        let unheard = match answer {
            Answer::Awaited(answer) => answer.send(outcome).err(),
            Answer::Unattended => Some(outcome),
        };
        if let Some(Err(error)) = unheard {
            self.failures.push(error);
        }
    }

    /// Nothing more is taken or sent, and what is not sent comes back. The client's thread then fails what is, and ends.
    pub fn close(&self) {
        self.closed.send_replace(true);
        let mut queue = self.queue();
        let (producer, told) = queue.close();
        self.tell_all(told);
        drop(queue);
        drop(producer);
    }
}

impl Deliveries for Shared {
    fn settled(&self, token: usize, outcome: Result<Stored, Undelivered>) {
        let mut queue = self.queue();
        let mut settled = queue.settle(token, outcome);
        if let Some(failed) = settled.take_if(|(_, outcome)| outcome.is_err()) {
            self.tell(failed);
        }
        self.tell_all(queue.pump());
        drop(queue);
        // The lock is not held while a task is woken, as it is for each record.
        settled.into_iter().for_each(|told| self.tell(told));
    }

    fn tick(&self) {
        let mut queue = self.queue();
        let late = queue.expire();
        self.tell_all(late);
        self.tell_all(queue.pump());
    }
}

impl Drop for Shared {
    /// The client is gone: whatever it did not answer it never will.
    fn drop(&mut self) {
        let left = self.queue().abandon();
        self.tell_all(left);
        self.failures.close();
    }
}
