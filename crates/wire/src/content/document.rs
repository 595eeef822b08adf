use smallvec::SmallVec;

use super::{
    node::Node,
    string::{Piece, StringReader},
};
use crate::json::scan;

/// Reads a JSON document into a tree as it arrives, at any split, with a limit on what it keeps.
///
/// What there is no room for is missing: members and elements, or the end of a string.
#[derive(Debug)]
pub(super) struct Document {
    /// The members of the root that are read; all, where none is named.
    roots: &'static [&'static str],
    room: usize,
    state: State,
    stack: Vec<Open>,
    /// The string that is being read.
    string: Option<StringReader>,
    /// The literal or number that is being read.
    bare: SmallVec<[u8; 32]>,
    /// Whether the value that comes next is passed over.
    skip_next: bool,
    /// How many containers are open in a value that is passed over.
    skipped: u64,
    /// Whether the next byte is escaped.
    escape: bool,
    root: Option<Node>,
    truncated: bool,
}

#[derive(Debug)]
enum Open {
    Array(Vec<Node>),
    Object { members: Vec<(String, Node)>, key: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Value,
    /// After `[`.
    ValueOrEnd,
    Key,
    /// After `{`.
    KeyOrEnd,
    Colon,
    CommaOrEnd,
    KeyText,
    ValueText,
    Bare,
    /// In a value that is passed over.
    Skip,
    /// In a string of it.
    SkipText,
    Done,
    Failed,
}

/// Deeper than any message.
const DEEPEST: usize = 64;

/// What a value takes up beside its text, and what a member does in addition.
const VALUE: usize = 64;
const MEMBER: usize = 64;

const LONGEST_KEY: usize = 1024;

/// Longer than any number that is worth keeping.
const LONGEST_NUMBER: usize = 64;

/// Keys under which media may stand, as providers name them, or what is as long and says nothing.
const MEDIA: [&str; 13] = [
    "data",
    "url",
    "image_url",
    "file_data",
    "bytes",
    "result",
    "b64_json",
    "signature",
    "thoughtSignature",
    "thought_signature",
    "encrypted_content",
    "redactedContent",
    "image",
];

impl Document {
    pub(super) fn new(roots: &'static [&'static str], room: usize) -> Self {
        Self {
            roots,
            room,
            state: State::Value,
            stack: Vec::new(),
            string: None,
            bare: SmallVec::new(),
            skip_next: false,
            skipped: 0,
            escape: false,
            root: None,
            truncated: false,
        }
    }

    /// A document that is here whole, if it is one and there is room for all of it.
    pub(super) fn parse(bytes: &[u8], room: usize) -> Option<Node> {
        let mut document = Self::new(&[], room);
        document.push(bytes);
        let whole = document.is_done() && !document.truncated;
        document.root.filter(|_| whole)
    }

    pub(super) const fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Whether something is missing because there was no room for it.
    pub(super) const fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// Takes what was read out, of a document that was cut as far as it came.
    pub(super) fn take(&mut self) -> Option<Node> {
        if self.state == State::ValueText
            && let Some(mut string) = self.string.take()
        {
            string.break_off();
            let text = self.end_text(string);
            self.keep(Node::Text(text));
        }
        while self.state != State::Failed && !self.stack.is_empty() {
            self.close();
        }
        self.root.take()
    }

    /// Reads the next bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = match self.state {
                State::Value | State::ValueOrEnd => self.value(scan::skip_space(rest)),
                State::Key | State::KeyOrEnd => self.key(scan::skip_space(rest)),
                State::Colon => match scan::skip_space(rest) {
                    [] => return,
                    [b':', behind @ ..] => {
                        self.state = State::Value;
                        behind
                    }
                    _ => self.fail(),
                },
                State::CommaOrEnd => self.comma_or_end(scan::skip_space(rest)),
                State::KeyText | State::ValueText | State::SkipText => self.text(rest),
                State::Bare => self.bare(rest),
                State::Skip => self.skip(rest),
                State::Done | State::Failed => return,
            };
        }
    }

    fn fail<'a>(&mut self) -> &'a [u8] {
        self.state = State::Failed;
        self.stack = Vec::new();
        self.string = None;
        &[]
    }

    /// Takes room for something; `false` where there is not so much.
    fn charge(&mut self, bytes: usize) -> bool {
        let has_room = bytes <= self.room;
        if has_room {
            self.room -= bytes;
        } else {
            self.truncated = true;
        }
        has_room
    }

    fn value<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let [first, rest @ ..] = bytes else { return bytes };
        if *first == b']' && self.state == State::ValueOrEnd {
            self.close();
            return rest;
        }
        if !matches!(first, b'"' | b'{' | b'[' | b'0'..=b'9' | b'-' | b't' | b'f' | b'n') {
            return self.fail();
        }
        let is_open = matches!(first, b'{' | b'[');
        self.truncated |= is_open && self.stack.len() == DEEPEST && !self.skip_next;
        let fits = !(is_open && self.stack.len() == DEEPEST);
        self.skip_next = self.skip_next || !fits || !self.charge(VALUE);
        match first {
            b'"' if self.skip_next => {
                self.state = State::SkipText;
                self.skipped = 0;
                rest
            }
            b'"' => {
                let media = match self.stack.last() {
                    Some(Open::Object { key, .. }) => MEDIA.contains(&key.as_str()),
                    _ => false,
                };
                self.string = Some(StringReader::new(self.room, media));
                self.state = State::ValueText;
                rest
            }
            b'{' | b'[' if self.skip_next => {
                self.state = State::Skip;
                self.skipped = 1;
                rest
            }
            b'{' => {
                self.stack.push(Open::Object { members: Vec::new(), key: String::new() });
                self.state = State::KeyOrEnd;
                rest
            }
            b'[' => {
                self.stack.push(Open::Array(Vec::new()));
                self.state = State::ValueOrEnd;
                rest
            }
            _ => {
                self.state = State::Bare;
                bytes
            }
        }
    }

    fn key<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        match bytes {
            [] => bytes,
            [b'"', rest @ ..] => {
                self.string = Some(StringReader::new(LONGEST_KEY, false));
                self.state = State::KeyText;
                rest
            }
            [b'}', rest @ ..] if self.state == State::KeyOrEnd => {
                self.close();
                rest
            }
            _ => self.fail(),
        }
    }

    fn comma_or_end<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        match (bytes, self.stack.last()) {
            ([], _) => bytes,
            ([b',', rest @ ..], Some(Open::Array(_))) => {
                self.state = State::Value;
                rest
            }
            ([b',', rest @ ..], Some(Open::Object { .. })) => {
                self.state = State::Key;
                rest
            }
            ([b']', rest @ ..], Some(Open::Array(_))) | ([b'}', rest @ ..], Some(Open::Object { .. })) => {
                self.close();
                rest
            }
            _ => self.fail(),
        }
    }

    fn text<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let mut at = usize::from(std::mem::take(&mut self.escape));
        loop {
            let Some(found) = bytes.get(at..).and_then(scan::quote_or_escape) else {
                if let Some(string) = &mut self.string {
                    string.push(bytes);
                }
                return &[];
            };
            let end = at + found;
            if bytes.get(end) == Some(&b'"') {
                let (text, rest) = bytes.split_at(end);
                if let Some(string) = &mut self.string {
                    string.push(text);
                }
                self.text_end();
                return rest.get(1..).unwrap_or_default();
            }
            at = end + 2;
            self.escape = at > bytes.len();
        }
    }

    fn text_end(&mut self) {
        match (self.state, self.string.take()) {
            (State::KeyText, Some(string)) => {
                let Piece { text: name, cut, .. } = string.end();
                let is_root = self.stack.len() == 1;
                let wanted = !is_root || self.roots.is_empty() || self.roots.contains(&name.as_str());
                self.truncated |= cut;
                self.skip_next = !wanted || cut || !self.charge(MEMBER + name.len());
                if let Some(Open::Object { key, .. }) = self.stack.last_mut() {
                    *key = name;
                }
                self.state = State::Colon;
            }
            (State::ValueText, Some(string)) => {
                let text = self.end_text(string);
                self.keep(Node::Text(text));
            }
            _ if self.skipped > 0 => self.state = State::Skip,
            _ => self.value_end(),
        }
    }

    fn end_text(&mut self, string: StringReader) -> Piece {
        let text = string.end();
        self.room = self.room.saturating_sub(text.text.len());
        self.truncated |= text.cut;
        text
    }

    fn bare<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'.' | b'+' | b'-' | b'E');
        let end = bytes.iter().position(|byte| !is_part(byte));
        let (bare, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
        let room = (LONGEST_NUMBER + 1).saturating_sub(self.bare.len());
        self.bare.extend_from_slice(bare.get(..room).unwrap_or(bare));
        if end.is_some() {
            self.bare_end();
        }
        rest
    }

    fn bare_end(&mut self) {
        let node = match self.bare.as_slice() {
            b"null" => Some(Node::Null),
            b"true" => Some(Node::Bool(true)),
            b"false" => Some(Node::Bool(false)),
            long if long.len() > LONGEST_NUMBER => Some(Node::Null),
            // A number that is out of range says nothing.
            number if !number.iter().any(u8::is_ascii_lowercase) || number.contains(&b'e') => {
                Some(serde_json::from_slice(number).map_or(Node::Null, Node::Number))
            }
            _ => None,
        };
        self.bare.clear();
        match node {
            None => _ = self.fail(),
            Some(_) if self.skip_next => self.value_end(),
            Some(node) => self.keep(node),
        }
    }

    /// Passes over a value: nothing but strings and brackets matters.
    fn skip<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let Some(at) = scan::quote_or_bracket(bytes) else { return &[] };
        match bytes.get(at) {
            Some(b'"') => self.state = State::SkipText,
            Some(b'{' | b'[') => self.skipped += 1,
            _ => {
                self.skipped -= 1;
                if self.skipped == 0 {
                    self.value_end();
                }
            }
        }
        bytes.get(at + 1..).unwrap_or_default()
    }

    /// The innermost container ends.
    fn close(&mut self) {
        let node = match self.stack.pop() {
            Some(Open::Array(mut items)) => {
                items.shrink_to_fit();
                Node::Array(items)
            }
            Some(Open::Object { mut members, .. }) => {
                members.shrink_to_fit();
                Node::Object(members)
            }
            None => return,
        };
        self.keep(node);
    }

    fn keep(&mut self, node: Node) {
        match self.stack.last_mut() {
            Some(Open::Array(items)) => items.push(node),
            Some(Open::Object { members, key }) => members.push((std::mem::take(key), node)),
            None => self.root = Some(node),
        }
        self.value_end();
    }

    fn value_end(&mut self) {
        self.skip_next = false;
        self.state = if self.stack.is_empty() { State::Done } else { State::CommaOrEnd };
    }
}
