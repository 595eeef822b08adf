//! The region of an endpoint.

/// The region an endpoint names, where its prices depend on it: `eu` of `eu.api.openai.com`, `us-east5` of Vertex AI,
/// `eu-central-1` of Bedrock. `path` is that of the request, where Vertex AI's global host has the location.
pub(crate) fn of_endpoint<'a>(host: &'a str, path: &'a str) -> Option<&'a str> {
    let host = host.split(':').next().unwrap_or(host);
    if let Some(rest) = host.strip_suffix(".api.openai.com") {
        return Some(rest);
    }
    if let Some(rest) = host.strip_suffix(".googleapis.com") {
        let rest = rest.strip_suffix(".rep").unwrap_or(rest);
        return match rest.strip_suffix("-aiplatform").or_else(|| rest.strip_prefix("aiplatform.")) {
            None if rest == "aiplatform" => location(path),
            region => region,
        };
    }
    let rest = host.strip_suffix(".amazonaws.com").or_else(|| host.strip_suffix(".amazonaws.com.cn"))?;
    rest.strip_prefix("bedrock-runtime.").or_else(|| rest.strip_prefix("bedrock-runtime-fips."))
}

/// `…/locations/{location}/…`
fn location(path: &str) -> Option<&str> {
    let (_, rest) = path.split_once("/locations/")?;
    rest.split('/').next().filter(|location| !location.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_name_their_region() {
        let path = "/v1/projects/p/locations/global/publishers/google/models/m:generateContent";
        for (host, region) in [
            ("api.openai.com", None),
            ("eu.api.openai.com:443", Some("eu")),
            ("us-east5-aiplatform.googleapis.com", Some("us-east5")),
            ("aiplatform.us.rep.googleapis.com", Some("us")),
            ("aiplatform.googleapis.com", Some("global")),
            ("generativelanguage.googleapis.com", None),
            ("bedrock-runtime.eu-central-1.amazonaws.com", Some("eu-central-1")),
            ("bedrock-runtime-fips.us-gov-west-1.amazonaws.com", Some("us-gov-west-1")),
            ("s3.eu-central-1.amazonaws.com", None),
            ("localhost:8080", None),
        ] {
            assert_eq!(of_endpoint(host, path), region, "{host}");
        }
        assert_eq!(of_endpoint("aiplatform.googleapis.com", "/v1/models"), None);
    }
}
