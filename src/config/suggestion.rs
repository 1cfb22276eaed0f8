//! The key that somebody meant.

use super::catalog::{ANY_NAME, Catalog};

/// What is said of a key that does not exist. `write` puts a path as its layer writes it.
pub(super) fn unknown_key(path: &[String], write: impl Fn(&str) -> String) -> String {
    let catalog = Catalog::get();
    let pattern = catalog.pattern(path);
    let (section, _) = existing_section(&pattern);
    let expected = catalog.names_in(section).join(", ");
    match nearest(&pattern) {
        Some(meant) => format!("unknown key, did you mean {}; expected one of {expected}", write(&with_name_of(path, &meant))),
        None => format!("unknown key, expected one of {expected}"),
    }
}

/// The path that was meant, with the name that the user gave where it is of the same kind, and else a place for one.
fn with_name_of(path: &[String], meant: &str) -> String {
    let catalog = Catalog::get();
    let own = catalog.own_name(path).filter(|at| meant.starts_with(&catalog.pattern(&path[..=*at])));
    meant.replace(ANY_NAME, own.map_or("<name>", |at| &path[at]))
}

/// The longest start of the path that is a section, and the first name that is none.
fn existing_section(path: &str) -> (&str, &str) {
    let catalog = Catalog::get();
    let mut section = "";
    let mut rest = path;
    while let Some((name, below)) = rest.split_once('.') {
        let longer = &path[..path.len() - below.len() - 1];
        if catalog.names_in(longer).is_empty() {
            return (section, name);
        }
        section = longer;
        rest = below;
    }
    (section, rest)
}

/// A similar name in the same section first, then the same name in another section, then anything similar.
fn nearest(path: &str) -> Option<String> {
    const SIMILAR: f64 = 0.6;
    let catalog = Catalog::get();
    let (section, wrong) = existing_section(path);
    let join = |name: &str| if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") };
    let last = path.rsplit('.').next().unwrap_or(path);

    let neighbour = most_similar(catalog.names_in(section).into_iter(), wrong, SIMILAR).map(join);
    let elsewhere = || all_places().into_iter().find(|place| place.rsplit('.').next() == Some(last));
    let anything = || most_similar(catalog.paths(), path, SIMILAR).map(str::to_owned);
    neighbour.or_else(elsewhere).or_else(anything)
}

fn most_similar<'a>(candidates: impl Iterator<Item = &'a str>, wrong: &str, at_least: f64) -> Option<&'a str> {
    let scored = candidates.map(|candidate| (strsim::normalized_damerau_levenshtein(candidate, wrong), candidate));
    let best = scored.filter(|(score, _)| *score >= at_least).max_by(|left, right| left.0.total_cmp(&right.0));
    best.map(|(_, candidate)| candidate)
}

/// All sections and keys.
fn all_places() -> Vec<String> {
    let mut places: Vec<String> = Vec::new();
    for path in Catalog::get().paths() {
        places.extend(path.match_indices('.').map(|(end, _)| path[..end].to_owned()));
        places.push(path.to_owned());
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_that_was_meant_is_found() {
        let meant = [
            ("kafka.broker", "kafka.brokers"),
            ("kafka.batch", "worker.batch"),
            ("kafkka.brokers", "kafka"),
            ("kafka.dead_letter.tpoic", "kafka.dead_letter.topic"),
            ("brokers", "kafka.brokers"),
            ("redis.ttl", "fold.ttl"),
        ];
        for (wrong, right) in meant {
            assert_eq!(nearest(wrong).as_deref(), Some(right), "{wrong}");
        }
        assert_eq!(nearest("kafka.quux_of_zap"), None);
    }
}
