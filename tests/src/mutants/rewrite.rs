//! A source file with all its mutants in it, each behind a switch.
//!
//! What a mutant changes becomes `(if on(3) { changed } else { as it was })`, and a function that returns at
//! once begins with `if on(4) { return ...; }`. With no switch on, the file does what it did.

use super::list::{Genre, Mutant};
use std::collections::BTreeMap;
use std::ops::Range;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// A mutant and the number of its switch.
pub(super) type Numbered<'a> = (u32, &'a Mutant);

/// What came out.
#[derive(Debug)]
pub(super) struct Switched {
    /// The file.
    pub(super) text: String,
    /// Where each mutant's own code stands in it.
    pub(super) regions: Vec<(Range<usize>, u32)>,
    /// Those that cannot be written behind a switch, because what they change is no expression.
    pub(super) left: Vec<u32>,
}

/// Puts mutants behind switches.
///
/// # Errors
/// What is not Rust, and mutants for which nothing stands at the place that they name.
pub(super) fn switched(source: &str, mutants: &[Numbered<'_>]) -> Result<Switched, String> {
    let file = syn::parse_file(source).map_err(|why| why.to_string())?;
    let mut writer = Writer::new(source, mutants);
    writer.visit_file(&file);
    if let Some(((at, _), lost)) = writer.wanted.first_key_value() {
        return Err(format!(
            "nothing to change at byte {at}: {}",
            lost[0].1.name
        ));
    }
    Ok(writer.finish())
}

/// Byte in a text of a line and a column.
fn byte(source: &str, line: usize, column: usize) -> usize {
    let start: usize = source
        .split_inclusive('\n')
        .take(line - 1)
        .map(str::len)
        .sum();
    let rest = source.get(start..).unwrap_or_default();
    let into: usize = rest.chars().take(column - 1).map(char::len_utf8).sum();
    start + into
}

/// Text that comes in at a place; where each mutant's code stands in it.
#[derive(Default)]
struct Edit {
    at: usize,
    text: String,
    marks: Vec<(Range<usize>, u32)>,
    /// From here to the next such place stands what is complained about when these are wrong.
    begins: Vec<u32>,
    ends: bool,
}

struct Writer<'a> {
    source: &'a str,
    wanted: BTreeMap<(usize, u8), Vec<Numbered<'a>>>,
    edits: Vec<Edit>,
    left: Vec<u32>,
}

impl<'a> Writer<'a> {
    fn new(source: &'a str, mutants: &[Numbered<'a>]) -> Self {
        let mut wanted: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (number, mutant) in mutants {
            let start = mutant.span.start;
            let at = byte(source, start.line, start.column);
            wanted
                .entry((at, mutant.genre as u8))
                .or_default()
                .push((*number, *mutant));
        }
        Self {
            source,
            wanted,
            edits: Vec::new(),
            left: Vec::new(),
        }
    }

    /// The mutants of one kind that begin at a place; each is given out once.
    fn take(&mut self, at: usize, genre: Genre) -> Vec<Numbered<'a>> {
        self.wanted.remove(&(at, genre as u8)).unwrap_or_default()
    }

    fn source_of(&self, spanned: &impl Spanned) -> &'a str {
        &self.source[spanned.span().byte_range()]
    }

    fn insert(&mut self, at: usize, text: &str) {
        self.edits.push(Edit {
            at,
            text: text.to_owned(),
            ..Edit::default()
        });
    }

    /// Before what is changed: `(if on(1) { ... } else if on(2) { ... } else {`.
    fn begin(&mut self, at: usize, mutants: &[Numbered<'a>], changed: impl Fn(&Mutant) -> String) {
        let mut edit = Edit {
            at,
            text: "(".to_owned(),
            ..Edit::default()
        };
        for (number, mutant) in mutants {
            edit.text += &format!("if ::pen_mutant::on({number}) {{ ");
            let begin = edit.text.len();
            edit.text += &changed(mutant);
            edit.marks.push((begin..edit.text.len(), *number));
            edit.text += " } else ";
        }
        edit.text += "{ ";
        self.edits.push(edit);
    }

    fn end(&mut self, at: usize) {
        self.insert(at, " })");
    }

    fn leave(&mut self, mutants: &[Numbered<'a>]) {
        self.left.extend(mutants.iter().map(|(number, _)| number));
    }

    fn finish(mut self) -> Switched {
        // Stable: what was written first at a place stands before what was written there later.
        self.edits.sort_by_key(|edit| edit.at);
        let (mut text, mut regions, mut done) = (String::new(), Vec::new(), 0);
        let mut open = Vec::new();
        for edit in &self.edits {
            text += &self.source[done..edit.at];
            done = edit.at;
            for (range, number) in &edit.marks {
                regions.push((text.len() + range.start..text.len() + range.end, *number));
            }
            if !edit.begins.is_empty() {
                open.push((text.len(), &edit.begins));
            }
            if edit.ends
                && let Some((begin, numbers)) = open.pop()
            {
                regions.extend(numbers.iter().map(|number| (begin..text.len(), *number)));
            }
            text += &edit.text;
        }
        text += &self.source[done..];
        Switched {
            text,
            regions,
            left: self.left,
        }
    }
}

/// `let` in a condition is no expression of its own.
fn has_let(expr: &syn::Expr) -> bool {
    match expr {
        syn::Expr::Let(_) => true,
        syn::Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        _ => false,
    }
}

impl<'a> Visit<'a> for Writer<'a> {
    fn visit_block(&mut self, block: &'a syn::Block) {
        if let Some(first) = block.stmts.first() {
            let at = first.span().byte_range().start;
            let (opaque, mutants): (Vec<_>, Vec<_>) = self
                .take(at, Genre::FnValue)
                .into_iter()
                .partition(|(_, mutant)| mutant.returns_one_type());
            self.leave(&opaque);
            let mut edit = Edit {
                at,
                ..Edit::default()
            };
            for (number, mutant) in mutants {
                edit.text += &format!("if ::pen_mutant::on({number}) {{ return ");
                let begin = edit.text.len();
                edit.text += &mutant.replacement;
                edit.marks.push((begin..edit.text.len(), number));
                edit.text += "; } ";
            }
            self.edits.push(edit);
        }
        visit::visit_block(self, block);
    }

    fn visit_expr_binary(&mut self, binary: &'a syn::ExprBinary) {
        let operator = binary.op.span().byte_range();
        let mutants = self.take(operator.start, Genre::BinaryOperator);
        if mutants.is_empty() || has_let(&binary.left) || has_let(&binary.right) {
            self.leave(&mutants);
            return visit::visit_expr_binary(self, binary);
        }
        let whole = binary.span().byte_range();
        let (before, after) = (self.source_of(&binary.left), self.source_of(&binary.right));
        self.begin(whole.start, &mutants, |mutant| {
            format!("{before} {} {after}", mutant.replacement)
        });
        visit::visit_expr_binary(self, binary);
        self.end(whole.end);
    }

    fn visit_expr_unary(&mut self, unary: &'a syn::ExprUnary) {
        let whole = unary.span().byte_range();
        let mutants = self.take(whole.start, Genre::UnaryOperator);
        if mutants.is_empty() {
            return visit::visit_expr_unary(self, unary);
        }
        let operand = self.source_of(&unary.expr);
        self.begin(whole.start, &mutants, |_| operand.to_owned());
        visit::visit_expr_unary(self, unary);
        self.end(whole.end);
    }

    fn visit_expr_match(&mut self, matching: &'a syn::ExprMatch) {
        let places = matching
            .arms
            .iter()
            .map(|arm| (arm.span().byte_range().start, Genre::MatchArm as u8));
        let begins: Vec<u32> = places
            .filter_map(|place| Some(self.wanted.get(&place)?.first()?.0))
            .collect();
        if !begins.is_empty() {
            let at = matching.expr.span().byte_range();
            self.edits.push(Edit {
                at: at.start,
                begins,
                ..Edit::default()
            });
            self.visit_expr(&matching.expr);
            self.edits.push(Edit {
                at: at.end,
                ends: true,
                ..Edit::default()
            });
        } else {
            self.visit_expr(&matching.expr);
        }
        matching.arms.iter().for_each(|arm| self.visit_arm(arm));
    }

    fn visit_arm(&mut self, arm: &'a syn::Arm) {
        let missing = self.take(arm.span().byte_range().start, Genre::MatchArm);
        let syn::Pat::Guard(guarded) = &arm.pat else {
            if let Some((number, _)) = missing.first() {
                let at = arm.fat_arrow_token.span().byte_range().start;
                self.insert(at, &format!("if !::pen_mutant::on({number}) "));
            }
            return visit::visit_arm(self, arm);
        };
        let at = guarded.guard.span().byte_range();
        let replaced = self.take(at.start, Genre::MatchArmGuard);
        if has_let(&guarded.guard) {
            self.leave(&missing);
            self.leave(&replaced);
            return visit::visit_arm(self, arm);
        }
        if let Some((number, _)) = missing.first() {
            self.insert(at.start, &format!("!::pen_mutant::on({number}) && ("));
        }
        if !replaced.is_empty() {
            self.begin(at.start, &replaced, |mutant| mutant.replacement.clone());
        }
        visit::visit_pat(self, &guarded.pat);
        self.visit_expr(&guarded.guard);
        if !replaced.is_empty() {
            self.end(at.end);
        }
        if !missing.is_empty() {
            self.insert(at.end, ")");
        }
        self.visit_expr(&arm.body);
    }

    fn visit_expr_struct(&mut self, whole: &'a syn::ExprStruct) {
        for field in &whole.fields {
            let mutants = self.take(field.span().byte_range().start, Genre::StructField);
            let (Some((number, _)), Some(rest)) = (mutants.first(), &whole.rest) else {
                self.leave(&mutants);
                self.visit_field_value(field);
                continue;
            };
            let (rest, name) = (self.source_of(rest), self.source_of(&field.member));
            let at = field.expr.span().byte_range();
            let colon = if field.colon_token.is_none() {
                format!("{name}: ")
            } else {
                String::new()
            };
            let other = format!("({rest}).{name}");
            self.insert(at.start, &colon);
            self.begin(at.start, &[(*number, mutants[0].1)], |_| other.clone());
            self.visit_expr(&field.expr);
            self.end(at.end);
        }
        if let Some(rest) = &whole.rest {
            self.visit_expr(rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::list::{Function, Genre, Mutant};
    use super::switched;

    fn mutant(genre: Genre, line: usize, column: usize, replacement: &str) -> Mutant {
        let json = serde_json::json!({
            "name": "a.rs:1:1: changed", "file": "a.rs", "function": null, "genre": format!("{genre:?}"),
            "replacement": replacement, "span": {"start": {"line": line, "column": column}},
        });
        serde_json::from_value(json).expect("a mutant")
    }

    /// The file with these mutants, numbered from 1.
    fn text(source: &str, mutants: &[Mutant]) -> String {
        let numbered: Vec<_> = (1..).zip(mutants).collect();
        let switched = switched(source, &numbered).expect("Rust, with something at each place");
        assert!(switched.left.is_empty());
        for (range, number) in &switched.regions {
            let index = usize::try_from(*number).expect("small") - 1;
            assert!(switched.text[range.clone()].contains(&mutants[index].replacement));
        }
        switched.text
    }

    const ON: &str = "::pen_mutant::on";

    #[test]
    fn every_operator_keeps_its_operands() {
        let made = text(
            "fn f(a: u8, é: u8) -> bool { !(a < é) && a == 1 }",
            &[
                mutant(Genre::BinaryOperator, 1, 39, "||"),
                mutant(Genre::BinaryOperator, 1, 34, "=="),
                mutant(Genre::UnaryOperator, 1, 30, ""),
            ],
        );
        let inner = format!("(if {ON}(2) {{ a == é }} else {{ a < é }})");
        let not = format!("(if {ON}(3) {{ (a < é) }} else {{ !({inner}) }})");
        let whole = format!("(if {ON}(1) {{ !(a < é) || a == 1 }} else {{ {not} && a == 1 }})");
        assert_eq!(made, format!("fn f(a: u8, é: u8) -> bool {{ {whole} }}"));
    }

    #[test]
    fn a_function_returns_at_once() {
        let made = text(
            "fn f() -> u8 {\n    1\n}",
            &[mutant(Genre::FnValue, 2, 5, "0")],
        );
        assert_eq!(
            made,
            format!("fn f() -> u8 {{\n    if {ON}(1) {{ return 0; }} 1\n}}")
        );
    }

    #[test]
    fn an_arm_is_not_there_and_a_guard_holds_never() {
        let made = text(
            "fn f(a: u8) -> u8 {\nmatch a {\n1 if g() => 2,\n3 => 4,\n_ => 5 }\n}",
            &[
                mutant(Genre::MatchArm, 3, 1, ""),
                mutant(Genre::MatchArmGuard, 3, 6, "false"),
                mutant(Genre::MatchArm, 4, 1, ""),
            ],
        );
        assert!(made.contains(&format!(
            "1 if !{ON}(1) && ((if {ON}(2) {{ false }} else {{ g() }})) => 2"
        )));
        assert!(made.contains(&format!("3 if !{ON}(3) => 4")));
    }

    #[test]
    fn a_field_keeps_what_the_rest_has() {
        let made = text(
            "fn f(a: S) -> S {\nS {\nx: 1,\ny,\n..a }\n}",
            &[
                mutant(Genre::StructField, 3, 1, ""),
                mutant(Genre::StructField, 4, 1, ""),
            ],
        );
        assert!(made.contains(&format!("x: (if {ON}(1) {{ (a).x }} else {{ 1 }})")));
        assert!(made.contains(&format!("y: (if {ON}(2) {{ (a).y }} else {{ y }})")));
    }

    #[test]
    fn a_condition_that_binds_is_left_as_it_is() {
        let source = "fn f() { if let Some(x) = g() && x { h() } }";
        let mutants = [mutant(Genre::BinaryOperator, 1, 31, "||")];
        let made = switched(source, &[(7, &mutants[0])]).expect("Rust");
        assert_eq!((made.text.as_str(), made.left), (source, vec![7]));
    }

    #[test]
    fn what_returns_some_type_of_a_trait_is_left_as_it_is() {
        let source = "fn f() -> impl Iterator<Item = u8> { g() }";
        let mut mutant = mutant(Genre::FnValue, 1, 38, "::std::iter::empty()");
        mutant.function = Some(Function {
            function_name: "f".to_owned(),
            return_type: "-> impl Iterator<Item = u8>".to_owned(),
        });
        let made = switched(source, &[(7, &mutant)]).expect("Rust");
        assert_eq!((made.text.as_str(), made.left), (source, vec![7]));
    }

    #[test]
    fn a_mutant_of_nothing_is_an_error() {
        let mutants = [mutant(Genre::UnaryOperator, 1, 8, "")];
        let why =
            switched("fn f() { g() }", &[(1, &mutants[0])]).expect_err("there is no operator");
        assert!(why.contains("nothing to change"), "{why}");
    }
}
