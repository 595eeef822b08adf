/// What the headers of a message say it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message<'a> {
    /// An event whose payload is the vendor's event, wrapped.
    Chunk,
    /// An event of this kind.
    Event(&'a str),
    /// An exception or an error of this name.
    Failure(&'a [u8]),
    /// Nothing that is known.
    Other,
}

/// The value of a header.
#[derive(Clone, Copy, Debug)]
enum Value<'a> {
    Text(&'a [u8]),
    Other,
}

impl<'a> Message<'a> {
    /// Reads the headers; `None` where they are broken.
    pub(super) fn of(headers: &'a [u8]) -> Option<Self> {
        let (mut message_type, mut event_type, mut fault): (&[u8], &[u8], &[u8]) = (b"event", b"", b"");
        let mut rest = headers;
        while !rest.is_empty() {
            let (name, value, behind) = header(rest)?;
            rest = behind;
            let Value::Text(value) = value else { continue };
            match name {
                b":message-type" => message_type = value,
                b":event-type" => event_type = value,
                b":exception-type" | b":error-code" => fault = value,
                _ => {}
            }
        }
        Some(match (message_type, event_type) {
            (b"event", b"chunk") => Self::Chunk,
            (b"event", kind) => Self::Event(std::str::from_utf8(kind).ok()?),
            (b"exception" | b"error", _) => Self::Failure(fault),
            _ => Self::Other,
        })
    }
}

/// The first header: its name, its value, and what follows it.
fn header(bytes: &[u8]) -> Option<(&[u8], Value<'_>, &[u8])> {
    let (len, rest) = bytes.split_first()?;
    let (name, rest) = rest.split_at_checked((*len).into())?;
    let (kind, rest) = rest.split_first()?;
    let fixed = match kind {
        // True and false.
        0 | 1 => 0,
        2 => 1,
        3 => 2,
        4 => 4,
        // Integers of eight bytes, and times.
        5 | 8 => 8,
        // UUIDs.
        9 => 16,
        // Bytes and texts.
        6 | 7 => {
            let (len, rest) = rest.split_first_chunk::<2>()?;
            let (value, rest) = rest.split_at_checked(u16::from_be_bytes(*len).into())?;
            return Some((name, Value::Text(value), rest));
        }
        _ => return None,
    };
    Some((name, Value::Other, rest.get(fixed..)?))
}
