//! `pen-image check`: is this file what pen-image made?

use std::path::Path;

use serde_json::json;

use super::{about, about_json, read, table};
use crate::cli::{Failure, Outcome};

/// Checks a file; every defect is a failure.
pub(crate) fn check(path: &Path) -> Result<Outcome, Failure> {
    let checked = crate::check::check(&read(path)?).map_err(|why| Failure::Check {
        path: path.to_owned(),
        why,
    })?;
    let mut rows = vec![("form", checked.format.to_owned())];
    rows.extend(about(&checked.header, checked.at));
    Ok(Outcome {
        text: format!("{}: whole\n{}", path.display(), table(&rows)),
        json: json!({
            "file": path,
            "form": checked.format,
            "whole": true,
            "header": about_json(&checked.header, checked.at),
        }),
        errors: Vec::new(),
    })
}
