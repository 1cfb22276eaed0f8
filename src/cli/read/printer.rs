//! In which form what was read is printed.

use std::io::{IsTerminal, stdout};
use std::time::SystemTime;

use rustix::termios::tcgetwinsize;

use super::age::age;
use super::printed;
use super::request::Request;
use super::table::Table;
use crate::cli::{Failure, json_text};
use crate::client::{Change, Channel, Object, Snapshot, Token};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The snapshot of one channel over several lines, all else on one line each.
    Json,
    /// Everything on one line each.
    Lines,
    Table,
}

/// Turns what was read into whole lines.
#[derive(Debug)]
pub struct Printer {
    form: Form,
    table: Table,
    /// The table has a column for the channel.
    names_channels: bool,
    /// The table has a column for the kind of change.
    names_changes: bool,
}

/// The cells of what an object is, as they stand in the table.
#[derive(Default)]
struct Cells {
    name: String,
    lifetime: String,
    age: String,
    entry: String,
    data: String,
}

impl Printer {
    pub fn new(form: Form, request: &Request) -> Self {
        let (names_channels, names_changes) = (request.is_of_many(), request.follows());
        let names = [("channel", names_channels), ("change", names_changes)].into_iter().filter(|(_, has)| *has).map(|(name, _)| name);
        let table = Table::new(names.chain(["name", "lifetime", "age", "entry", "data"]).collect());
        Self { form, table, names_channels, names_changes }
    }

    pub fn is_table(&self) -> bool {
        self.form == Form::Table
    }

    /// A channel at one instant.
    pub fn snapshot(&mut self, snapshot: &Snapshot) -> Result<String, Failure> {
        Ok(match self.form {
            Form::Json if !self.names_channels => json_text::pretty(&printed::snapshot(snapshot)?) + "\n",
            Form::Json | Form::Lines => printed::snapshot(snapshot)? + "\n",
            Form::Table => {
                let rows = self.objects(snapshot);
                let foot = if self.names_channels { String::new() } else { format!("token {}\n", snapshot.token) };
                self.table.rows(rows, columns()) + &foot
            }
        })
    }

    /// A step of a followed channel, and the place after it.
    pub fn change(&mut self, channel: &Channel, change: &Change, token: Option<&Token>) -> Result<String, Failure> {
        if self.form != Form::Table {
            return Ok(printed::change(channel, change, token)? + "\n");
        }
        let rows = match change {
            Change::Snapshot(snapshot) => self.whole("snapshot", snapshot),
            Change::Restarted(snapshot) => self.whole("restarted", snapshot),
            Change::Set { name, object, .. } => vec![self.row(channel, "set", Cells::of(name, object))],
            Change::Deleted { name, event } => {
                let (age, entry) = (age(event.published_at_ms, SystemTime::now()), event.entry.to_string());
                vec![self.row(channel, "deleted", Cells { name: name.clone(), age, entry, ..Cells::default() })]
            }
        };
        Ok(self.table.rows(rows, columns()))
    }

    fn whole(&self, change: &'static str, snapshot: &Snapshot) -> Vec<Vec<String>> {
        let entry = snapshot.position().map(|id| id.to_string()).unwrap_or_default();
        let data = match snapshot.objects.len() {
            1 => "1 object".to_owned(),
            count => format!("{count} objects"),
        };
        let head = self.row(snapshot.channel(), change, Cells { entry, data, ..Cells::default() });
        [vec![head], self.objects(snapshot)].concat()
    }

    fn objects(&self, snapshot: &Snapshot) -> Vec<Vec<String>> {
        snapshot.objects.iter().map(|(name, object)| self.row(snapshot.channel(), "", Cells::of(name, object))).collect()
    }

    fn row(&self, channel: &Channel, change: &str, cells: Cells) -> Vec<String> {
        let channel = self.names_channels.then(|| channel.to_string());
        let change = self.names_changes.then(|| change.to_owned());
        channel.into_iter().chain(change).chain([cells.name, cells.lifetime, cells.age, cells.entry, cells.data]).collect()
    }
}

impl Cells {
    fn of(name: &str, object: &Object) -> Self {
        let data = object.data();
        let is_json = serde_json::from_str::<serde::de::IgnoredAny>(data).is_ok();
        Self {
            name: name.to_owned(),
            lifetime: object.lifetime().map_or_else(|| "-".to_owned(), |seconds| format!("{seconds}s")),
            age: age(object.published_at_ms, SystemTime::now()),
            entry: object.entry.map_or_else(|| "-".to_owned(), |id| id.to_string()),
            data: if is_json { json_text::compact(data) } else { data.to_owned() },
        }
    }
}

/// Of the terminal; `None` where there is none, and nothing is cut.
fn columns() -> Option<usize> {
    let size = if stdout().is_terminal() { tcgetwinsize(stdout()).ok() } else { None };
    size.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{EntryId, Event, TagData};

    fn channel() -> Channel {
        "a/b/c".parse().unwrap()
    }

    fn object(data: &str, lifetime: Option<u32>) -> Object {
        let tag_data = TagData { identifier: None, deleted: None, lifetime, data: Some(data.to_owned()) };
        Object { tag_data: tag_data.into(), entry: Some(EntryId { ms: 1, seq: 0 }), published_at_ms: None }
    }

    fn snapshot() -> Snapshot {
        let objects = [("light/1", object("{\"on\":\n true}", Some(60))), ("note", object("a\nb", None))];
        let objects = objects.into_iter().map(|(name, object)| (name.to_owned(), object)).collect();
        Snapshot { objects, token: "a/b/c@7-1/3/9".parse().unwrap() }
    }

    #[test]
    fn one_snapshot_is_laid_out_and_many_are_a_line_each() {
        let lines = |form, request: &Request| Printer::new(form, request).snapshot(&snapshot()).unwrap().lines().count();
        assert!(lines(Form::Json, &Request::Snapshot(channel())) > 10);
        assert_eq!((lines(Form::Lines, &Request::Snapshot(channel())), lines(Form::Json, &Request::List)), (1, 1));
    }

    #[test]
    fn a_table_of_a_snapshot_has_a_row_for_each_object() {
        let table = Printer::new(Form::Table, &Request::Snapshot(channel())).snapshot(&snapshot()).unwrap();
        let expected = "\
name     lifetime  age  entry  data
light/1  60s       -    1-0    {\"on\":true}
note     -         -    1-0    a\\nb
token a/b/c@7-1/3/9
";
        assert_eq!(table, expected);
        let mut printer = Printer::new(Form::Table, &Request::List);
        let many = printer.snapshot(&snapshot()).unwrap() + &printer.snapshot(&snapshot()).unwrap();
        let lines: Vec<&str> = many.lines().collect();
        assert_eq!(
            (lines.len(), lines[0].starts_with("channel  name "), lines[4].starts_with("a/b/c    note ")),
            (5, true, true),
            "{many}"
        );
    }

    #[test]
    fn a_table_of_changes_has_a_row_for_each_change() {
        let mut printer = Printer::new(Form::Table, &Request::Follow(channel()));
        let event = Event { entry: EntryId { ms: 8, seq: 0 }, partition: 3, offset: 10, published_at_ms: None };
        let set = Change::Set { name: "note".to_owned(), object: object("7", None), changed: None, event };
        let deleted = Change::Deleted { name: "note".to_owned(), event };
        let told = [Change::Snapshot(snapshot()), set, deleted];
        let table: String = told.iter().map(|change| printer.change(&channel(), change, None).unwrap()).collect();
        let expected = "\
change    name     lifetime  age  entry  data
snapshot                          7-1    2 objects
          light/1  60s       -    1-0    {\"on\":true}
          note     -         -    1-0    a\\nb
set       note     -         -    1-0    7
deleted   note               -    8-0
";
        assert_eq!(table, expected);
    }
}
