//! Headers as they came.

use std::ptr;

use rdkafka::bindings as c;
use rdkafka::message::{BorrowedHeaders, OwnedHeaders};

/// Headers with any bytes in their names, and null values.
pub fn headers<'a>(headers: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>) -> OwnedHeaders {
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
