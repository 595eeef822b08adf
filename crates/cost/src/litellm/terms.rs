//! The members of an entry that state what its prices depend on.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Members, Reader};
use crate::entry::Rate;
use crate::error::Fault;
use crate::factor::Factor;
use crate::key::{Above, PriceKey};
use crate::terms::{Condition, Day, FreeSearches, OffPeak, Terms, Uplift, Window};

/// Members of `provider_specific_entry` that are no factors: how requests are written, and what some of them send free.
const FREE_IMAGES: &str = "minimax_free_input_images";

impl<'a> Reader<'a> {
    /// Reads the member if it is one of these.
    pub(super) fn terms(&mut self, model: &str, key: &str, value: &'a RawValue, terms: &mut Terms) -> bool {
        const RESIDENCY: &str = "regional_processing_uplift_multiplier_";
        if value.get() == "null" {
            return ["off_peak_pricing", "provider_specific_entry", "search_free_requests"].contains(&key);
        }
        match key {
            "off_peak_pricing" => terms.off_peak = self.off_peak(model, value),
            "provider_specific_entry" => self.specific(model, value, terms),
            "regional_endpoint_uplift_multiplier" => {
                self.uplift(model, key, value, Condition::Regional, &mut terms.uplifts);
            }
            "web_search_billing_unit" => match value.get() {
                r#""per_query""# => terms.search_per_query = true,
                r#""per_prompt""# => terms.search_per_query = false,
                _ => {
                    self.fault(value, model, Fault::new("expected per_query or per_prompt").at_key(key));
                }
            },
            "search_free_requests" => match serde_json::from_str::<Free<'_>>(value.get()) {
                Ok(free) if free.is_plain() => terms.free_searches = Some(free.into()),
                _ => {
                    let what = "expected a count, a period and a group of models";
                    self.fault(value, model, Fault::new(what).at_key(key));
                }
            },
            key => match key.strip_prefix(RESIDENCY).filter(|region| is_word(region)) {
                Some(region) => {
                    let condition = Condition::Residency(region.into());
                    self.uplift(model, key, value, condition, &mut terms.uplifts);
                }
                None => return false,
            },
        }
        true
    }

    fn uplift(
        &mut self,
        model: &str,
        key: &str,
        value: &RawValue,
        condition: Condition,
        uplifts: &mut Vec<Uplift>,
    ) {
        match Factor::parse(value.get()) {
            Ok(_) if uplifts.iter().any(|uplift| uplift.condition == condition) => {
                self.fault(value, model, Fault::new("the factor is there twice").at_key(key));
            }
            Ok(factor) => uplifts.push(Uplift { condition, factor }),
            Err(fault) => self.fault(value, model, fault.at_key(key)),
        }
    }

    /// `provider_specific_entry`: factors by where and how fast the model ran, among other things.
    fn specific(&mut self, model: &str, value: &'a RawValue, terms: &mut Terms) {
        const KEY: &str = "provider_specific_entry";
        let Ok(Members(members)) = serde_json::from_str::<Members<'a>>(value.get()) else {
            self.fault(value, model, Fault::new("expected an object").at_key(KEY));
            return;
        };
        for (key, value) in &members {
            let is_number = value.get().starts_with(|first: char| first == '-' || first.is_ascii_digit());
            if key == FREE_IMAGES {
                match value.get().parse() {
                    Ok(images) => terms.free_input_images = images,
                    Err(_) => {
                        self.fault(value, model, Fault::new("expected a whole number of images").at_key(key));
                    }
                }
            } else if key == "fast" {
                self.uplift(model, key, value, Condition::Fast, &mut terms.uplifts);
            } else if is_number && is_word(key) {
                let condition = Condition::Geo(key.to_ascii_lowercase().into());
                self.uplift(model, key, value, condition, &mut terms.uplifts);
            }
        }
    }

    /// `off_peak_pricing`: prices, and the windows in which they hold.
    fn off_peak(&mut self, model: &str, value: &'a RawValue) -> Option<OffPeak> {
        const KEY: &str = "off_peak_pricing";
        let Ok(Members(members)) = serde_json::from_str::<Members<'a>>(value.get()) else {
            self.fault(value, model, Fault::new("expected an object").at_key(KEY));
            return None;
        };
        let (mut rates, mut windows, mut zone): (Vec<Rate>, _, _) = (Vec::new(), Vec::new(), None);
        for (key, value) in &members {
            match key.as_ref() {
                "hours_utc" => self.hours(model, value, None, &mut windows),
                "windows" => self.windows(model, value, &mut windows),
                "weekday_timezone" => match serde_json::from_str::<Cow<'_, str>>(value.get()) {
                    Ok(name) => zone = Some(name),
                    Err(_) => self.fault(value, model, Fault::new("expected a time zone").at_key(key)),
                },
                key => match PriceKey::from_litellm(key) {
                    Some(_) => self.price(model, key, value, Above::NONE, &mut rates),
                    None => self.fault(value, model, Fault::new("not known in off-peak prices").at_key(key)),
                },
            }
        }
        match OffPeak::new(rates, windows, zone.as_deref()) {
            Ok(off_peak) => Some(off_peak),
            Err(fault) => {
                self.fault(value, model, fault.at_key(KEY));
                None
            }
        }
    }

    fn windows(&mut self, model: &str, value: &'a RawValue, windows: &mut Vec<Window>) {
        const KEY: &str = "windows";
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Rule<'a> {
            #[serde(borrow)]
            hours_utc: &'a RawValue,
            #[serde(borrow)]
            weekdays: Option<Vec<&'a RawValue>>,
        }
        let Ok(rules) = serde_json::from_str::<Vec<Rule<'a>>>(value.get()) else {
            let what = "expected a list of objects with hours_utc and weekdays";
            return self.fault(value, model, Fault::new(what).at_key(KEY));
        };
        for Rule { hours_utc, weekdays } in rules {
            let days = weekdays.map(|days| days.iter().map(|day| day_of(day)).collect::<Option<Vec<Day>>>());
            match days {
                Some(None) => {
                    let what = "expected days from 1 (Monday) to 7, or their names";
                    self.fault(hours_utc, model, Fault::new(what).at_key("weekdays"));
                }
                Some(Some(days)) => self.hours(model, hours_utc, Some(&days), windows),
                None => self.hours(model, hours_utc, None, windows),
            }
        }
    }

    /// One window, or a list of them.
    fn hours(&mut self, model: &str, value: &RawValue, days: Option<&[Day]>, windows: &mut Vec<Window>) {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Hours {
            One(String),
            Many(Vec<String>),
        }
        let hours = match serde_json::from_str(value.get()) {
            Ok(Hours::One(hours)) => vec![hours],
            Ok(Hours::Many(hours)) => hours,
            Err(_) => Vec::new(),
        };
        let read: Option<Vec<Window>> = hours.iter().map(|hours| Window::new(hours, days)).collect();
        match read.filter(|read| !read.is_empty()) {
            Some(read) => windows.extend(read),
            None => {
                self.fault(value, model, Fault::new("expected hours like 16:30-00:30").at_key("hours_utc"));
            }
        }
    }
}

fn day_of(value: &RawValue) -> Option<Day> {
    match serde_json::from_str::<u64>(value.get()) {
        Ok(number) => Day::from_number(number),
        Err(_) => Day::from_name(&serde_json::from_str::<Cow<'_, str>>(value.get()).ok()?),
    }
}

/// Whether the catalogue's text can hold it.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[derive(Deserialize)]
struct Free<'a> {
    count: u64,
    #[serde(borrow)]
    period: Cow<'a, str>,
    #[serde(borrow)]
    shared_group: Cow<'a, str>,
}

impl Free<'_> {
    fn is_plain(&self) -> bool {
        is_word(&self.period) && !self.shared_group.contains(char::is_control)
    }
}

impl From<Free<'_>> for FreeSearches {
    fn from(free: Free<'_>) -> Self {
        Self { count: free.count, period: free.period.into(), group: free.shared_group.into() }
    }
}
