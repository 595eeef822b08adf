//! What the fuzz targets have in common: bodies made of events, and what must hold for every one.

mod content;
mod frames;
mod memory;
mod replies;
mod requests;
mod scripts;

pub use content::check_content;
pub use frames::{Splits, event_stream_message};
pub use memory::Held;
pub use replies::{Read, check, check_encoded, read};
pub use requests::check_request;
pub use scripts::{check_dialect, event_stream_of};
