//! What is charged by other units than tokens: one test for each.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

use std::sync::LazyLock;
use std::time::Duration;

use tower_genai_core::{Billing, Cost, CostStatus, ModalityTokens, ToolUses, Usage};
use tower_genai_cost::{Catalogue, Consumption, Entry, Pricing, ServiceTier};

static EMBEDDED: LazyLock<Pricing> = LazyLock::new(Pricing::embedded);

fn billing(edit: impl FnOnce(&mut Billing)) -> Billing {
    let mut billing = Billing::default();
    edit(&mut billing);
    billing
}

fn modalities(edit: impl FnOnce(&mut ModalityTokens)) -> Billing {
    billing(|billing| edit(&mut billing.modalities))
}

fn tools(edit: impl FnOnce(&mut ToolUses)) -> Billing {
    billing(|billing| edit(&mut billing.tools))
}

/// The price of a call at the embedded prices.
fn price(provider: &str, model: &str, usage: &Usage, billing: &Billing) -> Result<Cost, CostStatus> {
    let consumption = Consumption::new(usage).with_billing(billing);
    EMBEDDED.price_of(Some(provider), &[model], &consumption)
}

fn total(provider: &str, model: &str, usage: &Usage, billing: &Billing) -> String {
    price(provider, model, usage, billing).unwrap().total().to_string()
}

/// A call that states no tokens.
fn fees(provider: &str, model: &str, billing: &Billing) -> Result<String, CostStatus> {
    let cost = price(provider, model, &Usage::default(), billing)?;
    assert_eq!(cost.fees, cost.total());
    Ok(cost.total().to_string())
}

#[test]
fn images_by_size_and_quality() {
    let images = |size: Option<&str>, quality: Option<&str>| {
        billing(|billing| {
            billing.images = Some(2);
            billing.image_size = size.map(Into::into);
            billing.image_quality = quality.map(Into::into);
        })
    };
    // An entry of its own for quality and size: 2 × $0.011, and by pixels: 2 × 1024 × 1792 × $7.19343e-8.
    assert_eq!(fees("openai", "gpt-image-1", &images(Some("1024x1024"), Some("low"))).unwrap(), "0.022");
    assert_eq!(
        fees("azure.ai.openai", "dall-e-3", &images(Some("1024x1792"), Some("hd"))).unwrap(),
        "0.2640000319488"
    );
    // A price for the size in the entry: 2 × $0.16, else that of any size: 2 × $0.08.
    let model = "fal-ai/nano-banana-2";
    assert_eq!(fees("fal_ai", model, &images(Some("4K"), None)).unwrap(), "0.32");
    assert_eq!(fees("fal_ai", model, &images(Some("8K"), None)).unwrap(), "0.16");
    // No price for images of a quality that nobody stated.
    assert_eq!(fees("openai", "gpt-image-1", &images(None, None)), Err(CostStatus::Unpriced));
}

#[test]
fn images_by_tokens_where_these_are_stated() {
    // 50 × $5e-6 + 200 × $1e-5 + 1,056 × $4e-5: the price of an image by the piece is for calls without tokens.
    let mut stated =
        modalities(|tokens| (tokens.image_input, tokens.image_output) = (Some(200), Some(1_056)));
    (stated.images, stated.image_size, stated.image_quality) =
        (Some(1), Some("1024x1024".into()), Some("low".into()));
    let cost = price("openai", "gpt-image-1", &Usage::new(250, 1_056), &stated).unwrap();
    assert_eq!(cost.input.to_string(), "0.00025");
    assert_eq!(cost.image_input.to_string(), "0.002");
    assert_eq!(cost.image_output.to_string(), "0.04224");
    assert_eq!(cost.total().to_string(), "0.04449");
    // What a model that makes images writes is images unless it says otherwise.
    stated.modalities = ModalityTokens::default();
    let cost = price("openai", "gpt-image-1", &Usage::new(250, 1_056), &stated).unwrap();
    assert_eq!(cost.image_output.to_string(), "0.04224");
}

#[test]
fn seconds_of_audio_that_are_written_down() {
    let heard = billing(|billing| billing.audio_input = Some(Duration::from_millis(90_500)));
    // 90.5 × $0.0001; the file states the price twice, as that of input and of output.
    assert_eq!(fees("openai", "whisper-1", &heard).unwrap(), "0.00905");
    assert_eq!(fees("deepgram", "nova-3", &heard).unwrap(), "0.006486135");
    // Tokens, where these are stated: 100 × $2.5e-6 + 20 × $1e-5.
    assert_eq!(total("openai", "gpt-4o-transcribe", &Usage::new(100, 20), &heard), "0.00045");
    assert_eq!(fees("openai", "gpt-4o-transcribe", &heard).unwrap(), "0.00905");
}

#[test]
fn characters_and_seconds_that_are_spoken() {
    let spoken = billing(|billing| billing.input_characters = Some(1_000));
    assert_eq!(fees("openai", "tts-1", &spoken).unwrap(), "0.015");
    // Characters are not what this one is charged by; the seconds it made are: 4 × $0.00025.
    assert_eq!(fees("openai", "gpt-4o-mini-tts", &spoken), Err(CostStatus::NoUsage));
    let made = billing(|billing| billing.audio_output = Some(Duration::from_secs(4)));
    assert_eq!(fees("openai", "gpt-4o-mini-tts", &made).unwrap(), "0.001");
}

#[test]
fn characters_instead_of_tokens() {
    // 4,000 × $2.5e-8, and none of the tokens.
    let stated = billing(|billing| billing.input_characters = Some(4_000));
    let cost = price("gcp.vertex_ai", "text-embedding-004", &Usage::new(1_000, 0), &stated).unwrap();
    assert_eq!((cost.input.to_string(), cost.fees.to_string()), ("0".into(), "0.0001".into()));
}

#[test]
fn images_that_are_sent() {
    let stated = billing(|billing| billing.input_images = Some(3));
    // 100 × $8e-7 + 3 × $0.0001.
    assert_eq!(total("gcp.vertex_ai", "multimodalembedding", &Usage::new(100, 0), &stated), "0.00038");
    // What a chat model states is the price of an image's tokens, and not of a call that states none.
    assert_eq!(fees("gcp.vertex_ai", "deep-research-pro-preview-12-2025", &stated), Err(CostStatus::NoUsage));
    // Some are free of charge.
    let file = br#"{"minimax/m": {"litellm_provider": "minimax", "mode": "video_generation",
        "input_cost_per_image": 0.01, "output_cost_per_second": 0.1,
        "provider_specific_entry": {"minimax_free_input_images": 2}}}"#;
    let pricing = Pricing::new(Catalogue::from_litellm_json(file).unwrap());
    let made = billing(|billing| {
        (billing.input_images, billing.video_output) = (Some(3), Some(Duration::from_secs(5)));
    });
    let usage = Usage::default();
    let cost = pricing.price_of(Some("minimax"), &["m"], &Consumption::new(&usage).with_billing(&made));
    assert_eq!(cost.unwrap().total().to_string(), "0.51");
}

#[test]
fn seconds_of_video() {
    let made = |resolution: Option<&str>| {
        billing(|billing| {
            billing.video_output = Some(Duration::from_secs(8));
            billing.video_resolution = resolution.map(Into::into);
        })
    };
    let model = "grok-imagine-video-1.5-preview";
    assert_eq!(fees("x_ai", model, &made(Some("1080p"))).unwrap(), "2");
    assert_eq!(fees("x_ai", model, &made(Some("1280x720"))).unwrap(), "1.12");
    assert_eq!(fees("x_ai", model, &made(None)).unwrap(), "0.64");
    assert_eq!(fees("openai", "sora-2", &made(Some("720p"))).unwrap(), "0.8");
    assert_eq!(fees("openai", "tts-1", &made(None)), Err(CostStatus::Unpriced));
}

#[test]
fn searches_of_a_reranker() {
    let stated = billing(|billing| billing.search_units = Some(3));
    assert_eq!(fees("cohere", "rerank-v3.5", &stated).unwrap(), "0.006");
    assert_eq!(total("cohere", "rerank-v3.5", &Usage::new(5_000, 0), &stated), "0.006");
    // Its tokens are free, and its searches are not: without their number there is no price.
    let usage = Usage::new(5_000, 0);
    assert_eq!(price("cohere", "rerank-v3.5", &usage, &Billing::default()), Err(CostStatus::NoUsage));
}

#[test]
fn pages() {
    let stated = billing(|billing| billing.pages = Some(12));
    assert_eq!(fees("mistral_ai", "mistral-ocr-4-0", &stated).unwrap(), "0.048");
    let usage = Usage::default();
    let batch = Consumption::new(&usage).with_billing(&stated).with_tier(ServiceTier::Batch);
    let cost = EMBEDDED.price_of(Some("mistral_ai"), &["mistral-ocr-4-0"], &batch);
    assert_eq!(cost.unwrap().total().to_string(), "0.024");
    // Charged by credits, of which no reply tells.
    assert_eq!(fees("reducto", "parse-v3", &stated), Err(CostStatus::Unpriced));
}

#[test]
fn a_fee_for_each_request() {
    // $0.005 + 100 × $2.8e-7.
    assert_eq!(
        total("perplexity", "pplx-7b-online", &Usage::new(1_000, 100), &Billing::default()),
        "0.005028"
    );
}

#[test]
fn the_time_a_model_is_used() {
    let usage = Usage::new(100, 100);
    let catalogue = Catalogue::embedded();
    let entry = catalogue.get("bedrock/us-east-1/1-month-commitment/anthropic.claude-v2:1").unwrap();
    let cost = entry.price_of(&Consumption::new(&usage).lasting(Duration::from_millis(2_500))).unwrap();
    assert_eq!(cost.fees.to_string(), "0.04375");
    assert_eq!(entry.price(&usage, None), Err(CostStatus::Unpriced));

    // A price of a second of input may be one of audio, of which nothing is stated.
    let nothing = Usage::default();
    let call = Consumption::new(&nothing).lasting(Duration::from_secs(3));
    let price = |key| Entry::from_prices("m", [(key, "0.01")]).unwrap().price_of(&call);
    assert_eq!(price("cost_per_second").unwrap().fees.to_string(), "0.03");
    assert_eq!(price("input_cost_per_second"), Err(CostStatus::NoUsage));
}

#[test]
fn moderation_is_free_and_states_nothing() {
    assert_eq!(fees("openai", "omni-moderation-latest", &Billing::default()).unwrap(), "0");
    assert_eq!(fees("openai", "gpt-4o", &Billing::default()), Err(CostStatus::NoUsage));
}

#[test]
fn other_tokens_than_the_model_read() {
    let stated = billing(|billing| (billing.input_tokens, billing.output_tokens) = (Some(10), Some(2)));
    let usage = Usage::new(1_000, 20);
    let charged = total("openai", "gpt-4o", &usage, &stated);
    assert_eq!(charged, total("openai", "gpt-4o", &Usage::new(10, 2), &Billing::default()));
}

#[test]
fn cached_audio_and_images_have_prices_of_their_own() {
    // Of 1,000 tokens 600 are audio; 500 were read from the cache, 300 of them audio and 50 images of the 100 there are.
    let mut usage = Usage::new(1_000, 0).with_cache_read(500);
    usage.audio_input = Some(600);
    let stated = modalities(|tokens| {
        tokens.audio_cache_read = Some(300);
        (tokens.image_input, tokens.image_cache_read) = (Some(100), Some(50));
    });
    let cost = price("openai", "gpt-realtime", &usage, &stated).unwrap();
    // 150 × $4e-7 + 300 × $4e-7 + 50 × $5e-7.
    assert_eq!(cost.cache_read.to_string(), "0.000205");
    assert_eq!(cost.audio_input.to_string(), "0.0096"); // 300 × $3.2e-5
    assert_eq!(cost.image_input.to_string(), "0.00025"); // 50 × $5e-6
    assert_eq!(cost.input.to_string(), "0.0006"); // 150 × $4e-6
    // Without the split nobody can tell what was read from the cache.
    assert_eq!(price("openai", "gpt-realtime", &usage, &Billing::default()), Err(CostStatus::InvalidUsage));
    let more = modalities(|tokens| tokens.audio_cache_read = Some(501));
    assert_eq!(price("openai", "gpt-realtime", &usage, &more), Err(CostStatus::InvalidUsage));
}

#[test]
fn searches_of_the_web() {
    let searched = |searches, context: Option<&str>| {
        let mut billing = tools(|tools| tools.web_search = Some(searches));
        billing.search_context_size = context.map(Into::into);
        billing
    };
    let fee = |provider, model, billing: &Billing| {
        price(provider, model, &Usage::new(0, 0), billing).unwrap().tools.to_string()
    };
    assert_eq!(fee("anthropic", "claude-sonnet-4-5", &searched(3, None)), "0.03");
    // By how much context they may use; Perplexity's usual one is the low.
    assert_eq!(fee("perplexity", "sonar-pro", &searched(1, Some("high"))), "0.014");
    assert_eq!(fee("perplexity", "sonar-pro", &searched(1, None)), "0.006");
    // Google's older models charge the grounded prompt once, the newer ones each query.
    assert_eq!(fee("gcp.gemini", "gemini-2.5-pro", &searched(4, None)), "0.035");
    assert_eq!(fee("gcp.gemini", "gemini-3-flash-preview", &searched(4, None)), "0.056");
    // The list price where the file has none, and none where nobody lists one.
    assert_eq!(fee("openai", "gpt-4o", &searched(2, None)), "0.02");
    assert_eq!(fee("x_ai", "grok-4.5", &searched(2, None)), "0.01");
    let unknown = price("mistral_ai", "mistral-large-latest", &Usage::new(0, 0), &searched(1, None));
    assert_eq!(unknown, Err(CostStatus::Unpriced));
}

#[test]
fn other_tools() {
    let fee = |provider, model, billing: &Billing| {
        price(provider, model, &Usage::new(0, 0), billing).map(|cost| cost.tools.to_string())
    };
    assert_eq!(fee("openai", "gpt-4.1", &tools(|tools| tools.file_search = Some(3))).unwrap(), "0.0075");
    assert_eq!(fee("azure", "gpt-4.1", &tools(|tools| tools.file_search = Some(3))).unwrap(), "0");
    // A container has an entry of its own.
    let ran = tools(|tools| tools.code_interpreter = Some(2));
    assert_eq!(fee("openai", "gpt-4.1", &ran).unwrap(), "0.06");
    assert_eq!(fee("azure", "gpt-4.1", &ran).unwrap(), "0.066");
    let mapped = tools(|tools| tools.maps_grounding = Some(3));
    assert_eq!(fee("gcp.gemini", "gemini-2.5-pro", &mapped).unwrap(), "0.025");
    assert_eq!(fee("gcp.gemini", "gemini-3-flash-preview", &mapped).unwrap(), "0.042");
    let fetched = tools(|tools| (tools.web_fetch, tools.computer_use) = (Some(9), Some(9)));
    assert_eq!(fee("anthropic", "claude-sonnet-4-5", &fetched).unwrap(), "0");
    assert_eq!(
        fee("openai", "gpt-4.1", &tools(|tools| tools.image_generation = Some(1))),
        Err(CostStatus::Unpriced),
        "no reply tells which model made it"
    );
}

#[test]
fn absurd_counts_are_refused() {
    let pages = billing(|billing| billing.pages = Some(u64::MAX));
    assert_eq!(fees("mistral_ai", "mistral-ocr-4-0", &pages), Err(CostStatus::InvalidUsage));
    let audio = billing(|billing| billing.audio_input = Some(Duration::MAX));
    assert_eq!(fees("openai", "whisper-1", &audio), Err(CostStatus::InvalidUsage));
}
