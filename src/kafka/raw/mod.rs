//! The C API of librdkafka, where the safe wrapper has no word for it: partition queues that tell why they failed,
//! commit metadata that is not UTF-8, leader epochs, topic ids. The only module with `unsafe`.
#![allow(unsafe_code)]

mod admin;
mod delivery;
mod headers;
mod list;
mod member;
mod message;
#[cfg(feature = "daemon")]
mod mock;
mod queue;
mod quiet;
mod topic;

use std::ffi::{CStr, c_char, c_void};
use std::time::Duration;

#[cfg(test)]
#[cfg(feature = "daemon")]
pub(super) use delivery::fail_for_good;
pub(super) use delivery::may_be_stored;
pub(super) use headers::headers;
#[cfg(test)]
#[cfg(feature = "daemon")]
pub(super) use list::set_metadata_bytes;
pub(super) use list::{Element, elements, position, set_last_leader_epoch};
pub(super) use member::member_id;
pub(super) use message::RawMessage;
#[cfg(feature = "daemon")]
pub(super) use mock::set_mock_rebalance_delay;
pub(super) use queue::{PartitionQueue, QueueError};
pub(super) use quiet::QuietDrop;
pub(super) use topic::{describe_topic, topic_settings};

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
