//! What a node of a cluster says when a slot is elsewhere.

/// A redirection and the address that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redirection {
    /// The slot lives there now.
    Moved(String),
    /// The slot is on its way there: this one command is to be asked there, behind an ASKING.
    Ask(String),
}

impl Redirection {
    /// Reads `MOVED <slot> <address>` or `ASK <slot> <address>` as the node at `from` answered it.
    pub fn read(answer: &str, from: &str) -> Option<Self> {
        let mut words = answer.split_whitespace();
        let kind = words.next()?;
        let (host, port) = words.nth(1)?.rsplit_once(':')?;
        let address = address(host, port, from)?;
        match kind {
            "MOVED" => Some(Self::Moved(address)),
            "ASK" => Some(Self::Ask(address)),
            _ => None,
        }
    }
}

/// `host:port` as everywhere here; an empty or unknown host means: the one that was asked.
pub fn address(host: &str, port: impl std::fmt::Display, asked: &str) -> Option<String> {
    let host = if host.is_empty() || host == "?" { asked.rsplit_once(':')?.0 } else { host };
    let bare_ipv6 = host.contains(':') && !host.starts_with('[');
    Some(if bare_ipv6 { format!("[{host}]:{port}") } else { format!("{host}:{port}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirections_name_an_address_also_without_a_host() {
        let read = |answer| Redirection::read(answer, "10.0.0.1:7000");
        assert_eq!(read("MOVED 3999 10.0.0.2:7001"), Some(Redirection::Moved("10.0.0.2:7001".to_owned())));
        assert_eq!(read("ASK 3999 :7001"), Some(Redirection::Ask("10.0.0.1:7001".to_owned())));
        assert_eq!(read("MOVED 1 ?:7001"), Some(Redirection::Moved("10.0.0.1:7001".to_owned())));
        assert_eq!(read("MOVED 1 fd00::2:7001"), Some(Redirection::Moved("[fd00::2]:7001".to_owned())));
        for none in ["", "MOVED", "MOVED 1", "TRYAGAIN Multiple keys request during rehashing of slot", "CLUSTERDOWN a b:1"] {
            assert_eq!(read(none), None, "{none:?}");
        }
    }
}
