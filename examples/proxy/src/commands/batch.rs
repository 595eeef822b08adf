use std::io::{self, BufRead, BufWriter, Read, Write};

use serde_json::{Value, json};
use tower_genai_cost::Pricing;

use super::Failure;
use super::question::Question;

/// The longest line that is read.
const MAX_LINE: u64 = 1 << 20;

/// Answers each line with one; a line that cannot be understood is answered with an error, and the next is read.
pub(super) fn run(mut lines: impl BufRead, out: impl Write, pricing: &Pricing) -> Result<(), Failure> {
    let mut out = BufWriter::new(out);
    let mut line = Vec::new();
    let mut faults = 0_u64;
    for number in 1_u64.. {
        line.clear();
        if lines.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let whole = line.len() as u64 != MAX_LINE || line.ends_with(b"\n");
        if whole && line.trim_ascii().is_empty() {
            continue;
        }
        let answer = if whole {
            answer(&line, pricing)
        } else {
            skip_line(&mut lines)?;
            Err(format!("is longer than {} KiB", MAX_LINE >> 10))
        };
        let answer = answer.unwrap_or_else(|error| {
            faults += 1;
            json!({ "line": number, "error": error })
        });
        writeln!(out, "{answer}")?;
    }
    out.flush()?;
    if faults == 0 { Ok(()) } else { Err(Failure::Said(format!("{faults} lines cannot be understood"))) }
}

fn answer(line: &[u8], pricing: &Pricing) -> Result<Value, String> {
    let question: Question = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    Ok(question.answer(&question.ask(pricing)?))
}

/// Reads to the end of the line without keeping it.
fn skip_line(lines: &mut impl BufRead) -> io::Result<()> {
    loop {
        let available = lines.fill_buf()?;
        let end = available.iter().position(|byte| *byte == b'\n');
        let (used, ended) = match end {
            Some(end) => (end + 1, true),
            None => (available.len(), available.is_empty()),
        };
        lines.consume(used);
        if ended {
            return Ok(());
        }
    }
}
