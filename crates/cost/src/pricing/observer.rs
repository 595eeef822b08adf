use tower_genai_core::{CallRecord, Cost, CostStatus, Head, Observer, UsageSource, Watch};

use super::Pricing;
use crate::tier::ServiceTier;

/// States the cost of each call in the `enrich` phase, or why there is none.
///
/// A call whose usage nobody reported is [`NoUsage`](CostStatus::NoUsage), whatever became of it. A cost that is there
/// already is left alone. A model without a price is warned about once.
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
        if record.usage_source() == UsageSource::Missing {
            return Err(CostStatus::NoUsage);
        }
        let (served, requested) = (record.response_model(), record.request_model());
        let tier = record.reply().service_tier.as_ref().or(record.request().service_tier.as_ref());
        let tier = tier.and_then(|name| ServiceTier::from_name(name));
        // No entry has an empty name.
        let models = [served.unwrap_or_default(), requested.unwrap_or_default()];
        let result = self.price(record.provider(), &models, record.usage(), tier);
        if result == Err(CostStatus::Unpriced) {
            self.warned().unpriced(record.provider(), served.or(requested));
        }
        result
    }
}
