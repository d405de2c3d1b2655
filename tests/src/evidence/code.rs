//! The Rust sources as data: what speaks of a requirement, and every test with the name under which
//! libtest tells its result.
//!
//! Cargo says which files are roots; from there the modules are followed as the compiler does. A
//! test in a file that no root leads to is never compiled, and is told as such.

use super::ids;
use crate::sources;
use proc_macro2::{TokenStream, TokenTree};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use syn::spanned::Spanned;

/// Folders with code of the pen and its tools; an id in them is a claim about the code.
pub const HOMES: [&str; 3] = ["firmware", "sim", "host-tool"];
/// Folders with tests.
pub const TEST_HOMES: [&str; 4] = ["tests", "firmware", "sim", "host-tool"];

/// A piece of code that names requirements.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// `fn`, `const`, `struct` and so on; `file` for what stands outside of all of them.
    pub kind: &'static str,
    /// Its name, with the type that it belongs to.
    pub name: String,
    /// File, from the top of the repository.
    pub file: String,
    /// Line on which it begins, from 1.
    pub line: usize,
    /// The requirements that it names.
    pub requirements: Vec<String>,
}

/// What `cargo test` runs as one program.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Binary {
    /// Name of the program without the hash: `pen_core`, `requirements`.
    pub program: String,
    /// Its root, from the folder of its package: `src/lib.rs`.
    pub root: String,
}

/// A test function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Test {
    /// As libtest tells it: modules and name.
    pub name: String,
    /// The requirement that its name begins with.
    pub requirement: Option<String>,
    /// File, from the top of the repository.
    pub file: String,
    /// Line of the function, from 1.
    pub line: usize,
    /// The program that it is part of.
    pub binary: Binary,
    /// Features without which the program is not built.
    pub needs: Vec<String>,
}

/// An id somewhere in the sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The id.
    pub id: String,
    /// File, from the top of the repository.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Code {
    /// Code that names requirements.
    pub items: Vec<Item>,
    /// Every test.
    pub tests: Vec<Test>,
    /// Every id in the code, and in the comments of tests.
    pub mentions: Vec<Mention>,
    /// Files with tests that belong to no program.
    pub unreached: Vec<String>,
}

/// A root, as cargo tells it.
struct Root {
    binary: Binary,
    file: PathBuf,
    is_run: bool,
    is_test: bool,
    needs: Vec<String>,
}

/// Reads every source below `top`.
///
/// # Errors
/// What could not be read, in a sentence.
pub fn read(top: &Path) -> Result<Code, String> {
    let mut walk = Walk {
        top,
        files: BTreeMap::new(),
        product: BTreeSet::new(),
        reached: BTreeSet::new(),
        tests: Vec::new(),
    };
    for root in roots(top)? {
        let mut path = Vec::new();
        walk.file(&root.file, &root.file, &root, &mut path, root.is_test)?;
    }
    let mut code = Code {
        tests: std::mem::take(&mut walk.tests),
        ..Code::default()
    };
    code.tests.sort_by(|a, b| {
        (&a.file, a.line, &a.binary.program).cmp(&(&b.file, b.line, &b.binary.program))
    });
    for home in TEST_HOMES {
        for (path, text) in sources::files(&top.join(home), ".rs") {
            let syntax = walk.parse(&path)?;
            let name = relative(top, &path);
            if !walk.reached.contains(&path) && has_test(&syntax.items) {
                code.unreached.push(name.clone());
            }
            let is_product = HOMES.contains(&home)
                && (walk.product.contains(&path) || !walk.reached.contains(&path));
            look(&name, &text, &syntax, is_product, &mut code);
        }
    }
    Ok(code)
}

fn relative(top: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(top).unwrap_or(path);
    inside.to_string_lossy().replace('\\', "/")
}

// ---- what cargo builds ------------------------------------------------------------------------

fn roots(top: &Path) -> Result<Vec<Root>, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = std::process::Command::new(cargo)
        .current_dir(top)
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .output()
        .map_err(|why| format!("cargo does not start: {why}"))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(format!("cargo metadata: {}", why.trim()));
    }
    let told: serde_json::Value = serde_json::from_slice(&output.stdout)
        .map_err(|why| format!("what cargo metadata tells is no JSON: {why}"))?;
    let mut found = Vec::new();
    for package in list(&told, "packages") {
        let folder = Path::new(text(package, "manifest_path"))
            .parent()
            .unwrap_or(top);
        for target in list(package, "targets") {
            let file = PathBuf::from(text(target, "src_path"));
            let is = |kind: &str| list(target, "kind").iter().any(|word| word == kind);
            found.push(Root {
                binary: Binary {
                    // File names of programs have no dashes.
                    program: text(target, "name").replace('-', "_"),
                    root: relative(folder, &file),
                },
                file,
                is_run: target["test"].as_bool().unwrap_or(false),
                is_test: is("test"),
                needs: list(target, "required-features")
                    .iter()
                    .filter_map(|word| word.as_str().map(str::to_owned))
                    .collect(),
            });
        }
    }
    Ok(found)
}

fn list<'a>(value: &'a serde_json::Value, key: &str) -> &'a [serde_json::Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a serde_json::Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or("")
}

// ---- modules, as the compiler follows them ----------------------------------------------------

struct Walk<'a> {
    top: &'a Path,
    files: BTreeMap<PathBuf, std::rc::Rc<syn::File>>,
    /// Files that are compiled without `cfg(test)`.
    product: BTreeSet<PathBuf>,
    reached: BTreeSet<PathBuf>,
    tests: Vec<Test>,
}

/// Where the walk is.
struct Here<'a> {
    /// The file.
    file: &'a Path,
    /// The folder in which its modules have their files.
    modules: PathBuf,
    root: &'a Root,
    is_test: bool,
}

impl Walk<'_> {
    fn parse(&mut self, path: &Path) -> Result<std::rc::Rc<syn::File>, String> {
        if let Some(known) = self.files.get(path) {
            return Ok(known.clone());
        }
        let name = relative(self.top, path);
        let text = std::fs::read_to_string(path).map_err(|why| format!("{name}: {why}"))?;
        let syntax = syn::parse_file(&text)
            .map_err(|why| format!("{name}:{}: {why}", why.span().start().line))?;
        let syntax = std::rc::Rc::new(syntax);
        self.files.insert(path.to_path_buf(), syntax.clone());
        Ok(syntax)
    }

    fn file(
        &mut self,
        path: &Path,
        root_file: &Path,
        root: &Root,
        names: &mut Vec<String>,
        is_test: bool,
    ) -> Result<(), String> {
        let syntax = self.parse(path)?;
        self.reached.insert(path.to_path_buf());
        if !is_test {
            self.product.insert(path.to_path_buf());
        }
        let folder = path.parent().unwrap_or(self.top);
        let stem = path.file_stem().unwrap_or_default();
        let owns_folder = path == root_file || stem == "mod";
        let here = Here {
            file: path,
            modules: if owns_folder {
                folder.to_path_buf()
            } else {
                folder.join(stem)
            },
            root,
            is_test,
        };
        self.items(&syntax.items, &here, names)
    }

    fn items(
        &mut self,
        items: &[syn::Item],
        here: &Here<'_>,
        names: &mut Vec<String>,
    ) -> Result<(), String> {
        for item in items {
            match item {
                syn::Item::Fn(function) if is_test_fn(&function.attrs) => {
                    let ident = &function.sig.ident;
                    self.found(ident, here, names);
                }
                syn::Item::Mod(module) => {
                    let before = self.tests.len();
                    self.module(module, here, names)?;
                    if is_off(&module.attrs) {
                        self.tests.truncate(before);
                    }
                }
                syn::Item::Macro(makes) => {
                    for ident in tests_of_tokens(makes.mac.tokens.clone()) {
                        self.found(&ident, here, names);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn found(&mut self, ident: &proc_macro2::Ident, here: &Here<'_>, names: &[String]) {
        if !here.root.is_run {
            return;
        }
        let function = ident.to_string();
        let mut name = names.join("::");
        if !name.is_empty() {
            name += "::";
        }
        self.tests.push(Test {
            name: name + &function,
            requirement: ids::of_test(&function),
            file: relative(self.top, here.file),
            line: ident.span().start().line,
            binary: here.root.binary.clone(),
            needs: here.root.needs.clone(),
        });
    }

    fn module(
        &mut self,
        module: &syn::ItemMod,
        here: &Here<'_>,
        names: &mut Vec<String>,
    ) -> Result<(), String> {
        let ident = module.ident.to_string();
        let ident = ident.trim_start_matches("r#").to_owned();
        let is_test = here.is_test || is_cfg(&module.attrs, "test");
        let given = path_attribute(&module.attrs);
        names.push(ident.clone());
        if let Some((_, items)) = &module.content {
            let inner = Here {
                file: here.file,
                modules: here.modules.join(&ident),
                root: here.root,
                is_test,
            };
            self.items(items, &inner, names)?;
        } else {
            let beside = here.file.parent().unwrap_or(self.top);
            let file = match given {
                Some(path) => plain(&beside.join(path)),
                None => {
                    let flat = here.modules.join(format!("{ident}.rs"));
                    if flat.is_file() {
                        flat
                    } else {
                        here.modules.join(&ident).join("mod.rs")
                    }
                }
            };
            // A file that another one names by `path` has its modules beside itself.
            let owner = if path_attribute(&module.attrs).is_some() {
                file.clone()
            } else {
                here.root.file.clone()
            };
            self.file(&file, &owner, here.root, names, is_test)?;
        }
        names.pop();
        Ok(())
    }
}

/// The same place without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut found = PathBuf::new();
    for part in path.components() {
        if part == std::path::Component::ParentDir {
            found.pop();
        } else {
            found.push(part);
        }
    }
    found
}

fn is_test_fn(attributes: &[syn::Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("test"))
}

/// Whether there is a `cfg` of exactly this.
fn is_cfg(attributes: &[syn::Attribute], condition: &str) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .meta
                .require_list()
                .is_ok_and(|list| list.tokens.to_string() == condition)
    })
}

/// Whether it exists only where there is no operating system, hence no test.
fn is_off(attributes: &[syn::Attribute]) -> bool {
    is_cfg(attributes, "target_os = \"none\"")
}

fn path_attribute(attributes: &[syn::Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| {
        let pair = attribute.meta.require_name_value().ok()?;
        let syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(path),
            ..
        }) = &pair.value
        else {
            return None;
        };
        attribute.path().is_ident("path").then(|| path.value())
    })
}

/// Test functions that stand inside a macro call, as `proptest!` has them.
fn tests_of_tokens(tokens: TokenStream) -> Vec<proc_macro2::Ident> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut found = Vec::new();
    let mut marked = false;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) if group.stream().to_string() == "test" => marked = true,
            TokenTree::Ident(word) if word == "fn" && marked => {
                if let Some(TokenTree::Ident(name)) = tokens.get(at + 1) {
                    found.push(name.clone());
                }
                marked = false;
            }
            _ => {}
        }
    }
    found
}

/// The names of the test functions in a source, those in modules and macro calls of it included.
///
/// # Errors
/// Why it does not parse.
pub fn tests_in(text: &str) -> Result<Vec<String>, String> {
    let syntax = syn::parse_file(text).map_err(|why| why.to_string())?;
    let mut names = Vec::new();
    names_of_tests(&syntax.items, &mut names);
    Ok(names)
}

fn names_of_tests(items: &[syn::Item], names: &mut Vec<String>) {
    for item in items {
        match item {
            syn::Item::Fn(function) if is_test_fn(&function.attrs) => {
                names.push(function.sig.ident.to_string());
            }
            syn::Item::Mod(module) => {
                if let Some((_, items)) = &module.content {
                    names_of_tests(items, names);
                }
            }
            syn::Item::Macro(makes) => {
                let found = tests_of_tokens(makes.mac.tokens.clone());
                names.extend(found.iter().map(ToString::to_string));
            }
            _ => {}
        }
    }
}

fn has_test(items: &[syn::Item]) -> bool {
    let mut names = Vec::new();
    names_of_tests(items, &mut names);
    !names.is_empty()
}

// ---- what names requirements ------------------------------------------------------------------

/// An item with its lines.
struct Place {
    kind: &'static str,
    name: String,
    from: usize,
    to: usize,
    /// Line of the name.
    at: usize,
    is_test: bool,
}

fn look(file: &str, text: &str, syntax: &syn::File, is_product: bool, code: &mut Code) {
    if ids::in_text(text).is_empty() {
        return;
    }
    let mut places = Vec::new();
    collect(&syntax.items, "", !is_product, &mut places);
    let mut items: BTreeMap<usize, Item> = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let number = number + 1;
        let place = places
            .iter()
            .filter(|place| (place.from..=place.to).contains(&number))
            .min_by_key(|place| place.to - place.from);
        let is_test = place.map_or(!is_product, |place| place.is_test);
        let said = if is_test {
            line.split_once("//").map_or("", |(_, comment)| comment)
        } else {
            line
        };
        for id in ids::in_text(said) {
            code.mentions.push(Mention {
                id: id.clone(),
                file: file.to_owned(),
                line: number,
            });
            if is_test {
                continue;
            }
            let item = items
                .entry(place.map_or(0, |place| place.at))
                .or_insert_with(|| Item {
                    kind: place.map_or("file", |place| place.kind),
                    name: place.map_or_else(|| file.to_owned(), |place| place.name.clone()),
                    file: file.to_owned(),
                    line: place.map_or(1, |place| place.at),
                    requirements: Vec::new(),
                });
            if !item.requirements.contains(&id) {
                item.requirements.push(id);
            }
        }
    }
    code.items.extend(items.into_values());
}

fn collect(items: &[syn::Item], inside: &str, is_test: bool, places: &mut Vec<Place>) {
    for item in items {
        match item {
            syn::Item::Mod(module) => {
                let is_test = is_test || is_cfg(&module.attrs, "test");
                place("mod", &module.ident, inside, module, is_test, places);
                if let Some((_, items)) = &module.content {
                    collect(items, inside, is_test, places);
                }
            }
            syn::Item::Fn(it) => {
                let is_test = is_test || is_test_fn(&it.attrs);
                place("fn", &it.sig.ident, inside, it, is_test, places);
            }
            syn::Item::Const(it) => place("const", &it.ident, inside, it, is_test, places),
            syn::Item::Static(it) => place("static", &it.ident, inside, it, is_test, places),
            syn::Item::Struct(it) => place("struct", &it.ident, inside, it, is_test, places),
            syn::Item::Enum(it) => place("enum", &it.ident, inside, it, is_test, places),
            syn::Item::Type(it) => place("type", &it.ident, inside, it, is_test, places),
            syn::Item::Trait(it) => {
                place("trait", &it.ident, inside, it, is_test, places);
                for member in &it.items {
                    if let syn::TraitItem::Fn(method) = member {
                        let owner = it.ident.to_string();
                        place("fn", &method.sig.ident, &owner, method, is_test, places);
                    }
                }
            }
            syn::Item::Impl(it) => collect_impl(it, is_test, places),
            syn::Item::Macro(it) => {
                let name = it.ident.clone().or_else(|| {
                    let last = it.mac.path.segments.last()?;
                    Some(last.ident.clone())
                });
                if let Some(name) = name {
                    place("macro", &name, inside, it, is_test, places);
                }
            }
            _ => {}
        }
    }
}

fn collect_impl(it: &syn::ItemImpl, is_test: bool, places: &mut Vec<Place>) {
    let owner = match &*it.self_ty {
        syn::Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        _ => None,
    }
    .unwrap_or_default();
    for member in &it.items {
        match member {
            syn::ImplItem::Fn(method) => {
                place("fn", &method.sig.ident, &owner, method, is_test, places);
            }
            syn::ImplItem::Const(constant) => {
                place("const", &constant.ident, &owner, constant, is_test, places);
            }
            _ => {}
        }
    }
}

fn place(
    kind: &'static str,
    ident: &proc_macro2::Ident,
    inside: &str,
    item: &dyn Spans,
    is_test: bool,
    places: &mut Vec<Place>,
) {
    let (from, to) = item.lines();
    places.push(Place {
        kind,
        name: if inside.is_empty() {
            ident.to_string()
        } else {
            format!("{inside}::{ident}")
        },
        from,
        to,
        at: ident.span().start().line,
        is_test,
    });
}

/// First and last line of an item, its comments included.
trait Spans {
    fn lines(&self) -> (usize, usize);
}

impl<T: Spanned> Spans for T {
    fn lines(&self) -> (usize, usize) {
        let span = self.span();
        (span.start().line, span.end().line)
    }
}
