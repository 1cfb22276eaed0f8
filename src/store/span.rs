//! A child span for each node's part of what is traced.

use tracing::Span;

/// What the worker's spans of batches are made with: only inside them anything is traced here, whatever spans an application has of its own.
const TRACED: &str = "shasta::trace";

/// The part that one node answers for, of the traced span that is entered; none where none is.
pub fn of_pipeline(node: &str, calls: usize) -> Span {
    let batch = Span::current();
    if batch.metadata().is_some_and(|metadata| metadata.target() == TRACED) {
        tracing::info_span!(target: TRACED, parent: &batch, "pipeline", node, calls)
    } else {
        Span::none()
    }
}
