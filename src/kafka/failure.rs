//! What went wrong, as the broker or the client library says it.

use std::fmt;

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

/// A failure of a request, a connection or a client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {reason}")]
pub struct KafkaFailure {
    kind: FailureKind,
    code: Code,
    reason: String,
    fatal: bool,
}

/// What a failure is about, for those who must act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The broker refused the credentials.
    Authentication,
    /// The TLS handshake failed: an unknown authority, an expired certificate, another host name.
    Tls,
    /// The credentials are good but may not do this.
    Authorization,
    /// A broker's name can not be resolved, or nothing answers.
    Unreachable,
    /// No answer in time: whether the request was carried out is unknown.
    TimedOut,
    /// The topic or partition does not exist (yet).
    UnknownTopic,
    /// Another member took this one's place in the group.
    Fenced,
    /// Anything else; the reason says what.
    Other,
}

impl KafkaFailure {
    pub(super) fn new(code: Code, reason: impl Into<String>) -> Self {
        let said = reason.into();
        // How long it took and how often it was left out differ from one time to the next: the same failure reads the same.
        let said = said.split_once(" (after ").map_or(said.as_str(), |(said, _)| said);
        // The library reports a handshake under either code, as it comes.
        let kind = if said.contains("SSL routines") { FailureKind::Tls } else { FailureKind::of(code) };
        let reason = tls_cause(said).map_or_else(|| said.to_owned(), |cause| format!("{cause} ({said})"));
        Self { kind, code, reason, fatal: code == Code::Fatal || code == Code::FencedInstanceId }
    }

    /// A code without further words: the library's own description of it.
    pub(super) fn of(code: Code) -> Self {
        Self::new(code, description(code))
    }

    pub(super) fn of_error(error: &KafkaError) -> Self {
        Self::new(error.rdkafka_error_code().unwrap_or(Code::Fail), error.to_string())
    }

    #[cfg(feature = "daemon")]
    pub(super) fn timed_out(limit: std::time::Duration) -> Self {
        Self::new(Code::OperationTimedOut, format!("no answer within {limit:?}"))
    }

    /// The same with the words of what lies behind it, where it does not have them.
    #[cfg(feature = "daemon")]
    pub(super) fn because(mut self, cause: Option<Self>) -> Self {
        if let Some(cause) = cause.filter(|cause| !self.reason.contains(&cause.reason)) {
            self.reason = format!("{}: {}", self.reason, cause.reason);
        }
        self
    }

    pub(super) fn into_fatal(mut self) -> Self {
        self.fatal = true;
        self
    }

    pub(super) fn code(&self) -> Code {
        self.code
    }

    pub fn kind(&self) -> FailureKind {
        self.kind
    }

    /// The words of the broker or the library, without the kind.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The error's name in the protocol or the library, for logs: `TopicAuthorizationFailed`.
    pub fn code_name(&self) -> String {
        format!("{:?}", self.code)
    }

    /// Whether the client it came from is of no use any more: only a new process or a new client helps.
    pub fn is_fatal(&self) -> bool {
        self.fatal
    }

    /// Whether the same request may succeed later without anybody's action. Authentication and authorization count as not: somebody must act.
    pub fn is_retryable(&self) -> bool {
        !self.fatal && is_transient(self.code)
    }
}

/// What is behind the words of OpenSSL, which name neither the cause nor the setting. Which of the three it is, the library keeps to itself.
fn tls_cause(said: &str) -> Option<&'static str> {
    if said.contains("certificate verify failed") {
        Some(
            "the broker's certificate is not trusted: its authority is not in kafka.security.ca_file, or it is out of date, or made out to another host",
        )
    } else if said.contains("alert bad certificate") || said.contains("alert certificate required") || said.contains("alert unknown ca") {
        Some("the broker does not accept this client's certificate, or misses one: see kafka.security.certificate_file")
    } else {
        None
    }
}

/// The library's words for a code, which the wrapper prints behind the code's name.
pub(super) fn description(code: Code) -> String {
    let text = code.to_string();
    let words = text.split_once('(').and_then(|(_, words)| words.strip_suffix(')')).map(str::to_owned);
    words.unwrap_or(text)
}

/// The codes of a record, or a batch with one, that is over the topic's limit.
pub(super) fn is_too_large(code: Code) -> bool {
    matches!(code, Code::MessageSizeTooLarge | Code::MessageBatchTooLarge)
}

/// The codes that name a passing state of a broker, a coordinator or the network.
fn is_transient(code: Code) -> bool {
    matches!(
        code,
        Code::BrokerTransportFailure
            | Code::AllBrokersDown
            | Code::Resolve
            | Code::OperationTimedOut
            | Code::MessageTimedOut
            | Code::RequestTimedOut
            | Code::TimedOutQueue
            | Code::QueueFull
            | Code::WaitingForCoordinator
            | Code::WaitCache
            | Code::InProgress
            | Code::PreviousInProgress
            | Code::Retry
            | Code::LeaderNotAvailable
            | Code::NotLeaderForPartition
            | Code::BrokerNotAvailable
            | Code::ReplicaNotAvailable
            | Code::NetworkException
            | Code::CoordinatorLoadInProgress
            | Code::CoordinatorNotAvailable
            | Code::NotCoordinator
            | Code::NotEnoughReplicas
            | Code::NotEnoughReplicasAfterAppend
            | Code::KafkaStorageError
            | Code::FencedLeaderEpoch
            | Code::UnknownLeaderEpoch
            | Code::OffsetNotAvailable
            | Code::UnstableOffsetCommit
            | Code::ThrottlingQuotaExceeded
            | Code::UnknownTopicOrPartition
            | Code::UnknownPartition
            | Code::UnknownTopic
            | Code::Outdated
    )
}

impl FailureKind {
    fn of(code: Code) -> Self {
        match code {
            Code::Authentication | Code::SaslAuthenticationFailed | Code::UnsupportedSASLMechanism | Code::IllegalSASLState => {
                Self::Authentication
            }
            Code::SSL => Self::Tls,
            Code::TopicAuthorizationFailed | Code::GroupAuthorizationFailed | Code::ClusterAuthorizationFailed => Self::Authorization,
            Code::BrokerTransportFailure | Code::AllBrokersDown | Code::Resolve | Code::NetworkException => Self::Unreachable,
            Code::OperationTimedOut | Code::MessageTimedOut | Code::RequestTimedOut | Code::TimedOutQueue => Self::TimedOut,
            Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition => Self::UnknownTopic,
            Code::FencedInstanceId | Code::Fenced => Self::Fenced,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authentication => "authentication failed",
            Self::Tls => "tls handshake failed",
            Self::Authorization => "not authorized",
            Self::Unreachable => "kafka can not be reached",
            Self::TimedOut => "no answer in time",
            Self::UnknownTopic => "unknown topic or partition",
            Self::Fenced => "fenced by another member",
            Self::Other => "kafka failed",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_handshake_is_told_in_words_under_whatever_code_it_comes() {
        let verify = "ssl://b:1/bootstrap: error:0A000086:SSL routines::certificate verify failed";
        let failures =
            [Code::BrokerTransportFailure, Code::SSL].map(|code| KafkaFailure::new(code, format!("{verify} (after 2ms in state X)")));
        assert_eq!(failures[0].to_string(), failures[1].to_string());
        assert!(failures[0].to_string().starts_with("tls handshake failed: the broker's certificate is not trusted"), "{}", failures[0]);
        assert!(failures[0].to_string().ends_with(&format!("({verify})")), "{}", failures[0]);
        let alert = "Receive failed: error:0A000412:SSL routines::ssl/tls alert bad certificate: SSL alert number 42";
        let failure = KafkaFailure::new(Code::BrokerTransportFailure, alert);
        assert!(failure.to_string().contains("kafka.security.certificate_file"), "{failure}");
    }

    #[test]
    fn a_failure_says_what_it_is_about_and_whether_waiting_helps() {
        let refused = KafkaFailure::new(Code::Authentication, "SASL authentication error: invalid credentials");
        assert_eq!(refused.to_string(), "authentication failed: SASL authentication error: invalid credentials");
        assert!(!refused.is_retryable());
        assert_eq!(KafkaFailure::of(Code::OffsetOutOfRange).reason(), "Broker: Offset out of range");
        assert!(KafkaFailure::of(Code::NotCoordinator).is_retryable());
        assert!(!KafkaFailure::of(Code::NotCoordinator).into_fatal().is_retryable());
        assert!(KafkaFailure::of(Code::FencedInstanceId).is_fatal());
    }
}
