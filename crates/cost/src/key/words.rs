/// A word of the grammar: the value, LiteLLM's spelling, the catalogue's spelling.
pub(super) type Word<T> = (T, &'static str, &'static str);

/// What is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Subject {
    Input,
    Output,
    CacheRead,
    CacheWrite,
    /// Reads of a cache that the client made itself, where these differ from automatic ones.
    ExplicitCacheRead,
    /// Tokens of the pages an answer cites.
    Citation,
    Ocr,
    Annotation,
    WebSearch,
    FileSearch,
    CodeInterpreter,
    MapsGrounding,
    /// The call as a whole.
    Call,
}

impl Subject {
    /// Whether it is a use of one of the provider's own tools.
    pub(crate) const fn is_tool(self) -> bool {
        matches!(self, Self::WebSearch | Self::FileSearch | Self::CodeInterpreter | Self::MapsGrounding)
    }
}

/// Longer spellings first where one begins another.
pub(super) const SUBJECTS: [Word<Subject>; 13] = [
    (Subject::Input, "input", "in"),
    (Subject::Output, "output", "out"),
    (Subject::CacheRead, "cache_read_input", "read"),
    (Subject::CacheWrite, "cache_creation_input", "write"),
    (Subject::ExplicitCacheRead, "explicit_cache_read_input", "explicit_read"),
    (Subject::Citation, "citation", "citation"),
    (Subject::Ocr, "ocr", "ocr"),
    (Subject::Annotation, "annotation", "annotation"),
    (Subject::WebSearch, "web_search", "web"),
    (Subject::FileSearch, "file_search", "files"),
    (Subject::CodeInterpreter, "code_interpreter", "code"),
    (Subject::MapsGrounding, "google_maps_grounding", "maps"),
    (Subject::Call, "", "call"),
];

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Unit {
    Token(Modality),
    Second,
    AudioSecond,
    VideoSecond,
    Image,
    Pixel,
    Character,
    Query,
    Request,
    Page,
    Credit,
    Session,
    TextMessage,
}

/// The kind of a token; `Any` is the price of those that have none of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Modality {
    Any,
    Audio,
    Image,
    Video,
    Reasoning,
}

pub(super) const UNITS: [Word<Unit>; 17] = [
    (Unit::Token(Modality::Any), "token", ""),
    (Unit::Token(Modality::Audio), "audio_token", ".audio"),
    (Unit::Token(Modality::Image), "image_token", ".image"),
    (Unit::Token(Modality::Video), "video_token", ".video"),
    (Unit::Token(Modality::Reasoning), "reasoning_token", ".reasoning"),
    (Unit::Second, "second", "/second"),
    (Unit::AudioSecond, "audio_per_second", "/audio_second"),
    (Unit::VideoSecond, "video_per_second", "/video_second"),
    (Unit::Image, "image", "/image"),
    (Unit::Pixel, "pixel", "/pixel"),
    (Unit::Character, "character", "/character"),
    (Unit::Query, "query", "/query"),
    (Unit::Request, "request", "/request"),
    (Unit::Page, "page", "/page"),
    (Unit::Credit, "credit", "/credit"),
    (Unit::Session, "session", "/session"),
    (Unit::TextMessage, "text_message", "/text_message"),
];

impl Unit {
    /// A token of any kind that has no price of its own.
    pub(crate) const TOKEN: Self = Self::Token(Modality::Any);

    /// Whether prices may differ by size.
    pub(super) const fn has_sizes(self) -> bool {
        matches!(self, Self::Second | Self::Image | Self::Query)
    }

    /// Whether a threshold is one of seconds instead of tokens.
    pub(super) const fn is_time(self) -> bool {
        matches!(self, Self::Second | Self::AudioSecond | Self::VideoSecond)
    }
}

/// How long a written cache entry is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Lifetime {
    /// The provider's usual one, five minutes where there is a choice.
    Default,
    Hour,
}
