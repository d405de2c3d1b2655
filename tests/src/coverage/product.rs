//! Which lines of a crate are what is shipped: everything that its root leads to, without what only
//! tests and proofs are built with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};

/// Features that are on where coverage is measured; any other is off, and so is `test`.
const FEATURES: [&str; 2] = ["bench", "serde"];
/// Macros that expand to nothing but under test and with the feature `verify` (`firmware/core/src/any.rs`).
const NOT_SHIPPED: &str = "any_";

/// Lines, from the first to the last.
type Span = (usize, usize);

/// One file that is shipped, or a part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// Spans of what is not shipped.
    pub without: Vec<Span>,
    /// What is left has a function that runs.
    pub has_code: bool,
}

impl File {
    /// Whether a line is shipped.
    pub fn ships(&self, line: usize) -> bool {
        !self
            .without
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&line))
    }
}

/// Every file that is shipped with the crate whose root this is.
///
/// # Errors
/// A file that is not there or is no Rust, in a sentence.
pub fn read(root: &Path) -> Result<BTreeMap<PathBuf, File>, String> {
    let mut found = BTreeMap::new();
    let home = root.parent().unwrap_or(root).to_path_buf();
    follow(root, &home, &mut found)?;
    Ok(found)
}

/// `home`: where the file's own modules are.
fn follow(path: &Path, home: &Path, found: &mut BTreeMap<PathBuf, File>) -> Result<(), String> {
    let tell = |why: String| format!("{}: {why}", path.display());
    let text = std::fs::read_to_string(path).map_err(|why| tell(why.to_string()))?;
    let mut walk = Walk::default();
    walk.visit_file(&syn::parse_file(&text).map_err(|why| tell(why.to_string()))?);
    found.insert(path.to_path_buf(), walk.file);
    for name in walk.modules {
        let beside = home.join(format!("{name}.rs"));
        let within = home.join(&name);
        if beside.exists() {
            follow(&beside, &within, found)?;
        } else {
            follow(&within.join("mod.rs"), &within, found)?;
        }
    }
    Ok(())
}

#[derive(Default)]
struct Walk {
    file: File,
    /// Modules that live in other files.
    modules: Vec<String>,
}

impl Walk {
    /// Whether a piece is shipped; if not, its lines are noted.
    fn keeps(&mut self, piece: &dyn syn::spanned::Spanned, attributes: &[syn::Attribute]) -> bool {
        let kept = attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("cfg"))
            .all(|attribute| attribute.parse_args().is_ok_and(|meta| holds(&meta)));
        if !kept {
            self.leave_out(piece);
        }
        kept
    }

    fn leave_out(&mut self, piece: &dyn syn::spanned::Spanned) {
        let span = piece.span();
        self.file.without.push((span.start().line, span.end().line));
    }
}

/// Whether a condition of `cfg` holds in what is shipped.
fn holds(meta: &syn::Meta) -> bool {
    let all = |list: &syn::MetaList| -> Vec<bool> {
        let metas = list.parse_args_with(
            syn::punctuated::Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated,
        );
        metas.map_or(Vec::new(), |metas| metas.iter().map(holds).collect())
    };
    match meta {
        syn::Meta::Path(_) => false,
        syn::Meta::NameValue(pair) => {
            let syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(name),
                ..
            }) = &pair.value
            else {
                return false;
            };
            pair.path.is_ident("feature") && FEATURES.contains(&name.value().as_str())
        }
        syn::Meta::List(list) if list.path.is_ident("not") => !all(list).contains(&true),
        syn::Meta::List(list) if list.path.is_ident("any") => all(list).contains(&true),
        syn::Meta::List(list) => !all(list).contains(&false),
    }
}

fn attributes_of(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

impl<'ast> Visit<'ast> for Walk {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !self.keeps(item, attributes_of(item)) {
            return;
        }
        match item {
            syn::Item::Macro(makes) => {
                let name = makes.ident.as_ref().or_else(|| makes.mac.path.get_ident());
                if name.is_some_and(|name| name.to_string().starts_with(NOT_SHIPPED)) {
                    self.leave_out(item);
                }
            }
            syn::Item::Mod(module) if module.content.is_none() => {
                self.modules.push(module.ident.to_string());
            }
            syn::Item::Fn(_) => self.file.has_code = true,
            _ => {}
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if self.keeps(function, &function.attrs) {
            self.file.has_code = true;
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if self.keeps(field, &field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        if self.keeps(field, &field.attrs) {
            visit::visit_field_value(self, field);
        }
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        if self.keeps(arm, &arm.attrs) {
            visit::visit_arm(self, arm);
        }
    }

    fn visit_expr_if(&mut self, choice: &'ast syn::ExprIf) {
        if self.keeps(choice, &choice.attrs) {
            visit::visit_expr_if(self, choice);
        }
    }

    fn visit_expr_block(&mut self, block: &'ast syn::ExprBlock) {
        if self.keeps(block, &block.attrs) {
            visit::visit_expr_block(self, block);
        }
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if self.keeps(local, &local.attrs) {
            visit::visit_local(self, local);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Visit, Walk};

    fn lines_without(text: &str) -> Vec<(usize, usize)> {
        let mut walk = Walk::default();
        walk.visit_file(&syn::parse_str(text).expect("Rust"));
        walk.file.without
    }

    #[test]
    fn what_only_tests_and_proofs_are_built_with_is_left_out() {
        let text = "fn a() {}\n\
            #[cfg(test)]\nmod tests {\n    fn b() {}\n}\n\
            any_struct!(A { b,\n c });\n\
            impl A {\n    #[cfg(any(test, feature = \"verify\"))]\n    fn d() {}\n}\n\
            fn e() {\n    #[cfg(test)]\n    if f {\n        g();\n    }\n}\n";
        assert_eq!(lines_without(text), [(2, 5), (6, 7), (9, 10), (13, 16)]);
    }

    #[test]
    fn what_a_bench_is_built_with_is_not() {
        for cfg in [
            "feature = \"bench\"",
            "any(test, feature = \"bench\")",
            "not(test)",
            "all(feature = \"serde\", not(feature = \"verify\"))",
        ] {
            let text = format!("#[cfg({cfg})]\nfn a() {{}}\n");
            assert_eq!(lines_without(&text), [], "{cfg}");
        }
        for cfg in [
            "test",
            "feature = \"defmt\"",
            "all(test, feature = \"bench\")",
        ] {
            let text = format!("#[cfg({cfg})]\nfn a() {{}}\n");
            assert_eq!(lines_without(&text), [(1, 2)], "{cfg}");
        }
    }

    #[test]
    fn the_core_s_files_are_found_and_its_harnesses_are_not() {
        let root = crate::sources::top().join("firmware/core/src/lib.rs");
        let found = super::read(&root).expect("the core");
        let has = |name: &str| found.keys().any(|path| path.ends_with(name));
        assert!(has("guard/rotation.rs") && has("pen/carry.rs") && has("pen/bench.rs"));
        for name in ["verify.rs", "given.rs", "pen/model.rs", "heat/tests.rs"] {
            assert!(!has(name), "{name}");
        }
    }
}
