//! An admin request that is awaited, so that a cluster that hangs holds no thread.

use std::ffi::c_void;
use std::ops::Deref;
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::bindings as c;
use rdkafka::error::{IsError, RDKafkaErrorCode as Code};
use tokio::sync::Notify;
use tokio::time::timeout_at;

use super::admin::{Event, Request};
use crate::kafka::context::Native;
use crate::kafka::failure::KafkaFailure;

/// A request whose answer wakes a task. Dropped before, it gives up.
pub struct Awaited {
    request: Request,
    answered: Arc<Notify>,
    /// The queue needs the client; declared last, dropped last.
    _client: Arc<Native>,
}

// SAFETY: the library's queues are locked inside and its options belong to the request alone: both may move between threads.
unsafe impl Send for Awaited {}

/// Called by librdkafka's threads, under the queue's lock, when the answer comes.
unsafe extern "C" fn wake(_: *mut c::rd_kafka_t, answered: *mut c_void) {
    // SAFETY: `new` passed the address of a `Notify` that lives until `drop` has taken this callback away.
    unsafe { &*answered.cast::<Notify>() }.notify_one();
}

impl Awaited {
    pub fn new(client: &Arc<Native>, operation: c::rd_kafka_admin_op_t, limit: Duration) -> Self {
        let request = Request::new(client, operation, limit);
        let answered = Arc::new(Notify::new());
        // SAFETY: the queue is the request's own; the notify lives until `drop`.
        unsafe { c::rd_kafka_queue_cb_event_enable(request.queue, Some(wake), Arc::as_ptr(&answered).cast_mut().cast()) };
        Self { request, answered, _client: Arc::clone(client) }
    }

    /// Goes to this broker, whoever would be asked else. Requests to a group's coordinator must: where the library looks for the coordinator
    /// itself and that hangs or fails, it frees the request too early and aborts the process (librdkafka issue 4605, open in 2.12.1).
    pub fn at_broker(self, broker: i32) -> Result<Self, KafkaFailure> {
        let mut reason = [0; 128];
        // SAFETY: the options are the request's own; the buffer is good for its length.
        let code = unsafe { c::rd_kafka_AdminOptions_set_broker(self.request.options, broker, reason.as_mut_ptr(), reason.len()) };
        if code.is_error() { Err(KafkaFailure::of(code.into())) } else { Ok(self) }
    }

    /// # Errors
    /// What the broker says of the whole request, or that it did not answer in time.
    pub async fn answer(self) -> Result<Event, KafkaFailure> {
        let until = self.request.until().into();
        loop {
            if let Some(answer) = self.request.answer_within(Duration::ZERO) {
                return answer;
            }
            if timeout_at(until, self.answered.notified()).await.is_err() {
                return Err(KafkaFailure::of(Code::OperationTimedOut));
            }
        }
    }
}

impl Deref for Awaited {
    type Target = Request;

    fn deref(&self) -> &Request {
        &self.request
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        // SAFETY: the queue is alive; after this call, which takes the queue's lock, `wake` is not called any more.
        unsafe { c::rd_kafka_queue_cb_event_enable(self.request.queue, None, ptr::null_mut()) };
    }
}
