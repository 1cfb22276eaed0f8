//! A recorded trace: JSON lines, first what is watched, then a sample each. Times are seconds of the trace's own clock.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::retention::Retention;
use super::sample::{GroupState, Reading, Sample};

pub(super) const FORMAT: &str = "shasta.lag/1";
/// In 30,000 years.
const LATEST_S: f64 = 1e12;
/// What a number of JSON holds exactly everywhere.
const LARGEST: i64 = 1 << 53;

/// What is watched, and what the topic and the group keep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    pub cluster: String,
    pub group: String,
    pub topic: Option<String>,
    pub partitions: usize,
    pub retention: Retention,
    /// How long the offsets of an empty group are kept, in seconds.
    pub offsets_retention_s: Option<f64>,
    /// Whether the group is configured; others never page.
    pub expected: bool,
}

/// A line after the first: the sample, or why there is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub time: f64,
    pub sample: Result<Sample, String>,
}

/// Which line is wrong, in which member, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {wrong}")]
pub struct TraceError {
    pub line: usize,
    pub wrong: String,
}

impl Header {
    /// Of the first line of a trace.
    pub fn parse(text: &str) -> Result<Self, TraceError> {
        let header = || {
            let members = Members::parse(text)?;
            match members.text("trace")?.as_deref() {
                Some(FORMAT) => Self::of(&members),
                Some(other) => Err(format!("trace: expected {FORMAT:?}, found {other:?}")),
                None => Err(format!("trace: expected {FORMAT:?}, found nothing")),
            }
        };
        header().map_err(|wrong| TraceError { line: 1, wrong })
    }

    fn of(members: &Members) -> Result<Self, String> {
        let partitions = members.integer("partitions")?.and_then(|count| usize::try_from(count).ok());
        let kept = |limit: Option<f64>| limit.filter(|limit| *limit >= 0.0);
        let deletes = members.text("cleanup_policy")?.is_none_or(|policy| policy.split(',').any(|word| word.trim() == "delete"));
        let limits = Retention {
            seconds: kept(members.number("retention_ms")?).map(|ms| ms / 1_000.0),
            bytes: kept(members.number("retention_bytes")?),
        };
        Ok(Self {
            cluster: members.text("cluster")?.unwrap_or_default(),
            group: members.text("group")?.ok_or("group: is missing")?,
            topic: members.text("topic")?,
            partitions: partitions.filter(|count| (1..=100_000).contains(count)).ok_or("partitions: expected a number of 1 to 100000")?,
            retention: if deletes { limits } else { Retention::default() },
            offsets_retention_s: kept(members.number("offsets_retention_minutes")?).map(|minutes| minutes * 60.0),
            expected: members.flag("expected")?.unwrap_or(true),
        })
    }
}

impl Line {
    /// Of the line with this number (from 1) of a trace of so many partitions.
    pub fn parse(text: &str, number: usize, partitions: usize) -> Result<Self, TraceError> {
        Self::of(text, partitions).map_err(|wrong| TraceError { line: number, wrong })
    }

    fn of(text: &str, partitions: usize) -> Result<Self, String> {
        let members = Members::parse(text)?;
        let time = members.number("t")?.ok_or("t: is missing")?;
        if time.abs() > LATEST_S {
            return Err(format!("t: {time} is no time in seconds"));
        }
        if let Some(error) = members.text("error")? {
            return Ok(Self { time, sample: Err(error) });
        }
        let by_partition = |name: &str| members.array(name, partitions);
        let [c, e] = ["c", "e"].map(|name| by_partition(name).and_then(|of| of.ok_or(format!("{name}: is missing"))));
        let (c, e) = (c?, e?);
        let [s, tau, eff, owned] = [by_partition("s")?, by_partition("tau")?, by_partition("eff")?, by_partition("owned")?];
        let [covered, lost, owner] = [by_partition("covered")?, by_partition("lost")?, by_partition("owner")?];
        let [hw, bytes] = [by_partition("hw")?, by_partition("bytes")?];
        let reading = |at: usize| -> Result<Reading, String> {
            let integer = |name: &str, of: &Option<&[Value]>| {
                of.map_or(Ok(None), |of| integer(&of[at])).map_err(|why| format!("{name}[{at}]: {why}"))
            };
            Ok(Reading {
                committed: integer("c", &Some(c))?,
                end: integer("e", &Some(e))?,
                start: integer("s", &s)?,
                timestamp: tau.map_or(Ok(None), |of| float(&of[at])).map_err(|why| format!("tau[{at}]: {why}"))?,
                effective_lag: integer("eff", &eff)?,
                owned: owned.map_or(Ok(None), |of| flag(&of[at])).map_err(|why| format!("owned[{at}]: {why}"))?,
                owner: owner.map_or(Ok(None), |of| string(&of[at])).map_err(|why| format!("owner[{at}]: {why}"))?,
                covered: integer("covered", &covered)?,
                lost: integer("lost", &lost)?,
                high_watermark: integer("hw", &hw)?,
                bytes: integer("bytes", &bytes)?,
            })
        };
        let members_count = members.integer("members")?.and_then(|count| u64::try_from(count).ok());
        let sample = Sample {
            state: members.text("state")?.map(|name| GroupState::of(&name)),
            members: members_count,
            empty_since: members.number("empty_since")?,
            partitions: (0..partitions).map(reading).collect::<Result<_, _>>()?,
        };
        Ok(Self { time, sample: Ok(sample) })
    }
}

/// The members of a line, each read by its name, so that an error can say it.
struct Members(Map<String, Value>);

impl Members {
    fn parse(text: &str) -> Result<Self, String> {
        match serde_json::from_str(text) {
            Ok(Value::Object(members)) => Ok(Self(members)),
            Ok(_) => Err("expected a JSON object".to_owned()),
            // The place in the line is serde's, its line is always 1.
            Err(error) => Err(format!("no JSON: {}", error.to_string().replace(" at line 1", " at"))),
        }
    }

    fn value<T>(&self, name: &str, read: fn(&Value) -> Result<Option<T>, String>) -> Result<Option<T>, String> {
        self.0.get(name).map_or(Ok(None), read).map_err(|why| format!("{name}: {why}"))
    }

    fn text(&self, name: &str) -> Result<Option<String>, String> {
        self.value(name, string)
    }

    fn integer(&self, name: &str) -> Result<Option<i64>, String> {
        self.value(name, integer)
    }

    fn number(&self, name: &str) -> Result<Option<f64>, String> {
        self.value(name, float)
    }

    fn flag(&self, name: &str) -> Result<Option<bool>, String> {
        self.value(name, flag)
    }

    fn array(&self, name: &str, length: usize) -> Result<Option<&[Value]>, String> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Array(values)) if values.len() == length => Ok(Some(values)),
            Some(Value::Array(values)) => Err(format!("{name}: has {} members for {length} partitions", values.len())),
            Some(_) => Err(format!("{name}: expected an array by partition")),
        }
    }
}

fn integer(value: &Value) -> Result<Option<i64>, String> {
    let whole = |number: f64| (number.fract() == 0.0).then_some(number as i64);
    let exact = |number: &i64| (-LARGEST..=LARGEST).contains(number);
    match value {
        Value::Null => Ok(None),
        value => value
            .as_i64()
            .or_else(|| whole(value.as_f64()?))
            .filter(exact)
            .map(Some)
            .ok_or_else(|| format!("expected a whole number, found {value}")),
    }
}

fn float(value: &Value) -> Result<Option<f64>, String> {
    match value {
        Value::Null => Ok(None),
        value => value.as_f64().map(Some).ok_or_else(|| format!("expected a number, found {value}")),
    }
}

fn flag(value: &Value) -> Result<Option<bool>, String> {
    match value {
        Value::Null => Ok(None),
        Value::Bool(flag) => Ok(Some(*flag)),
        value => value.as_i64().map(|number| Some(number != 0)).ok_or_else(|| format!("expected true, false, 1 or 0, found {value}")),
    }
}

fn string(value: &Value) -> Result<Option<String>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        value => Err(format!("expected a text, found {value}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = r#"{"trace":"shasta.lag/1","cluster":"c","group":"g","topic":"t","partitions":2,"interval_s":10,"retention_ms":86400000,"retention_bytes":-1,"offsets_retention_minutes":10080,"expected":true}"#;

    #[test]
    fn what_is_null_or_absent_is_not_known() {
        let header = Header::parse(HEADER).unwrap();
        assert_eq!(header.retention, Retention { seconds: Some(86_400.0), bytes: None });
        assert_eq!((header.partitions, header.offsets_retention_s), (2, Some(604_800.0)));
        let line =
            Line::parse(r#"{"t":1.5,"state":"Stable","members":4,"c":[-1,5],"e":[3,null],"tau":[1.25,null],"owned":[1,0]}"#, 2, 2).unwrap();
        let sample = line.sample.unwrap();
        assert_eq!((sample.state, sample.members()), (Some(GroupState::Stable), Some(4)));
        let first = Reading { committed: Some(-1), end: Some(3), timestamp: Some(1.25), owned: Some(true), ..Reading::default() };
        let second = Reading { committed: Some(5), owned: Some(false), ..Reading::default() };
        assert_eq!(sample.partitions, [first, second]);
        let failed = Line::parse(r#"{"t":2,"error":"timed out"}"#, 3, 2).unwrap();
        assert_eq!(failed.sample, Err("timed out".to_owned()));
    }

    #[test]
    fn an_error_names_the_line_and_the_member() {
        for (text, error) in [
            (r#"{"t":1,"c":[1,2],"e":[1,"x"]}"#, "line 7: e[1]: expected a whole number, found \"x\""),
            (r#"{"t":1,"c":[1],"e":[1,2]}"#, "line 7: c: has 1 members for 2 partitions"),
            (r#"{"t":1,"c":[1,2]}"#, "line 7: e: is missing"),
            (r#"{"c":[1,2]}"#, "line 7: t: is missing"),
            (r#"{"t":1e13}"#, "line 7: t: 10000000000000 is no time in seconds"),
            (r#"{"t":1,"c":[1,2],"e":[1,9223372036854775807]}"#, "line 7: e[1]: expected a whole number, found 9223372036854775807"),
            (r#"{"t":1,"c":[1,2],"e":[1,2],"members":"4"}"#, "line 7: members: expected a whole number, found \"4\""),
            ("[]", "line 7: expected a JSON object"),
            (r#"{"t":1"#, "line 7: no JSON: EOF while parsing an object at column 6"),
        ] {
            assert_eq!(Line::parse(text, 7, 2).unwrap_err().to_string(), error);
        }
        assert!(Header::parse("{}").unwrap_err().to_string().starts_with("line 1: trace: expected \"shasta.lag/1\""));
        assert_eq!(
            Header::parse(&HEADER.replace(":2,", ":0,")).unwrap_err().to_string(),
            "line 1: partitions: expected a number of 1 to 100000"
        );
    }
}
