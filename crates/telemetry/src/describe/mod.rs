//! What is in force, for people: every setting, its value and where it came from.

mod description;
mod rows;

pub use crate::config::Origin;
pub use description::{Description, Setting};
