//! What a PromQL expression names. Whether it is one at all is promtool's to say.

use std::collections::BTreeSet;

/// A metric of ours and the labels that are asked of it.
#[derive(Debug, PartialEq)]
pub struct Mention {
    pub metric: String,
    pub labels: Vec<String>,
}

/// Every `shasta_..`, with the labels of the selector that follows it.
pub fn mentions(text: &str) -> Vec<Mention> {
    let starts = text.match_indices("shasta_").filter(|(at, _)| !text[..*at].ends_with(is_of_name)).map(|(at, _)| at);
    let mention = |at: usize| {
        let metric: String = text[at..].chars().take_while(|c| is_of_name(*c)).collect();
        let labels = text[at + metric.len()..].strip_prefix('{').map_or_else(Vec::new, selected);
        Mention { metric, labels }
    };
    starts.map(mention).collect()
}

/// Every label of `by (..)`, `on (..)` and the like.
pub fn groupings(text: &str) -> BTreeSet<String> {
    let lists = ["by (", "on (", "without (", "ignoring (", "group_left (", "group_right ("];
    let inside = lists.iter().flat_map(|word| text.split(word).skip(1)).filter_map(|rest| Some(rest.split_once(')')?.0));
    inside.flat_map(|list| list.split(',')).map(|label| label.trim().to_owned()).filter(|label| !label.is_empty()).collect()
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

/// The names of labels from a `{` on: what stands outside of quotes and before an operator.
fn selected(rest: &str) -> Vec<String> {
    let outside: String = rest.split('"').step_by(2).collect();
    let inside = outside.split('}').next().unwrap_or_default();
    inside
        .split(',')
        .map(|matcher| matcher.split(['=', '!']).next().unwrap_or_default().trim().to_owned())
        .filter(|label| !label.is_empty())
        .collect()
}

#[test]
fn metrics_and_labels_are_found_wherever_they_stand() {
    let text = r#"sum by (node, le) (rate(shasta_a_bucket{job=~"x|}",node!="y"}[5m])) / on (pool) shasta_b or shasta:own_shasta_c"#;
    let mention = |metric: &str, labels: &[&str]| Mention {
        metric: metric.to_owned(),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
    };
    assert_eq!(mentions(text), [mention("shasta_a_bucket", &["job", "node"]), mention("shasta_b", &[])]);
    assert_eq!(groupings(text), ["le", "node", "pool"].map(str::to_owned).into());
}
