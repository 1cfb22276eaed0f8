//! What a load test may write to.

use crate::cli::Failure;

/// A word in a topic's name that says what it is for.
const TEST_WORDS: [&str; 5] = ["load", "test", "bench", "perf", "capacity"];

/// A topic that is no test one is written to only if it was named as one.
///
/// # Errors
/// What to do, where that is not so.
pub fn check(topic: &str, named: Option<&str>) -> Result<(), Failure> {
    let mut words = topic.split(|letter: char| !letter.is_ascii_alphanumeric());
    if named == Some(topic) || words.any(|word| TEST_WORDS.contains(&word.to_ascii_lowercase().as_str())) {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "topic {topic:?} is not named as one for tests (none of {} is a word of it): name another with --set kafka.topic=NAME, or say that this one is \
         with --test-topic {topic}; all events are of the application \"{}\", which nobody else may use",
        TEST_WORDS.join(", "),
        crate::load::APP_ID,
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_topic_for_tests_is_written_to_unless_it_is_named_as_one() {
        for topic in ["tag-data-test", "load.tags", "PERF_tags", "capacity"] {
            assert_eq!(check(topic, None), Ok(()), "{topic}");
        }
        for topic in ["tag-data", "latest", "downloads", "contest-entries"] {
            assert!(check(topic, None).is_err() && check(topic, Some("other")).is_err(), "{topic}");
            assert_eq!(check(topic, Some(topic)), Ok(()));
        }
    }
}
