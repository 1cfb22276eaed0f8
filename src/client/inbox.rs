//! Which of a subscription's channels have to be read: what hearing a notice and reading have in common.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// Channels to be read, each at most once however often it changed, by their index in the subscription.
#[derive(Debug, Default)]
pub struct Inbox {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<usize>,
    /// By index: whether it is in `waiting`.
    waits: Vec<bool>,
    /// Channels that nobody follows yet, for a subscription to all of them.
    discovered: HashSet<String>,
    /// There may be channels that nobody told of.
    may_be_new: bool,
    /// Whether a notice came since this was last asked.
    noticed: bool,
    waker: Option<Waker>,
}

impl Inbox {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The channel is to be read.
    pub fn put(&self, index: usize) {
        self.change(|state| state.put(index));
    }

    /// As [`Self::put`], because of a notice.
    pub fn notice(&self, index: usize) {
        self.change(|state| {
            state.noticed = true;
            state.put(index);
        });
    }

    /// Somebody wrote to a channel that is not followed.
    pub fn discover(&self, path: &str) {
        self.change(|state| {
            state.noticed = true;
            if !state.discovered.contains(path) {
                state.discovered.insert(path.to_owned());
            }
        });
    }

    /// Notices of channels that are not followed may have been missed.
    pub fn look_for_new(&self) {
        self.change(|state| state.may_be_new = true);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let waker = {
            let mut state = self.state();
            change(&mut state);
            state.waker.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    /// Up to `most` channels, those that wait longest first.
    pub fn take(&self, most: usize) -> Vec<usize> {
        let mut state = self.state();
        let count = most.min(state.waiting.len());
        let taken: Vec<usize> = state.waiting.drain(..count).collect();
        taken.iter().for_each(|index| state.waits[*index] = false);
        taken
    }

    pub fn take_discovered(&self) -> HashSet<String> {
        std::mem::take(&mut self.state().discovered)
    }

    pub fn take_may_be_new(&self) -> bool {
        std::mem::take(&mut self.state().may_be_new)
    }

    pub fn take_noticed(&self) -> bool {
        std::mem::take(&mut self.state().noticed)
    }

    /// Wakes this task once something is put in. To be called before looking.
    pub fn register(&self, waker: &Waker) {
        let mut state = self.state();
        if state.waker.as_ref().is_none_or(|known| !known.will_wake(waker)) {
            state.waker = Some(waker.clone());
        }
    }
}

impl State {
    fn put(&mut self, index: usize) {
        if self.waits.len() <= index {
            self.waits.resize(index + 1, false);
        }
        if !std::mem::replace(&mut self.waits[index], true) {
            self.waiting.push_back(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_waits_once_however_often_it_changed() {
        let inbox = Inbox::default();
        [3, 1, 3, 3, 2].into_iter().for_each(|index| inbox.notice(index));
        assert_eq!(inbox.take(2), [3, 1]);
        inbox.put(3);
        assert_eq!(inbox.take(9), [2, 3]);
        assert_eq!((inbox.take_noticed(), inbox.take_noticed()), (true, false));
    }
}
