//! The names under which the price of a model may be found.

use std::iter;

/// The spellings of a model's name to look for, most exact first.
///
/// 1. The name itself.
/// 2. Without what a provider's API puts around it: `models/` of Gemini, `publishers/…/models/` of Vertex AI, the ARN of
///    Bedrock.
/// 3. A fine-tuned model by its base: `ft:gpt-4o-2024-08-06` for `ft:gpt-4o-2024-08-06:acme::8xY1z`. Never the base
///    itself, which has another price.
/// 4. Without Bedrock's cross-region prefix: `anthropic.claude-…` for `eu.anthropic.claude-…`.
/// 5. Each of these without the version: `gpt-4o` for `gpt-4o-2024-05-13` and for `gpt-4o-latest`, `gemini-2.0-flash` for
///    `gemini-2.0-flash-001`, `anthropic.claude-…-v1:0` for `anthropic.claude-…-v1:0:200k`.
///
/// All are parts of the name, so nothing is allocated.
pub(crate) fn spellings(model: &str) -> impl Iterator<Item = &str> {
    // Nearly every model is found by its name: the rest is worked out only when it is not.
    iter::once(model).chain(iter::once_with(move || others(model)).flatten())
}

fn others(model: &str) -> impl Iterator<Item = &str> {
    let bare = without_wrapping(model);
    let base = fine_tuned_base(bare);
    let exact = [changed(model, bare), changed(bare, base), without_region(base)];
    let names = [Some(model)].into_iter().chain(exact).flatten();
    let without_version = names.flat_map(|name| {
        let first = without_version(name);
        // A throughput may stand behind a version: two steps are as many as there are.
        [first, first.and_then(without_version)]
    });
    exact.into_iter().chain(without_version).flatten()
}

fn changed<'a>(before: &str, after: &'a str) -> Option<&'a str> {
    (before.len() != after.len()).then_some(after)
}

fn without_wrapping(model: &str) -> &str {
    if model.starts_with("arn:") || model.starts_with("publishers/") || model.starts_with("projects/") {
        model.rsplit_once('/').map_or(model, |(_, name)| name)
    } else {
        model.strip_prefix("models/").unwrap_or(model)
    }
}

/// The region a Bedrock ARN names: `arn:aws:bedrock:eu-west-1:…`.
pub(crate) fn region_of_arn(model: &str) -> Option<&str> {
    let mut parts = model.strip_prefix("arn:")?.split(':');
    let service = parts.nth(1)?;
    parts.next().filter(|region| service == "bedrock" && !region.is_empty())
}

fn fine_tuned_base(model: &str) -> &str {
    let Some(tuned) = model.strip_prefix("ft:") else { return model };
    let end = tuned.find(':').map_or(model.len(), |end| "ft:".len() + end);
    &model[..end]
}

/// The prefixes of Bedrock's cross-region inference profiles.
fn without_region(model: &str) -> Option<&str> {
    let (region, name) = model.split_once('.')?;
    let regions = ["us", "eu", "apac", "global", "us-gov", "au", "jp", "ca", "sa", "me", "af"];
    // What follows is `vendor.model`: `us.` may begin another provider's name.
    (regions.contains(&region) && name.contains('.')).then_some(name)
}

/// The name before its version.
fn without_version(model: &str) -> Option<&str> {
    without_date(model)
        .or_else(|| model.strip_suffix("-latest"))
        .or_else(|| model.strip_suffix("@latest"))
        .or_else(|| model.strip_suffix("@default"))
        .or_else(|| without_number(model))
        .or_else(|| without_throughput(model))
        .filter(|name| !name.is_empty())
}

/// The name before `-001` or `@001`.
fn without_number(model: &str) -> Option<&str> {
    let (name, suffix) = model.split_at_checked(model.len().checked_sub(4)?)?;
    let digits = suffix.strip_prefix(['-', '@'])?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(name)
}

/// Bedrock's name before the `:200k` of a provisioned context.
fn without_throughput(model: &str) -> Option<&str> {
    let (name, context) = model.rsplit_once(':')?;
    let thousands = context.strip_suffix('k')?;
    (!thousands.is_empty() && thousands.bytes().all(|byte| byte.is_ascii_digit())).then_some(name)
}

/// The name before `-2024-05-13`, `-20240513` or `@20240513`.
fn without_date(model: &str) -> Option<&str> {
    let dashed = |suffix: &str| {
        let bytes = suffix.as_bytes();
        bytes.len() == 11
            && bytes[0] == b'-'
            && bytes[5] == b'-'
            && bytes[8] == b'-'
            && is_date([&suffix[1..5], &suffix[6..8], &suffix[9..]])
    };
    let plain = |suffix: &str| {
        suffix.len() == 9
            && suffix.starts_with(['-', '@'])
            && is_date([&suffix[1..5], &suffix[5..7], &suffix[7..]])
    };
    let cut = |length: usize, is_date: &dyn Fn(&str) -> bool| {
        let (name, suffix) = model.split_at_checked(model.len().checked_sub(length)?)?;
        (!name.is_empty() && suffix.is_ascii() && is_date(suffix)).then_some(name)
    };
    cut(11, &dashed).or_else(|| cut(9, &plain))
}

fn is_date(parts: [&str; 3]) -> bool {
    let digits = parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let [year, month, day] = parts;
    digits && ("2020".."2100").contains(&year) && ("01".."13").contains(&month) && ("01".."32").contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(model: &str) -> Vec<&str> {
        spellings(model).collect()
    }

    #[test]
    fn the_exact_name_comes_first() {
        assert_eq!(all("gpt-4o"), ["gpt-4o"]);
        assert_eq!(all("gpt-4o-2024-05-13"), ["gpt-4o-2024-05-13", "gpt-4o"]);
        assert_eq!(all("claude-3-opus-20240229"), ["claude-3-opus-20240229", "claude-3-opus"]);
        assert_eq!(all("claude-3-opus@20240229"), ["claude-3-opus@20240229", "claude-3-opus"]);
        assert_eq!(all("models/gemini-2.5-flash"), ["models/gemini-2.5-flash", "gemini-2.5-flash"]);
        assert_eq!(all("gpt-4o-latest"), ["gpt-4o-latest", "gpt-4o"]);
        assert_eq!(all("gemini-2.0-flash-001"), ["gemini-2.0-flash-001", "gemini-2.0-flash"]);
        assert_eq!(
            all("publishers/google/models/gemini-2.5-pro"),
            ["publishers/google/models/gemini-2.5-pro", "gemini-2.5-pro"]
        );
        assert_eq!(
            all("us.anthropic.claude-3-sonnet-20240229-v1:0:200k"),
            [
                "us.anthropic.claude-3-sonnet-20240229-v1:0:200k",
                "anthropic.claude-3-sonnet-20240229-v1:0:200k",
                "us.anthropic.claude-3-sonnet-20240229-v1:0",
                "anthropic.claude-3-sonnet-20240229-v1:0",
            ]
        );
        assert_eq!(
            all("ft:gpt-4o-2024-08-06:acme::8xY1z"),
            ["ft:gpt-4o-2024-08-06:acme::8xY1z", "ft:gpt-4o-2024-08-06", "ft:gpt-4o"]
        );
        assert_eq!(
            all(
                "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-3-haiku-20240307-v1:0"
            ),
            [
                "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-3-haiku-20240307-v1:0",
                "eu.anthropic.claude-3-haiku-20240307-v1:0",
                "anthropic.claude-3-haiku-20240307-v1:0",
            ]
        );
    }

    #[test]
    fn an_arn_names_its_region() {
        assert_eq!(
            region_of_arn("arn:aws:bedrock:eu-west-1:1:inference-profile/eu.amazon.nova-pro-v1:0"),
            Some("eu-west-1")
        );
        assert_eq!(region_of_arn("arn:aws:sagemaker:eu-west-1:1:endpoint/x"), None);
        assert_eq!((region_of_arn("gpt-4o"), region_of_arn("arn:aws:bedrock:::x")), (None, None));
    }

    #[test]
    fn other_numbers_are_no_dates() {
        for model in
            ["gpt-4-0613", "llama-70000000", "m-2024-13-01", "m-20240200", "é-2024-05-1", "-20240513", ""]
        {
            assert_eq!(all(model), [model]);
        }
    }
}
