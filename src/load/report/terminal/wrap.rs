//! Text broken between words.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Lines of at most so many columns; a word that is longer is broken.
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ').flat_map(|word| pieces(word, columns)) {
        let Some(line) = lines.last_mut() else { break };
        match (line.is_empty(), line.width() + 1 + word.width() <= columns) {
            (true, _) => line.push_str(&word),
            (false, true) => line.extend([" ", &word]),
            (false, false) => lines.push(word),
        }
    }
    lines
}

fn pieces(word: &str, columns: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for character in word.chars() {
        let wide = character.width().unwrap_or(0);
        // Half of a wide character can not be shown.
        let (character, wide) = if wide > columns { ('?', 1) } else { (character, wide) };
        if used + wide > columns {
            pieces.push(String::new());
            used = 0;
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(character);
        }
        used += wide;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_asked() {
        let text = "three or more words, 漢字漢字漢字 and averyveryverylongword";
        for columns in 1..60 {
            assert!(wrapped(text, columns).iter().all(|line| line.width() <= columns), "{columns}: {:?}", wrapped(text, columns));
        }
        assert_eq!(wrapped("ab cd ef", 5), ["ab cd", "ef"]);
        assert_eq!(wrapped("", 5), [""]);
    }
}
