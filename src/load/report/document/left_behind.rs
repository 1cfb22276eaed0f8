//! What a run did not take away.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LeftBehind {
    /// `topic`, `consumer group`, `redis prefix`, `file`.
    pub kind: String,
    pub name: String,
    /// The command that takes it away, where there is one.
    pub remove: Option<String>,
}
