use std::borrow::Cow;
use std::collections::HashSet;

use super::Catalogue;
use super::custom::{CustomLabel, CustomLabels};
use super::selector::{Selector, any_takes};
use crate::calls::{Definition, Kind, LabelId, MAX_CUSTOM};
use crate::fault::Fault;

/// The values that a label may have.
pub(crate) type Allowed = Vec<(LabelId, HashSet<Box<str>>)>;

/// What has become of all that could be shown.
pub(crate) struct Applied {
    pub(crate) definitions: Vec<Definition>,
    pub(crate) custom: CustomLabels,
    pub(crate) allowed: Allowed,
    /// Metrics besides those of calls that are not shown.
    pub(crate) hidden: Vec<String>,
}

/// Labels that are off unless they are included, with the names that they have where a naming has none of its own.
const CLIENT_ADDRESS: &str = "client_address";
const USER_AGENT: &str = "user_agent";
const END_USER: &str = "end_user";
const HASHED_KEY: &str = "hashed_api_key";

impl Catalogue {
    /// Configures the metrics of calls, and says which of the `others`, which no table has, are left out.
    pub(crate) fn apply(
        mut self,
        mut definitions: Vec<Definition>,
        others: &[&str],
        faults: &mut Vec<Fault>,
    ) -> Applied {
        faults.append(&mut self.faults);
        self.include(&mut definitions, faults);
        self.add_custom(&mut definitions, faults);
        self.check_selectors(&definitions, others, faults);
        self.choose_labels(&mut definitions, faults);
        let allowed = self.allowed(&definitions, faults);
        self.size(&mut definitions, faults);

        let shown = |name: &str| {
            (self.only.is_empty() || any_takes(&self.only, name)) && !any_takes(&self.exclude, name)
        };
        let all = definitions.len() + others.len();
        let definitions = keep(definitions, shown);
        let hidden: Vec<_> =
            others.iter().filter(|name| !shown(name)).map(|name| (*name).to_owned()).collect();
        if definitions.is_empty() && hidden.len() == others.len() && all > 0 {
            faults.push(Fault::new("exclude_metrics", "no metric is left"));
        }
        Applied { definitions, custom: CustomLabels::new(self.custom), allowed, hidden }
    }

    /// Brings labels in that are off by default.
    fn include(&mut self, definitions: &mut [Definition], faults: &mut Vec<Fault>) {
        for wanted in std::mem::take(&mut self.include_labels) {
            let wanted = match wanted.as_str() {
                "client_ip" => CLIENT_ADDRESS,
                "user_agent_original" => USER_AGENT,
                other => other,
            };
            let place = match wanted {
                CLIENT_ADDRESS => Some(self.place(CustomLabel::client_address(wanted.to_owned()))),
                USER_AGENT => Some(self.place(CustomLabel::user_agent(wanted.to_owned()))),
                _ => None,
            };
            let mut included = false;
            for definition in definitions.iter_mut() {
                included |= include(definition, wanted, place);
            }
            if !included {
                let problem = format!(
                    "no metric has a label `{wanted}` that is off; there are {END_USER}, {HASHED_KEY}, {CLIENT_ADDRESS}, \
                     {USER_AGENT}, and in LiteLLM's histograms api_key_alias, team, team_alias and user"
                );
                faults.push(Fault::new("include_labels", problem));
            }
        }
    }

    /// The place of a label among the operator's own.
    fn place(&mut self, label: CustomLabel) -> u8 {
        let place = self.custom.len();
        self.custom.push(label);
        // More than there may be is a fault of its own.
        u8::try_from(place).unwrap_or(u8::MAX)
    }

    /// Gives the operator's own labels to the counters that say who called.
    fn add_custom(&self, definitions: &mut [Definition], faults: &mut Vec<Fault>) {
        if self.custom.len() > usize::from(MAX_CUSTOM) {
            let problem = format!(
                "{} labels of your own, user agent and client address included; at most {MAX_CUSTOM} can be shown",
                self.custom.len()
            );
            faults.push(Fault::new("label_from_header, label_from_tag", problem));
        }
        for (place, label) in (0..MAX_CUSTOM).zip(&self.custom) {
            let name = &label.name;
            if !is_label_name(name) {
                let problem = format!(
                    "`{name}` is no name of a label: letters, digits and `_`, not beginning with a digit or `__`"
                );
                faults.push(Fault::new("label_from_header, label_from_tag", problem));
                continue;
            }
            let id = LabelId::Custom(place);
            for definition in definitions.iter_mut().filter(|definition| says_who_called(definition)) {
                if definition.labels.iter().any(|(known, _)| *known == id) {
                    continue;
                }
                if definition.labels.iter().any(|(_, known)| known == name) {
                    let problem = format!("{} has a label `{name}` already", definition.row.name.as_str());
                    faults.push(Fault::new("label_from_header, label_from_tag", problem));
                    break;
                }
                definition.labels.push((id, Cow::Owned(name.clone())));
            }
        }
    }

    fn check_selectors(&self, definitions: &[Definition], others: &[&str], faults: &mut Vec<Fault>) {
        let calls = || definitions.iter().map(|definition| definition.row.name.as_str());
        let known = |selector: &str, and_others: bool| {
            let selector = Selector::new(selector);
            calls().any(|name| selector.takes(name))
                || and_others && others.iter().any(|name| selector.takes(name))
        };
        let mut check = |setting: &str, selector: &str, and_others: bool| {
            if !known(selector, and_others) {
                let kind = if and_others { "metric" } else { "metric of model calls" };
                faults.push(Fault::new(setting, format!("there is no {kind} `{selector}` in this naming")));
            }
        };
        self.only.iter().for_each(|selector| check("only_metrics", selector, true));
        self.exclude.iter().for_each(|selector| check("exclude_metrics", selector, true));
        self.labels_of.iter().for_each(|(selector, _)| check("labels_of", selector, false));
        self.budgets.iter().for_each(|(selector, _)| check("series_budget_of", selector, false));
        self.buckets.iter().for_each(|(selector, _)| check("buckets_of", selector, false));
    }

    fn choose_labels(&self, definitions: &mut [Definition], faults: &mut Vec<Fault>) {
        for (selector, labels) in &self.labels_of {
            for (index, label) in labels.iter().enumerate() {
                if labels[..index].contains(label) {
                    faults
                        .push(Fault::new("labels_of", format!("`{label}` is there twice for `{selector}`")));
                }
            }
            let chosen = Selector::new(selector);
            for definition in
                definitions.iter_mut().filter(|definition| chosen.takes(definition.row.name.as_str()))
            {
                let name = definition.row.name.as_str();
                for label in labels {
                    if !definition.labels.iter().any(|(_, known)| known == label) {
                        faults.push(Fault::new("labels_of", format!("{name} has no label `{label}`")));
                    }
                }
                for (_, label) in definition.labels.iter().filter(|(id, _)| *id == LabelId::Part) {
                    if !labels.iter().any(|kept| kept == label) {
                        faults.push(Fault::new("labels_of", tells_apart(name, label)));
                    }
                }
                definition.labels.retain(|(_, label)| labels.iter().any(|kept| kept == label));
            }
        }
        for excluded in &self.exclude_labels {
            let mut found = false;
            for definition in definitions.iter_mut() {
                let name = definition.row.name.as_str();
                if definition.labels.iter().any(|(id, label)| *id == LabelId::Part && label == excluded) {
                    faults.push(Fault::new("exclude_labels", tells_apart(name, excluded)));
                }
                let before = definition.labels.len();
                definition.labels.retain(|(_, label)| label != excluded);
                found |= definition.labels.len() < before;
            }
            if !found {
                faults.push(Fault::new("exclude_labels", format!("no metric has a label `{excluded}`")));
            }
        }
    }

    fn allowed(&self, definitions: &[Definition], faults: &mut Vec<Fault>) -> Allowed {
        let mut allowed = Allowed::new();
        for (label, values) in &self.allow {
            let labels = definitions.iter().flat_map(|definition| &definition.labels);
            let ids: HashSet<_> = labels.filter(|(_, name)| name == label).map(|(id, _)| *id).collect();
            if ids.is_empty() {
                faults.push(Fault::new("allow_values", format!("no metric has a label `{label}`")));
            }
            if values.is_empty() {
                let problem = format!("no value is allowed for `{label}`: to be rid of it, exclude it");
                faults.push(Fault::new("allow_values", problem));
            }
            allowed.extend(ids.into_iter().map(|id| (id, values.clone())));
        }
        allowed
    }

    /// Gives metrics budgets and buckets of their own.
    fn size(&self, definitions: &mut [Definition], faults: &mut Vec<Fault>) {
        for (selector, budget) in &self.budgets {
            if *budget == 0 {
                let problem =
                    format!("a budget of 0 leaves `{selector}` no series; to be rid of it, exclude it");
                faults.push(Fault::new("series_budget_of", problem));
            }
            let chosen = Selector::new(selector);
            for definition in definitions.iter_mut().filter(|known| chosen.takes(known.row.name.as_str())) {
                definition.budget = *budget;
            }
        }
        for (selector, bounds) in &self.buckets {
            let bounds = match bounds {
                Ok(bounds) => bounds,
                Err(fault) => {
                    faults.push(Fault::new("buckets_of", format!("`{selector}`: {fault}")));
                    continue;
                }
            };
            let chosen = Selector::new(selector);
            for definition in definitions.iter_mut().filter(|known| chosen.takes(known.row.name.as_str())) {
                if matches!(definition.row.kind, Kind::Histogram(..)) {
                    definition.bounds = bounds.clone();
                } else {
                    let problem = format!("{} is no histogram", definition.row.name.as_str());
                    faults.push(Fault::new("buckets_of", problem));
                }
            }
        }
    }
}

/// Keeps the metrics that are shown. One whose leader is not among them leads itself.
fn keep(definitions: Vec<Definition>, shown: impl Fn(&str) -> bool) -> Vec<Definition> {
    let mut led = true;
    let mut kept = Vec::with_capacity(definitions.len());
    for mut definition in definitions {
        if !definition.follows {
            led = false;
        }
        if shown(definition.row.name.as_str()) {
            definition.follows &= led;
            led = true;
            kept.push(definition);
        }
    }
    kept
}

/// Whether it is a metric that operators account with: one that says who called, as a histogram does not.
fn says_who_called(definition: &Definition) -> bool {
    let who = definition.row.labels.iter().any(|(label, _)| *label == LabelId::KeyAlias);
    who && matches!(definition.row.kind, Kind::Counter(_))
}

/// Shows a label that is off; whether there was one.
fn include(definition: &mut Definition, wanted: &str, place: Option<u8>) -> bool {
    let row = definition.row;
    let own_name = |name: &str| match wanted {
        CLIENT_ADDRESS => name == "client_ip",
        USER_AGENT => name == "user_agent",
        wanted => name == wanted,
    };
    for ((label, name), (known, _)) in definition.labels.iter_mut().zip(row.labels) {
        if *label == LabelId::Nothing && own_name(name) {
            let off = place.map_or(*known, LabelId::Custom);
            *label = off;
            return off != LabelId::Nothing;
        }
    }
    let has = |wanted: &str| definition.labels.iter().any(|(_, name)| name == wanted);
    if !says_who_called(definition) || has(wanted) || has("client_ip") {
        return false;
    }
    let label = match (wanted, place) {
        (_, Some(place)) => LabelId::Custom(place),
        (END_USER, None) => LabelId::EndUser,
        (HASHED_KEY, None) => LabelId::HashedKey,
        _ => return false,
    };
    definition.labels.push((label, Cow::Owned(wanted.to_owned())));
    true
}

fn tells_apart(metric: &str, label: &str) -> String {
    format!("{metric} needs `{label}`, which tells its numbers apart")
}

fn is_label_name(name: &str) -> bool {
    let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let begins = name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
    letters && begins && !name.starts_with("__") && name != "le"
}
