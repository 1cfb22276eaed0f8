//! What time alone brings: reminders, hand-overs, what is too old, and what nobody needs any more.

use super::alert::{Alert, State};
use super::desk::{Change, Desk};
use super::due::{Due, Rank};
use super::kept::Kept;
use super::queue::Queue;

/// What came with the time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tick {
    /// To be handed in again.
    pub reminders: Vec<Alert>,
    /// The channel that did not take it, who gets it now, and what it is.
    pub handed_over: Vec<(String, String, Alert)>,
    /// The channel that never took it.
    pub expired: Vec<(String, Alert)>,
    pub changes: Vec<Change>,
}

impl Desk {
    pub fn tick(&mut self, now: f64) -> Tick {
        let reminders = self.kept.values().filter_map(|kept| kept.reminder(self.pacing.remind_after_s, now)).collect();
        let mut tick = Tick { reminders, ..Tick::default() };
        self.expire(now, &mut tick);
        self.hand_over(now, &mut tick);
        self.forget_what_is_over(now, &mut tick);
        tick
    }

    /// Whether a channel has a page that somebody else has to get.
    pub fn is_handing_over(&self, channel: &str, now: f64) -> bool {
        let hands_over =
            |queue: &Queue| queue.rules.hand_over.is_some() && self.kept.values().any(|kept| queue.fails(kept, &self.pacing, now));
        self.queues.get(channel).is_some_and(hands_over)
    }

    /// How many pages a channel still has to be sent.
    pub fn pending_pages(&self, channel: &str, now: f64) -> usize {
        let Some(queue) = self.queues.get(channel) else { return 0 };
        let is_page = |due: Due| due.rank == Rank::Page;
        self.kept.values().filter(|kept| queue.due(kept, &self.pacing, now).is_some_and(is_page)).count()
    }

    /// For how many seconds some channel has failed to deliver a page, with nobody who took it over.
    pub fn undeliverable_for_s(&self, now: f64) -> Option<f64> {
        let of_queue = |queue: &Queue| {
            let stuck = self.kept.values().filter(|kept| !self.was_taken_over(queue, kept));
            stuck.filter_map(|kept| queue.undeliverable_since(kept, &self.pacing, now)).min_by(f64::total_cmp)
        };
        self.queues.values().filter_map(of_queue).min_by(f64::total_cmp).map(|since| (now - since).max(0.0))
    }

    fn was_taken_over(&self, queue: &Queue, kept: &Kept) -> bool {
        let page = kept.page.as_ref().map_or(u64::MAX, |page| page.sequence);
        let target = queue.rules.hand_over.as_ref().and_then(|target| self.queues.get(target));
        let told = target.and_then(|target| target.entries.get(&kept.newest.key)?.told);
        told.is_some_and(|told| told.calls_out() || told.sequence >= page)
    }

    fn expire(&mut self, now: f64, tick: &mut Tick) {
        for (channel, queue) in &mut self.queues {
            for (key, kept) in &self.kept {
                let Some(due) = queue.due(kept, &self.pacing, now).filter(|due| now > due.until) else { continue };
                let alert = queue.alert(&due, kept, &self.pacing, now);
                let entry = queue.entries.entry(key.clone()).or_default();
                entry.given_up = due.sequence;
                tick.changes.push(Change::Entry { channel: channel.clone(), key: key.clone(), entry: entry.clone() });
                tick.expired.push((channel.clone(), alert));
            }
        }
    }

    fn hand_over(&mut self, now: f64, tick: &mut Tick) {
        let mut all = Vec::new();
        for (channel, queue) in &self.queues {
            let Some(target) = &queue.rules.hand_over else { continue };
            let failed = self.kept.values().filter(|kept| queue.fails(kept, &self.pacing, now));
            all.extend(failed.map(|kept| (channel.clone(), target.clone(), kept.newest.clone())));
        }
        for (channel, target, alert) in all {
            let Some(queue) = self.queues.get_mut(&target) else { continue };
            let entry = queue.entries.entry(alert.key.clone()).or_default();
            if entry.adopted_from.is_none() {
                entry.adopted_from = Some(channel.clone());
                tick.changes.push(Change::Entry { channel: target.clone(), key: alert.key.clone(), entry: entry.clone() });
                tick.handed_over.push((channel, target, alert));
            }
        }
    }

    fn forget_what_is_over(&mut self, now: f64, tick: &mut Tick) {
        let is_over = |kept: &Kept| {
            let waits = |queue: &Queue| queue.due(kept, &self.pacing, now).is_some();
            kept.newest.state == State::Closed && !self.queues.values().any(waits)
        };
        let over: Vec<String> = self.kept.iter().filter(|(_, kept)| is_over(kept)).map(|(key, _)| key.clone()).collect();
        for key in over {
            self.forget(&key);
            tick.changes.push(Change::Gone { key });
        }
    }
}
