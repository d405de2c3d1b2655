"""What is printed."""

from engine.room import Verdict

_HEAD = f"{'room':<12} {'verdict':<10} {'rules':>5} {'words':>5} {'oblig.':>6} {'terms':>6} {'cases':>7} {'alive':<5} {'CPU s':>6}  engine"


def head() -> str:
    """The head of the table."""
    return _HEAD


def row(verdict: Verdict, engine: str) -> str:
    """One room."""
    reached = sum(how == "reached" for how in verdict.cases.values())
    return (
        f"{verdict.room:<12} {verdict.status.upper():<10} {len(verdict.rules):>5} {verdict.words:>5} "
        f"{verdict.obligations:>6} {verdict.terms:>6} {f'{reached}/{len(verdict.cases)}':>7} "
        f"{'yes' if verdict.alive else 'NO':<5} {sum(verdict.seconds):>6.1f}  {engine}"
    )


def unknowns(verdict: Verdict) -> list[str]:
    """What is proved for any value in place of the real one, and what needed the real one; nothing to say of most rooms."""
    lines = []
    if verdict.unknowns:
        any_value = ", ".join(f"{count} x {what}" for what, count in sorted(verdict.unknowns.items()))
        lines.append(f"any value for: {any_value}")
    if verdict.bound:
        bound = ", ".join(f"{what} ({count})" for what, count in verdict.bound.items())
        lines.append(f"the real value of some of them for: {bound}")
    return lines


def rust_test(verdict: Verdict) -> str:
    """The counterexample as a test that runs on the real code. It fails until the defect is mended."""
    words = [f"{word}" for word in verdict.counterexample]
    while words and words[-1] == "0":
        words.pop()
    rows = []
    line = ""
    for word in words:
        if len(line) + len(word) > 84:
            rows.append(line.rstrip())
            line = ""
        line += f"{word}, "
    rows.append(line.rstrip())
    body = "\n".join(f"        {text}" for text in rows)
    return f"""/// Found by tests/proof/prove: {verdict.why.split("; ")[0]}. Words that are missing are 0.
#[test]
fn {verdict.room}_keeps_its_rules() {{
    let words: &[u32] = &[
{body}
    ];
    let mut source = pen_core::verify::Replay::new(words.iter().copied());
    pen_core::verify::rooms::{verdict.room}(&mut source);
    assert!(source.is_inside());
    assert_eq!(source.broken(), None);
}}"""
