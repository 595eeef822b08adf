//! Forms: `multipart/form-data`, in which audio and images are sent (RFC 7578).

use memchr::memmem::Finder;

/// A form read as it arrives: its fields are kept one at a time, its files are passed over.
///
/// Memory is bounded whatever the form: a field is kept up to [`LONGEST`] bytes, and a longer one is passed over.
#[derive(Debug)]
pub(super) struct Multipart {
    /// Finds what stands between two parts: the line break before it, two hyphens and the boundary.
    delimiter: Finder<'static>,
    state: State,
    /// How much of the delimiter the last push ended with.
    matched: usize,
    /// The line or the field that has begun.
    kept: Vec<u8>,
    /// Whether `kept` would have passed `LONGEST`.
    long: bool,
    /// The name of the field that has begun.
    name: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// In a file, or before the first part.
    Passing,
    /// In the line of a delimiter.
    Delimiter,
    /// In the headers of a part.
    Headers,
    Field,
    Done,
}

const LONGEST: usize = 1024;

/// RFC 2046 allows 70 bytes; some writers take more.
const LONGEST_BOUNDARY: usize = 256;

impl Multipart {
    /// Whether the last part has ended.
    pub(super) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// A reader for a form, if the content type is that of one.
    pub(super) fn new(content_type: &str) -> Option<Self> {
        let (essence, parameters) = content_type.split_once(';')?;
        if !essence.trim().eq_ignore_ascii_case("multipart/form-data") {
            return None;
        }
        let boundary = Parameters(parameters.as_bytes())
            .find(|(name, _)| name.eq_ignore_ascii_case(b"boundary"))
            .map(|(_, value)| value)?;
        if boundary.is_empty() || boundary.len() > LONGEST_BOUNDARY || boundary.contains(&b'\r') {
            return None;
        }
        let delimiter = Finder::new(&[b"\r\n--", boundary.as_slice()].concat()).into_owned();
        let mut form =
            Self { delimiter, state: State::Passing, matched: 0, kept: Vec::new(), long: false, name: None };
        form.restart();
        Some(form)
    }

    /// Begins anew.
    pub(super) fn restart(&mut self) {
        self.state = State::Passing;
        // The first delimiter has no line break before it.
        self.matched = 2;
        self.kept.clear();
        self.long = false;
        self.name = None;
    }

    /// Takes the next bytes, and tells the fields that end in them: name and value.
    pub(super) fn push(&mut self, bytes: &[u8], mut field: impl FnMut(&[u8], &[u8])) {
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = match self.state {
                State::Passing | State::Field => self.content(rest, &mut field),
                State::Delimiter | State::Headers => self.line(rest),
                State::Done => return,
            };
        }
    }

    /// In a part, up to the next delimiter.
    fn content<'a>(&mut self, bytes: &'a [u8], field: &mut impl FnMut(&[u8], &[u8])) -> &'a [u8] {
        let delimiter_len = self.delimiter.needle().len();
        let mut bytes = bytes;
        if self.matched > 0 {
            let awaited = self.delimiter.needle().get(self.matched..).unwrap_or_default();
            let more = awaited.iter().zip(bytes).take_while(|(awaited, byte)| awaited == byte).count();
            let behind = bytes.get(more..).unwrap_or_default();
            if more == awaited.len() {
                self.part_end(field);
                return behind;
            }
            if behind.is_empty() {
                self.matched += more;
                return behind;
            }
            // It was something else. A delimiter cannot begin within: only its first byte ends a line.
            let text: Vec<u8> = self.delimiter.needle().get(..self.matched + more).unwrap_or_default().into();
            self.keep(&text);
            self.matched = 0;
            bytes = behind;
        }
        if let Some(at) = self.delimiter.find(bytes) {
            self.keep(bytes.get(..at).unwrap_or_default());
            self.part_end(field);
            return bytes.get(at + delimiter_len..).unwrap_or_default();
        }
        let begun = memchr::memrchr(b'\r', bytes)
            .filter(|at| bytes.get(*at..).is_some_and(|tail| self.delimiter.needle().starts_with(tail)));
        self.keep(bytes.get(..begun.unwrap_or(bytes.len())).unwrap_or_default());
        self.matched = begun.map_or(0, |at| bytes.len() - at);
        &[]
    }

    fn part_end(&mut self, field: &mut impl FnMut(&[u8], &[u8])) {
        if self.state == State::Field
            && !self.long
            && let Some(name) = &self.name
        {
            field(name, &self.kept);
        }
        self.matched = 0;
        self.state = State::Delimiter;
        self.name = None;
        self.forget();
    }

    /// In a line, up to its end.
    fn line<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let Some(end) = memchr::memchr(b'\n', bytes) else {
            self.keep(bytes);
            if self.state == State::Delimiter && self.kept.starts_with(b"--") {
                self.state = State::Done;
            }
            return &[];
        };
        let (line, behind) = bytes.split_at(end);
        self.keep(line);
        self.line_end();
        self.forget();
        behind.get(1..).unwrap_or_default()
    }

    fn line_end(&mut self) {
        let line = self.kept.strip_suffix(b"\r").unwrap_or(&self.kept);
        match self.state {
            State::Delimiter if line.starts_with(b"--") => self.state = State::Done,
            State::Delimiter => self.state = State::Headers,
            _ if line.is_empty() => {
                self.state = if self.name.is_some() { State::Field } else { State::Passing };
            }
            _ if self.long => {}
            _ => {
                if let Some(disposition) = header(line, b"content-disposition") {
                    self.name = field_name(disposition);
                }
            }
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.state == State::Passing {
            return;
        }
        let room = LONGEST.saturating_sub(self.kept.len());
        self.long |= bytes.len() > room;
        self.kept.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }

    fn forget(&mut self) {
        self.kept.clear();
        self.long = false;
    }
}

/// The value of a line that is this header.
fn header<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (start, value) = line.split_at_checked(name.len())?;
    value.strip_prefix(b":").filter(|_| start.eq_ignore_ascii_case(name))
}

/// The name of the field that a part is; `None` where it is a file.
fn field_name(disposition: &[u8]) -> Option<Vec<u8>> {
    let parameters = memchr::memchr(b';', disposition).and_then(|at| disposition.get(at + 1..))?;
    let mut field = None;
    for (name, value) in Parameters(parameters) {
        if name.eq_ignore_ascii_case(b"filename") || name.eq_ignore_ascii_case(b"filename*") {
            return None;
        }
        if name.eq_ignore_ascii_case(b"name") {
            field = Some(value);
        }
    }
    field
}

/// The parameters of a header: `name=value` or `name="value"`, semicolons between them.
struct Parameters<'a>(&'a [u8]);

impl<'a> Iterator for Parameters<'a> {
    type Item = (&'a [u8], Vec<u8>);

    fn next(&mut self) -> Option<Self::Item> {
        let at = memchr::memchr(b'=', self.0)?;
        let (name, value) = self.0.split_at(at);
        let name = name.trim_ascii_start().strip_prefix(b";").unwrap_or(name).trim_ascii();
        let value = value.get(1..).unwrap_or_default().trim_ascii_start();
        let Some(quoted) = value.strip_prefix(b"\"") else {
            let end = memchr::memchr(b';', value).unwrap_or(value.len());
            let (value, rest) = value.split_at(end);
            self.0 = rest;
            return Some((name, value.trim_ascii_end().into()));
        };
        let mut text = Vec::new();
        let mut bytes = quoted.iter();
        while let Some(byte) = bytes.next() {
            match byte {
                b'"' => break,
                b'\\' => text.extend(bytes.next()),
                byte => text.push(*byte),
            }
        }
        self.0 = bytes.as_slice();
        Some((name, text))
    }
}

#[cfg(test)]
mod tests {
    use super::Multipart;

    const TYPE: &str = "multipart/form-data; boundary=xyz";

    fn fields(content_type: &str, body: &[u8]) -> Vec<(String, String)> {
        let read = |frames: &mut dyn Iterator<Item = &[u8]>| {
            let mut form = Multipart::new(content_type).unwrap();
            let mut fields = Vec::new();
            for frame in frames {
                form.push(frame, |name, value| {
                    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
                    fields.push((text(name), text(value)));
                });
                assert!(form.kept.capacity() <= 2 * super::LONGEST);
            }
            fields
        };
        let whole = read(&mut [body].into_iter());
        for size in 1..body.len().min(80) {
            assert_eq!(read(&mut body.chunks(size)), whole, "{size}");
        }
        for split in 0..body.len().min(2000) {
            let (first, second) = body.split_at(split);
            assert_eq!(read(&mut [first, second].into_iter()), whole, "{split}");
        }
        whole
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn fields_between_files() {
        let body = b"--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a;name=\\\"b\\\".mp3\"\r\n\
            Content-Type: audio/mpeg\r\n\r\n\x00\xff\r\n--xy\r\n-\r\n\r\n--xyy\r\r\n--\r\n--xyz\r\n\
            content-disposition:form-data;name=model\r\n\r\nwhisper-1\r\n--xyz \r\n\
            Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=\"pro\\\"mpt\"\r\n\r\n\
            two\r\nlines\r\n-- \r\n--xyz\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n--xyz\r\n\
            Content-Disposition: form-data; name=\"stream\"\r\n\r\ntrue\r\n--xyz--\r\n\
            --xyz\r\nContent-Disposition: form-data; name=\"late\"\r\n\r\nx\r\n--xyz--";
        let expected = [
            pair("model", "whisper-1"),
            pair("pro\"mpt", "two\r\nlines\r\n-- "),
            pair("empty", ""),
            pair("stream", "true"),
        ];
        assert_eq!(fields(TYPE, body), expected);
    }

    #[test]
    fn a_preamble_and_a_quoted_boundary() {
        let body =
            b"This is a form.\r\n--a b=?\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n2\r\n--a b=?--";
        assert_eq!(fields("Multipart/Form-Data; charset=utf-8; Boundary=\"a b=?\"", body), [pair("n", "2")]);
    }

    #[test]
    fn what_is_long_is_passed_over() {
        let long = "x".repeat(5000);
        let body = format!(
            "--xyz\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\n{long}\r\n--xyz\r\n\
            X-Long: {long}\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n1\r\n--xyz\r\n\
            Content-Disposition: form-data; name=\"{long}\"\r\n\r\n1\r\n--xyz--"
        );
        assert_eq!(fields(TYPE, body.as_bytes()), [pair("n", "1")]);
    }

    #[test]
    fn what_is_no_form() {
        for content_type in [
            "application/json",
            "multipart/form-data",
            "multipart/form-data; charset=utf-8",
            "multipart/form-data; boundary=",
            "multipart/mixed; boundary=xyz",
            "text/plain; boundary=xyz",
        ] {
            assert!(Multipart::new(content_type).is_none(), "{content_type}");
        }
        for body in [&b""[..], b"--", b"xyz", b"--xyz", b"--xyz--", b"--xyz\r\n\r\nno name\r\n--xyz--", b"{}"]
        {
            assert_eq!(fields(TYPE, body), []);
        }
    }
}
