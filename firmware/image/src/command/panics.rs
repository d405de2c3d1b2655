//! `pen-image panics`: can this function panic?

use std::fmt::Write;
use std::path::Path;

use serde_json::json;

use super::{image, table};
use crate::cli::{Failure, Outcome};
use crate::panics::{Report, walk};

/// Walks a linked image; a panic that can be reached is an error.
pub(crate) fn panics(path: &Path, roots: &[String]) -> Result<Outcome, Failure> {
    let report = walk(&image(path)?, roots).map_err(|why| Failure::Panics {
        path: path.to_owned(),
        why,
    })?;
    let Report {
        roots,
        walked,
        functions,
        indirect,
        routes,
    } = &report;
    let pointers = match indirect.as_slice() {
        [] => "none: what was walked is all there is".to_owned(),
        some => format!(
            "in {}; functions whose address is known count as called",
            some.join(", ")
        ),
    };
    let rows = [
        ("from", roots.join(", ")),
        ("walked", format!("{walked} of {functions} functions")),
        ("calls through pointers", pointers),
        ("functions that can panic", routes.len().to_string()),
    ];
    let mut text = format!("{}\n{}", path.display(), table(&rows));
    for route in routes {
        let _ = writeln!(text, "\n  {}", route.steps.join("\n    -> "));
    }
    let errors = match routes.len() {
        0 => Vec::new(),
        count => vec![format!(
            "{count} functions that {} reaches can panic",
            roots.join(", ")
        )],
    };
    let json = json!({
        "file": path,
        "from": roots,
        "walked": walked,
        "functions": functions,
        "calls_through_pointers": indirect,
        "routes": routes.iter().map(|route| &route.steps).collect::<Vec<_>>(),
        "free": report.is_free(),
    });
    Ok(Outcome { text, json, errors })
}
