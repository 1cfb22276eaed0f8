//! The C API of librdkafka, where the safe wrapper has no word for it: partition queues that tell why they failed,
//! commit metadata that is not UTF-8, leader epochs, topic ids. The only module with `unsafe`.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_void};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::bindings as c;
use rdkafka::consumer::Consumer;
use rdkafka::error::{IsError, RDKafkaErrorCode as Code};
use rdkafka::message::{BorrowedHeaders, OwnedHeaders};
use tokio::sync::Notify;
use tracing::subscriber::NoSubscriber;

use super::context::Native;
use super::failure::KafkaFailure;

/// What says nothing while it is dropped: a consumer that was closed is closed again by the wrapper's drop, and the refusal logged as an
/// error, at every stop.
pub(super) struct QuietDrop<T>(ManuallyDrop<T>);

impl<T> QuietDrop<T> {
    pub(super) fn new(value: T) -> Self {
        Self(ManuallyDrop::new(value))
    }
}

impl<T> Deref for QuietDrop<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Drop for QuietDrop<T> {
    fn drop(&mut self) {
        // SAFETY: dropped once, here, and not used after.
        tracing::subscriber::with_default(NoSubscriber::default(), || unsafe { ManuallyDrop::drop(&mut self.0) });
    }
}

/// Bytes behind a pointer that may be null; null is `None`, which is not the same as no bytes.
///
/// # Safety
/// A pointer that is not null must be good for `len` bytes for as long as `'a`.
unsafe fn bytes<'a>(start: *const c_void, len: usize) -> Option<&'a [u8]> {
    if start.is_null() {
        return None;
    }
    // SAFETY: promised by the caller.
    Some(unsafe { std::slice::from_raw_parts(start.cast(), len) })
}

/// # Safety
/// A pointer that is not null must be a C string that lives for the call.
unsafe fn text(start: *const c_char) -> String {
    if start.is_null() {
        return String::new();
    }
    // SAFETY: promised by the caller.
    unsafe { CStr::from_ptr(start) }.to_string_lossy().into_owned()
}

fn milliseconds(timeout: Duration) -> i32 {
    i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX)
}

/// One partition's own queue. Messages go to it instead of the consumer's queue.
pub(super) struct PartitionQueue {
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
    pub(super) fn split(client: &Arc<Native>, topic: &str, partition: i32, waker: &Arc<Notify>) -> Option<Self> {
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
    pub(super) fn len(&self) -> usize {
        // SAFETY: the queue is ours and alive.
        unsafe { c::rd_kafka_queue_length(self.queue.as_ptr()) }
    }

    /// The next message or error, if one is there. Never waits. Messages that were fetched before the last seek, assign or pause
    /// are thrown away inside: each carries the version it was fetched under (`rd_kafka_op_filter`).
    pub(super) fn pop(&self) -> Option<Result<RawMessage<'_>, QueueError>> {
        // SAFETY: the queue is ours and alive; the message is ours to destroy, which `RawMessage` does.
        let message = NonNull::new(unsafe { c::rd_kafka_consume_queue(self.queue.as_ptr(), 0) })?;
        let message = RawMessage { message, _queue: PhantomData };
        Some(message.into_result())
    }

    /// The client the queue belongs to.
    pub(super) fn client(&self) -> &Arc<Native> {
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
pub(super) struct QueueError {
    pub(super) code: Code,
    pub(super) reason: String,
    /// Where fetching stood; negative if unknown.
    pub(super) offset: i64,
}

/// A message in the library's own memory; it pins the whole fetch response that it came with.
pub(super) struct RawMessage<'a> {
    message: NonNull<c::rd_kafka_message_t>,
    _queue: PhantomData<&'a PartitionQueue>,
}

// SAFETY: a message belongs to one owner and may be read and destroyed on any thread. Not Sync: headers are parsed on first use, inside.
unsafe impl Send for RawMessage<'_> {}

impl<'a> RawMessage<'a> {
    fn get(&self) -> &c::rd_kafka_message_t {
        // SAFETY: alive until drop.
        unsafe { self.message.as_ref() }
    }

    fn into_result(self) -> Result<Self, QueueError> {
        let code = self.get().err;
        if !code.is_error() {
            return Ok(self);
        }
        // SAFETY: the message is alive; the result is null or a C string that lives as long as it.
        let reason = unsafe { text(c::rd_kafka_message_errstr(self.message.as_ptr())) };
        Err(QueueError { code: code.into(), reason, offset: self.get().offset })
    }

    pub(super) fn offset(&self) -> i64 {
        self.get().offset
    }

    pub(super) fn key(&self) -> Option<&[u8]> {
        // SAFETY: key and length are of one allocation that lives as long as the message.
        unsafe { bytes(self.get().key, self.get().key_len) }
    }

    pub(super) fn value(&self) -> Option<&[u8]> {
        // SAFETY: payload and length are of one allocation that lives as long as the message.
        unsafe { bytes(self.get().payload, self.get().len) }
    }

    /// Milliseconds, negative where there is none.
    pub(super) fn timestamp(&self) -> i64 {
        let mut kind = c::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        // SAFETY: the message is alive, the kind is written to.
        unsafe { c::rd_kafka_message_timestamp(self.message.as_ptr(), &raw mut kind) }
    }

    /// Negative where the broker names none.
    pub(super) fn leader_epoch(&self) -> i32 {
        // SAFETY: the message is alive.
        unsafe { c::rd_kafka_message_leader_epoch(self.message.as_ptr()) }
    }

    /// The header at `index`: its name (any bytes but zero) and its value, which may be null.
    pub(super) fn header(&self, index: usize) -> Option<(&[u8], Option<&[u8]>)> {
        let mut headers = ptr::null_mut();
        // SAFETY: the message is alive; the headers, parsed here at first, belong to it.
        let failed = unsafe { c::rd_kafka_message_headers(self.message.as_ptr(), &raw mut headers) }.is_error();
        if failed {
            return None;
        }
        let (mut name, mut value, mut size) = (ptr::null(), ptr::null(), 0);
        // SAFETY: the headers live as long as the message; the three are written to.
        let failed = unsafe { c::rd_kafka_header_get_all(headers, index, &raw mut name, &raw mut value, &raw mut size) }.is_error();
        if failed {
            return None;
        }
        // SAFETY: name is a C string and value null or `size` bytes, both as long as the message. `CStr` instead of `str`: anybody may write any bytes.
        Some(unsafe { (CStr::from_ptr(name).to_bytes(), bytes(value, size)) })
    }
}

impl Drop for RawMessage<'_> {
    fn drop(&mut self) {
        // SAFETY: from `rd_kafka_consume_queue`, destroyed once.
        unsafe { c::rd_kafka_message_destroy(self.message.as_ptr()) };
    }
}

/// One line of a partition list, all of it.
#[derive(Clone, Debug)]
pub(super) struct Element {
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) leader_epoch: i32,
    pub(super) metadata: Vec<u8>,
    pub(super) error: Option<Code>,
}

pub(super) fn elements(list: &TopicPartitionList) -> Vec<Element> {
    (0..list.count()).map(|index| element(list, index)).collect()
}

fn element(list: &TopicPartitionList, index: usize) -> Element {
    // SAFETY: the list is alive and `index` below its count.
    let line = unsafe { (*list.ptr()).elems.add(index) };
    // SAFETY: as above; metadata is null or `metadata_size` bytes, of which a copy is taken: anybody may commit what is not UTF-8.
    unsafe {
        Element {
            partition: (*line).partition,
            offset: (*line).offset,
            leader_epoch: c::rd_kafka_topic_partition_get_leader_epoch(line),
            metadata: bytes((*line).metadata, (*line).metadata_size).unwrap_or_default().to_vec(),
            error: (*line).err.is_error().then(|| (*line).err.into()),
        }
    }
}

/// Sets the leader epoch of the last line of a list.
pub(super) fn set_last_leader_epoch(list: &mut TopicPartitionList, leader_epoch: i32) {
    if let Some(last) = list.count().checked_sub(1) {
        // SAFETY: the list is ours alone here and `last` is one of its lines.
        unsafe { c::rd_kafka_topic_partition_set_leader_epoch((*list.ptr()).elems.add(last), leader_epoch) };
    }
}

/// The offset after what was polled last, markers of transactions included; negative where nothing was polled since the last seek or assign.
pub(super) fn position(client: &Native, topic: &str, partition: i32) -> i64 {
    let mut list = TopicPartitionList::new();
    list.add_partition(topic, partition);
    // SAFETY: client and list are alive; the call writes offsets into the list.
    unsafe { c::rd_kafka_position(client.consumer().client().native_ptr(), list.ptr()) };
    elements(&list).first().map_or(-1, |line| line.offset)
}

/// The member's id, empty before it joined and once it left.
pub(super) fn member_id(client: &Native) -> String {
    // SAFETY: the client is alive; the string is a copy that is freed below.
    let id = unsafe { c::rd_kafka_memberid(client.consumer().client().native_ptr()) };
    // SAFETY: null or a C string.
    let copy = unsafe { text(id) };
    // SAFETY: allocated by the library for us; null is allowed.
    unsafe { c::rd_kafka_mem_free(client.consumer().client().native_ptr(), id.cast()) };
    copy
}

/// Headers with any bytes in their names, and null values.
pub(super) fn headers<'a>(headers: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>) -> OwnedHeaders {
    // SAFETY: ours until it is destroyed below.
    let list = unsafe { c::rd_kafka_headers_new(8) };
    for (name, value) in headers {
        let (start, size) = value.map_or((ptr::null(), 0), |value| (value.as_ptr().cast(), value.len().cast_signed()));
        // SAFETY: name and value are good for their lengths and copied; a null value is a null header.
        unsafe { c::rd_kafka_header_add(list, name.as_ptr().cast(), name.len().cast_signed(), start, size) };
    }
    // SAFETY: `BorrowedHeaders` is the wrapper's name for what `list` points to; `detach` copies it.
    let copy = unsafe { &*list.cast::<BorrowedHeaders>() }.detach();
    // SAFETY: from `rd_kafka_headers_new`, destroyed once.
    unsafe { c::rd_kafka_headers_destroy(list) };
    copy
}

/// A topic as DescribeTopics tells it.
pub(super) struct RawTopic {
    /// All zero where the broker has none.
    pub(super) id: [u8; 16],
    pub(super) partitions: usize,
}

/// Asks for a topic's id and partitions. Blocks up to `timeout`.
pub(super) fn describe_topic(client: &Native, topic: &str, timeout: Duration) -> Result<RawTopic, KafkaFailure> {
    let name = CString::new(topic).map_err(|_| KafkaFailure::of(Code::InvalidTopic))?;
    let mut names = [name.as_ptr()];
    let request = Request::new(client, c::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, timeout);
    // SAFETY: one name in an array of one; copied; destroyed below, after the call copied it.
    let collection = unsafe { c::rd_kafka_TopicCollection_of_topic_names(names.as_mut_ptr(), 1) };
    // SAFETY: client, collection, options and queue are alive; the answer comes to the queue.
    unsafe { c::rd_kafka_DescribeTopics(request.client, collection, request.options, request.queue) };
    // SAFETY: from `_of_topic_names`, destroyed once.
    unsafe { c::rd_kafka_TopicCollection_destroy(collection) };
    let answer = request.answer()?;
    let mut count = 0;
    // SAFETY: the event is alive and of this kind: only DescribeTopics was asked on this queue. Null is checked.
    let result = unsafe { c::rd_kafka_event_DescribeTopics_result(answer.0) };
    if result.is_null() {
        return Err(KafkaFailure::of(Code::Fail));
    }
    // SAFETY: the array belongs to the event and has `count` entries.
    let topics = unsafe { c::rd_kafka_DescribeTopics_result_topics(result, &raw mut count) };
    if count == 0 {
        return Err(KafkaFailure::of(Code::UnknownTopicOrPartition));
    }
    // SAFETY: there is a first entry.
    let described = unsafe { *topics };
    // SAFETY: error, id and partitions belong to the event; null errors are looked at inside.
    unsafe {
        error_of(c::rd_kafka_TopicDescription_error(described))?;
        let id = c::rd_kafka_TopicDescription_topic_id(described);
        let mut partitions = 0;
        c::rd_kafka_TopicDescription_partitions(described, &raw mut partitions);
        Ok(RawTopic { id: id_bytes(id), partitions })
    }
}

/// # Safety
/// Null or a live id.
unsafe fn id_bytes(id: *const c::rd_kafka_Uuid_t) -> [u8; 16] {
    let mut bytes = [0; 16];
    if !id.is_null() {
        // SAFETY: promised by the caller.
        let (most, least) = unsafe { (c::rd_kafka_Uuid_most_significant_bits(id), c::rd_kafka_Uuid_least_significant_bits(id)) };
        bytes[..8].copy_from_slice(&most.to_be_bytes());
        bytes[8..].copy_from_slice(&least.to_be_bytes());
    }
    bytes
}

/// # Safety
/// Null or a live error.
unsafe fn error_of(error: *const c::rd_kafka_error_t) -> Result<(), KafkaFailure> {
    // SAFETY: the code of null is "no error"; the text lives as long as the error.
    let code = unsafe { c::rd_kafka_error_code(error) };
    if !code.is_error() {
        return Ok(());
    }
    // SAFETY: as above.
    Err(KafkaFailure::new(code.into(), unsafe { text(c::rd_kafka_error_string(error)) }))
}

/// All settings of a topic, by name; those that the broker hides are left out. Blocks up to `timeout`.
pub(super) fn topic_settings(client: &Native, topic: &str, timeout: Duration) -> Result<Vec<(String, String)>, KafkaFailure> {
    let name = CString::new(topic).map_err(|_| KafkaFailure::of(Code::InvalidTopic))?;
    let request = Request::new(client, c::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout);
    // SAFETY: the name is a C string and copied; destroyed below, after the call copied it.
    let mut resource = unsafe { c::rd_kafka_ConfigResource_new(c::rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_TOPIC, name.as_ptr()) };
    // SAFETY: an array of one; client, options and queue are alive.
    unsafe { c::rd_kafka_DescribeConfigs(request.client, &raw mut resource, 1, request.options, request.queue) };
    // SAFETY: from `_new`, destroyed once.
    unsafe { c::rd_kafka_ConfigResource_destroy(resource) };
    let answer = request.answer()?;
    let mut count = 0;
    // SAFETY: the event is alive and of this kind. Null is checked.
    let result = unsafe { c::rd_kafka_event_DescribeConfigs_result(answer.0) };
    if result.is_null() {
        return Err(KafkaFailure::of(Code::Fail));
    }
    // SAFETY: the array belongs to the event and has `count` entries.
    let resources = unsafe { c::rd_kafka_DescribeConfigs_result_resources(result, &raw mut count) };
    if count == 0 {
        return Err(KafkaFailure::of(Code::UnknownTopicOrPartition));
    }
    // SAFETY: there is a first entry, and it belongs to the event.
    let (code, reason) =
        unsafe { (c::rd_kafka_ConfigResource_error(*resources), text(c::rd_kafka_ConfigResource_error_string(*resources))) };
    if code.is_error() {
        return Err(KafkaFailure::new(code.into(), reason));
    }
    let mut entries = 0;
    // SAFETY: the array belongs to the event and has `entries` entries.
    let configs = unsafe { c::rd_kafka_ConfigResource_configs(*resources, &raw mut entries) };
    let named = (0..entries).map(|index| {
        // SAFETY: `index` is below the count; name and value are C strings of the event, the value may be null.
        unsafe {
            let entry = *configs.add(index);
            (text(c::rd_kafka_ConfigEntry_name(entry)), text(c::rd_kafka_ConfigEntry_value(entry)))
        }
    });
    Ok(named.filter(|(_, value)| !value.is_empty()).collect())
}

/// An admin request: options, and a queue of its own for the one answer.
struct Request {
    client: *mut c::rd_kafka_t,
    options: *mut c::rd_kafka_AdminOptions_t,
    queue: *mut c::rd_kafka_queue_t,
    until: Instant,
}

impl Request {
    fn new(client: &Native, operation: c::rd_kafka_admin_op_t, timeout: Duration) -> Self {
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

    fn answer(&self) -> Result<Event, KafkaFailure> {
        let left = self.until.saturating_duration_since(Instant::now());
        // SAFETY: the queue is alive; the event is null or ours to destroy, which `Event` does.
        let event = unsafe { c::rd_kafka_queue_poll(self.queue, milliseconds(left)) };
        if event.is_null() {
            return Err(KafkaFailure::of(Code::OperationTimedOut));
        }
        let event = Event(event);
        // SAFETY: the event is alive, its text lives as long.
        let (code, reason) = unsafe { (c::rd_kafka_event_error(event.0), text(c::rd_kafka_event_error_string(event.0))) };
        if code.is_error() {
            return Err(KafkaFailure::new(code.into(), reason));
        }
        Ok(event)
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

struct Event(*mut c::rd_kafka_event_t);

impl Drop for Event {
    fn drop(&mut self) {
        // SAFETY: from `rd_kafka_queue_poll`, destroyed once.
        unsafe { c::rd_kafka_event_destroy(self.0) };
    }
}

/// How long the mock's groups wait for more members before the first rebalance.
#[cfg(feature = "daemon")]
pub(super) fn set_mock_rebalance_delay<C: rdkafka::ClientContext>(client: &rdkafka::client::Client<C>, delay: Duration) {
    // SAFETY: the client is alive; null is checked: a client without a mock cluster.
    unsafe {
        let cluster = c::rd_kafka_handle_mock_cluster(client.native_ptr());
        if !cluster.is_null() {
            c::rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, milliseconds(delay));
        }
    }
}

/// What a commit by somebody else may hold.
#[cfg(test)]
#[cfg(feature = "daemon")]
pub(super) fn set_metadata_bytes(line: &mut rdkafka::topic_partition_list::TopicPartitionListElem<'_>, metadata: &[u8]) {
    // SAFETY: the setter copies the bytes and never looks at them as text.
    line.set_metadata(unsafe { std::str::from_utf8_unchecked(metadata) });
}
