//! This process as a member of its group.

use rdkafka::bindings as c;
use rdkafka::consumer::Consumer;

use super::text;
use crate::kafka::context::Native;

/// The member's id, empty before it joined and once it left.
pub fn member_id(client: &Native) -> String {
    // SAFETY: the client is alive; the string is a copy that is freed below.
    let id = unsafe { c::rd_kafka_memberid(client.consumer().client().native_ptr()) };
    // SAFETY: null or a C string.
    let copy = unsafe { text(id) };
    // SAFETY: allocated by the library for us; null is allowed.
    unsafe { c::rd_kafka_mem_free(client.consumer().client().native_ptr(), id.cast()) };
    copy
}
