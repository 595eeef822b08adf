//! What kind of error a provider reports, in one word.

use compact_str::CompactString;

/// What kind of error a provider reports: one of a few words, whatever the provider calls it.
///
/// Providers name the same thing differently, and some say it in the message only (a prompt that is too long is an
/// `invalid_request_error` like any other to Anthropic). The message is read for the few phrases that tell, and never
/// kept: it may repeat what the client sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorClass {
    /// Too many requests or tokens for now.
    RateLimit,
    /// The account's money or quota is used up.
    Quota,
    /// The provider has too much to do.
    Overloaded,
    /// No credential, or a wrong one.
    Authentication,
    /// A credential that may not do this.
    Permission,
    /// No such model or thing.
    NotFound,
    /// The prompt, or what is asked for, is longer than the model takes.
    ContextLength,
    /// Refused for what the prompt or the answer contains.
    ContentFilter,
    /// Any other fault of the request.
    InvalidRequest,
    /// The provider took too long.
    Timeout,
    /// A fault of the provider.
    Server,
}

use ErrorClass::{
    Authentication, ContentFilter, ContextLength, InvalidRequest, NotFound, Overloaded, Permission, Quota,
    RateLimit, Server, Timeout,
};

/// Codes and types of errors, all in lower case and without what separates their words. Those of OpenAI, Azure,
/// Anthropic, Google and AWS; the others use these.
const NAMES: &[(&str, ErrorClass)] = &[
    ("accessdeniedexception", Permission),
    ("apierror", Server),
    ("authenticationerror", Authentication),
    ("badgateway", Server),
    ("billingerror", Quota),
    ("billinghardlimitreached", Quota),
    ("contentfilter", ContentFilter),
    ("contentpolicyviolation", ContentFilter),
    ("contextlengthexceeded", ContextLength),
    ("deadlineexceeded", Timeout),
    ("deploymentnotfound", NotFound),
    ("engineoverloadederror", Overloaded),
    ("expiredtokenexception", Authentication),
    ("incorrectapikey", Authentication),
    ("insufficientquota", Quota),
    ("internal", Server),
    ("internalerror", Server),
    ("internalservererror", Server),
    ("internalserverexception", Server),
    ("invalidapikey", Authentication),
    ("invalidauthenticationerror", Authentication),
    ("invalidsignatureexception", Authentication),
    ("modelerrorexception", Server),
    ("modelnotfound", NotFound),
    ("modelnotreadyexception", Overloaded),
    ("modelstreamerrorexception", Server),
    ("modeltimeoutexception", Timeout),
    ("moderationblocked", ContentFilter),
    ("notfound", NotFound),
    ("notfounderror", NotFound),
    ("overloaded", Overloaded),
    ("overloadederror", Overloaded),
    ("permissiondenied", Permission),
    ("permissiondeniederror", Permission),
    ("permissionerror", Permission),
    ("quotaexceeded", Quota),
    ("ratelimit", RateLimit),
    ("ratelimiterror", RateLimit),
    ("ratelimitexceeded", RateLimit),
    ("ratelimitreached", RateLimit),
    ("requesttoolarge", ContextLength),
    ("resourceexhausted", RateLimit),
    ("resourcenotfound", NotFound),
    ("resourcenotfoundexception", NotFound),
    ("responsibleaipolicyviolation", ContentFilter),
    ("servererror", Server),
    ("serviceunavailable", Overloaded),
    ("serviceunavailableerror", Overloaded),
    ("serviceunavailableexception", Overloaded),
    ("stringabovemaxlength", ContextLength),
    ("throttlingexception", RateLimit),
    ("timeout", Timeout),
    ("timeouterror", Timeout),
    ("toomanyrequests", RateLimit),
    ("toomanyrequestserror", RateLimit),
    ("toomanytokens", ContextLength),
    ("unauthenticated", Authentication),
    ("unauthorized", Authentication),
    ("unavailable", Overloaded),
    ("unrecognizedclientexception", Authentication),
];

/// Phrases of messages whose error has no name that tells: OpenAI's, Anthropic's, Google's, Bedrock's, vLLM's,
/// Cohere's and Mistral's.
const PHRASES: &[(&str, ErrorClass)] = &[
    ("context length", ContextLength),
    ("context window", ContextLength),
    ("context limit", ContextLength),
    ("prompt is too long", ContextLength),
    ("input is too long", ContextLength),
    ("too many tokens", ContextLength),
    ("too large for model", ContextLength),
    ("input token count", ContextLength),
    ("content management policy", ContentFilter),
    ("content filter", ContentFilter),
    ("content policy", ContentFilter),
    ("safety system", ContentFilter),
    ("content filtering policy", ContentFilter),
    ("credit balance", Quota),
    ("insufficient balance", Quota),
    ("insufficient credits", Quota),
    ("exceeded your current quota", Quota),
];

/// The longest of `NAMES`, and room for what separates words.
const LONGEST_NAME: usize = 48;

impl ErrorClass {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RateLimit => "rate_limit",
            Self::Quota => "quota",
            Self::Overloaded => "overloaded",
            Self::Authentication => "authentication",
            Self::Permission => "permission",
            Self::NotFound => "not_found",
            Self::ContextLength => "context_length",
            Self::ContentFilter => "content_filter",
            Self::InvalidRequest => "invalid_request",
            Self::Timeout => "timeout",
            Self::Server => "server",
        }
    }

    /// What a provider's code or type says.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let name = letters(name)?;
        NAMES.iter().find(|(known, _)| **known == *name).map(|(_, class)| *class)
    }

    /// What a name says that says little, such as a status: a message may know better.
    pub(crate) fn of_vague_name(name: &str) -> Option<Self> {
        if let Ok(status) = name.parse() {
            return Self::of_status(status);
        }
        let name = letters(name)?;
        ["invalid", "badrequest", "validation"]
            .iter()
            .any(|vague| name.starts_with(vague))
            .then_some(InvalidRequest)
    }

    /// What a message says beside its name.
    pub(crate) fn of_message(message: &str) -> Option<Self> {
        let message = message.to_ascii_lowercase();
        PHRASES.iter().find(|(phrase, _)| message.contains(phrase)).map(|(_, class)| *class)
    }

    /// What a status says alone.
    pub(crate) const fn of_status(status: u16) -> Option<Self> {
        match status {
            401 => Some(Authentication),
            402 => Some(Quota),
            403 => Some(Permission),
            404 => Some(NotFound),
            408 | 504 => Some(Timeout),
            413 => Some(ContextLength),
            429 => Some(RateLimit),
            503 | 529 => Some(Overloaded),
            400..500 => Some(InvalidRequest),
            500..600 => Some(Server),
            _ => None,
        }
    }
}

/// The letters of a name, in lower case and without what separates its words.
fn letters(name: &str) -> Option<CompactString> {
    let letters = name.chars().filter(char::is_ascii_alphanumeric).map(|char| char.to_ascii_lowercase());
    (name.len() <= LONGEST_NAME).then(|| letters.collect())
}

#[cfg(test)]
mod tests {
    use super::{ErrorClass, NAMES};

    #[test]
    fn names() {
        for (name, class) in [
            ("rate_limit_exceeded", Some(ErrorClass::RateLimit)),
            ("ThrottlingException", Some(ErrorClass::RateLimit)),
            ("overloaded_error", Some(ErrorClass::Overloaded)),
            ("RESOURCE_EXHAUSTED", Some(ErrorClass::RateLimit)),
            ("context_length_exceeded", Some(ErrorClass::ContextLength)),
            ("insufficient_quota", Some(ErrorClass::Quota)),
            ("content_filter", Some(ErrorClass::ContentFilter)),
            ("DeploymentNotFound", Some(ErrorClass::NotFound)),
            ("400", None),
            ("invalid_request_error", None),
            ("", None),
        ] {
            assert_eq!(ErrorClass::of_name(name), class, "{name}");
        }
        for (name, class) in [
            ("400", Some(ErrorClass::InvalidRequest)),
            ("529", Some(ErrorClass::Overloaded)),
            ("invalid_request_error", Some(ErrorClass::InvalidRequest)),
            ("ValidationException", Some(ErrorClass::InvalidRequest)),
            ("BadRequestError", Some(ErrorClass::InvalidRequest)),
            ("tool_use_failed", None),
        ] {
            assert_eq!(ErrorClass::of_vague_name(name), class, "{name}");
        }
        assert!(NAMES.is_sorted_by_key(|(name, _)| *name), "names are in order, each once");
        assert!(NAMES.iter().all(|(name, _)| name.len() <= super::LONGEST_NAME));
    }

    #[test]
    fn messages() {
        for (message, class) in [
            ("prompt is too long: 210000 tokens > 200000 maximum", Some(ErrorClass::ContextLength)),
            ("This model's maximum context length is 8192 tokens.", Some(ErrorClass::ContextLength)),
            ("Your credit balance is too low to access the API.", Some(ErrorClass::Quota)),
            ("Missing required parameter: 'messages'.", None),
        ] {
            assert_eq!(ErrorClass::of_message(message), class, "{message}");
        }
    }
}
