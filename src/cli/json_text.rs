//! JSON text laid out anew, token by token: numbers, escapes, the order of members and repeated names stay as they are.

/// One line, without white space between tokens.
pub fn compact(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    Tokens { rest: json }.for_each(|token| out.push_str(token));
    out
}

/// Indented by two spaces a level; what is empty stays on its line.
pub fn pretty(json: &str) -> String {
    let mut out = String::with_capacity(2 * json.len());
    let mut depth: usize = 0;
    let mut before = "";
    for token in (Tokens { rest: json }) {
        let (opened, closes) = (matches!(before, "{" | "["), matches!(token, "}" | "]"));
        if closes {
            depth = depth.saturating_sub(1);
        }
        if opened != closes || before == "," {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", depth));
        }
        if before == ":" {
            out.push(' ');
        }
        out.push_str(token);
        if matches!(token, "{" | "[") {
            depth += 1;
        }
        before = token;
    }
    out
}

/// Of a text that is JSON.
struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
        let length = match text.bytes().next()? {
            b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
            b'"' => string_length(text),
            _ => text.find(['{', '}', '[', ']', ',', ':', '"', ' ', '\t', '\r', '\n']).unwrap_or(text.len()),
        };
        let (token, rest) = text.split_at(length);
        self.rest = rest;
        Some(token)
    }
}

/// With both quotes.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = " {\"b\" :[1.0, 1e400,-0 , {}],\r\n\"a\":\"x\\\\\",\"a\":\"\\\"{ü, \\ud800\",\"e\":[ ],\"n\":{\"t\":true}} ";

    #[test]
    fn tokens_stay_as_they_are() {
        assert_eq!(compact(TEXT), r#"{"b":[1.0,1e400,-0,{}],"a":"x\\","a":"\"{ü, \ud800","e":[],"n":{"t":true}}"#);
        let laid_out = "{\n  \"b\": [\n    1.0,\n    1e400,\n    -0,\n    {}\n  ],\n  \"a\": \"x\\\\\",\n  \"a\": \"\\\"{ü, \\ud800\",\n  \"e\": [],\n  \"n\": {\n    \"t\": true\n  }\n}";
        assert_eq!(pretty(TEXT), laid_out);
        assert_eq!(compact(laid_out), compact(TEXT));
        assert_eq!((pretty("5"), pretty("\"a b\"")), ("5".to_owned(), "\"a b\"".to_owned()));
    }

    proptest! {
        #[test]
        fn it_is_laid_out_as_serde_does(strings in prop::collection::vec(any::<String>(), 0..5), flag: bool) {
            let value = serde_json::json!({"a": strings, "b": {"c": [flag, null, 1.5]}, "d": []});
            let text = serde_json::to_string_pretty(&value).unwrap();
            prop_assert_eq!(pretty(&value.to_string()), &text[..]);
            prop_assert_eq!(compact(&text), value.to_string());
        }
    }
}
