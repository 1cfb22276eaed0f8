//! A configuration as TOML, with the place where each value that is not the default was set.

use toml_edit::{DocumentMut, Item, Table};

use super::{Config, Origin, Origins};

/// Secrets are redacted.
pub fn render(config: &Config, origins: &Origins) -> Result<String, toml::ser::Error> {
    let text = toml::to_string(config)?;
    let defaults = toml::to_string(&Config::default())?;
    let (Ok(mut document), Ok(defaults)) = (text.parse::<DocumentMut>(), defaults.parse::<DocumentMut>()) else { return Ok(text) };
    annotate(document.as_table_mut(), Some(defaults.as_table()), "", origins);
    Ok(document.to_string())
}

fn annotate(table: &mut Table, defaults: Option<&Table>, section: &str, origins: &Origins) {
    for (name, item) in table.iter_mut() {
        let path = if section.is_empty() { name.get().to_owned() } else { format!("{section}.{}", name.get()) };
        let default = defaults.and_then(|defaults| defaults.get(name.get()));
        match item {
            Item::Table(inner) => annotate(inner, default.and_then(Item::as_table), &path, origins),
            Item::Value(value) => {
                let is_default = default.and_then(Item::as_value).is_some_and(|default| default.to_string() == value.to_string());
                let origin = origins.of(&path);
                // In a section of the user's own name is also what nobody set.
                if !is_default && origin != Origin::Default {
                    value.decor_mut().set_suffix(format!("  # {origin}"));
                }
            }
            Item::None | Item::ArrayOfTables(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    #[test]
    fn only_what_is_not_the_default_is_followed_by_its_place() {
        let mut config = Config::default();
        config.kafka.topic = "other".to_owned();
        config.redis.password = Some(Secret::new("hunter2"));
        config.kafka.properties.insert("client.rack".to_owned(), "a".to_owned());
        let place = |name: &str| Origin::Variable(name.to_owned());
        let keys = [("kafka.topic", "T"), ("kafka.group", "G"), ("redis.password", "P"), ("kafka.properties.client.rack", "R")];
        let origins = keys.into_iter().map(|(key, name)| (key.to_owned(), place(name))).collect();
        let text = render(&config, &origins).unwrap();
        let commented: Vec<&str> = text.lines().filter(|line| line.contains('#')).collect();
        assert_eq!(commented, ["topic = \"other\"  # T", "\"client.rack\" = \"a\"  # R", "password = \"[redacted]\"  # P"]);
        assert!(text.contains("max_bytes = \"2MiB\"\n"), "{text}");
        assert!(!text.contains("hunter2"));
    }
}
