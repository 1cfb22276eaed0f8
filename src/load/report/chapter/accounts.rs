//! What became of every event.

use super::{Cell, Chapter, Detail, Kind, Table, Tone};
use crate::load::report::Report;
use crate::load::report::document::{Account, Accounts, Count, EventList, NamedEvent};
use crate::load::report::number::{count, decimals};

pub fn chapter(report: &Report, detail: Detail) -> Chapter {
    let accounts = &report.accounts;
    let mut chapter = Chapter::new(Kind::Accounts);
    let mut equations = Table::new(&[heading(accounts), "Does it"]);
    accounts.equations.iter().for_each(|account| equations.row(equation(account)));
    chapter.table(equations);
    if detail == Detail::Full && *accounts != Accounts::default() {
        chapter.table(counts(accounts));
    }
    let mut faults = Table::new(&["Fault", ">Events"]);
    self::faults(accounts).filter(|(_, number)| detail == Detail::Brief && *number > 0).for_each(|(name, number)| {
        faults.row([name.into(), Cell::new(count(number), Tone::Bad)]);
    });
    chapter.table(faults);
    accounts.lists.iter().filter(|list| list.total > 0).for_each(|events| list(&mut chapter, events, detail));
    chapter
}

/// What was sent in the warm-up has to be somewhere as well.
fn heading(accounts: &Accounts) -> &'static str {
    let with_warm_up = accounts.equations.first().is_some_and(|account| account.left.count > accounts.scheduled);
    if with_warm_up { "Has to add up, the warm-up included" } else { "Has to add up" }
}

fn equation(account: &Account) -> [Cell; 2] {
    let side = |count: &Count| format!("{} {}", count.name, super::super::number::count(count.count));
    let right: Vec<String> = account.right.iter().map(side).collect();
    let sum: u64 = account.right.iter().fold(0, |sum, count| sum.saturating_add(count.count));
    let sign = if account.ok { "=" } else { "!=" };
    let verdict = match account.ok {
        true => Cell::new("adds up", Tone::Good),
        false => Cell::new(format!("off by {}", difference(account.left.count, sum)), Tone::Bad),
    };
    [format!("{} {sign} {}", side(&account.left), right.join(" + ")).into(), verdict]
}

fn difference(left: u64, right: u64) -> String {
    let sign = if left < right { "-" } else { "+" };
    format!("{sign}{}", count(left.abs_diff(right)))
}

fn counts(accounts: &Accounts) -> Table {
    let always = [
        ("scheduled", accounts.scheduled),
        ("dropped by the generator", accounts.dropped),
        ("sent", accounts.sent),
        ("acknowledged", accounts.acknowledged),
        ("failed", accounts.failed),
        ("unknown: no answer came", accounts.unknown),
    ];
    let measured = [
        ("stored, each once", accounts.stored_unique),
        ("received", accounts.received),
        ("received, each once", accounts.unique),
        ("not acknowledged, yet stored", accounts.unacknowledged_stored),
        ("at two offsets: a producer's retry", accounts.producer_retries),
        ("negative latency (kept)", accounts.negative),
    ];
    let mut table = Table::new(&["Events", ">Count"]);
    always.into_iter().for_each(|(name, number)| table.row([name.to_owned(), count(number)]));
    measured
        .into_iter()
        .filter_map(|(name, number)| Some((name, number?)))
        .for_each(|(name, number)| table.row([name.to_owned(), count(number)]));
    faults(accounts).for_each(|(name, number)| {
        let tone = if number > 0 { Tone::Bad } else { Tone::Plain };
        table.row([name.into(), Cell::new(count(number), tone)]);
    });
    table.row(["in the warm-up, not counted above".to_owned(), count(accounts.warm_up)]);
    table
}

/// Those that were looked for.
fn faults(accounts: &Accounts) -> impl Iterator<Item = (&'static str, u64)> {
    [
        ("acknowledged, yet lost", accounts.acknowledged_lost),
        ("doubled: one offset twice", accounts.doubled),
        ("reordered within a key", accounts.reordered),
        ("corrupt: wrong checksum", accounts.corrupt),
        ("late: after the deadline", accounts.late),
    ]
    .into_iter()
    .filter_map(|(name, number)| Some((name, number?)))
}

const BRIEF_EVENTS: usize = 5;

fn list(chapter: &mut Chapter, list: &EventList, detail: Detail) {
    let shown = if detail == Detail::Brief { BRIEF_EVENTS } else { list.events.len() };
    let mut table = Table::new(&[&format!("Which: {}", list.kind), ">Producer", ">Intended at s", ">Partition", ">Offset", "Note"]);
    list.events.iter().take(shown).for_each(|event| table.row(event_row(event)));
    let told = table.rows.len() as u64;
    chapter.table(table);
    if list.total > told {
        chapter.text(format!("{} of {} that are {} are listed.", count(told), count(list.total), list.kind));
    }
}

fn event_row(event: &NamedEvent) -> [String; 6] {
    let number = |number: Option<String>| number.unwrap_or_else(|| "-".to_owned());
    [
        format!("event {}", event.event),
        number(event.producer.map(|producer| producer.to_string())),
        number(event.intended_us.map(|us| decimals(us as f64 / 1e6, 3))),
        number(event.partition.map(|partition| partition.to_string())),
        number(event.offset.map(|offset| offset.to_string())),
        event.note.clone().unwrap_or_default(),
    ]
}
