//! The library's stand-in for a cluster.

use std::time::Duration;

use rdkafka::bindings as c;

use super::milliseconds;

/// How long the mock's groups wait for more members before the first rebalance.
pub fn set_mock_rebalance_delay<C: rdkafka::ClientContext>(client: &rdkafka::client::Client<C>, delay: Duration) {
    // SAFETY: the client is alive; null is checked: a client without a mock cluster.
    unsafe {
        let cluster = c::rd_kafka_handle_mock_cluster(client.native_ptr());
        if !cluster.is_null() {
            c::rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, milliseconds(delay));
        }
    }
}
