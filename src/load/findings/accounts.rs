//! The accounts, as they are written down.

use super::finding::Findings;
use crate::core::load::figures::{Account as Sums, Listed, Stage, StageAccount};
use crate::load::report::{Account, Accounts, Count, EventList, NamedEvent};
use crate::load::run::Measured;

pub fn accounts(findings: &Findings, measured: &Measured) -> Accounts {
    let (counted, all) = (&findings.accounts.counted, findings.accounts.all());
    let last = measured.watched.last().and_then(|stage| counted.stage(*stage));
    let most = |figure: fn(&StageAccount) -> u64| counted.stages.iter().map(figure).max();
    Accounts {
        scheduled: counted.scheduled,
        dropped: counted.dropped,
        sent: counted.sent,
        acknowledged: counted.acknowledged,
        failed: counted.failed,
        unknown: counted.unknown,
        stored_unique: counted.stage(Stage::Stored).map(|stage| stage.unique),
        acknowledged_lost: most(|stage| stage.acknowledged_lost),
        unacknowledged_stored: most(|stage| stage.unacknowledged_but_seen + stage.failed_but_seen),
        received: last.map(|stage| stage.sightings.received),
        unique: last.map(|stage| stage.unique),
        doubled: most(|stage| stage.sightings.doubled),
        producer_retries: most(|stage| stage.sightings.copies),
        reordered: most(|stage| stage.sightings.reordered),
        corrupt: most(|stage| stage.sightings.corrupt),
        late: most(|stage| stage.late),
        negative: Some(counted.negative.iter().sum()),
        warm_up: findings.accounts.warm_up.scheduled,
        equations: equations(findings, &all),
        lists: lists(findings, measured),
    }
}

/// Over the warm-up too: what was sent then has to be somewhere as well.
fn equations(findings: &Findings, all: &Sums) -> Vec<Account> {
    let mut equations = vec![
        equation(("scheduled", all.scheduled), &[("sent", all.observed.sent), ("dropped by the generator", all.observed.dropped)]),
        equation(
            ("sent", all.sent),
            &[("acknowledged", all.observed.acknowledged), ("failed", all.observed.failed), ("unknown", all.observed.unknown)],
        ),
    ];
    for stage in &all.stages {
        equations.extend(stage_equations(all, stage));
    }
    // The same sums, and further ones, as the ledger checks them: only what does not hold is of interest.
    let known: Vec<(u64, u64)> =
        equations.iter().map(|known| (known.left.count, known.right.iter().map(|term| term.count).sum())).collect();
    let further = findings.unbalanced.iter().filter(|one| !known.contains(&(one.left, one.right)));
    equations.extend(further.map(|one| equation((&one.equation, one.left), &[("right side", one.right)])));
    equations
}

fn stage_equations(all: &Sums, stage: &StageAccount) -> [Account; 2] {
    let name = stage.stage.name();
    let (unique, received) = (format!("{name}, unique"), format!("received ({name})"));
    let sightings = &stage.sightings;
    let of_acknowledged = [
        (unique.as_str(), stage.acknowledged_unique),
        ("acknowledged and lost", stage.acknowledged_lost),
        ("acknowledged and corrupt", stage.acknowledged_corrupt),
    ];
    let duplicates = sightings.copies + sightings.elsewhere + sightings.doubled;
    [
        equation(("acknowledged", all.observed.acknowledged), &of_acknowledged),
        equation((&received, sightings.received), &[("unique", stage.unique), ("duplicates", duplicates)]),
    ]
}

fn equation(left: (&str, u64), right: &[(&str, u64)]) -> Account {
    let count = |(name, count): (&str, u64)| Count { name: name.to_owned(), count };
    let ok = left.1 == right.iter().map(|(_, count)| count).sum::<u64>();
    Account { left: count(left), right: right.iter().copied().map(count).collect(), ok }
}

fn lists(findings: &Findings, measured: &Measured) -> Vec<EventList> {
    let accounts = &findings.accounts;
    let kinds = [
        ("lost", &accounts.lost),
        ("doubled", &accounts.doubled),
        ("reordered", &accounts.reordered),
        ("overtaken in kafka", &accounts.overtaken),
        ("corrupt", &accounts.corrupt),
        ("seen but never sent", &accounts.never_sent),
    ];
    kinds.iter().filter(|(_, listed)| listed.total > 0).map(|(kind, listed)| list(kind, listed, measured)).collect()
}

fn list(kind: &str, listed: &Listed, measured: &Measured) -> EventList {
    let event = |named: &crate::core::load::figures::Named| {
        let entry = measured.ledger.entry(named.event);
        NamedEvent {
            event: named.event,
            producer: Some(u64::from(named.producer)),
            intended_us: entry.map(|entry| entry.scheduled.intended_us),
            partition: entry.and_then(|entry| entry.place).map(|(partition, _)| partition),
            offset: entry.and_then(|entry| entry.place).map(|(_, offset)| offset),
            note: Some(format!("noticed where it is {}{}", named.stage.name(), if named.counted { "" } else { ", in the warm-up" })),
        }
    };
    EventList { kind: kind.to_owned(), total: listed.total, events: listed.first.iter().map(event).collect() }
}
