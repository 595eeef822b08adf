//! What sources write through, whatever the format.

mod options;
mod protobuf;
mod samples;
mod selection;
mod sheet;
mod text;
mod value;

pub use options::Histograms;
pub(crate) use options::Options;
pub(crate) use protobuf::model as messages;
pub use samples::Samples;
pub(crate) use selection::Selection;
pub(crate) use sheet::{Outlet, Sheet};
pub use value::{Counted, Value};

use crate::{Family, Format};
use protobuf::Protobuf;
use samples::Write;
use text::Text;

/// Takes the families of one [`Source`](crate::Source) down in the format that was asked for.
#[derive(Debug)]
pub struct Encoder<'a> {
    writer: Writer<'a>,
    declared: &'a [Family],
    selection: &'a Selection,
}

#[derive(Debug)]
enum Writer<'a> {
    Text(Text<'a>),
    Protobuf(Protobuf<'a>),
}

impl<'a> Encoder<'a> {
    pub(crate) fn new(
        sheet: &'a mut Sheet,
        format: Format,
        options: Options,
        declared: &'a [Family],
        selection: &'a Selection,
    ) -> Self {
        let writer = match format {
            Format::OpenMetrics | Format::Text => Writer::Text(Text::new(sheet, format, options.created)),
            Format::Protobuf => Writer::Protobuf(Protobuf::new(sheet, options.histograms)),
        };
        Self { writer, declared, selection }
    }

    /// Whether [`Source::families`](crate::Source::families) names the family: for a source that leaves some of what it
    /// could show out.
    pub fn declares(&self, family: &Family) -> bool {
        self.declared.iter().any(|known| std::ptr::eq(known, family) || known == family)
    }

    /// Begins a family. One that [`Source::families`](crate::Source::families) does not name is ignored: its name
    /// has not been checked.
    pub fn family<'e>(&'e mut self, family: &'e Family) -> Samples<'e> {
        let declared = self.declares(family);
        debug_assert!(declared, "{} is not in Source::families", family.name());
        Samples::new(self.writer.get(), family, declared && self.selection.takes(family))
    }
}

impl Drop for Encoder<'_> {
    fn drop(&mut self) {
        self.writer.get().end();
    }
}

impl Writer<'_> {
    fn get(&mut self) -> &mut dyn Write {
        match self {
            Self::Text(text) => text,
            Self::Protobuf(protobuf) => protobuf,
        }
    }
}
