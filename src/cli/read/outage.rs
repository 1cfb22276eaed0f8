//! When Redis went away, and when it came back.

use std::time::{Duration, Instant};

use crate::store::StoreError;

/// Says each outage once, and its end.
#[derive(Debug, Default)]
pub struct Outage {
    since: Option<Instant>,
}

impl Outage {
    /// Takes what a look came to, and gives what is to be said. What does not pass by itself is no outage.
    pub fn settle(&mut self, error: Option<&StoreError>, now: Instant) -> Option<String> {
        match (error, self.since) {
            (Some(error), None) if error.is_retryable() && !error.needs_action() => {
                self.since = Some(now);
                Some(format!("{error}: waiting until it is back"))
            }
            (None, Some(since)) => {
                self.since = None;
                let away = Duration::from_secs(now.duration_since(since).as_secs().max(1));
                Some(format!("redis is back after {}", humantime::format_duration(away)))
            }
            (Some(_), _) | (None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_said_once_and_so_is_its_end() {
        let mut outage = Outage::default();
        let (now, later) = (Instant::now(), Instant::now() + Duration::from_secs(72));
        let gone = StoreError::Unreachable { node: "a:1".to_owned(), reason: "refused".to_owned() };
        assert_eq!(outage.settle(None, now), None);
        assert_eq!(outage.settle(Some(&gone), now).unwrap(), "redis a:1: can not connect: refused: waiting until it is back");
        assert_eq!(outage.settle(Some(&gone), now), None);
        assert_eq!(outage.settle(None, later).unwrap(), "redis is back after 1m 12s");
        assert_eq!(outage.settle(None, later), None);
    }

    #[test]
    fn what_does_not_pass_by_itself_is_no_outage() {
        let refused = StoreError::Refused { node: "a:1".to_owned(), answer: "WRONGTYPE".to_owned() };
        assert_eq!(Outage::default().settle(Some(&refused), Instant::now()), None);
    }
}
