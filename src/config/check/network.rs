//! Addresses.

/// `host:port`, where an IPv6 address stands in brackets and the port is not 0.
pub(super) fn is_host_and_port(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let in_brackets = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let is_host = match in_brackets {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')),
    };
    is_host && port.parse::<u16>().is_ok_and(|port| port != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for right in ["127.0.0.1:6379", "b-1.shop.x1.kafka.eu-west-1.amazonaws.com:9096", "[::1]:9092", "redis_1:1"] {
            assert!(is_host_and_port(right), "{right}");
        }
        for wrong in ["", "host", "host:", ":1", "host:0", "host:65536", "::1:9092", "[x]:1", "redis://host:6379", "a b:1", "u@host:1"] {
            assert!(!is_host_and_port(wrong), "{wrong}");
        }
    }
}
