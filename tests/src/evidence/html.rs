//! The report as one page that needs nothing else: no network, no framework.

use super::gaps;
use super::pages::Status;
use super::report::{HazardRow, Report, RequirementRow};
use super::results::Outcome;
use std::fmt::Write;

/// The page with places for what is filled in.
const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// So many gaps are shown without being asked for.
const OPEN: usize = 20;

/// The page.
pub fn page(report: &Report) -> String {
    let parts = [
        ("{style}", STYLE.to_owned()),
        ("{tree}", escape(&report.tree)),
        ("{figures}", figures(report)),
        ("{gaps}", missing(report)),
        (
            "{hazards}",
            rows(&report.hazards, |row| hazard(report, row)),
        ),
        (
            "{requirements}",
            rows(&report.requirements, |row| requirement(report, row)),
        ),
        ("{tests}", tests(report)),
        ("{scenarios}", scenarios(report)),
        ("{rules}", rules(report)),
        ("{code}", code(report)),
        ("{script}", SCRIPT.to_owned()),
    ];
    let mut page = String::new();
    let mut rest = PAGE;
    while let Some((at, (mark, part))) = parts
        .iter()
        .filter_map(|part| Some((rest.find(part.0)?, part)))
        .min_by_key(|(at, _)| *at)
    {
        page += &rest[..at];
        page += part;
        rest = &rest[at + mark.len()..];
    }
    page + rest
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Text of a page of the book: code in back-quotes, links as their words.
fn prose(text: &str) -> String {
    let mut found = String::new();
    for (place, part) in escape(text).split('`').enumerate() {
        if place % 2 == 1 {
            let _ = write!(found, "<code>{part}</code>");
        } else {
            found += &without_links(part);
        }
    }
    found
}

/// `[words](address)` -> `words`.
fn without_links(text: &str) -> String {
    let mut found = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once('[') {
        found += before;
        let Some((words, after)) = link.split_once("](") else {
            return found + "[" + link;
        };
        found += words;
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    found + rest
}

fn rows<T>(list: &[T], row: impl Fn(&T) -> String) -> String {
    list.iter().map(row).collect()
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Failed => "failed",
        Outcome::NotRun => "not run",
    }
}

fn badge(class: &str, text: &str) -> String {
    format!("<span class=\"badge {class}\">{text}</span>")
}

fn result(outcome: Outcome) -> String {
    let class = match outcome {
        Outcome::Passed => "good",
        Outcome::Failed => "bad",
        Outcome::NotRun => "none",
    };
    badge(class, word(outcome))
}

fn status(status: Status) -> String {
    match status {
        Status::Done => badge("good", "done"),
        Status::Partly => badge("part", "partly"),
        Status::NotYet => badge("none", "not yet"),
    }
}

/// A link to a hazard or a requirement of this page.
fn link(id: &str) -> String {
    format!("<a href=\"#{id}\">{id}</a>")
}

fn links(ids: &[String]) -> String {
    ids.iter().map(|id| link(id)).collect::<Vec<_>>().join(" ")
}

fn figures(report: &Report) -> String {
    let figures = report.figures;
    let tile = |number: String, text: &str, class: &str| {
        format!("<div class=\"tile {class}\"><b>{number}</b><span>{text}</span></div>")
    };
    let all = |part: usize, of: usize| if part == of { "good" } else { "bad" };
    let must_show = figures.done - figures.kept_by_all_tests;
    [
        tile(figures.gaps.to_string(), "gaps", all(figures.gaps, 0)),
        tile(
            format!("{} / {}", figures.done, figures.requirements),
            "requirements done",
            "",
        ),
        tile(
            format!("{} / {must_show}", figures.shown),
            "of these shown by what ran",
            all(figures.shown, must_show),
        ),
        tile(
            format!("{} / {}", figures.tests_passed, figures.tests_with_id),
            "tests with an id passed",
            "",
        ),
        tile(
            format!("{} / {}", figures.scenarios_passed, figures.scenarios),
            "scenarios passed",
            all(figures.scenarios_passed, figures.scenarios),
        ),
        tile(
            format!("{} / {}", figures.rules_proved, figures.rules),
            "rules proved",
            "",
        ),
        tile(figures.hazards.to_string(), "hazards", ""),
    ]
    .concat()
}

fn missing(report: &Report) -> String {
    if report.gaps.is_empty() {
        return "<p>None.</p>".to_owned();
    }
    let list: String = report
        .gaps
        .iter()
        .map(|gap| {
            format!(
                "<li><code>{}</code> {}</li>",
                escape(&gap.place),
                prose(&gap.what)
            )
        })
        .collect();
    let open = if report.gaps.len() > OPEN {
        ""
    } else {
        " open"
    };
    format!(
        "<details{open}><summary>{} lines</summary><ul class=\"gaps\">{list}</ul></details>",
        report.gaps.len()
    )
}

/// A requirement in the colour of how far it is.
fn answer(requirement: &RequirementRow) -> String {
    let id = &requirement.row.id;
    let class = match (requirement.row.status, requirement.last) {
        (_, Outcome::Failed) => "bad",
        (Status::Done, Outcome::NotRun) if !gaps::is_of_tests(id) => "bad",
        (Status::Done, _) => "good",
        (Status::Partly, _) => "part",
        (Status::NotYet, _) => "none",
    };
    format!("<a class=\"badge {class}\" href=\"#{id}\">{id}</a> ")
}

fn hazard(report: &Report, hazard: &HazardRow) -> String {
    let row = &hazard.row;
    // Those that answer every hazard would hide those that answer this one.
    let (of_all, of_this): (Vec<_>, Vec<_>) = report
        .requirements
        .iter()
        .filter(|requirement| hazard.answered_by.contains(&requirement.row.id))
        .partition(|requirement| requirement.row.all_hazards);
    let badges = |list: &[&RequirementRow]| -> String {
        list.iter().map(|requirement| answer(requirement)).collect()
    };
    let mut answers = badges(&of_this);
    if !of_all.is_empty() {
        let _ = write!(
            answers,
            "<details><summary class=\"dim\">{} for every hazard</summary>{}</details>",
            of_all.len(),
            badges(&of_all)
        );
    }
    format!(
        "<tr id=\"{id}\"><td class=\"id\">{anchor}</td><td>{what}<div class=\"dim\">{cause}</div></td>\
         <td>{severity}</td><td class=\"ids\">{answers}</td><td>{covered}</td><td>{not_covered}</td></tr>\n",
        id = row.id,
        anchor = link(&row.id),
        what = prose(&row.what),
        cause = prose(&row.cause),
        severity = escape(&row.severity),
        covered = prose(&row.covered),
        not_covered = prose(&row.not_covered),
    )
}

fn requirement(report: &Report, requirement: &RequirementRow) -> String {
    let row = &requirement.row;
    let hazards = if row.all_hazards {
        "all".to_owned()
    } else {
        links(&requirement.answers)
    };
    let note = if row.note.is_empty() {
        String::new()
    } else {
        format!("<div class=\"dim\">{}</div>", prose(&row.note))
    };
    let bound = match row.bound.as_str() {
        "-" => String::new(),
        bound => format!(" <span class=\"bound\">{}</span>", prose(bound)),
    };
    let code = folded("place in the code", &requirement.code, |at| {
        let item = &report.code[at];
        let name = if item.kind == "file" {
            "the whole file"
        } else {
            &item.name
        };
        format!(
            "<a href=\"#c{at}\">{}</a> <span class=\"dim\">{}:{}</span>",
            name_of(name),
            escape(&item.file),
            item.line
        )
    });
    let tests = folded("test", &requirement.tests, |at| {
        let test = &report.tests[at];
        format!(
            "{} <a href=\"#t{at}\">{}</a>",
            result(test.last),
            name_of(short(&test.test.name))
        )
    });
    let scenarios = folded("scenario", &requirement.scenarios, |at| {
        let each = &report.scenarios[at];
        format!(
            "{} <a href=\"#s{at}\">{}</a>",
            result(each.last),
            escape(&each.scenario.title)
        )
    });
    let rules = folded("rule", &requirement.rules, |at| {
        let rule = &report.rules[at];
        format!(
            "{} <a href=\"#r{at}\">{}</a>",
            result(rule.last),
            escape(&rule.rule.name())
        )
    });
    format!(
        "<tr id=\"{id}\"><td class=\"id\">{anchor}</td><td>{what}{bound}{note}</td>\
         <td class=\"ids\">{hazards}</td><td>{status}</td><td data-sort=\"{sort}\">{last}</td>\
         <td class=\"lists\" data-sort=\"{count}\">{code}{tests}{scenarios}{rules}</td></tr>\n",
        id = row.id,
        anchor = link(&row.id),
        what = prose(&row.what),
        status = status(row.status),
        sort = word(requirement.last),
        last = result(requirement.last),
        count = requirement.tests.len() + requirement.scenarios.len() + requirement.rules.len(),
    )
}

/// A name that may be broken after each word.
fn name_of(name: &str) -> String {
    format!("<code>{}</code>", escape(name).replace('_', "_<wbr>"))
}

/// The last part of a name with modules.
fn short(name: &str) -> &str {
    name.rsplit("::").next().unwrap_or(name)
}

fn folded(what: &str, places: &[usize], line: impl Fn(usize) -> String) -> String {
    if places.is_empty() {
        return String::new();
    }
    let lines: String = places
        .iter()
        .map(|at| format!("<li>{}</li>", line(*at)))
        .collect();
    let what = match (places.len(), what.split_once(' ')) {
        (1, _) => what.to_owned(),
        (_, Some((first, rest))) => format!("{first}s {rest}"),
        (_, None) => format!("{what}s"),
    };
    format!(
        "<details><summary>{} {what}</summary><ul>{lines}</ul></details>",
        places.len()
    )
}

fn tests(report: &Report) -> String {
    let row = |(at, test): (usize, &super::report::TestRow)| {
        let needs = match test.test.needs.join(", ") {
            needs if needs.is_empty() => needs,
            needs => format!(
                "<div class=\"dim\">needs the feature {}</div>",
                escape(&needs)
            ),
        };
        format!(
            "<tr id=\"t{at}\"><td class=\"name\">{}{needs}</td><td class=\"id\">{}</td>\
             <td class=\"dim\">{}:{}</td><td>{}</td></tr>\n",
            escape(&test.test.name),
            test.test
                .requirement
                .as_deref()
                .map(link)
                .unwrap_or_default(),
            escape(&test.test.file),
            test.test.line,
            result(test.last)
        )
    };
    report.tests.iter().enumerate().map(row).collect()
}

fn scenarios(report: &Report) -> String {
    let row = |(at, each): (usize, &super::report::ScenarioRow)| {
        format!(
            "<tr id=\"s{at}\"><td>{}<div class=\"dim\">{}</div></td><td class=\"ids\">{}</td>\
             <td>{}</td></tr>\n",
            escape(&each.scenario.title),
            escape(&each.scenario.file),
            links(&each.scenario.requirements),
            result(each.last)
        )
    };
    report.scenarios.iter().enumerate().map(row).collect()
}

fn rules(report: &Report) -> String {
    if report.rules.is_empty() {
        return "<tr><td colspan=\"5\">The tree has no table of proof rules.</td></tr>".to_owned();
    }
    let row = |(at, rule): (usize, &super::report::RuleRow)| {
        format!(
            "<tr id=\"r{at}\"><td class=\"id\">{}</td><td>{}</td><td class=\"ids\">{}</td>\
             <td>{}<div class=\"dim\">{}</div></td><td>{}</td></tr>\n",
            escape(&rule.rule.name()),
            prose(&rule.rule.text),
            links(&rule.requirements),
            escape(&rule.rule.engine),
            escape(rule.wasm.as_deref().unwrap_or("")),
            result(rule.last)
        )
    };
    report.rules.iter().enumerate().map(row).collect()
}

fn code(report: &Report) -> String {
    let row = |(at, item): (usize, &super::code::Item)| {
        format!(
            "<tr id=\"c{at}\"><td class=\"name\"><span class=\"dim\">{}</span> {}</td>\
             <td class=\"dim\">{}:{}</td><td class=\"ids\">{}</td></tr>\n",
            item.kind,
            escape(&item.name),
            escape(&item.file),
            item.line,
            links(&item.requirements)
        )
    };
    report.code.iter().enumerate().map(row).collect()
}
