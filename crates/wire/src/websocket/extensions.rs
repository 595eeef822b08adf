/// Who sent the bytes of one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    Client,
    Server,
}

/// What a handshake agreed on, as far as it changes the bytes of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    /// [RFC 7692](https://www.rfc-editor.org/rfc/rfc7692): whether each side keeps its window from one message
    /// to the next. A decoder with the largest window reads streams of any window, so the bits do not matter.
    Deflate {
        client_keeps_window: bool,
        server_keeps_window: bool,
    },
    /// Something that is not known here.
    Unknown,
}

impl Compression {
    /// For one whose messages are not read, whatever they are compressed with.
    pub(crate) const fn ignored() -> Self {
        Self::Deflate { client_keeps_window: false, server_keeps_window: false }
    }

    /// Reads the `sec-websocket-extensions` of a server's reply, several lines joined by commas.
    pub(crate) fn of(extensions: Option<&str>) -> Self {
        let mut agreed =
            extensions.unwrap_or_default().split(',').map(str::trim).filter(|one| !one.is_empty());
        let Some(extension) = agreed.next() else { return Self::None };
        if agreed.next().is_some() {
            return Self::Unknown;
        }
        let mut words = extension.split(';').map(str::trim);
        if !words.next().is_some_and(|name| name.eq_ignore_ascii_case("permessage-deflate")) {
            return Self::Unknown;
        }
        let (mut client_keeps_window, mut server_keeps_window) = (true, true);
        for parameter in words {
            client_keeps_window &= !parameter.eq_ignore_ascii_case("client_no_context_takeover");
            server_keeps_window &= !parameter.eq_ignore_ascii_case("server_no_context_takeover");
        }
        Self::Deflate { client_keeps_window, server_keeps_window }
    }
}

#[cfg(test)]
mod tests {
    use super::Compression::{self, Deflate, None, Unknown};

    #[test]
    fn what_was_agreed_on() {
        let deflate =
            |client_keeps_window, server_keeps_window| Deflate { client_keeps_window, server_keeps_window };
        for (header, expected) in [
            ("", None),
            (" , ", None),
            ("permessage-deflate", deflate(true, true)),
            ("Permessage-Deflate; server_max_window_bits=10", deflate(true, true)),
            ("permessage-deflate; server_no_context_takeover", deflate(true, false)),
            (
                "permessage-deflate;client_no_context_takeover ; client_max_window_bits=\"9\"",
                deflate(false, true),
            ),
            (
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
                deflate(false, false),
            ),
            ("x-webkit-deflate-frame", Unknown),
            ("permessage-deflate, permessage-bzip2", Unknown),
        ] {
            assert_eq!(Compression::of(Some(header)), expected, "{header}");
        }
        assert_eq!(Compression::of(Option::None), None);
    }
}
