//! JSON that people can read: a member a line, an element of a list a line, whatever is in it. Hours of seconds stay a file that opens.

use std::io;

use serde_json::ser::Formatter;

#[derive(Debug, Default)]
pub struct Layout {
    depth: usize,
    /// Lists around the value that is written.
    lists: usize,
    has_value: bool,
}

impl Layout {
    fn line<W: ?Sized + io::Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| writer.write_all(b"  "))
    }

    fn open(&mut self) {
        self.depth += 1;
        self.has_value = false;
    }

    /// On a line of its own where something is inside.
    fn close<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if self.has_value { self.line(writer) } else { Ok(()) }
    }

    fn next<W: ?Sized + io::Write>(&self, writer: &mut W, is_first: bool, is_flat: bool) -> io::Result<()> {
        match (is_first, is_flat) {
            (true, true) => Ok(()),
            (false, true) => writer.write_all(b", "),
            (true, false) => self.line(writer),
            (false, false) => writer.write_all(b",").and_then(|()| self.line(writer)),
        }
    }
}

impl Formatter for Layout {
    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.lists += 1;
        if self.lists == 1 {
            self.open();
        }
        writer.write_all(b"[")
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.lists == 1 {
            self.close(writer)?;
        }
        self.lists -= 1;
        writer.write_all(b"]")
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.next(writer, first, self.lists > 1)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.lists == 0 {
            self.open();
        }
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.lists == 0 {
            self.close(writer)?;
        }
        writer.write_all(b"}")
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.next(writer, first, self.lists > 0)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize as _;
    use serde_json::{Serializer, json};

    use super::*;

    #[test]
    fn an_element_of_a_list_is_a_line() {
        let value = json!({"a": {"b": 1, "none": {}}, "list": [{"x": [1, 2], "y": null}, {"x": [], "y": {"z": "}"}}], "empty": []});
        let mut text = Vec::new();
        value.serialize(&mut Serializer::with_formatter(&mut text, Layout::default())).unwrap();
        let text = String::from_utf8(text).unwrap();
        let expected = r#"{
  "a": {
    "b": 1,
    "none": {}
  },
  "empty": [],
  "list": [
    {"x": [1, 2], "y": null},
    {"x": [], "y": {"z": "}"}}
  ]
}"#;
        assert_eq!(text, expected);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
