use std::iter;

use tower_genai_core::Billing;

use crate::key::dimensions;

/// The size of an image when none is asked for.
const USUAL: (u32, u32) = (1_024, 1_024);

/// The quality of an image when none is asked for, at the APIs that have it.
const USUAL_QUALITY: &str = "standard";

/// The names of the entries that hold the price of a model's image by quality and size
/// (`hd/1024-x-1792/dall-e-3`), most exact first.
pub(super) fn names(billing: &Billing, model: &str) -> impl Iterator<Item = String> {
    let (width, height) = billing.image_size.as_deref().and_then(dimensions).unwrap_or(USUAL);
    let sized = format!("{width}-x-{height}/{model}");
    let stated = billing.image_quality.as_deref().filter(|quality| *quality != "auto");
    let of_quality = stated.map(|quality| format!("{quality}/{sized}"));
    let usual = stated.is_none().then(|| format!("{USUAL_QUALITY}/{sized}"));
    of_quality.into_iter().chain(usual).chain(iter::once(sized))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quality_and_size_stand_before_the_model() {
        let mut billing = Billing::default();
        let all = |billing: &Billing| names(billing, "m").collect::<Vec<_>>();
        assert_eq!(all(&billing), ["standard/1024-x-1024/m", "1024-x-1024/m"]);
        (billing.image_size, billing.image_quality) = (Some("1024x1536".into()), Some("high".into()));
        assert_eq!(all(&billing), ["high/1024-x-1536/m", "1024-x-1536/m"]);
        billing.image_quality = Some("auto".into());
        assert_eq!(all(&billing)[0], "standard/1024-x-1536/m");
    }
}
