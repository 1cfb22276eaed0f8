//! `shasta:500:block:3`: one trial of the matrix, as it is written.

use std::fmt;
use std::str::FromStr;

/// One publisher, bound, policy and overload.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trial {
    pub publisher: Publisher,
    /// Events that may be outstanding; `None`: any number.
    pub bound: Option<u32>,
    pub policy: Policy,
    /// Times the capacity, above 0.
    pub overload: f64,
}

/// Who is put to the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publisher {
    /// Shasta's.
    Shasta,
    /// librdkafka without a bound: the rival.
    Bare,
}

/// What happens to an event for which there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Its producer waits.
    Block,
    /// Its producer is refused.
    Reject,
}

/// A text that names no trial.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no trial: expected PUBLISHER:BOUND:POLICY:OVERLOAD, such as shasta:500:block:3 or bare:none:block:1")]
pub struct InvalidTrial(String);

/// All trials: each bound with each policy and overload, the rival after them. Of one kind the lowest overload is first.
pub fn trials(bounds: &[Option<u32>], policies: &[Policy], overloads: &[f64]) -> Vec<Trial> {
    let mut overloads = overloads.to_vec();
    overloads.sort_by(f64::total_cmp);
    let mut trials = Vec::new();
    let mut add = |publisher, bound, policy| {
        trials.extend(overloads.iter().map(|overload| Trial { publisher, bound, policy, overload: *overload }));
    };
    for bound in bounds {
        policies.iter().for_each(|policy| add(Publisher::Shasta, *bound, *policy));
    }
    add(Publisher::Bare, None, policies.first().copied().unwrap_or(Policy::Block));
    trials
}

impl Trial {
    /// The same publisher, bound and policy.
    pub fn is_like(&self, other: &Self) -> bool {
        (self.publisher, self.bound, self.policy) == (other.publisher, other.bound, other.policy)
    }
}

impl Publisher {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shasta => "shasta",
            Self::Bare => "bare",
        }
    }
}

impl Policy {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Reject => "reject",
        }
    }
}

impl FromStr for Policy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = [Self::Block, Self::Reject].into_iter().find(|one| one.as_str() == text);
        known.ok_or_else(|| format!("{text:?} is no policy: expected block or reject"))
    }
}

impl fmt::Display for Trial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = self.bound.map_or("none".to_owned(), |bound| bound.to_string());
        write!(formatter, "{}:{bound}:{}:{}", self.publisher.as_str(), self.policy.as_str(), self.overload)
    }
}

impl FromStr for Trial {
    type Err = InvalidTrial;

    fn from_str(text: &str) -> Result<Self, InvalidTrial> {
        let invalid = || InvalidTrial(text.to_owned());
        let parts: Vec<&str> = text.split(':').collect();
        let [publisher, bound, policy, overload] = parts[..] else { return Err(invalid()) };
        let publisher = [Publisher::Shasta, Publisher::Bare].into_iter().find(|one| one.as_str() == publisher).ok_or_else(invalid)?;
        let policy = policy.parse().map_err(|_| invalid())?;
        let bound = if bound == "none" { None } else { Some(bound.parse().ok().filter(|bound| *bound > 0).ok_or_else(invalid)?) };
        let overload = overload.parse().ok().filter(|overload: &f64| *overload > 0.0 && overload.is_finite()).ok_or_else(invalid)?;
        Ok(Self { publisher, bound, policy, overload })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matrix_is_every_bound_policy_and_overload_and_the_rival() {
        let trials = trials(&[None, Some(500)], &[Policy::Block, Policy::Reject], &[3.0, 1.0]);
        assert_eq!(trials.len(), 10);
        assert_eq!(trials[0].to_string(), "shasta:none:block:1");
        assert_eq!(trials[9].to_string(), "bare:none:block:3");
        for trial in &trials {
            assert_eq!(trial.to_string().parse(), Ok(*trial));
        }
        assert!(trials[0].is_like(&trials[1]) && !trials[1].is_like(&trials[2]));
    }

    #[test]
    fn a_text_that_is_no_trial_is_refused() {
        for text in ["", "shasta", "shasta:0:block:1", "shasta:5:wait:1", "other:5:block:1", "shasta:5:block:0", "shasta:5:block:1:2"] {
            assert_eq!(text.parse::<Trial>(), Err(InvalidTrial(text.to_owned())), "{text}");
        }
    }
}
