//! A request of the admin API and its one answer.

use std::time::{Duration, Instant};

use rdkafka::bindings as c;
use rdkafka::consumer::Consumer;
use rdkafka::error::{IsError, RDKafkaErrorCode as Code};

use super::{milliseconds, text};
use crate::kafka::context::Native;
use crate::kafka::failure::KafkaFailure;

/// An admin request: options, and a queue of its own for the one answer.
pub struct Request {
    pub client: *mut c::rd_kafka_t,
    pub options: *mut c::rd_kafka_AdminOptions_t,
    pub queue: *mut c::rd_kafka_queue_t,
    until: Instant,
}

impl Request {
    pub fn new(client: &Native, operation: c::rd_kafka_admin_op_t, timeout: Duration) -> Self {
        let client = client.consumer().client().native_ptr();
        let mut reason = [0; 128];
        // SAFETY: the client is alive; options and queue are destroyed in drop; the buffer is good for its length.
        let (options, queue) = unsafe {
            let options = c::rd_kafka_AdminOptions_new(client, operation);
            c::rd_kafka_AdminOptions_set_request_timeout(options, milliseconds(timeout), reason.as_mut_ptr(), reason.len());
            (options, c::rd_kafka_queue_new(client))
        };
        Self { client, options, queue, until: Instant::now() + timeout + Duration::from_millis(500) }
    }

    /// By when there is an answer, or none will be taken.
    #[cfg(feature = "daemon")]
    pub fn until(&self) -> Instant {
        self.until
    }

    /// Blocks until the broker has answered, or the time is up.
    pub fn answer(&self) -> Result<Event, KafkaFailure> {
        let left = self.until.saturating_duration_since(Instant::now());
        self.answer_within(left).unwrap_or_else(|| Err(KafkaFailure::of(Code::OperationTimedOut)))
    }

    /// `None`: no answer yet.
    pub fn answer_within(&self, limit: Duration) -> Option<Result<Event, KafkaFailure>> {
        // SAFETY: the queue is alive; the event is null or ours to destroy, which `Event` does.
        let event = unsafe { c::rd_kafka_queue_poll(self.queue, milliseconds(limit)) };
        (!event.is_null()).then(|| Event(event).succeeded())
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        // SAFETY: both from `new`, destroyed once; a late answer to the queue is dropped by the library.
        unsafe {
            c::rd_kafka_AdminOptions_destroy(self.options);
            c::rd_kafka_queue_destroy(self.queue);
        }
    }
}

/// The answer; what is read from it lives as long.
pub struct Event(pub *mut c::rd_kafka_event_t);

impl Event {
    fn succeeded(self) -> Result<Self, KafkaFailure> {
        // SAFETY: the event is alive, its text lives as long.
        let (code, reason) = unsafe { (c::rd_kafka_event_error(self.0), text(c::rd_kafka_event_error_string(self.0))) };
        if code.is_error() {
            return Err(KafkaFailure::new(code.into(), reason));
        }
        Ok(self)
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        // SAFETY: from `rd_kafka_queue_poll`, destroyed once.
        unsafe { c::rd_kafka_event_destroy(self.0) };
    }
}

/// # Safety
/// Null or a live error.
pub unsafe fn error_of(error: *const c::rd_kafka_error_t) -> Result<(), KafkaFailure> {
    // SAFETY: the code of null is "no error"; the text lives as long as the error.
    let code = unsafe { c::rd_kafka_error_code(error) };
    if !code.is_error() {
        return Ok(());
    }
    // SAFETY: as above.
    Err(KafkaFailure::new(code.into(), unsafe { text(c::rd_kafka_error_string(error)) }))
}
