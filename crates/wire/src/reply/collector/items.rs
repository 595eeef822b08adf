//! The items of a response, some of which are uses of the provider's own tools.

use compact_str::CompactString;
use smallvec::SmallVec;

use super::{Collector, rare::uses};
use crate::{
    Billing, ToolUses,
    dialect::{Place, Tool},
    json::Scalar,
};

/// An item that is being read.
#[derive(Debug, Default)]
pub(super) struct Item {
    pub(super) tool: Option<Tool>,
    /// Whether it is a use that is not billed: opening a page that a search has found.
    pub(super) is_free: bool,
    /// Where code runs: it is billed by the container.
    pub(super) container: Option<CompactString>,
}

/// The uses so far. A stream tells each item when it is done, and all of them again in its last event.
#[derive(Debug, Default)]
pub(super) struct Items {
    of_events: Tally,
    of_array: Tally,
}

#[derive(Debug, Default)]
struct Tally {
    tools: ToolUses,
    containers: SmallVec<[CompactString; 2]>,
}

/// More containers than a response has.
const MOST_CONTAINERS: usize = 64;

impl Tool {
    /// The tool whose use an item of this type is.
    fn of_item(kind: &str) -> Option<Self> {
        match kind {
            "web_search_call" => Some(Self::WebSearch),
            "file_search_call" => Some(Self::FileSearch),
            "code_interpreter_call" => Some(Self::CodeInterpreter),
            "computer_call" => Some(Self::ComputerUse),
            "image_generation_call" => Some(Self::ImageGeneration),
            _ => None,
        }
    }
}

impl Collector {
    /// The items of a whole response follow.
    pub(super) fn items_begin(&mut self) {
        self.now.in_items = true;
        if let Some(items) = &mut self.items {
            items.begin_array();
        }
    }

    /// Something of an item: most are no uses of tools, and take no memory.
    pub(super) fn item(&mut self, place: Place, value: Scalar<'_>) {
        let Scalar::Text(text) = value else { return };
        let Some(text) = text.get() else { return };
        match place {
            Place::ItemType => {
                if let Some(tool) = Tool::of_item(&text) {
                    self.now.rare().item.tool = Some(tool);
                }
            }
            Place::ItemAction => self.now.rare().item.is_free = text != "search",
            _ => self.now.rare().item.container = Some(text.into()),
        }
    }

    /// An item of a whole response is over.
    pub(super) fn item_of_array(&mut self) {
        if let Some(rare) = &mut self.now.rare {
            let item = std::mem::take(&mut rare.item);
            if item.tool.is_some() {
                self.items.get_or_insert_default().in_array(item, &mut self.facts.billing);
            }
        }
    }

    /// An item that had an event of its own is done.
    pub(super) fn item_of_event(&mut self, item: Item) {
        if item.tool.is_some() {
            self.items.get_or_insert_default().in_event(item, &mut self.facts.billing);
        }
    }
}

impl Items {
    /// An array of all items begins.
    fn begin_array(&mut self) {
        self.of_array = Tally::default();
    }

    /// An item of that array.
    fn in_array(&mut self, item: Item, billing: &mut Option<Box<Billing>>) {
        self.of_array.count(item, billing);
    }

    /// An item with an event of its own.
    fn in_event(&mut self, item: Item, billing: &mut Option<Box<Billing>>) {
        self.of_events.count(item, billing);
    }
}

impl Tally {
    fn count(&mut self, item: Item, billing: &mut Option<Box<Billing>>) {
        let Some(tool) = item.tool.filter(|_| !item.is_free) else { return };
        if let Some(container) = item.container {
            if self.containers.contains(&container) {
                return;
            }
            if self.containers.len() < MOST_CONTAINERS {
                self.containers.push(container);
            }
        }
        let counted = uses(&mut self.tools, tool);
        let count = counted.unwrap_or(0).saturating_add(1);
        *counted = Some(count);
        let billed = uses(&mut billing.get_or_insert_default().tools, tool);
        *billed = (*billed).max(Some(count));
    }
}
