//! The hash that fixes, once, what everybody under a prefix has to agree upon.

use std::collections::BTreeMap;

use redis::Value;

use super::{Store, StoreError};
use crate::core::slice::SliceCount;

/// The format that this build reads and writes.
pub const VERSION: &str = "1";
/// Stands for the version while a rebuild empties the prefix: nobody may read or write it then.
const REBUILDING: &str = "rebuilding";
/// The hash that names a channel's slice.
pub const HASH: &str = "murmur2";

/// The fields of `<prefix>layout`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub slices: SliceCount,
    /// The consumer group that writes each topic.
    pub groups: BTreeMap<String, String>,
}

/// A layout that this process can not work with.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LayoutError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{key} has {field} = {found:?}, this build needs {needed:?}: use a build of that format, or another redis.prefix")]
    Differs { key: String, field: String, found: String, needed: String },
    #[error("{key} has {found} slices now, this worker began with {own}: somebody else wrote it; see `shasta layout show`")]
    Changed { key: String, own: u32, found: u32 },
    #[error("{key}: a rebuild is under way, or was broken off: `shasta layout rebuild` once more brings it to its end")]
    Rebuilding { key: String },
    #[error("{key} has no usable {field}: {found:?}")]
    Unusable { key: String, field: String, found: String },
    #[error("redis.slices is set to {configured}, but {key} has {found}: leave redis.slices out, or use another redis.prefix")]
    OtherSlices { key: String, configured: u32, found: u32 },
    #[error(
        "{key}: group {found:?} writes topic {topic:?} under this prefix, not {own:?}: use that group, another redis.prefix, or `shasta layout set-group`"
    )]
    OtherGroup { key: String, topic: String, own: String, found: String },
}

impl Store {
    /// The layout in Redis; `None` where there is none yet, or not all of it: another worker may be writing it at this moment.
    ///
    /// # Errors
    /// Where it can not be read, is of another format, or is being rebuilt.
    pub async fn layout(&self) -> Result<Option<Layout>, LayoutError> {
        let found = self.layout_fields().await?;
        if found.get("version").is_some_and(|version| version == REBUILDING) {
            return Err(LayoutError::Rebuilding { key: self.keys().layout() });
        }
        self.layout_of(&found)
    }

    /// Also the one whose rebuild was broken off.
    ///
    /// # Errors
    /// Where it can not be read, or is of another format.
    pub async fn layout_to_rebuild(&self) -> Result<Option<Layout>, LayoutError> {
        let mut found = self.layout_fields().await?;
        if let Some(version) = found.get_mut("version").filter(|version| *version == REBUILDING) {
            VERSION.clone_into(version);
        }
        self.layout_of(&found)
    }

    /// Whether everybody is kept away from what is under the prefix.
    ///
    /// # Errors
    /// As Redis answers.
    pub async fn set_rebuilding(&self, is_rebuilding: bool) -> Result<(), StoreError> {
        self.set_layout_field("version", if is_rebuilding { REBUILDING } else { VERSION }).await
    }

    /// The fields of the layout as they are.
    ///
    /// # Errors
    /// As Redis answers.
    pub async fn layout_fields(&self) -> Result<BTreeMap<String, String>, StoreError> {
        let key = self.keys().layout();
        let mut command = redis::cmd("HGETALL");
        command.arg(&key);
        Ok(fields(self.ask(&key, command).await?))
    }

    fn layout_of(&self, fields: &BTreeMap<String, String>) -> Result<Option<Layout>, LayoutError> {
        let key = self.keys().layout();
        for (field, needed) in [("version", VERSION), ("hash", HASH)] {
            if let Some(found) = fields.get(field).filter(|found| *found != needed) {
                return Err(LayoutError::Differs { key, field: field.to_owned(), found: found.clone(), needed: needed.to_owned() });
            }
        }
        let (Some(_), Some(_), Some(found)) = (fields.get("version"), fields.get("hash"), fields.get("slices")) else {
            return Ok(None);
        };
        let slices = found.parse().ok().and_then(SliceCount::new);
        let Some(slices) = slices else {
            return Err(LayoutError::Unusable { key, field: "slices".to_owned(), found: found.clone() });
        };
        let group = |(field, group): (&String, &String)| Some((field.strip_prefix("group:")?.to_owned(), group.clone()));
        Ok(Some(Layout { slices, groups: fields.iter().filter_map(group).collect() }))
    }

    /// Writes what is absent of the layout, then reads what is there: of several that start at once, all get the same.
    ///
    /// # Errors
    /// Where what is there disagrees with `slices` (if that was set explicitly) or with the group.
    pub async fn agree(&self, wanted: SliceCount, explicit: bool, topic: &str, group: &str) -> Result<Layout, LayoutError> {
        let key = self.keys().layout();
        let group_field = format!("group:{topic}");
        if self.layout().await?.is_none_or(|layout| !layout.groups.contains_key(topic)) {
            let wanted = wanted.to_string();
            for (field, value) in [("version", VERSION), ("slices", &wanted), ("hash", HASH), (group_field.as_str(), group)] {
                let mut command = redis::cmd("HSETNX");
                command.arg(&key).arg(field).arg(value);
                self.ask(&key, command).await?;
            }
        }
        let layout = self.layout().await?.ok_or_else(|| StoreError::NotReady {
            node: self.routing().nodes().first().map(|node| node.address().to_owned()).unwrap_or_default(),
            answer: format!("{key} was written and is gone"),
        })?;
        if explicit && layout.slices != wanted {
            return Err(LayoutError::OtherSlices { key, configured: wanted.get(), found: layout.slices.get() });
        }
        match layout.groups.get(topic) {
            Some(found) if found != group => {
                Err(LayoutError::OtherGroup { key, topic: topic.to_owned(), own: group.to_owned(), found: found.clone() })
            }
            _ => Ok(layout),
        }
    }

    /// Names another group as the writer of a topic.
    ///
    /// # Errors
    /// As Redis answers.
    pub async fn set_group(&self, topic: &str, group: &str) -> Result<(), StoreError> {
        self.set_layout_field(&format!("group:{topic}"), group).await
    }

    async fn set_layout_field(&self, field: &str, value: &str) -> Result<(), StoreError> {
        let key = self.keys().layout();
        let mut command = redis::cmd("HSET");
        command.arg(&key).arg(field).arg(value);
        self.ask(&key, command).await.map(|_| ())
    }
}

pub(super) fn fields(answer: Value) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::BulkString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => format!("{other:?}"),
    };
    match answer {
        Value::Array(values) => values.chunks_exact(2).map(|pair| (text(&pair[0]), text(&pair[1]))).collect(),
        Value::Map(pairs) => pairs.iter().map(|(field, value)| (text(field), text(value))).collect(),
        _ => BTreeMap::new(),
    }
}
