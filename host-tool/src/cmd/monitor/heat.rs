//! How warm the pen was, as far as it tells: no picture has a temperature, its journal has one for each
//! warning and each stop that heat was the cause of.

use pen_core::journal::Record;
use pen_protocol::messages::JournalName;

use crate::client::Client;
use crate::error::HostError;
use crate::words;

/// Records at the end of the journal that are looked through. Source: our choice, eight pages; a
/// whole journal would take seconds on a slow link.
const LAST: u32 = 64;

/// The newest temperatures in the end of the journal, in words.
///
/// # Errors
/// The link broke.
pub(super) fn newest(client: &mut Client) -> Result<String, HostError> {
    let head = client.journal_page(JournalName::Routine, 1)?;
    let end = head.end;
    let mut from = head.first.max(end.saturating_sub(LAST));
    let mut found = None;
    while from < end {
        let page = client.journal_page(JournalName::Routine, from)?;
        for entry in page.entries.iter().flatten().filter_map(|it| it.entry) {
            match entry.record {
                Record::Heated { .. } => found = Some((entry.at, words::record(&entry.record))),
                // The time since power-up begins anew: what was before is older than it looks.
                Record::Booted { .. } => found = None,
                _ => {}
            }
        }
        if page.next <= from {
            break;
        }
        from = page.next;
    }
    Ok(found.map_or_else(
        || {
            "temperatures: none in the pen's pictures, and no warning of heat since its start among the \
             newest records of its journal"
                .to_owned()
        },
        |(at, text)| {
            format!(
                "temperatures: none in the pen's pictures; at the last warning of heat, {} s after its \
                 start, {text}",
                at.as_us() / 1_000_000
            )
        },
    ))
}
