//! The C API of librdkafka, where the safe wrapper has no word for it: partition queues that tell why they failed,
//! commit metadata that is not UTF-8, leader epochs, topic ids, any group's members and offsets. The only module with `unsafe`.
#![allow(unsafe_code)]

mod admin;
#[cfg(feature = "daemon")]
mod awaited;
#[cfg(feature = "daemon")]
mod change;
mod delivery;
#[cfg(feature = "daemon")]
mod group;
mod headers;
mod list;
mod member;
mod message;
#[cfg(feature = "daemon")]
mod mock;
#[cfg(feature = "daemon")]
mod offsets;
mod queue;
mod quiet;
mod topic;

use std::ffi::{CStr, c_char, c_void};
use std::time::Duration;

#[cfg(feature = "daemon")]
pub(super) use change::{delete_records, set_topic_setting};
#[cfg(test)]
#[cfg(feature = "daemon")]
pub(super) use delivery::fail_for_good;
pub(super) use delivery::may_be_stored;
#[cfg(feature = "daemon")]
pub(super) use group::{RawGroup, RawMember, brokers, committed, describe_group, list_groups};
pub(super) use headers::headers;
#[cfg(feature = "daemon")]
pub(super) use list::Line;
#[cfg(test)]
#[cfg(feature = "daemon")]
pub(super) use list::set_metadata_bytes;
pub(super) use list::{Element, elements, position, set_last_leader_epoch};
pub(super) use member::member_id;
pub(super) use message::RawMessage;
#[cfg(feature = "daemon")]
pub(super) use mock::set_mock_rebalance_delay;
#[cfg(feature = "daemon")]
pub(super) use offsets::{Spec, list_offsets};
pub(super) use queue::{PartitionQueue, QueueError};
pub(super) use quiet::QuietDrop;
#[cfg(feature = "daemon")]
pub(super) use topic::broker_settings;
pub(super) use topic::{Setting, describe_topic, topic_settings};

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
