//! `penctl explain`: the long form of an error code, without a network.

use clap::Args;

use crate::cli::Context;
use crate::error::{Code, HostError, explain};
use crate::out::{Align, Table, wrapped};

/// Arguments of `explain`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The code, such as PEN-E012 or E012; without one all codes are listed
    code: Option<String>,
}

pub(crate) fn run(args: &ExplainArgs, context: &mut Context) -> Result<(), HostError> {
    let Some(wanted) = &args.code else {
        let mut table = Table::new(&[
            ("code", Align::Left),
            ("exit", Align::Right),
            ("class", Align::Left),
            ("means", Align::Left),
        ]);
        for code in Code::ALL {
            let class = code.class();
            context.out.event(
                "code",
                &serde_json::json!({
                    "code": code.as_str(), "exit": class.exit_code(), "class": class.name(),
                    "title": code.title(),
                }),
            );
            table.row([
                code.as_str().to_owned(),
                class.exit_code().to_string(),
                class.name().to_owned(),
                code.title().to_owned(),
            ]);
        }
        table.print(&mut context.out);
        return Ok(());
    };
    let Some(text) = explain(wanted) else {
        return Err(HostError::usage(
            format!("`{wanted}` is not a code of this program"),
            "codes look like PEN-E012",
        )
        .with_fix("`penctl explain` without a code lists them all"));
    };
    context.out.event(
        "explanation",
        &serde_json::json!({ "code": wanted, "text": text }),
    );
    for paragraph in text.lines() {
        let lines = wrapped(paragraph, 78, "");
        if lines.is_empty() {
            context.out.line("");
        }
        for line in lines {
            context.out.line(line);
        }
    }
    Ok(())
}
