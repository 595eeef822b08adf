use tower_genai_core::{
    Billing, CallRecord, Cost, CostStatus, Head, Observer, Operation, ToolUses, UsageSource, Watch,
};

use super::Pricing;
use crate::consumption::Consumption;
use crate::region;
use crate::tier::ServiceTier;

/// States the cost of each call in the `enrich` phase, or why there is none.
///
/// A call of which nobody reported anything that could be charged is [`NoUsage`](CostStatus::NoUsage), whatever became of
/// it; what only the request states (characters to speak, images to make) counts when the call succeeded. Estimated usage
/// is priced like any other: the record says where it comes from. A cost that is there already is left alone. A model
/// without a price is warned about once.
impl Observer for Pricing {
    fn name(&self) -> &'static str {
        "cost"
    }

    fn begin(&self, head: &mut Head<'_>) -> Option<Box<dyn Watch>> {
        crate::header::watch(head)
    }

    fn enrich(&self, record: &mut CallRecord) {
        if record.cost().is_some() {
            return;
        }
        match self.price_record(record) {
            Ok(cost) => record.set_cost(cost),
            Err(status) => record.set_unpriced(status),
        }
    }
}

impl Pricing {
    fn price_record(&self, record: &CallRecord) -> Result<Cost, CostStatus> {
        if record.usage_source() == UsageSource::Missing && !states_other_units(record) {
            return Err(CostStatus::NoUsage);
        }
        let (served, requested) = (record.response_model(), record.request_model());
        // No entry has an empty name.
        let models = [served.unwrap_or_default(), requested.unwrap_or_default()];
        let server = record.exchange().server.as_ref();
        let consumption = Consumption {
            usage: record.usage(),
            billing: record.billing(),
            tier: tier(record),
            at: Some(record.started_at()),
            region: server.and_then(|server| region::of_endpoint(server, record.path())),
            duration: Some(record.duration()),
        };
        let result = self.price_of(record.provider(), &models, &consumption);
        if result == Err(CostStatus::Unpriced) {
            self.warned().unpriced(record.provider(), served.or(requested));
        }
        result
    }
}

/// The tier that served when the reply names one with prices or says that it was the usual one, else the one asked for.
fn tier(record: &CallRecord) -> Option<ServiceTier> {
    let requested = || ServiceTier::from_name(record.request().service_tier.as_deref()?);
    match record.reply().service_tier.as_deref() {
        Some("default" | "standard" | "ON_DEMAND") => None,
        Some(served) => ServiceTier::from_name(served).or_else(requested),
        None => requested(),
    }
}

/// Whether a call without token counts may be charged all the same.
fn states_other_units(record: &CallRecord) -> bool {
    let succeeded = record.exchange().status.is_some_and(|status| status.is_success());
    // Moderation is free, and states nothing.
    succeeded && (record.operation() == Operation::Moderation || record.billing().is_some_and(is_chargeable))
}

fn is_chargeable(billing: &Billing) -> bool {
    let counts = [
        billing.input_tokens,
        billing.output_tokens,
        billing.search_units,
        billing.input_images,
        billing.images,
        billing.input_characters,
        billing.pages,
    ];
    let times = [billing.audio_input, billing.audio_output, billing.video_output];
    counts.iter().any(Option::is_some)
        || times.iter().any(Option::is_some)
        || billing.tools != ToolUses::default()
        || billing.stated_cost.is_some()
}
