//! What stands under a key.

use super::*;

/// What a key holds.
#[derive(Debug, PartialEq)]
pub(in crate::store) enum Dumped {
    Absent,
    Fields(BTreeMap<Vec<u8>, Vec<u8>>),
    Entries(Vec<Entry>),
    Other,
}

#[derive(Debug, PartialEq)]
pub(in crate::store) struct Dump {
    pub value: Dumped,
    pub expires_at: Option<i64>,
}

pub(super) const DUMP: &str = "
local dumps = {}
for k = 1, #KEYS do
  local kind = redis.call('TYPE', KEYS[k]).ok
  local value = {}
  if kind == 'hash' then value = redis.call('HGETALL', KEYS[k]) end
  if kind == 'stream' then
    for _, entry in ipairs(redis.call('XRANGE', KEYS[k], '-', '+')) do
      if #entry[2] ~= 2 or entry[2][1] ~= 'd' then return redis.error_reply('an entry has other fields') end
      value[#value + 1] = entry[1]
      value[#value + 1] = entry[2][2]
    end
  end
  dumps[k] = { kind, redis.call('PEXPIRETIME', KEYS[k]), value }
end
return dumps";

/// Everything in these keys at one instant.
pub(in crate::store) fn dump(connection: &mut Connection, keys: &[String]) -> Vec<Dump> {
    let raw: Vec<(String, i64, Vec<Vec<u8>>)> = redis::cmd("EVAL").arg(DUMP).arg(keys.len()).arg(keys).query(connection).unwrap();
    raw.into_iter()
        .map(|(kind, expires_at, value)| {
            let pairs = value.chunks(2).map(|pair| (pair[0].clone(), pair[1].clone()));
            let entry = |(id, delta): (Vec<u8>, Vec<u8>)| Entry { id: std::str::from_utf8(&id).unwrap().parse().unwrap(), delta };
            let value = match kind.as_str() {
                "none" => Dumped::Absent,
                "hash" => Dumped::Fields(pairs.collect()),
                "stream" => Dumped::Entries(pairs.map(entry).collect()),
                _ => Dumped::Other,
            };
            Dump { value, expires_at: (expires_at > 0).then_some(expires_at) }
        })
        .collect()
}

pub(super) fn positions_dump(positions: Option<&Positions>) -> Dumped {
    match positions {
        None => Dumped::Absent,
        Some(Positions::WrongType) => Dumped::Other,
        Some(Positions::Fields(fields)) => {
            Dumped::Fields(fields.iter().map(|(field, position)| (field.clone().into_bytes(), position.to_string().into_bytes())).collect())
        }
    }
}

pub(in crate::store) fn snapshot_dump(snapshot: &Key<BTreeMap<String, Stored>>) -> Dumped {
    match snapshot {
        Key::Absent => Dumped::Absent,
        Key::WrongType => Dumped::Other,
        Key::Held { value, .. } => Dumped::Fields(value.iter().map(|(name, stored)| (name.clone().into_bytes(), stored.bytes())).collect()),
    }
}

/// Of a stream that is over its bound the oldest entries may be gone.
pub(in crate::store) fn compare_stream(real: &Dumped, model: &Key<Vec<Entry>>) {
    match (real, model) {
        (Dumped::Absent, Key::Absent) | (Dumped::Other, Key::WrongType) => {}
        (Dumped::Entries(real), Key::Held { value, .. }) => {
            assert!(real.len() >= value.len().min(STREAM_LENGTH as usize) && value.ends_with(real), "{real:?} {value:?}");
        }
        _ => panic!("{real:?} {model:?}"),
    }
}
