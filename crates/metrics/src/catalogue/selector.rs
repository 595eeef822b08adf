/// Names metrics: one by its name, or all that begin alike by `gen_ai_*`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Selector<'s>(&'s str);

impl<'s> Selector<'s> {
    pub(super) const fn new(text: &'s str) -> Self {
        Self(text)
    }

    pub(super) fn takes(self, name: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            // A counter is as well known without its suffix.
            None => name == self.0 || name.strip_suffix("_total") == Some(self.0),
        }
    }
}

pub(super) fn any_takes(selectors: &[String], name: &str) -> bool {
    selectors.iter().any(|selector| Selector::new(selector).takes(name))
}
