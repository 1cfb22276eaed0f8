//! What was found, as it is shown and as JSON.

use serde::Serialize;
use serde_json::Value;

use crate::watch::document::Document;

use super::wanted::Wanted;

/// What was found, and where.
#[derive(Clone, Debug)]
pub struct Found {
    pub document: Document,
    /// For the head of the screen.
    pub by: String,
    /// For how many seconds was looked where no watcher answered: states are of that time only, and none is not known to be well.
    pub sampled_s: Option<f64>,
    /// As the watcher answered.
    pub(super) text: Option<String>,
}

/// Own samples as JSON: the same shape, and for how long.
#[derive(Serialize)]
struct Sampled<'a> {
    #[serde(flatten)]
    document: &'a Document,
    sampled_s: f64,
}

impl Found {
    /// The watcher's answer as it came, without the groups that were not asked after.
    pub fn json(&self, wanted: &Wanted) -> Result<String, serde_json::Error> {
        let document = &self.document;
        let Some(text) = &self.text else {
            return Ok(serde_json::to_string(&Sampled { document, sampled_s: self.sampled_s.unwrap_or(0.0) })? + "\n");
        };
        if wanted.is_all() {
            return Ok(text.trim_end().to_owned() + "\n");
        }
        let mut answer: Value = serde_json::from_str(text)?;
        if let Some(groups) = answer.get_mut("groups").and_then(Value::as_array_mut) {
            groups.retain(|watched| {
                let view = watched.get("view").cloned().unwrap_or_default();
                serde_json::from_value(view).is_ok_and(|view| wanted.fits(&view))
            });
        }
        Ok(serde_json::to_string(&answer)? + "\n")
    }
}
