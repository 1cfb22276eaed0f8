//! What an error of the client says about the records of a request.

use rskafka::BackoffError;
use rskafka::client::error::{Error, ProtocolError, RequestError};

use crate::load::fleet::Reason;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub reason: Reason,
    /// The request was sent, and nothing says that it was not carried out.
    pub may_be_stored: bool,
    /// Whether sending it again may help.
    pub is_retryable: bool,
    /// The connection is gone.
    pub is_broken: bool,
}

impl Verdict {
    /// No answer in time.
    pub const EXPIRED: Self = Self { reason: Reason::Expired, may_be_stored: true, is_retryable: false, is_broken: true };

    /// An answer that says nothing.
    pub const NO_OFFSET: Self = Self { reason: Reason::Refused, may_be_stored: true, is_retryable: false, is_broken: false };

    /// Without retries of its own the client wraps what it would have retried.
    pub fn of(error: &Error) -> Self {
        match error {
            Error::RetryFailed(BackoffError::DeadlineExceded { source, .. }) => {
                source.downcast_ref::<Error>().map_or(Self::unsure(Reason::Refused), Self::of)
            }
            Error::Connection(_) => Self { reason: Reason::Unreachable, may_be_stored: false, is_retryable: true, is_broken: true },
            Error::Request(request) => Self::of_request(request),
            Error::ServerError { protocol_error, .. } => Self::of_server(protocol_error),
            _ => Self::unsure(Reason::Refused),
        }
    }

    fn of_request(error: &RequestError) -> Self {
        match error {
            RequestError::NoVersionMatch { .. } | RequestError::WriteError(_) => Self::refused(Reason::Refused),
            // The rest is found while it is written or read; a connection that broke is one of them.
            _ => Self { reason: Reason::Unreachable, may_be_stored: true, is_retryable: true, is_broken: true },
        }
    }

    fn of_server(error: &ProtocolError) -> Self {
        use ProtocolError as Code;
        match error {
            // The leader has it, the replicas may not.
            Code::RequestTimedOut | Code::NotEnoughReplicasAfterAppend => {
                Self { reason: Reason::Refused, may_be_stored: true, is_retryable: true, is_broken: false }
            }
            Code::NotLeaderOrFollower
            | Code::LeaderNotAvailable
            | Code::NotEnoughReplicas
            | Code::BrokerNotAvailable
            | Code::ReplicaNotAvailable
            | Code::KafkaStorageError
            | Code::NetworkException => Self { is_retryable: true, ..Self::refused(Reason::Refused) },
            Code::UnknownTopicOrPartition => Self { is_retryable: true, ..Self::refused(Reason::UnknownTopic) },
            Code::TopicAuthorizationFailed | Code::ClusterAuthorizationFailed | Code::SaslAuthenticationFailed => {
                Self::refused(Reason::NotAuthorized)
            }
            Code::MessageTooLarge | Code::RecordListTooLarge => Self::refused(Reason::TooLarge),
            Code::UnknownServerError => Self::unsure(Reason::Refused),
            _ => Self::refused(Reason::Refused),
        }
    }

    fn refused(reason: Reason) -> Self {
        Self { reason, may_be_stored: false, is_retryable: false, is_broken: false }
    }

    fn unsure(reason: Reason) -> Self {
        Self { may_be_stored: true, ..Self::refused(reason) }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::time::Duration;

    use rskafka::client::error::RequestContext;

    use super::*;

    fn server(protocol_error: ProtocolError) -> Error {
        let request = RequestContext::Partition("topic".to_owned(), 0);
        Error::ServerError { protocol_error, error_message: None, request, response: None, is_virtual: false }
    }

    #[test]
    fn a_connection_that_breaks_leaves_the_record_unsure() {
        let verdict = Verdict::of(&Error::Request(RequestError::IO(io::Error::from(io::ErrorKind::ConnectionReset))));
        assert!(verdict.may_be_stored && verdict.is_retryable && verdict.is_broken);
    }

    #[test]
    fn an_error_is_known_through_the_retry_that_was_not_made() {
        let source = Box::new(server(ProtocolError::NotLeaderOrFollower));
        let wrapped = Error::RetryFailed(BackoffError::DeadlineExceded { deadline: Duration::ZERO, source });
        assert_eq!(Verdict::of(&wrapped), Verdict::of(&server(ProtocolError::NotLeaderOrFollower)));
        assert!(Verdict::of(&wrapped).is_retryable && !Verdict::of(&wrapped).may_be_stored);
    }

    #[test]
    fn replicas_that_did_not_answer_in_time_leave_the_record_unsure() {
        assert!(Verdict::of(&server(ProtocolError::NotEnoughReplicasAfterAppend)).may_be_stored);
        assert!(!Verdict::of(&server(ProtocolError::NotEnoughReplicas)).may_be_stored);
    }

    #[test]
    fn what_somebody_has_to_mend_is_not_tried_again() {
        let verdict = Verdict::of(&server(ProtocolError::TopicAuthorizationFailed));
        assert_eq!((verdict.reason, verdict.is_retryable), (Reason::NotAuthorized, false));
        assert_eq!(Verdict::of(&server(ProtocolError::MessageTooLarge)).reason, Reason::TooLarge);
    }
}
