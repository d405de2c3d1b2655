//! The files in `sim/scenarios`: which requirements each speaks for.

use crate::sources;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A scenario, as far as it is evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Scenario {
    /// Name of the file, without its folder.
    pub file: String,
    /// Its title.
    pub title: String,
    /// The requirements that it speaks for.
    pub requirements: Vec<String>,
}

#[derive(Deserialize)]
struct Head {
    title: String,
    requirements: Vec<String>,
}

/// Every scenario below `top`, by name.
///
/// # Errors
/// A file without title or requirements.
pub fn read(top: &Path) -> Result<Vec<Scenario>, String> {
    let mut found = Vec::new();
    for (path, text) in sources::files(&top.join("sim/scenarios"), ".toml") {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let head: Head = toml::from_str(&text)
            .map_err(|why| format!("sim/scenarios/{file}: {}", why.message()))?;
        found.push(Scenario {
            file: file.into_owned(),
            title: head.title,
            requirements: head.requirements,
        });
    }
    Ok(found)
}
