//! How long texts are as JSON.

use tower_genai_core::content::Content;

/// How many bytes a character takes up in a JSON string, as `serde_json` writes it.
const fn of_char(char: char) -> usize {
    match char {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..='\u{1f}' => 6,
        char => char.len_utf8(),
    }
}

/// How many bytes a text takes up in a JSON string.
pub(super) fn of_text(text: &str) -> usize {
    text.chars().map(of_char).sum()
}

/// Cuts a text so that no more than these bytes of it are left beside the mark.
pub(super) fn cut(text: &mut String, most: usize) {
    let mut size = 0;
    let end = text.char_indices().find(|(_, char)| {
        size += of_char(*char);
        size > most
    });
    if let Some((end, _)) = end {
        text.truncate(end);
        text.push_str(Content::CUT);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{cut, of_text};

    proptest! {
        #[test]
        fn as_serde_json_writes_it(text in any::<String>(), most in 0..40_usize) {
            let json = |text: &str| serde_json::to_string(text).unwrap().len() - 2;
            prop_assert_eq!(of_text(&text), json(&text));
            let mut short = text.clone();
            cut(&mut short, most);
            prop_assert!(short == text || json(&short) <= most + super::Content::CUT.len());
        }
    }
}
