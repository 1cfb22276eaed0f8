//! What is wrong with text that is no event.

/// Text that is no event. The sentence is of bounded length, whatever the text holds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at line {line} column {column}")]
pub struct JsonError {
    pub problem: String,
    /// From 1.
    pub line: usize,
    /// In bytes: the last one read within the line, 0 before the first.
    pub column: usize,
}

impl JsonError {
    /// In characters. A problem may quote a value that has the wrong type, and ends up in a record's header.
    const LONGEST_PROBLEM: usize = 200;

    pub(super) fn of(error: &serde_json::Error) -> Self {
        let sentence = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let problem = sentence.strip_suffix(&place).unwrap_or(&sentence);
        let mut shown: String = problem.chars().take(Self::LONGEST_PROBLEM).collect();
        if shown.len() < problem.len() {
            shown.push_str("...");
        }
        Self { problem: shown, line: error.line(), column: error.column() }
    }

    pub(super) fn not_utf8(valid: &[u8]) -> Self {
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = valid.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        Self { problem: "not UTF-8".to_owned(), line, column }
    }
}
