//! The pure core: no async runtime, no sockets, no clock (`now` is an argument), no Kafka and no Redis client.

pub mod batch;
pub mod cache;
pub mod call;
pub mod channel;
pub mod checkpoint;
pub mod checkpoint_cost;
pub mod decode;
pub mod delivery;
pub mod delta;
pub mod entry_id;
pub mod json;
pub mod json_object;
pub mod keys;
pub mod lag;
pub mod liveness;
#[cfg(feature = "daemon")]
pub mod load;
pub mod maintenance;
pub mod murmur2;
pub mod offset;
pub mod plan;
pub mod position;
pub mod positions;
#[cfg(test)]
pub(crate) mod properties;
pub mod publication;
pub mod repartition;
pub mod rewind;
pub mod slice;
pub mod start;
pub mod subject;
pub mod tag_data;
pub mod wire;
