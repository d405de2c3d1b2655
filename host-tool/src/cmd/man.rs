//! `penctl man`: the manual pages, made from what `--help` says.

use std::path::Path;

use clap::Args;

use crate::cli::{self, Context};
use crate::error::HostError;

/// Arguments of `man`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ManArgs {
    /// Write a page for the program and one for each command into FOLDER
    #[arg(long, value_name = "FOLDER")]
    out: Option<String>,
}

pub(crate) fn run(args: &ManArgs, context: &mut Context) -> Result<(), HostError> {
    let mut command = cli::command();
    command.build();
    let Some(folder) = &args.out else {
        let (_, text) = page(&command)?;
        context
            .out
            .event("man", &serde_json::json!({ "text": text }));
        context.out.raw(&text);
        return Ok(());
    };
    std::fs::create_dir_all(folder)
        .map_err(|error| HostError::record_store(folder, error.to_string()))?;
    for (name, text) in pages(&command)? {
        let path = Path::new(folder).join(name);
        let path = path.to_string_lossy();
        crate::fresh::replace(&path, &text)?;
        context
            .out
            .event("man", &serde_json::json!({ "file": path }));
        context.out.say(format!("{path} is written"));
    }
    Ok(())
}

/// Name and text of the page of this command and of every command below it.
fn pages(command: &clap::Command) -> Result<Vec<(String, String)>, HostError> {
    let mut all = vec![page(command)?];
    for below in command.get_subcommands().filter(|it| !it.is_hide_set()) {
        all.extend(pages(below)?);
    }
    Ok(all)
}

fn page(command: &clap::Command) -> Result<(String, String), HostError> {
    let man = clap_mangen::Man::new(command.clone());
    let mut text = Vec::new();
    man.render(&mut text)
        .map_err(|error| HostError::internal(error.to_string()))?;
    let text = String::from_utf8(text).map_err(|error| HostError::internal(error.to_string()))?;
    Ok((man.get_filename(), text))
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_command_has_a_page_that_names_its_options() {
        let mut command = crate::cli::command();
        command.build();
        let pages = super::pages(&command).unwrap();
        let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
        for wanted in [
            "penctl.1",
            "penctl-list.1",
            "penctl-plan-check.1",
            "penctl-journal.1",
        ] {
            assert!(names.contains(&wanted), "{wanted}: {names:?}");
        }
        for (name, text) in &pages {
            assert!(text.starts_with(".ie"), "{name}: {text}");
            assert!(
                text.contains(r"\-\-port") && text.contains(".SH NAME"),
                "{name}"
            );
        }
    }
}
