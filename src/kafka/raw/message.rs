//! A message where the library keeps it.

use std::ffi::CStr;
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use rdkafka::bindings as c;
use rdkafka::error::IsError;

use super::{PartitionQueue, QueueError, bytes, text};

/// A message in the library's own memory; it pins the whole fetch response that it came with.
pub struct RawMessage<'a> {
    message: NonNull<c::rd_kafka_message_t>,
    _queue: PhantomData<&'a PartitionQueue>,
}

// SAFETY: a message belongs to one owner and may be read and destroyed on any thread. Not Sync: headers are parsed on first use, inside.
unsafe impl Send for RawMessage<'_> {}

impl RawMessage<'_> {
    /// Takes over a message.
    ///
    /// # Safety
    /// It is alive and nobody else's, and its queue lives as long as the result.
    pub unsafe fn new(message: NonNull<c::rd_kafka_message_t>) -> Self {
        Self { message, _queue: PhantomData }
    }

    fn get(&self) -> &c::rd_kafka_message_t {
        // SAFETY: alive until drop.
        unsafe { self.message.as_ref() }
    }

    /// What it is: a message, or an error in the form of one.
    pub fn into_result(self) -> Result<Self, QueueError> {
        let code = self.get().err;
        if !code.is_error() {
            return Ok(self);
        }
        // SAFETY: the message is alive; the result is null or a C string that lives as long as it.
        let reason = unsafe { text(c::rd_kafka_message_errstr(self.message.as_ptr())) };
        Err(QueueError { code: code.into(), reason, offset: self.get().offset })
    }

    pub fn offset(&self) -> i64 {
        self.get().offset
    }

    pub fn key(&self) -> Option<&[u8]> {
        // SAFETY: key and length are of one allocation that lives as long as the message.
        unsafe { bytes(self.get().key, self.get().key_len) }
    }

    pub fn value(&self) -> Option<&[u8]> {
        // SAFETY: payload and length are of one allocation that lives as long as the message.
        unsafe { bytes(self.get().payload, self.get().len) }
    }

    /// Milliseconds, negative where there is none.
    pub fn timestamp(&self) -> i64 {
        let mut kind = c::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        // SAFETY: the message is alive, the kind is written to.
        unsafe { c::rd_kafka_message_timestamp(self.message.as_ptr(), &raw mut kind) }
    }

    /// Negative where the broker names none.
    pub fn leader_epoch(&self) -> i32 {
        // SAFETY: the message is alive.
        unsafe { c::rd_kafka_message_leader_epoch(self.message.as_ptr()) }
    }

    /// The header at `index`: its name (any bytes but zero) and its value, which may be null.
    pub fn header(&self, index: usize) -> Option<(&[u8], Option<&[u8]>)> {
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
