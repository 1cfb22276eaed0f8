use super::account::Account;
use super::ledger::Outsiders;
use super::listed::Listed;
use super::marks::Marks;
use super::{Ledger, Stage};

/// The accounts of a run, which must add up ([`Accounts::check`]), and the events that went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounts {
    pub counted: Account,
    pub warm_up: Account,
    pub outsiders: Outsiders,
    /// Acknowledged, but missing at an observed stage: each once, with the first stage that missed it.
    pub lost: Listed,
    /// The same partition and offset twice at a stage.
    pub doubled: Listed,
    /// Seen out of Kafka's order.
    pub reordered: Listed,
    /// In Kafka itself out of the producer's order.
    pub overtaken: Listed,
    /// Check sum wrong.
    pub corrupt: Listed,
    /// Seen without having been sent.
    pub never_sent: Listed,
}

impl Accounts {
    /// `stages` are those of [`Stage::SIGHTING`] that somebody watched (none with a null sink): an event missing there is lost. What is
    /// seen after `drain_deadline_us` is late.
    pub fn of(ledger: &Ledger, stages: &[Stage], drain_deadline_us: Option<i64>) -> Accounts {
        let mut accounts = Accounts {
            counted: Account::empty(stages, ledger.counted),
            warm_up: Account::empty(stages, ledger.warm_up),
            outsiders: ledger.outsiders,
            lost: Listed::default(),
            doubled: ledger.doubled.clone(),
            reordered: ledger.reordered.clone(),
            overtaken: ledger.overtaken.clone(),
            corrupt: ledger.corrupt.clone(),
            never_sent: Listed::default(),
        };
        for index in 0..ledger.len() {
            accounts.part(ledger, index).add_event(ledger, index, drain_deadline_us);
            accounts.list(ledger, index);
        }
        accounts.add_strays(ledger);
        accounts
    }

    /// Counted and warm-up together: the equations hold over all.
    pub fn all(&self) -> Account {
        self.counted.plus(&self.warm_up)
    }

    fn part(&mut self, ledger: &Ledger, index: usize) -> &mut Account {
        if ledger.marks[index].has(Marks::COUNTED) { &mut self.counted } else { &mut self.warm_up }
    }

    fn list(&mut self, ledger: &Ledger, index: usize) {
        let marks = ledger.marks[index];
        let mut lost = None;
        let mut never_sent = None;
        for account in &self.counted.stages {
            let Some(sighting) = account.stage.sighting() else { continue };
            let seen = ledger.delays.has(index, account.stage);
            let missing = marks.has(Marks::ACKNOWLEDGED) && !seen && !marks.has(Marks::corrupt(sighting));
            let impossible = seen && !marks.has(Marks::SENT);
            lost = lost.or(missing.then_some(account.stage));
            never_sent = never_sent.or(impossible.then_some(account.stage));
        }
        if let Some(stage) = lost {
            self.lost.add(ledger.named(index, stage));
        }
        if let Some(stage) = never_sent {
            self.never_sent.add(ledger.named(index, stage));
        }
    }

    fn add_strays(&mut self, ledger: &Ledger) {
        for stray in ledger.places.strays() {
            let part = self.part(ledger, stray.index);
            if let Some(account) = part.stages.iter_mut().find(|account| account.stage == stray.stage) {
                account.distinct += 1;
            }
        }
    }
}
