//! What to type next about a group: as alerts, the page and `shasta lag` say it.

use super::kind::Kind;
use super::view::{GroupView, PartitionView};

/// The name of the cluster where only one is configured: commands need no `--cluster` for it.
pub const DEFAULT_CLUSTER: &str = "default";
/// Records that many partitions stand at are seldom bad each by itself.
const PEEKS: usize = 3;

/// Commands, the most telling first; none where all is well. A shell takes them as they are.
pub fn next_commands(view: &GroupView) -> Vec<String> {
    let peeks = view.partitions.iter().filter_map(|partition| peek(view, partition)).take(PEEKS);
    let explain = view.state.map(|_| format!("shasta lag explain --group {}", shell_word(&view.group)));
    peeks.chain(extend(view)).chain(acknowledge(view)).chain(explain).collect()
}

/// The command that keeps a stop quiet that somebody meant; `None` where nothing is stopped.
pub fn if_meant(view: &GroupView) -> Option<String> {
    let is_stopped = has(view, Kind::Stopped);
    is_stopped.then(|| format!("shasta maintenance --group {} --for 30m --reason WHY", shell_word(&view.group)))
}

fn peek(view: &GroupView, partition: &PartitionView) -> Option<String> {
    let record = format!("{}/{}@{}", view.topic.as_deref()?, partition.partition, partition.poison()?);
    Some(format!("shasta lag peek {}{}", shell_word(&record), in_cluster(view)))
}

fn extend(view: &GroupView) -> Option<String> {
    let kept = view.retention_s.filter(|_| has(view, Kind::LossImminent))?;
    let twice = (2.0 * kept / 86_400.0).ceil();
    Some(format!("shasta lag retention extend {} --to {twice:.0}d{}", shell_word(view.topic.as_deref()?), in_cluster(view)))
}

fn acknowledge(view: &GroupView) -> Option<String> {
    let stays = view.incidents.iter().find(|incident| matches!(incident.kind, Kind::DataLost | Kind::Skipped))?;
    Some(format!("shasta lag ack {}", shell_word(&stays.id)))
}

fn has(view: &GroupView, kind: Kind) -> bool {
    view.incidents.iter().any(|incident| incident.kind == kind)
}

fn in_cluster(view: &GroupView) -> String {
    if view.cluster == DEFAULT_CLUSTER { String::new() } else { format!(" --cluster {}", shell_word(&view.cluster)) }
}

/// As a shell takes it for one word.
pub fn shell_word(word: &str) -> String {
    let is_plain = !word.is_empty() && word.chars().all(|letter| letter.is_alphanumeric() || "-_./:@".contains(letter));
    if is_plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn a_name_is_one_word_of_a_shell_whatever_is_in_it() {
        assert_eq!(["tags", "o'brien's", "a b", "$(x)", ""].map(shell_word), ["tags", r"'o'\''brien'\''s'", "'a b'", "'$(x)'", "''"]);
    }
}
