//! Two documents, member by member.

use std::collections::BTreeSet;

use serde_json::Value;

/// Numbers are the same that differ only in how they were rounded on their way through decimal digits.
const ROUNDING: f64 = 1e-12;

/// A member that is not the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Different {
    /// Such as `tails[0].rows[2].median_ms`.
    pub member: String,
    /// As JSON; `None`: it is not there.
    pub left: Option<String>,
    pub right: Option<String>,
}

/// All members that differ, in the order of their names.
pub fn differences(left: &Value, right: &Value) -> Vec<Different> {
    let mut found = Vec::new();
    walk("", Some(left), Some(right), &mut found);
    found
}

fn walk(member: &str, left: Option<&Value>, right: Option<&Value>, found: &mut Vec<Different>) {
    match (left, right) {
        (Some(Value::Object(these)), Some(Value::Object(those))) => {
            let names: BTreeSet<&String> = these.keys().chain(those.keys()).collect();
            let path = |name: &str| if member.is_empty() { name.to_owned() } else { format!("{member}.{name}") };
            names.into_iter().for_each(|name| walk(&path(name), these.get(name), those.get(name), found));
        }
        (Some(Value::Array(these)), Some(Value::Array(those))) => {
            let length = these.len().max(those.len());
            (0..length).for_each(|index| walk(&format!("{member}[{index}]"), these.get(index), those.get(index), found));
        }
        (left, right) if is_same(left, right) => {}
        (left, right) => {
            let text = |value: Option<&Value>| value.map(ToString::to_string);
            found.push(Different { member: member.to_owned(), left: text(left), right: text(right) });
        }
    }
}

fn is_same(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left.and_then(Value::as_f64), right.and_then(Value::as_f64)) {
        (Some(left), Some(right)) => (left - right).abs() <= ROUNDING * left.abs().max(right.abs()),
        _ => left == right,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_member_that_differs_is_named_with_both_values() {
        let left = json!({ "a": [1, { "b": 2.5 }], "c": "x", "only": null });
        let right = json!({ "a": [1, { "b": 2.500001 }, 3], "c": "x" });
        let told: Vec<String> = differences(&left, &right)
            .into_iter()
            .map(|one| format!("{} {} {}", one.member, one.left.unwrap_or("-".to_owned()), one.right.unwrap_or("-".to_owned())))
            .collect();
        assert_eq!(told, ["a[1].b 2.5 2.500001", "a[2] - 3", "only null -"]);
    }

    #[test]
    fn the_last_bit_of_a_number_makes_no_difference_but_a_digit_does() {
        let third = 1.0_f64 / 3.0;
        assert_eq!(differences(&json!(third), &json!(f64::from_bits(third.to_bits() + 1))), []);
        assert_eq!(differences(&json!(1), &json!(1.0)), []);
        assert_eq!(differences(&json!(1_000_000_000), &json!(1_000_000_001)).len(), 1);
        assert_eq!(differences(&json!(0), &json!(1e-300)).len(), 1);
    }
}
