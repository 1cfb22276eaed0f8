use std::fmt;

use super::account::Account;
use super::accounts::Accounts;
use super::stage_account::StageAccount;

/// An equation of the accounts that does not hold: the run proves nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unbalanced {
    /// In words.
    pub equation: String,
    /// The sum of its left side.
    pub left: u64,
    /// The sum of its right side.
    pub right: u64,
}

impl fmt::Display for Unbalanced {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {} against {}", self.equation, self.left, self.right)
    }
}

impl Accounts {
    /// The equations that do not hold. Where it can, one side is counted from the events' columns and the other from the observations as
    /// they came, so that a mistake in either shows.
    pub fn check(&self) -> Vec<Unbalanced> {
        let all = self.all();
        let mut book = Book::default();
        check_outcomes(&mut book, &all);
        for stage in &all.stages {
            check_stage(&mut book, &all, stage);
        }
        book.equal("sends and answers of events that are not in the schedule = 0", self.outsiders.answered, 0);
        book.unbalanced
    }
}

fn check_outcomes(book: &mut Book, all: &Account) {
    let observed = &all.observed;
    book.equal("scheduled = sent + dropped", all.scheduled, observed.sent + observed.dropped);
    let answered = observed.acknowledged + observed.failed + observed.unknown;
    book.equal("sent = acknowledged + failed + unknown", all.sent, answered);
    let pairs = [
        ("sent", all.sent, observed.sent),
        ("dropped", all.dropped, observed.dropped),
        ("acknowledged", all.acknowledged, observed.acknowledged),
        ("failed", all.failed, observed.failed),
        ("unknown", all.unknown, observed.unknown),
    ];
    for (name, events, observations) in pairs {
        book.equal(&format!("events {name} = observations {name}"), events, observations);
    }
}

fn check_stage(book: &mut Book, all: &Account, account: &StageAccount) {
    let name = account.stage.name();
    let sightings = &account.sightings;
    let found = account.acknowledged_unique + account.acknowledged_lost + account.acknowledged_corrupt;
    book.equal(&format!("acknowledged = {name}_unique + acknowledged_lost + acknowledged_corrupt"), all.observed.acknowledged, found);
    let duplicates = sightings.copies + sightings.elsewhere + sightings.doubled;
    book.equal(&format!("received = unique + duplicates ({name})"), sightings.received, account.unique + duplicates);
    book.equal(&format!("received = distinct + doubled ({name})"), sightings.received, account.distinct + sightings.doubled);
    book.equal(&format!("seen without having been sent = 0 ({name})"), account.never_sent, 0);
}

#[derive(Default)]
struct Book {
    unbalanced: Vec<Unbalanced>,
}

impl Book {
    fn equal(&mut self, equation: &str, left: u64, right: u64) {
        if left != right {
            self.unbalanced.push(Unbalanced { equation: equation.to_owned(), left, right });
        }
    }
}
