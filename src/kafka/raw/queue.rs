//! A partition's own queue.

use std::ffi::{CString, c_void};
use std::ptr::{self, NonNull};
use std::sync::Arc;

use rdkafka::bindings as c;
use rdkafka::consumer::Consumer;
use rdkafka::error::RDKafkaErrorCode as Code;
use tokio::sync::Notify;

use super::RawMessage;
use crate::kafka::context::Native;

/// One partition's own queue. Messages go to it instead of the consumer's queue.
pub struct PartitionQueue {
    queue: NonNull<c::rd_kafka_queue_t>,
    /// Messages and the queue need the client; declared last, dropped last.
    client: Arc<Native>,
}

// SAFETY: librdkafka's queues are locked inside and may be used from any thread; the client is Send and Sync.
unsafe impl Send for PartitionQueue {}
// SAFETY: as above.
unsafe impl Sync for PartitionQueue {}

/// Called by librdkafka's threads, under the queue's lock, when the queue becomes non-empty.
unsafe extern "C" fn wake(_: *mut c::rd_kafka_t, notify: *mut c_void) {
    // SAFETY: `split` passed the address of a `Notify` that the client's context keeps for as long as the client lives.
    let notify = unsafe { &*notify.cast::<Notify>() };
    notify.notify_one();
}

impl PartitionQueue {
    /// Takes the partition's messages away from the consumer's queue. The library keeps it so for as long as it knows the partition,
    /// over unassign and assign (`RD_KAFKA_Q_F_FWD_APP` is set and never cleared). `None` for a topic name with a zero byte.
    ///
    /// `waker` must be one that the client's context keeps: the library may call it until the client is gone.
    pub fn split(client: &Arc<Native>, topic: &str, partition: i32, waker: &Arc<Notify>) -> Option<Self> {
        let topic = CString::new(topic).ok()?;
        // SAFETY: the client is alive, the name is a C string; the result is null or ours to destroy.
        let queue =
            NonNull::new(unsafe { c::rd_kafka_queue_get_partition(client.consumer().client().native_ptr(), topic.as_ptr(), partition) })?;
        // SAFETY: the queue is ours; forwarding to null ends the forwarding to the consumer's queue.
        unsafe { c::rd_kafka_queue_forward(queue.as_ptr(), ptr::null_mut()) };
        // SAFETY: the notify outlives the client (the caller's promise, kept by `Membership::waker`), and so every call of `wake`.
        // It is not disabled when this queue is dropped: a later queue of the same partition shares it.
        unsafe { c::rd_kafka_queue_cb_event_enable(queue.as_ptr(), Some(wake), Arc::as_ptr(waker).cast_mut().cast()) };
        Some(Self { queue, client: Arc::clone(client) })
    }

    /// What waits, stale messages included.
    pub fn len(&self) -> usize {
        // SAFETY: the queue is ours and alive.
        unsafe { c::rd_kafka_queue_length(self.queue.as_ptr()) }
    }

    /// The next message or error, if one is there. Never waits. Messages that were fetched before the last seek, assign or pause
    /// are thrown away inside: each carries the version it was fetched under (`rd_kafka_op_filter`).
    pub fn pop(&self) -> Option<Result<RawMessage<'_>, QueueError>> {
        // SAFETY: the queue is ours and alive; the message is ours to destroy, which `RawMessage` does.
        let message = NonNull::new(unsafe { c::rd_kafka_consume_queue(self.queue.as_ptr(), 0) })?;
        // SAFETY: as above; the result borrows this queue.
        Some(unsafe { RawMessage::new(message) }.into_result())
    }

    /// The client the queue belongs to.
    pub fn client(&self) -> &Arc<Native> {
        &self.client
    }
}

impl Drop for PartitionQueue {
    fn drop(&mut self) {
        // SAFETY: from `rd_kafka_queue_get_partition`, destroyed once, before the client that is dropped after this.
        unsafe { c::rd_kafka_queue_destroy(self.queue.as_ptr()) };
    }
}

/// An error that came instead of a message.
#[derive(Debug)]
pub struct QueueError {
    pub code: Code,
    pub reason: String,
    /// Where fetching stood; negative if unknown.
    pub offset: i64,
}
