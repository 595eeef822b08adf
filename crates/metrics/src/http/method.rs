use http::Method;

/// A method as a label: one of those everybody knows, or `_OTHER`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct MethodLabel(u8);

impl MethodLabel {
    pub(super) const NAMES: [&'static str; 10] =
        ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE", "PATCH", "_OTHER"];

    pub(super) const fn of(method: &Method) -> Self {
        Self(match *method {
            Method::GET => 0,
            Method::POST => 1,
            Method::PUT => 2,
            Method::DELETE => 3,
            Method::HEAD => 4,
            Method::OPTIONS => 5,
            Method::CONNECT => 6,
            Method::TRACE => 7,
            Method::PATCH => 8,
            _ => 9,
        })
    }

    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }

    pub(super) const fn as_str(self) -> &'static str {
        Self::NAMES[self.index()]
    }
}

pub(super) const fn scheme(https: bool) -> &'static str {
    if https { "https" } else { "http" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_methods_have_their_name_and_all_others_share_one() {
        for name in MethodLabel::NAMES.iter().filter(|name| **name != "_OTHER") {
            assert_eq!(MethodLabel::of(&name.parse().unwrap()).as_str(), *name);
        }
        for name in ["get", "PROPFIND", "X-SECRET-123"] {
            assert_eq!(MethodLabel::of(&name.parse().unwrap()).as_str(), "_OTHER");
        }
    }
}
