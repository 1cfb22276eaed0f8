//! A whole subject in a file that is replaced at once or not at all.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use super::error::StateError;
use super::frame::{framed, unframed};
use crate::core::subject::Subject;

/// Another number for each change of what is stored: `the_shape_of_what_is_stored_has_a_number` knows.
pub(super) const FORMAT: &[u8] = b"shasta.watch.state/1\n";

/// The subject, and which journal goes on from it.
pub fn read(path: &Path) -> Result<(u64, Subject), StateError> {
    let content = fs::read(path).map_err(StateError::file(path))?;
    let unreadable = |reason: &str| StateError::unreadable(path, reason);
    let frame = content.strip_prefix(FORMAT).ok_or_else(|| unreadable("it is of another version, or no state at all"))?;
    let (payload, _) = unframed(frame).ok_or_else(|| unreadable("it is cut or damaged"))?;
    rmp_serde::from_slice(payload).map_err(|error| StateError::unreadable(path, error))
}

/// Replaces what was there.
pub fn write(path: &Path, generation: u64, subject: &Subject) -> Result<(), StateError> {
    let payload = rmp_serde::to_vec(&(generation, subject)).map_err(|error| StateError::unreadable(path, error))?;
    let fresh = path.with_extension("new");
    let failed = StateError::file(&fresh);
    let mut file = File::create(&fresh).map_err(&failed)?;
    file.write_all(FORMAT).and_then(|()| file.write_all(&framed(&payload))).and_then(|()| file.sync_all()).map_err(&failed)?;
    fs::rename(&fresh, path).map_err(&failed)?;
    sync_directory(path)
}

/// The name is on the disk too.
fn sync_directory(path: &Path) -> Result<(), StateError> {
    let directory = path.parent().unwrap_or(Path::new("."));
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(StateError::file(directory))
}
