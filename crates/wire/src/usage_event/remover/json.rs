use crate::usage_event::members::{Members, Token};

/// Tells by an event's data whether it is the extra one.
#[derive(Debug)]
pub(super) struct UsageEvent {
    members: Members,
    member: Member,
    has_line: bool,
    /// `choices` is an empty array.
    no_choices: bool,
    /// `usage` is an object.
    has_usage: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Member {
    Choices,
    Usage,
    Other,
}

impl UsageEvent {
    pub(super) fn new() -> Self {
        Self {
            members: Members::new(),
            member: Member::Other,
            has_line: false,
            no_choices: false,
            has_usage: false,
        }
    }

    /// Begins another event.
    pub(super) fn restart(&mut self) {
        self.members.restart();
        self.has_line = false;
        self.no_choices = false;
        self.has_usage = false;
    }

    /// A line of data begins. Between two there is a line feed.
    pub(super) fn begin_line(&mut self) {
        if std::mem::replace(&mut self.has_line, true) {
            self.push(b"\n");
        }
    }

    /// Reads on. Whether the event may still be the extra one.
    pub(super) fn push(&mut self, data: &[u8]) -> bool {
        let mut rest = data;
        while !rest.is_empty() {
            let (len, token) = self.members.step(rest);
            rest = rest.get(len..).unwrap_or_default();
            match token {
                Token::Key if self.members.is_key("choices") => self.member = Member::Choices,
                Token::Key if self.members.is_key("usage") => self.member = Member::Usage,
                Token::Key => self.member = Member::Other,
                Token::Value(first) => match self.member {
                    Member::Choices if first != b'[' => return self.settle(),
                    Member::Choices => self.no_choices = true,
                    Member::Usage => self.has_usage = first == b'{',
                    Member::Other => {}
                },
                Token::NotEmpty if self.member == Member::Choices => return self.settle(),
                Token::Close if !self.is_extra() => return self.settle(),
                Token::Fail => return self.settle(),
                _ => {}
            }
        }
        !self.members.is_failed()
    }

    /// Whether all of the data has been read, and it is that of the extra event.
    pub(super) fn is_extra(&self) -> bool {
        self.members.is_done() && self.no_choices && self.has_usage
    }

    /// The event is another one.
    fn settle(&mut self) -> bool {
        self.members.fail();
        false
    }
}
