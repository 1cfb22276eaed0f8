//! Spans of the few batches that are traced.

use tracing::Span;

use crate::config::observe::Otlp as Config;

/// Only spans of this target leave the process. The store makes children of them by the same name.
pub(super) const TARGET: &str = "shasta::trace";

/// Makes the spans of the batches that are traced. A span costs 2 microseconds even where nobody wants it, so the others get none.
#[derive(Clone, Copy, Debug)]
pub struct BatchSpans {
    ratio: f64,
}

impl BatchSpans {
    /// Traces nothing.
    pub const OFF: Self = Self { ratio: 0.0 };

    pub(super) fn new(config: &Config) -> Self {
        if config.endpoint.is_some() { Self { ratio: config.trace_ratio } } else { Self::OFF }
    }

    /// The span of a batch, or none. `draw` is a random number in `0.0..1.0`.
    pub fn batch(self, draw: f64, partition: i32) -> Span {
        if draw < self.ratio {
            tracing::info_span!(target: TARGET, parent: None, "batch", partition, records = tracing::field::Empty)
        } else {
            Span::none()
        }
    }
}
