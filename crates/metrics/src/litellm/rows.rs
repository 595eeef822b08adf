//! The metrics with their labels, in LiteLLM's order.

use super::measures;
use crate::calls::{BoundsOf, Kind, LabelId, Measure, Row};
use crate::names::litellm as names;

/// LiteLLM's buckets of latencies, in seconds.
const LATENCY: BoundsOf = BoundsOf::Fixed(&[
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 420.0, 600.0,
]);

/// The buckets that Python's client has by default, which LiteLLM leaves as they are for this one.
const PER_TOKEN: BoundsOf =
    BoundsOf::Fixed(&[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0]);

type Label = (LabelId, &'static str);

const END_USER: Label = (LabelId::EndUser, "end_user");
const HASHED_API_KEY: Label = (LabelId::HashedKey, "hashed_api_key");
const API_KEY_ALIAS: Label = (LabelId::KeyAlias, "api_key_alias");
const REQUESTED_MODEL: Label = (LabelId::RequestModel, "requested_model");
const TEAM: Label = (LabelId::Team, "team");
const TEAM_ALIAS: Label = (LabelId::Team, "team_alias");
const USER: Label = (LabelId::User, "user");
const STATUS_CODE: Label = (LabelId::ClientStatus, "status_code");
const USER_EMAIL: Label = (LabelId::Nothing, "user_email");
const ROUTE: Label = (LabelId::ApiRoute, "route");
const CLIENT_IP: Label = (LabelId::Nothing, "client_ip");
const USER_AGENT: Label = (LabelId::Nothing, "user_agent");
const MODEL_ID: Label = (LabelId::Upstream, "model_id");
const API_PROVIDER: Label = (LabelId::ApiProvider, "api_provider");
const ORG_ID: Label = (LabelId::Nothing, "org_id");
const ORG_ALIAS: Label = (LabelId::Nothing, "org_alias");
const MODEL_GROUP: Label = (LabelId::RequestModel, "model_group");
const MODEL: Label = (LabelId::Model, "model");
const LITELLM_MODEL_NAME: Label = (LabelId::Model, "litellm_model_name");
const SERVICE_TIER: Label = (LabelId::ServiceTier, "service_tier");
const API_BASE: Label = (LabelId::ApiBase, "api_base");
const EXCEPTION_STATUS: Label = (LabelId::ExceptionStatus, "exception_status");
const EXCEPTION_CLASS: Label = (LabelId::ExceptionClass, "exception_class");
const REASON: Label = (LabelId::Part, "reason");

const API: &[Label] = &[
    MODEL_GROUP,
    MODEL,
    HASHED_API_KEY,
    API_KEY_ALIAS,
    TEAM,
    TEAM_ALIAS,
    REQUESTED_MODEL,
    END_USER,
    USER,
    MODEL_ID,
    API_PROVIDER,
    SERVICE_TIER,
    ORG_ID,
    ORG_ALIAS,
];
const DEPLOYMENT_OF_KEY: &[Label] =
    &[MODEL_GROUP, API_PROVIDER, API_BASE, LITELLM_MODEL_NAME, HASHED_API_KEY, API_KEY_ALIAS, MODEL_ID];
const TOKENS: &[Label] = &[
    END_USER,
    HASHED_API_KEY,
    API_KEY_ALIAS,
    MODEL,
    TEAM,
    TEAM_ALIAS,
    USER,
    USER_EMAIL,
    REQUESTED_MODEL,
    MODEL_ID,
    API_PROVIDER,
    ORG_ID,
    ORG_ALIAS,
];
const TOKEN_PARTS: &[Label] = &[
    END_USER,
    HASHED_API_KEY,
    API_KEY_ALIAS,
    MODEL,
    TEAM,
    TEAM_ALIAS,
    USER,
    USER_EMAIL,
    REQUESTED_MODEL,
    MODEL_ID,
    API_PROVIDER,
];
const CACHE: &[Label] =
    &[MODEL, HASHED_API_KEY, API_KEY_ALIAS, TEAM, TEAM_ALIAS, END_USER, USER, MODEL_ID, API_PROVIDER];
const DEPLOYMENT: &[Label] = &[
    MODEL_GROUP,
    REQUESTED_MODEL,
    LITELLM_MODEL_NAME,
    MODEL_ID,
    API_BASE,
    API_PROVIDER,
    HASHED_API_KEY,
    API_KEY_ALIAS,
    TEAM,
    TEAM_ALIAS,
    CLIENT_IP,
    USER_AGENT,
];

pub(super) static ROWS: [Row; 29] = [
    Row::new(
        names::PROXY_TOTAL_REQUESTS,
        "Calls of clients, by the status they were answered with.",
        &[
            END_USER,
            HASHED_API_KEY,
            API_KEY_ALIAS,
            REQUESTED_MODEL,
            TEAM,
            TEAM_ALIAS,
            USER,
            STATUS_CODE,
            USER_EMAIL,
            ROUTE,
            CLIENT_IP,
            USER_AGENT,
            MODEL_ID,
            API_PROVIDER,
            ORG_ID,
            ORG_ALIAS,
        ],
        Kind::Counter(Measure::Count(measures::every)),
    )
    .of_all_calls(),
    Row::new(
        names::PROXY_FAILED_REQUESTS,
        "Calls of clients that failed.",
        &[
            END_USER,
            HASHED_API_KEY,
            API_KEY_ALIAS,
            REQUESTED_MODEL,
            TEAM,
            TEAM_ALIAS,
            USER,
            USER_EMAIL,
            EXCEPTION_STATUS,
            EXCEPTION_CLASS,
            ROUTE,
            CLIENT_IP,
            USER_AGENT,
            MODEL_ID,
            API_PROVIDER,
            ORG_ID,
            ORG_ALIAS,
        ],
        Kind::Counter(Measure::Count(measures::failed)),
    ),
    Row::new(
        names::REQUESTS,
        "Calls that succeeded. Deprecated by LiteLLM: use litellm_proxy_total_requests_metric.",
        &[
            END_USER,
            HASHED_API_KEY,
            API_KEY_ALIAS,
            MODEL,
            TEAM,
            TEAM_ALIAS,
            USER,
            USER_EMAIL,
            CLIENT_IP,
            USER_AGENT,
            REQUESTED_MODEL,
            MODEL_ID,
            API_PROVIDER,
            ORG_ID,
            ORG_ALIAS,
        ],
        Kind::Counter(Measure::Count(measures::succeeded)),
    ),
    Row::new(
        names::LLM_API_FAILED_REQUESTS,
        "Calls that the provider failed. Deprecated by LiteLLM: use litellm_proxy_failed_requests_metric.",
        &[END_USER, HASHED_API_KEY, API_KEY_ALIAS, MODEL, TEAM, TEAM_ALIAS, USER, MODEL_ID],
        Kind::Counter(Measure::Count(measures::failed_upstream)),
    ),
    Row::new(
        names::REQUEST_TOTAL_LATENCY,
        "Seconds from the arrival of a request to the end of its reply.",
        &[
            MODEL_GROUP,
            END_USER,
            HASHED_API_KEY,
            API_KEY_ALIAS,
            REQUESTED_MODEL,
            TEAM,
            TEAM_ALIAS,
            USER,
            MODEL,
            MODEL_ID,
            API_PROVIDER,
            SERVICE_TIER,
            ORG_ID,
            ORG_ALIAS,
        ],
        Kind::Histogram(LATENCY, Measure::Seconds(measures::total_latency)),
    )
    .with_exemplars(),
    Row::new(
        names::LLM_API_LATENCY,
        "Seconds from the call of the provider to the end of its reply.",
        API,
        Kind::Histogram(LATENCY, Measure::Seconds(measures::api_latency)),
    )
    .following()
    .with_exemplars(),
    Row::new(
        names::LLM_API_TIME_TO_FIRST_TOKEN,
        "Seconds from the call of the provider to the first output of its stream.",
        API,
        Kind::Histogram(LATENCY, Measure::Seconds(measures::time_to_first_token)),
    )
    .following()
    .with_exemplars(),
    Row::new(
        names::OVERHEAD_LATENCY,
        "Seconds from the arrival of a request to the call of the provider.",
        DEPLOYMENT_OF_KEY,
        Kind::Histogram(LATENCY, Measure::Seconds(measures::overhead)),
    )
    .following(),
    Row::new(
        names::SPEND,
        "US dollars spent on calls, summed exactly.",
        &[
            END_USER,
            HASHED_API_KEY,
            API_KEY_ALIAS,
            MODEL,
            TEAM,
            TEAM_ALIAS,
            USER,
            USER_EMAIL,
            CLIENT_IP,
            USER_AGENT,
            REQUESTED_MODEL,
            MODEL_ID,
            API_PROVIDER,
            SERVICE_TIER,
            ORG_ID,
            ORG_ALIAS,
        ],
        Kind::Counter(Measure::Money(measures::spend)),
    )
    .with_exemplars(),
    Row::new(
        names::TOTAL_TOKENS,
        "Tokens of input and output.",
        TOKENS,
        Kind::Counter(Measure::Count(measures::total_tokens)),
    ),
    Row::new(
        names::INPUT_TOKENS,
        "Tokens of input, cached ones included.",
        TOKENS,
        Kind::Counter(Measure::Count(measures::input_tokens)),
    ),
    Row::new(
        names::OUTPUT_TOKENS,
        "Tokens of output, reasoning included.",
        TOKENS,
        Kind::Counter(Measure::Count(measures::output_tokens)),
    ),
    Row::new(
        names::INPUT_CACHED_TOKENS,
        "Tokens of input that were read from the provider's cache.",
        TOKEN_PARTS,
        Kind::Counter(Measure::Count(measures::cached_tokens)),
    ),
    Row::new(
        names::INPUT_CACHE_CREATION_TOKENS,
        "Tokens of input that were written to the provider's cache.",
        TOKEN_PARTS,
        Kind::Counter(Measure::Count(measures::cache_creation_tokens)),
    ),
    Row::new(
        names::INPUT_AUDIO_TOKENS,
        "Tokens of input that are audio.",
        TOKEN_PARTS,
        Kind::Counter(Measure::Count(measures::audio_input_tokens)),
    ),
    Row::new(
        names::OUTPUT_REASONING_TOKENS,
        "Tokens of output that were spent on reasoning.",
        TOKEN_PARTS,
        Kind::Counter(Measure::Count(measures::reasoning_tokens)),
    ),
    Row::new(
        names::OUTPUT_AUDIO_TOKENS,
        "Tokens of output that are audio.",
        TOKEN_PARTS,
        Kind::Counter(Measure::Count(measures::audio_output_tokens)),
    ),
    Row::new(
        names::IMAGES_GENERATED,
        "Images made.",
        TOKENS,
        Kind::Counter(Measure::Count(measures::images)),
    ),
    Row::new(
        names::VIDEO_DURATION_SECONDS,
        "Seconds of video made.",
        TOKENS,
        Kind::Counter(Measure::Seconds(measures::video_seconds)),
    ),
    Row::new(
        names::PROVIDER_CACHE_READ_INPUT_TOKENS,
        "Tokens of input that were read from the provider's cache.",
        CACHE,
        Kind::Counter(Measure::Count(measures::cached_tokens)),
    ),
    Row::new(
        names::PROVIDER_CACHE_CREATION_INPUT_TOKENS,
        "Tokens of input that were written to the provider's cache.",
        CACHE,
        Kind::Counter(Measure::Count(measures::cache_creation_tokens)),
    ),
    Row::new(
        names::ZERO_COST_REQUESTS,
        "Calls that used something and could not be priced, by the reason.",
        &[REQUESTED_MODEL, MODEL, MODEL_ID, API_PROVIDER, REASON],
        Kind::Counter(Measure::Counts(measures::ZERO_COST_REASONS, measures::zero_cost)),
    ),
    Row::new(
        names::DEPLOYMENT_SUCCESS_RESPONSES,
        "Calls that the provider answered.",
        DEPLOYMENT,
        Kind::Counter(Measure::Count(measures::succeeded)),
    ),
    Row::new(
        names::DEPLOYMENT_FAILURE_RESPONSES,
        "Calls that the provider failed.",
        &[
            MODEL_GROUP,
            REQUESTED_MODEL,
            LITELLM_MODEL_NAME,
            MODEL_ID,
            API_BASE,
            API_PROVIDER,
            EXCEPTION_STATUS,
            EXCEPTION_CLASS,
            HASHED_API_KEY,
            API_KEY_ALIAS,
            TEAM,
            TEAM_ALIAS,
            CLIENT_IP,
            USER_AGENT,
        ],
        Kind::Counter(Measure::Count(measures::failed_upstream)),
    ),
    Row::new(
        names::DEPLOYMENT_TOTAL_REQUESTS,
        "Calls that the provider answered or failed.",
        DEPLOYMENT,
        Kind::Counter(Measure::Count(measures::asked_upstream)),
    ),
    Row::new(
        names::DEPLOYMENT_LATENCY_PER_OUTPUT_TOKEN,
        "Seconds per token of output; in streams, of those after the first.",
        &[
            MODEL_GROUP,
            LITELLM_MODEL_NAME,
            MODEL_ID,
            API_BASE,
            API_PROVIDER,
            HASHED_API_KEY,
            API_KEY_ALIAS,
            TEAM,
            TEAM_ALIAS,
            ORG_ID,
            ORG_ALIAS,
        ],
        Kind::Histogram(PER_TOKEN, Measure::Seconds(measures::latency_per_output_token)),
    ),
    Row::new(
        names::DEPLOYMENT_STATE,
        "How the last call went: 0 well, 1 it failed.",
        &[LITELLM_MODEL_NAME, MODEL_ID, API_BASE, API_PROVIDER],
        Kind::Gauge(Measure::Count(measures::deployment_state)),
    ),
    Row::new(
        names::REMAINING_REQUESTS,
        "Requests that the provider says are left.",
        DEPLOYMENT_OF_KEY,
        Kind::Gauge(Measure::Count(measures::remaining_requests)),
    ),
    Row::new(
        names::REMAINING_TOKENS,
        "Tokens that the provider says are left.",
        DEPLOYMENT_OF_KEY,
        Kind::Gauge(Measure::Count(measures::remaining_tokens)),
    ),
];
