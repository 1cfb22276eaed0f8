//! What waits for its connection, in order: also what failed and goes again.

use std::collections::VecDeque;

use super::parcel::Parcel;

/// Of one request. A topic takes 1 MB of records in one by default, with what the format adds.
const REQUEST_BYTES: usize = 800 << 10;

#[derive(Debug, Default)]
pub(super) struct Backlog {
    /// The next one's place in the order.
    next_order: u64,
    waiting: VecDeque<Parcel>,
    /// What is to be tried again, before anything else.
    failed: Vec<Parcel>,
}

impl Backlog {
    pub const REQUEST_RECORDS: usize = 1_000;

    /// Behind all others.
    pub fn line_up(&mut self, received: &mut Vec<Parcel>) {
        for mut parcel in received.drain(..) {
            parcel.order = self.next_order;
            self.next_order += 1;
            self.waiting.push_back(parcel);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The next of those that wait, as many as one request holds; at least one, whatever its size.
    pub fn next_request(&mut self) -> Vec<Parcel> {
        let mut request: Vec<Parcel> = Vec::new();
        let mut bytes = 0;
        while let Some(parcel) = self.waiting.front() {
            bytes += parcel.bytes();
            if !request.is_empty() && (bytes > REQUEST_BYTES || request.len() == Self::REQUEST_RECORDS) {
                break;
            }
            request.extend(self.waiting.pop_front());
        }
        request
    }

    /// These are to be tried again.
    pub fn fail(&mut self, request: Vec<Parcel>) {
        self.failed.extend(request);
    }

    pub fn has_failed(&self) -> bool {
        !self.failed.is_empty()
    }

    /// Puts what failed before all that waits, in the order in which it came first. Says how many records that are.
    pub fn put_back(&mut self) -> usize {
        let mut failed = std::mem::take(&mut self.failed);
        failed.sort_by_key(|parcel| parcel.order);
        let count = failed.len();
        for parcel in failed.into_iter().rev() {
            self.waiting.push_front(parcel);
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::*;
    use crate::load::fleet::Shipment;

    fn backlog(sizes: &[usize]) -> Backlog {
        let parcel = |(event, bytes): (u64, &usize)| {
            let shipment = Shipment { event, producer: 0, partition: 0, key: Vec::new(), value: vec![0; *bytes], timestamp_ms: 0 };
            Parcel::new(shipment, Instant::now() + Duration::from_secs(60))
        };
        let mut backlog = Backlog::default();
        backlog.line_up(&mut (0..).zip(sizes).map(parcel).collect());
        backlog
    }

    fn events(request: &[Parcel]) -> Vec<u64> {
        request.iter().map(Parcel::event).collect()
    }

    #[test]
    fn a_request_is_bounded_in_records_and_bytes_but_never_empty() {
        let mut large = backlog(&[1 << 20, 500 << 10, 300 << 10, 1]);
        assert_eq!([(); 3].map(|()| events(&large.next_request())), [vec![0], vec![1, 2], vec![3]]);
        let mut many = backlog(&[1; Backlog::REQUEST_RECORDS + 1]);
        assert_eq!([(); 2].map(|()| many.next_request().len()), [Backlog::REQUEST_RECORDS, 1]);
    }

    #[test]
    fn what_failed_goes_again_before_what_waits_in_its_first_order() {
        let mut backlog = backlog(&[400 << 10; 6]);
        let requests = [backlog.next_request(), backlog.next_request()];
        // The second one's failure is read first.
        requests.into_iter().rev().for_each(|request| backlog.fail(request));
        assert!(backlog.has_failed());
        assert_eq!(backlog.put_back(), 4);
        assert!(!backlog.has_failed());
        assert_eq!([(); 3].map(|()| events(&backlog.next_request())), [vec![0, 1], vec![2, 3], vec![4, 5]]);
    }
}
