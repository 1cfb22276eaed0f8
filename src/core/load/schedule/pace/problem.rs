//! What can be wrong with a pace.

use thiserror::Error;

use super::segment::HIGHEST_RATE;
use super::term::{DEEPEST, LONGEST, MOST_SEGMENTS};

const FORMS: &str = "a pace is a comma list of rate[:duration], such as 1000:30,100-2000:5m,0:60,(500:10,2000:10s)x4; \
                     rates in events per second, durations in seconds or with us, ms, s, m, h or d (10 s where none is given), xN repeats";
const SHOWN: usize = 80;

/// A text that is no pace: where it goes wrong and what is allowed.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("pace `{}`, column {column}: {problem}; {FORMS}", shortened(text))]
pub struct InvalidPace {
    pub text: String,
    /// The character, counted from 1, at which the wrong part begins.
    pub column: usize,
    pub problem: PaceProblem,
}

/// What is wrong with a pace, read or made.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum PaceProblem {
    #[error("expected {expected}, found {}", named(*found))]
    Unexpected { expected: &'static str, found: Option<char> },
    #[error("`{0}` is no unit of time")]
    UnknownUnit(String),
    #[error("rate {0} is not between 0 and {HIGHEST_RATE} events per second")]
    RateOutOfRange(f64),
    #[error("a duration must be at least 1 us")]
    NoTime,
    #[error("the pace must not last longer than {} days in all", LONGEST.as_secs() / 86_400)]
    TooLong,
    #[error("the pace must not have more than {MOST_SEGMENTS} segments with all repetitions written out")]
    TooManySegments,
    #[error("a repetition is x1 to x{MOST_SEGMENTS}")]
    RepetitionOutOfRange,
    #[error("groups must not lie more than {DEEPEST} deep in each other")]
    TooDeep,
}

fn named(found: Option<char>) -> String {
    found.map_or_else(|| "the end".to_owned(), |character| format!("`{}`", character.escape_debug()))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text[..end].escape_debug()),
        None => text.escape_debug().to_string(),
    }
}
