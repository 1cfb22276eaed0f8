//! Who follows which channel: where notices are handed out.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::inbox::Inbox;
use crate::core::slice::{Slice, SliceCount};

/// The subscriptions of a client.
#[derive(Debug)]
pub struct Registry {
    slices: SliceCount,
    state: Mutex<State>,
    /// Notices are heard of every slice that somebody follows a channel of.
    is_listening: AtomicBool,
    /// More slices are of interest than before.
    pub changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// By a channel's escaped form.
    followed: HashMap<String, Followed>,
    /// How many followed channels lie in a slice.
    interest: HashMap<Slice, usize>,
    /// Subscriptions to everything.
    all: Vec<Arc<Inbox>>,
}

#[derive(Debug)]
struct Followed {
    slice: Slice,
    /// The subscriptions, and the channel's index in each.
    followers: Vec<(Arc<Inbox>, usize)>,
}

impl Registry {
    pub fn new(slices: SliceCount) -> Self {
        Self { slices, state: Mutex::default(), is_listening: AtomicBool::new(false), changed: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn add(&self, slice: Slice, path: &str, inbox: &Arc<Inbox>, index: usize) {
        let mut state = self.state();
        let nobody = || Followed { slice, followers: Vec::new() };
        state.followed.entry(path.to_owned()).or_insert_with(nobody).followers.push((Arc::clone(inbox), index));
        let interest = state.interest.entry(slice).or_default();
        *interest += 1;
        if *interest == 1 && state.all.is_empty() {
            self.more_interest();
        }
    }

    pub fn remove(&self, slice: Slice, path: &str, inbox: &Arc<Inbox>) {
        let mut state = self.state();
        if let Some(followed) = state.followed.get_mut(path) {
            followed.followers.retain(|(follower, _)| !Arc::ptr_eq(follower, inbox));
            if followed.followers.is_empty() {
                state.followed.remove(path);
            }
        }
        if let Some(interest) = state.interest.get_mut(&slice) {
            *interest -= 1;
            if *interest == 0 {
                state.interest.remove(&slice);
            }
        }
    }

    pub fn add_all(&self, inbox: &Arc<Inbox>) {
        self.state().all.push(Arc::clone(inbox));
        self.more_interest();
    }

    pub fn remove_all(&self, inbox: &Arc<Inbox>) {
        self.state().all.retain(|other| !Arc::ptr_eq(other, inbox));
    }

    fn more_interest(&self) {
        self.is_listening.store(false, Ordering::Relaxed);
        self.changed.notify_one();
    }

    /// The slices whose notices matter.
    pub fn interest(&self) -> Vec<Slice> {
        let state = self.state();
        if state.all.is_empty() { state.interest.keys().copied().collect() } else { self.slices.all().collect() }
    }

    pub fn is_listening(&self) -> bool {
        self.is_listening.load(Ordering::Relaxed)
    }

    pub fn set_listening(&self, is_listening: bool) {
        self.is_listening.store(is_listening, Ordering::Relaxed);
    }

    /// A notice: one channel's escaped form a line. What is none is passed over.
    pub fn notice(&self, payload: &[u8]) {
        let state = self.state();
        for path in payload.split(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok()).filter(|path| !path.is_empty()) {
            let followers = state.followed.get(path).map_or(&[][..], |followed| &followed.followers);
            followers.iter().for_each(|(inbox, index)| inbox.notice(*index));
            let follows = |inbox: &Arc<Inbox>| followers.iter().any(|(follower, _)| Arc::ptr_eq(follower, inbox));
            state.all.iter().filter(|inbox| !follows(inbox)).for_each(|inbox| inbox.discover(path));
        }
    }

    /// Notices of these slices may have been missed: their channels are read, and new ones are looked for.
    pub fn missed(&self, slices: &HashSet<Slice>) {
        let state = self.state();
        let missed = state.followed.values().filter(|followed| slices.contains(&followed.slice));
        missed.flat_map(|followed| &followed.followers).for_each(|(inbox, index)| inbox.put(*index));
        state.all.iter().for_each(|inbox| inbox.look_for_new());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_reaches_those_who_follow_its_channels() {
        let slices = SliceCount::new(8).unwrap();
        let registry = Registry::new(slices);
        let (one, other, all) = (Arc::new(Inbox::default()), Arc::new(Inbox::default()), Arc::new(Inbox::default()));
        let slice = |index| slices.slice(index).unwrap();
        registry.add(slice(1), "a/b/c", &one, 7);
        registry.add(slice(1), "a/b/c", &other, 0);
        registry.add(slice(2), "a/b/d", &one, 8);
        assert_eq!(registry.interest().len(), 2);
        registry.add_all(&all);
        assert_eq!(registry.interest().len(), 8);
        registry.notice(b"a/b/d\n\n\xff\na/b/c\na/b/e");
        assert_eq!((one.take(9), other.take(9), all.take_discovered().len()), (vec![8, 7], vec![0], 3));
        registry.missed(&HashSet::from([slice(1)]));
        assert_eq!((one.take(9), other.take(9)), (vec![7], vec![0]));
        registry.remove(slice(1), "a/b/c", &one);
        registry.remove_all(&all);
        registry.notice(b"a/b/c");
        assert_eq!((one.take(9), other.take(9)), (vec![], vec![0]));
        registry.remove(slice(1), "a/b/c", &other);
        assert_eq!(registry.interest(), [slice(2)]);
    }
}
