//! The page for people: whole by itself, and every link in it leads somewhere.

use crate::made_up;
use pen_tests::evidence::{html, report};
use std::collections::BTreeSet;

fn page(change: impl FnOnce(&mut pen_tests::evidence::Tree)) -> String {
    let mut tree = made_up::tree();
    change(&mut tree);
    let results = made_up::results(&tree);
    html::page(&report::join(&tree, &results, "0123 as committed"))
}

/// What stands between `before` and the next quote, every time.
fn quoted<'a>(text: &'a str, before: &str) -> BTreeSet<&'a str> {
    text.split(before)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

#[test]
fn every_link_leads_to_a_row_and_every_id_has_one() {
    let page = page(|_| {});
    let anchors = quoted(&page, "id=\"");
    let links = quoted(&page, "href=\"#");
    let nowhere: Vec<_> = links.difference(&anchors).collect();
    assert_eq!(nowhere, [&""; 0]);
    for id in [
        "H1",
        "H2",
        "DEPTH-001",
        "DEPTH-002",
        "RATE-001",
        "t0",
        "s0",
        "r0",
        "c0",
    ] {
        assert!(anchors.contains(id), "{id}");
        assert!(links.contains(id), "nothing leads to {id}");
    }
    assert!(!page.contains("{style}") && !page.contains("{code}"));
}

#[test]
fn it_needs_nothing_from_elsewhere() {
    let page = page(|_| {});
    for word in ["http:", "https:", "src=", "@import", "url(", "<link"] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("prefers-color-scheme: dark"));
}

#[test]
fn texts_are_shown_and_not_obeyed() {
    let page = page(|tree| {
        tree.hazards[0].what = "<b>deep</b> & \"wide\" {code}".to_owned();
        tree.requirements[0].note = "see [the page](a.md#b), `x < y`".to_owned();
        tree.scenarios[0].title = "a <script> in it".to_owned();
    });
    assert!(page.contains("&lt;b&gt;deep&lt;/b&gt; &amp; &quot;wide&quot; {code}"));
    assert!(page.contains("see the page, <code>x &lt; y</code>"));
    assert!(page.contains("a &lt;script&gt; in it"));
}

#[test]
fn results_and_gaps_are_shown() {
    let tree = made_up::tree();
    let nothing = pen_tests::evidence::gaps::Results::default();
    let page = html::page(&report::join(&tree, &nothing, "0123"));
    assert!(page.contains("<span class=\"badge none\">not run</span>"));
    assert!(page.contains("DEPTH-001 is done, but no test of it ran and passed"));
    assert!(page.contains("<b>1</b><span>gaps</span>"));
}
