use std::fmt;

/// The size a price is for: `1K` of an image, `1080p` of a second of video, `low` of a search; empty for any.
///
/// At most eight letters, so that keys stay small; in lower case, since providers write both.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Size([u8; 8]);

impl Size {
    /// Any size that has no price of its own.
    pub(crate) const ANY: Self = Self([0; 8]);

    /// `None` when the text is no size: empty, longer, or with other characters than letters, digits and a point.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let mut size = [0; 8];
        let usual = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.';
        if text.is_empty() || text.len() > size.len() || !text.bytes().all(usual) {
            return None;
        }
        for (to, from) in size.iter_mut().zip(text.bytes()) {
            *to = from.to_ascii_lowercase();
        }
        Some(Self(size))
    }

    /// The resolution of a video, also where it is written as width and height: `720p` of `1280x720`.
    pub(crate) fn of_video(text: &str) -> Option<Self> {
        match dimensions(text) {
            Some((width, height)) => Self::new(&format!("{}p", width.min(height))),
            None => Self::new(text),
        }
    }
}

/// Width and height of `1024x1024` or `1024-x-1024`.
pub(crate) fn dimensions(text: &str) -> Option<(u32, u32)> {
    let (width, height) = text.split_once("-x-").or_else(|| text.split_once(['x', '×', '*']))?;
    let side = |text: &str| text.parse().ok().filter(|side| *side != 0);
    Some((side(width)?, side(height)?))
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.split(|byte| *byte == 0).next().unwrap_or_default();
        f.write_str(std::str::from_utf8(text).unwrap_or_default())
    }
}

impl fmt::Debug for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Size({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short_words() {
        assert_eq!(Size::new("1080P").unwrap().to_string(), "1080p");
        assert_eq!(Size::new("0.5K").unwrap().to_string(), "0.5k");
        assert_eq!(Size::new("1K"), Size::new("1k"));
        assert_eq!(Size::ANY.to_string(), "");
        for text in ["", "123456789", "1_0", "é"] {
            assert_eq!(Size::new(text), None, "{text}");
        }
        assert_eq!(Size::of_video("1280x720"), Size::new("720p"));
        assert_eq!(Size::of_video("4K"), Size::new("4k"));
        assert_eq!(dimensions("1024-x-1536"), Some((1_024, 1_536)));
        assert_eq!((dimensions("auto"), dimensions("0x1")), (None, None));
    }
}
