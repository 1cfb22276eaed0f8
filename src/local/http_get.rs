//! The little of HTTP that asking a worker takes.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const ANSWERED_WITHIN: Duration = Duration::from_millis(900);
/// More than a worker ever says.
const LARGEST: u64 = 8 << 20;

/// Status and body. HTTP 1.0: the answer ends where the connection does.
pub async fn http_get(address: &str, path: &str) -> io::Result<(u16, String)> {
    let asked = async {
        let mut connection = TcpStream::connect(address).await?;
        connection.write_all(format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").as_bytes()).await?;
        let mut answer = Vec::new();
        connection.take(LARGEST).read_to_end(&mut answer).await?;
        parse(&String::from_utf8_lossy(&answer)).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
    };
    timeout(ANSWERED_WITHIN, asked).await.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut)))
}

fn parse(answer: &str) -> Option<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn status_and_body_are_told_apart() {
        assert_eq!(parse("HTTP/1.0 503 Service Unavailable\r\na: b\r\n\r\n{}"), Some((503, "{}".to_owned())));
        assert_eq!(parse("HTTP/1.0 200 OK"), None);
    }
}
