use serde_json::Value;

use super::cursor::Cursor;
use super::members::{Members, Token};
use super::{LARGEST_HELD, Output};

/// Adds `"stream_options":{"include_usage":true}` to the body of a request that asks for a stream, unless it is there.
///
/// Whether a request asks for a stream is known at its end, since any key may be the last one and the last of a key
/// wins. So the option is added at the end as well: everything passes at once, and what is added goes before the
/// bracket that ends the object. `stream_options` that do not ask for the usage are the one member that is held back;
/// they move to the end, with their other members kept.
///
/// A body that is no JSON object, or whose `stream_options` are none that are understood or are larger than
/// [`LARGEST_HELD`](super::LARGEST_HELD), passes unchanged.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "they are facts that do not hang together")]
pub struct RequestEditor {
    members: Members,
    member: Member,
    /// Whether the next byte is one of those that are held back.
    holding: bool,
    /// What is held back of a member, from the comma before it.
    held: Vec<u8>,
    /// The `stream_options` that stood further ahead.
    moved: Option<Moved>,
    /// Whether a member has been passed on, so that the next one needs a comma.
    follows: bool,
    stream: bool,
    options: Options,
    edited: bool,
}

/// The member that is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Member {
    Stream,
    /// Its value begins this far into what is held back.
    Options {
        value: usize,
    },
    Other,
}

/// What the last `stream_options` said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Options {
    /// There are none.
    Absent,
    /// Not that the usage is to be streamed.
    Silent,
    /// That it is, or something that is not understood.
    LeftAlone,
}

/// A member that was taken out, without its comma.
#[derive(Debug)]
struct Moved {
    text: Vec<u8>,
    /// Where its value begins.
    value: usize,
}

impl RequestEditor {
    /// An editor for one body.
    pub fn new() -> Self {
        Self {
            members: Members::new(),
            member: Member::Other,
            holding: false,
            held: Vec::new(),
            moved: None,
            follows: false,
            stream: false,
            options: Options::Absent,
            edited: false,
        }
    }

    /// Whether the option has been added. Decided with the bracket that ends the object.
    pub const fn is_edited(&self) -> bool {
        self.edited
    }

    /// Whether the request has `stream_options` of its own, `null` among them.
    pub fn has_options(&self) -> bool {
        self.options != Options::Absent
    }

    /// Takes the next bytes of the body.
    pub fn push(&mut self, frame: &[u8], out: &mut impl Output) {
        let mut cursor = Cursor::new(frame, self.holding);
        while !cursor.rest().is_empty() {
            let (len, token) = self.members.step(cursor.rest());
            cursor.at += len;
            match token {
                Token::Open | Token::Comma => cursor.hold = Some(cursor.at),
                Token::Key => self.on_key(&mut cursor, out),
                Token::Value(first) => match &mut self.member {
                    Member::Stream => self.stream = first == b't',
                    Member::Options { value } => *value = self.held.len() + cursor.held().len(),
                    Member::Other => {}
                },
                Token::ValueEnd => {
                    if let Member::Options { value } = self.member {
                        self.on_options(value, &mut cursor, out);
                    }
                }
                Token::Close => self.on_close(&mut cursor, out),
                Token::Fail => self.give_up(&mut cursor, out),
                Token::Nothing | Token::NotEmpty => {}
            }
        }
        if cursor.hold.is_some() && self.held.len() + cursor.held().len() > LARGEST_HELD {
            self.give_up(&mut cursor, out);
        }
        cursor.pass_read(out);
        self.holding = cursor.hold.is_some();
        self.held.extend_from_slice(cursor.held());
    }

    /// The body has ended.
    pub fn finish(&mut self, out: &mut impl Output) {
        let mut cursor = Cursor::new(&[], self.holding);
        self.give_up(&mut cursor, out);
        self.holding = false;
    }

    fn on_key(&mut self, cursor: &mut Cursor<'_>, out: &mut impl Output) {
        if self.held.len() + cursor.held().len() > LARGEST_HELD {
            self.give_up(cursor, out);
            return;
        }
        if self.members.is_key("stream_options") {
            self.member = Member::Options { value: 0 };
            // An earlier one, which this one takes the place of, is none of our business.
            cursor.pass_read(out);
            self.put_back(out);
            return;
        }
        self.member = if self.members.is_key("stream") { Member::Stream } else { Member::Other };
        self.release(cursor, out);
        self.follows = true;
    }

    /// The value of `stream_options` has been read.
    fn on_options(&mut self, value: usize, cursor: &mut Cursor<'_>, out: &mut impl Output) {
        self.member = Member::Other;
        if self.held.len() + cursor.held().len() > LARGEST_HELD {
            self.options = Options::LeftAlone;
            self.give_up(cursor, out);
            return;
        }
        let mut text = [&self.held, cursor.held()].concat();
        if text.get(value..).and_then(with_usage).is_none() {
            self.options = Options::LeftAlone;
            self.release(cursor, out);
            self.follows = true;
            return;
        }
        self.options = Options::Silent;
        cursor.pass_read(out);
        cursor.drop_held();
        self.held.clear();
        let comma = usize::from(text.first() == Some(&b','));
        self.moved = Some(Moved { text: text.split_off(comma), value: value - comma });
    }

    /// The bracket that ends the object comes next.
    fn on_close(&mut self, cursor: &mut Cursor<'_>, out: &mut impl Output) {
        // An object without members.
        self.release(cursor, out);
        cursor.pass(cursor.at, out);
        if !self.stream || self.options == Options::LeftAlone {
            self.put_back(out);
            return;
        }
        if self.follows {
            out.other(b",");
        }
        match self.moved.take() {
            None => out.other(br#""stream_options":{"include_usage":true}"#),
            Some(Moved { text, value }) => {
                let (key, value) = text.split_at_checked(value).unwrap_or_default();
                out.other(key);
                out.other(&with_usage(value).unwrap_or_default());
            }
        }
        self.edited = true;
    }

    /// Passes what is held back. The comma before it belonged to the member that was taken out, where that was the first.
    fn release(&mut self, cursor: &mut Cursor<'_>, out: &mut impl Output) {
        let first = self.held.first().or_else(|| cursor.held().first());
        let comma = usize::from(!self.follows && first == Some(&b','));
        if self.held.is_empty() {
            if comma == 1 {
                cursor.pass_read(out);
                cursor.sent += 1;
            }
        } else {
            out.other(self.held.get(comma..).unwrap_or_default());
            self.held.clear();
        }
        cursor.hold = None;
    }

    /// Puts back the member that was taken out, as it was.
    fn put_back(&mut self, out: &mut impl Output) {
        if let Some(Moved { text, .. }) = self.moved.take() {
            if self.follows {
                out.other(b",");
            }
            out.other(&text);
            self.follows = true;
        }
    }

    /// Passes everything as it is from here on.
    fn give_up(&mut self, cursor: &mut Cursor<'_>, out: &mut impl Output) {
        self.members.fail();
        cursor.pass_read(out);
        self.put_back(out);
        self.release(cursor, out);
    }
}

impl Default for RequestEditor {
    fn default() -> Self {
        Self::new()
    }
}

/// These `stream_options` with the usage among them, all else as it was; `None` when it is among them already, or when
/// they are none that are understood.
fn with_usage(options: &[u8]) -> Option<Vec<u8>> {
    let asked = match serde_json::from_slice(options).ok()? {
        Value::Null => None,
        Value::Object(mut members) => members.remove("include_usage"),
        _ => return None,
    };
    if !matches!(asked, None | Some(Value::Null | Value::Bool(false))) {
        return None;
    }
    let mut edited = br#"{"include_usage":true"#.to_vec();
    let (mut members, mut at, mut start) = (Members::new(), 0, 0);
    while let Some(rest) = options.get(at..).filter(|rest| !rest.is_empty()) {
        let (len, token) = members.step(rest);
        at += len;
        match token {
            Token::Open => start = at,
            Token::Comma => start = at + 1,
            Token::ValueEnd if !members.is_key("include_usage") => {
                edited.push(b',');
                edited.extend_from_slice(options.get(start..at)?);
            }
            _ => {}
        }
    }
    edited.push(b'}');
    Some(edited)
}

#[cfg(test)]
mod tests;
