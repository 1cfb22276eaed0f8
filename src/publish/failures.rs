//! Failures of records that nobody waits for: kept until somebody asks, within bounds, and counted beyond them.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_util::Stream;
use prost::Message as _;

use super::error::PublishError;

/// The failures of records that were sent with [`Publisher::send`](super::Publisher::send), or whose future was dropped. A stream that ends
/// when the publisher is gone and all is told. Bounded in records (`publish.failures`) and bytes (`publish.queue_bytes`): beyond that the
/// oldest go, and [`dropped`](Self::dropped) counts them. Of several of these each failure goes to one.
#[derive(Debug)]
pub struct Failures(pub(super) Arc<FailureBuffer>);

#[derive(Debug)]
pub(super) struct FailureBuffer {
    records: usize,
    bytes: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    failures: VecDeque<PublishError>,
    bytes: usize,
    dropped: u64,
    closed: bool,
    wakers: Vec<Waker>,
}

impl Failures {
    /// The next failure; `None` when the publisher is gone and all is told. Cancel-safe.
    pub async fn next(&mut self) -> Option<PublishError> {
        poll_fn(|cx| self.0.poll(cx)).await
    }

    /// How many failures were left out because nobody asked in time.
    pub fn dropped(&self) -> u64 {
        self.0.dropped()
    }
}

impl Stream for Failures {
    type Item = PublishError;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<PublishError>> {
        self.0.poll(cx)
    }
}

impl FailureBuffer {
    pub(super) fn new(records: usize, bytes: usize) -> Self {
        Self { records: records.max(1), bytes, kept: Mutex::default() }
    }

    pub(super) fn push(&self, failure: PublishError) {
        let mut kept = self.lock();
        kept.bytes += size(&failure);
        kept.failures.push_back(failure);
        while kept.failures.len() > self.records || (kept.bytes > self.bytes && kept.failures.len() > 1) {
            let Some(oldest) = kept.failures.pop_front() else { break };
            kept.bytes -= size(&oldest);
            kept.dropped += 1;
        }
        kept.wake();
    }

    pub(super) fn close(&self) {
        let mut kept = self.lock();
        kept.closed = true;
        kept.wake();
    }

    pub(super) fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    fn poll(&self, cx: &Context<'_>) -> Poll<Option<PublishError>> {
        let mut kept = self.lock();
        if let Some(failure) = kept.failures.pop_front() {
            kept.bytes -= size(&failure);
            return Poll::Ready(Some(failure));
        }
        if kept.closed {
            return Poll::Ready(None);
        }
        if !kept.wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
            kept.wakers.push(cx.waker().clone());
        }
        Poll::Pending
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn wake(&mut self) {
        self.wakers.drain(..).for_each(Waker::wake);
    }
}

fn size(failure: &PublishError) -> usize {
    failure.unpublished().record.encoded_len()
}

#[cfg(test)]
mod tests {
    use super::super::error::Unpublished;
    use super::*;
    use crate::core::publication::KeyForm;
    use crate::core::tag_data::TagData;

    fn failure(data: &str) -> PublishError {
        let record = TagData { data: Some(data.to_owned()), ..TagData::default() };
        PublishError::QueueFull { unpublished: Box::new(Unpublished::unsent(&Arc::from("t"), record, KeyForm::Channel)) }
    }

    #[tokio::test]
    async fn beyond_the_bounds_the_oldest_go_and_are_counted() {
        let buffer = Arc::new(FailureBuffer::new(2, 20));
        let mut failures = Failures(Arc::clone(&buffer));
        for data in ["a", "b", "c"] {
            buffer.push(failure(data));
        }
        assert_eq!(failures.dropped(), 1);
        assert_eq!(failures.next().await, Some(failure("b")));
        // Two that are small enough by number are not by their bytes.
        buffer.push(failure("0123456789"));
        buffer.push(failure("0123456789"));
        assert_eq!(failures.dropped(), 3);
        buffer.close();
        assert_eq!(failures.next().await, Some(failure("0123456789")));
        assert_eq!(failures.next().await, None);
    }

    #[tokio::test]
    async fn whoever_waits_is_woken() {
        let buffer = Arc::new(FailureBuffer::new(2, 20));
        let mut failures = Failures(Arc::clone(&buffer));
        let waiting = tokio::spawn(async move { failures.next().await });
        tokio::task::yield_now().await;
        buffer.push(failure("a"));
        assert_eq!(waiting.await.unwrap(), Some(failure("a")));
    }
}
