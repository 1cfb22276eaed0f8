//! The few questions to a broker that librdkafka's safe interface has no words for, asked in Kafka's own protocol.
//! Source: <https://kafka.apache.org/protocol>.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const LIMIT: Duration = Duration::from_secs(10);
const METADATA: i16 = 3;
const OFFSET_COMMIT: i16 = 8;
const OFFSET_DELETE: i16 = 47;

/// The id of a topic as Kafka prints it; `None` where there is no such topic.
pub fn topic_id(port: u16, topic: &str) -> std::io::Result<Option<String>> {
    let mut body = vec![2]; // one topic, in a compact array (length + 1)
    body.extend([0; 16]);
    body.extend(compact_string(topic));
    body.push(0); // no tagged fields of the topic
    body.extend([0, 0, 0]); // no creation of topics, no authorized operations, no tagged fields
    let answer = ask(port, METADATA, 12, true, &body)?;
    let mut reader = Reader(&answer);
    reader.skip(4 + 1 + 4); // correlation id, tagged fields, throttle time
    for _ in 0..reader.compact_length() {
        reader.skip(4); // broker id
        reader.compact_bytes(); // host
        reader.skip(4); // port
        reader.compact_bytes(); // rack
        reader.skip(1);
    }
    reader.compact_bytes(); // cluster id
    reader.skip(4); // controller
    assert_eq!(reader.compact_length(), 1, "one topic was asked for");
    let error = i16::from_be_bytes(reader.take(2).try_into().unwrap());
    reader.compact_bytes(); // name
    let id = reader.take(16);
    match error {
        0 => Ok(Some(URL_SAFE_NO_PAD.encode(id))),
        3 => Ok(None), // UNKNOWN_TOPIC_OR_PARTITION
        other => Err(std::io::Error::other(format!("metadata of {topic}: error code {other}"))),
    }
}

/// Takes away what a group committed for these partitions. The group must have no members that read the topic.
pub fn delete_offsets(port: u16, group: &str, topic: &str, partitions: &[i32]) -> std::io::Result<()> {
    let mut body = string(group);
    body.extend(1_i32.to_be_bytes());
    body.extend(string(topic));
    body.extend(i32::try_from(partitions.len()).unwrap().to_be_bytes());
    partitions.iter().for_each(|partition| body.extend(partition.to_be_bytes()));
    let answer = ask(port, OFFSET_DELETE, 0, false, &body)?;
    let mut reader = Reader(&answer);
    reader.skip(4);
    let error = i16::from_be_bytes(reader.take(2).try_into().unwrap());
    if error == 0 { Ok(()) } else { Err(std::io::Error::other(format!("offsets of {group}: error code {error}"))) }
}

/// Commits for a group without members, with any bytes as metadata.
pub fn commit_offset(port: u16, group: &str, topic: &str, partition: i32, offset: i64, metadata: &[u8]) -> std::io::Result<()> {
    let mut body = string(group);
    body.extend((-1_i32).to_be_bytes()); // no generation
    body.extend(string("")); // no member
    body.extend((-1_i64).to_be_bytes()); // kept as long as the broker keeps them
    body.extend(1_i32.to_be_bytes());
    body.extend(string(topic));
    body.extend(1_i32.to_be_bytes());
    body.extend(partition.to_be_bytes());
    body.extend(offset.to_be_bytes());
    body.extend(i16::try_from(metadata.len()).unwrap().to_be_bytes());
    body.extend(metadata);
    let answer = ask(port, OFFSET_COMMIT, 2, false, &body)?;
    let error = i16::from_be_bytes(answer[answer.len() - 2..].try_into().unwrap());
    if error == 0 { Ok(()) } else { Err(std::io::Error::other(format!("commit as {group}: error code {error}"))) }
}

/// `flexible`: the request header that has tagged fields.
fn ask(port: u16, api: i16, version: i16, flexible: bool, body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut request = Vec::new();
    request.extend(api.to_be_bytes());
    request.extend(version.to_be_bytes());
    request.extend(1_i32.to_be_bytes());
    request.extend(string("shasta-tests"));
    if flexible {
        request.push(0);
    }
    request.extend(body);
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.write_all(&i32::try_from(request.len()).unwrap().to_be_bytes())?;
    stream.write_all(&request)?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut answer = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

fn string(text: &str) -> Vec<u8> {
    let mut bytes = i16::try_from(text.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend(text.as_bytes());
    bytes
}

fn compact_string(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    prost::encoding::encode_varint(text.len() as u64 + 1, &mut bytes);
    bytes.extend(text.as_bytes());
    bytes
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken
    }

    fn skip(&mut self, count: usize) {
        self.take(count);
    }

    /// Lengths are written plus one; null is zero.
    fn compact_length(&mut self) -> usize {
        let length = prost::encoding::decode_varint(&mut self.0).unwrap();
        usize::try_from(length.saturating_sub(1)).unwrap()
    }

    fn compact_bytes(&mut self) -> &'a [u8] {
        let length = self.compact_length();
        self.take(length)
    }
}
