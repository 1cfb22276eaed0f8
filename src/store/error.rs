//! What Redis or the way to it can answer instead of a result.

use std::time::Duration;

/// A failed attempt, with the node it was made at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("redis {node}: can not connect: {reason}")]
    Unreachable { node: String, reason: String },
    /// The connection broke: whether the calls on it were carried out is not known.
    #[error("redis {node}: connection lost: {reason}")]
    Lost { node: String, reason: String },
    /// No answer in time: whether the calls were carried out is not known.
    #[error("redis {node}: no answer within {after:?}")]
    TimedOut { node: String, after: Duration },
    /// The slot lives elsewhere (MOVED, ASK) or is being moved (TRYAGAIN).
    #[error("redis {node}: slot moved: {answer}")]
    Moved { node: String, answer: String },
    /// The node can not serve writes now (LOADING, CLUSTERDOWN, READONLY, MASTERDOWN, NOREPLICAS, BUSY ..).
    #[error("redis {node}: not ready: {answer}")]
    NotReady { node: String, answer: String },
    #[error("redis {node}: out of memory: {answer}")]
    OutOfMemory { node: String, answer: String },
    /// Authentication failed, or the user may not run a command.
    #[error("redis {node}: user {user:?} refused: {answer}")]
    Denied { node: String, user: String, answer: String },
    /// The script is not loaded there (a restart, SCRIPT FLUSH).
    #[error("redis {node}: script not loaded")]
    ScriptMissing { node: String },
    #[error("redis {node}: {answer}")]
    Refused { node: String, answer: String },
    /// An answer of a shape that the command never gives.
    #[error("redis {node}: unexpected answer to {command}: {answer}")]
    Unexpected { node: String, command: &'static str, answer: String },
    /// The TLS settings or an address can not be used.
    #[error("redis: {0}")]
    Settings(String),
}

impl StoreError {
    /// Classifies an error answer by its code. Inside a script, Redis 6.2 gives some of them without a code or behind the
    /// script's name.
    pub fn from_answer(node: &str, user: &str, answer: &str) -> Self {
        let node = node.to_owned();
        let answer = answer.to_owned();
        let has = |words: &[&str]| words.iter().any(|word| answer.contains(word));
        match answer.split_whitespace().next().unwrap_or_default() {
            "MOVED" | "ASK" | "TRYAGAIN" => Self::Moved { node, answer },
            "NOSCRIPT" => Self::ScriptMissing { node },
            "NOAUTH" | "WRONGPASS" | "NOPERM" => Self::Denied { node, user: user.to_owned(), answer },
            "OOM" => Self::OutOfMemory { node, answer },
            "LOADING" | "CLUSTERDOWN" | "READONLY" | "MASTERDOWN" | "NOREPLICAS" | "BUSY" | "MISCONF" => Self::NotReady { node, answer },
            _ if has(&["-OOM "]) => Self::OutOfMemory { node, answer },
            _ if has(&["-READONLY ", "-NOREPLICAS ", "-MISCONF "]) => Self::NotReady { node, answer },
            _ if has(&["can't run this command", "can't access at least one of the keys", "No permissions"]) => {
                Self::Denied { node, user: user.to_owned(), answer }
            }
            _ => Self::Refused { node, answer },
        }
    }

    /// The node that it happened at; empty where it was none.
    pub fn node(&self) -> &str {
        match self {
            Self::Unreachable { node, .. }
            | Self::Lost { node, .. }
            | Self::TimedOut { node, .. }
            | Self::Moved { node, .. }
            | Self::NotReady { node, .. }
            | Self::OutOfMemory { node, .. }
            | Self::Denied { node, .. }
            | Self::ScriptMissing { node }
            | Self::Refused { node, .. }
            | Self::Unexpected { node, .. } => node,
            Self::Settings(_) => "",
        }
    }

    /// Whether the same call may go through later without anybody changing a setting.
    pub fn is_retryable(&self) -> bool {
        !matches!(self, Self::Settings(_))
    }

    /// Whether somebody has to act: waiting alone does not help.
    pub fn needs_action(&self) -> bool {
        matches!(self, Self::OutOfMemory { .. } | Self::Denied { .. } | Self::Refused { .. } | Self::Settings(_))
    }

    /// Whether the node is to be looked for elsewhere: the slot map may be old.
    pub fn suggests_refresh(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Lost { .. } | Self::TimedOut { .. } | Self::Moved { .. } | Self::NotReady { .. })
    }

    /// The value of the label `reason` of `shasta_redis_retries_total`.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "unreachable",
            Self::Lost { .. } => "connection_lost",
            Self::TimedOut { .. } => "timeout",
            Self::Moved { .. } => "moved",
            Self::NotReady { .. } => "not_ready",
            Self::OutOfMemory { .. } => "out_of_memory",
            Self::Denied { .. } => "denied",
            Self::ScriptMissing { .. } => "script_missing",
            Self::Refused { .. } => "refused",
            Self::Unexpected { .. } => "unexpected",
            Self::Settings(_) => "settings",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart_by_code_also_from_inside_a_script_of_redis_6() {
        let reason = |answer: &str| StoreError::from_answer("n", "u", answer).reason();
        assert_eq!(reason("MOVED 3999 127.0.0.1:6381"), "moved");
        assert_eq!(reason("OOM command not allowed when used memory > 'maxmemory'."), "out_of_memory");
        assert_eq!(reason("@user_script: 30: -OOM command not allowed when used memory > 'maxmemory'."), "out_of_memory");
        assert_eq!(reason("NOPERM User u has no permissions to run the 'xadd' command"), "denied");
        assert_eq!(reason("The user executing the script can't run this command or subcommand"), "denied");
        assert_eq!(reason("READONLY You can't write against a read only replica."), "not_ready");
        assert_eq!(reason("NOSCRIPT No matching script. Please use EVAL."), "script_missing");
        assert_eq!(reason("ERR something else"), "refused");
    }
}
