//! The naming of OpenTelemetry's conventions, and what they have no name for.

mod measures;
mod rows;

use crate::calls::Table;

pub(crate) static TABLE: Table = Table { rows: &rows::V1_41, missing: "" };
