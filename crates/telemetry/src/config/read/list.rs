//! Lists in one value.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

type Pair<'a> = Result<(&'a str, Cow<'a, str>), &'static str>;

/// The entries of `one,two,...`; empty entries are skipped.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty())
}

/// The entries of `key=value,...` with percent-decoded values, numbered from 1; empty entries are skipped.
pub(in super::super) fn pairs(text: &str) -> impl Iterator<Item = (usize, Pair<'_>)> {
    let entries = text.split(',').enumerate().map(|(index, entry)| (index + 1, entry.trim()));
    entries.filter(|(_, entry)| !entry.is_empty()).map(|(number, entry)| (number, pair(entry)))
}

fn pair(entry: &str) -> Pair<'_> {
    let (key, value) = entry.split_once('=').ok_or("has no `=`")?;
    let key = key.trim();
    if key.is_empty() {
        return Err("has nothing before its `=`");
    }
    let value = value.trim();
    let broken = value.split('%').skip(1).any(|rest| {
        let digits = rest.as_bytes();
        digits.len() < 2 || !digits[..2].iter().all(u8::is_ascii_hexdigit)
    });
    if broken {
        return Err("has a `%` that is not followed by two hex digits: write `%25` for a percent sign");
    }
    let value =
        percent_decode_str(value).decode_utf8().map_err(|_| "has a value that is not UTF-8 once decoded")?;
    Ok((key, value))
}
