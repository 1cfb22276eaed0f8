//! A file, or standard input.

use std::fs::File;
use std::io::{self, BufRead, BufReader};

use crate::cli::Failure;

/// Its lines; `-` is standard input. The name is that for errors.
pub fn open(path: &str) -> Result<(String, Box<dyn BufRead>), Failure> {
    if path == "-" {
        return Ok(("standard input".to_owned(), Box::new(BufReader::new(io::stdin()))));
    }
    let file = File::open(path).map_err(|error| Failure::failed(format!("{path}: {error}")))?;
    Ok((path.to_owned(), Box::new(BufReader::new(file))))
}
