//! A client that goes without a word.

use std::mem::ManuallyDrop;
use std::ops::Deref;

use tracing::subscriber::NoSubscriber;

/// What says nothing while it is dropped: a consumer that was closed is closed again by the wrapper's drop, and the refusal logged as an
/// error, at every stop.
pub struct QuietDrop<T>(ManuallyDrop<T>);

impl<T> QuietDrop<T> {
    pub fn new(value: T) -> Self {
        Self(ManuallyDrop::new(value))
    }
}

impl<T> Deref for QuietDrop<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Drop for QuietDrop<T> {
    fn drop(&mut self) {
        // SAFETY: dropped once, here, and not used after.
        tracing::subscriber::with_default(NoSubscriber::default(), || unsafe { ManuallyDrop::drop(&mut self.0) });
    }
}
