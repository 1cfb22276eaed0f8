//! What became of a record that was produced.

use rdkafka::bindings as c;
use rdkafka::message::BorrowedMessage;

/// Whether a record of a delivery report is, or may be, in the log.
pub fn may_be_stored(message: &BorrowedMessage<'_>) -> bool {
    // SAFETY: the message is alive; the call reads one of its fields.
    let status = unsafe { c::rd_kafka_message_status(message.ptr()) };
    status != c::rd_kafka_msg_status_t::RD_KAFKA_MSG_STATUS_NOT_PERSISTED
}

/// The library's own way to test what follows a fatal error.
#[cfg(test)]
#[cfg(feature = "daemon")]
pub fn fail_for_good<C: rdkafka::ClientContext>(client: &rdkafka::client::Client<C>) {
    let code = rdkafka::types::RDKafkaRespErr::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER;
    // SAFETY: the client is alive, the reason is a C string and copied.
    unsafe { c::rd_kafka_test_fatal_error(client.native_ptr(), code, c"a test".as_ptr()) };
}
