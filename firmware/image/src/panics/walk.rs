//! The walk from a function to everything that it may reach.

use std::collections::{BTreeMap, VecDeque};

use super::{Graph, Node, PanicsError};
use crate::elf::{Image, Kind};

/// One way to a panic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Names from the start to the panic function.
    pub steps: Vec<String>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Where the walk started.
    pub roots: Vec<String>,
    /// Functions that may be reached, the roots included.
    pub walked: usize,
    /// Functions of the whole image.
    pub functions: usize,
    /// Reached functions that call through a pointer.
    pub indirect: Vec<String>,
    /// For each reached function that may panic, one shortest way.
    pub routes: Vec<Route>,
}

impl Report {
    /// True if no panic can be reached.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.routes.is_empty()
    }
}

/// Walks from these functions, given by the names that the linker knows.
///
/// # Errors
/// A function is not there, or the image cannot be read; see [`PanicsError`].
pub fn walk(image: &Image, roots: &[String]) -> Result<Report, PanicsError> {
    let graph = Graph::new(image)?;
    let starts: Vec<usize> = roots
        .iter()
        .map(|name| root(image, &graph, name))
        .collect::<Result<_, _>>()?;
    let mut reached = reach(&graph, &starts, false);
    if reached
        .keys()
        .any(|index| graph.nodes()[*index].indirect > 0)
    {
        reached = reach(&graph, &starts, true);
    }
    let nodes = graph.nodes();
    let mut all = reached.keys().map(|index| &nodes[*index]);
    if let Some(node) = all.find(|node| node.is_function && !node.is_read) {
        return Err(PanicsError::Unmarked { name: name(node) });
    }
    let functions = reached.keys().map(|index| &nodes[*index]);
    let functions: Vec<&Node> = functions.filter(|node| node.is_function).collect();
    let indirect = functions.iter().filter(|node| node.indirect > 0);
    Ok(Report {
        roots: roots.to_vec(),
        walked: functions.len(),
        functions: nodes.iter().filter(|node| node.is_function).count(),
        indirect: indirect.map(|node| name(node)).collect(),
        routes: routes(&graph, &reached),
    })
}

fn root(image: &Image, graph: &Graph, name: &str) -> Result<usize, PanicsError> {
    image
        .symbol(name)
        .filter(|symbol| symbol.kind == Kind::Function)
        .and_then(|symbol| graph.node_at(symbol.address))
        .ok_or_else(|| PanicsError::NoRoot {
            name: name.to_owned(),
        })
}

/// Every node that may be reached, with the one before it; nothing is followed behind a panic.
fn reach(graph: &Graph, starts: &[usize], pointers: bool) -> BTreeMap<usize, Option<usize>> {
    let mut reached: BTreeMap<usize, Option<usize>> =
        starts.iter().map(|start| (*start, None)).collect();
    let mut queue: VecDeque<usize> = starts.iter().copied().collect();
    while let Some(index) = queue.pop_front() {
        let node = &graph.nodes()[index];
        if may_panic(node) {
            continue;
        }
        let held = node.holds.iter().filter(|_| pointers);
        for next in node.calls.iter().chain(held) {
            if !reached.contains_key(next) {
                reached.insert(*next, Some(index));
                queue.push_back(*next);
            }
        }
    }
    reached
}

/// One route for each function before a panic.
fn routes(graph: &Graph, reached: &BTreeMap<usize, Option<usize>>) -> Vec<Route> {
    let mut routes = Vec::new();
    for index in reached.keys() {
        let node = &graph.nodes()[*index];
        let panics: Vec<usize> = if reached[index].is_none() && may_panic(node) {
            vec![*index]
        } else if may_panic(node) {
            continue;
        } else {
            let next = node.calls.iter().chain(&node.holds);
            next.filter(|next| reached.contains_key(next) && may_panic(&graph.nodes()[**next]))
                .copied()
                .collect()
        };
        let Some(panic) = panics.first() else {
            continue;
        };
        let mut steps = vec![name(&graph.nodes()[*panic])];
        let mut at = Some(*index).filter(|at| at != panic);
        while let Some(index) = at {
            steps.push(name(&graph.nodes()[index]));
            at = reached[&index];
        }
        steps.reverse();
        routes.push(Route { steps });
    }
    routes.sort_by_key(|route| route.steps.len());
    routes
}

fn name(node: &Node) -> String {
    let panic = node.names.iter().find(|name| is_panic(name));
    panic.or(node.names.first()).cloned().unwrap_or_default()
}

fn may_panic(node: &Node) -> bool {
    node.is_function && node.names.iter().any(|name| is_panic(name))
}

/// True for the functions of Rust that end in the panic handler, and for the handler.
fn is_panic(name: &str) -> bool {
    const LIBRARIES: [&str; 3] = ["core::", "alloc::", "defmt::"];
    let last = name.rsplit("::").next().unwrap_or(name);
    let is_library = LIBRARIES.iter().any(|library| name.starts_with(library));
    name.starts_with("core::panicking::")
        || matches!(
            last,
            "rust_begin_unwind" | "rust_panic" | "_defmt_panic" | "__defmt_default_panic"
        )
        || is_library
            && (last.starts_with("panic")
                || last.ends_with("_fail")
                || last.ends_with("_failed")
                || last.ends_with("_error") && last.starts_with("handle_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_functions_that_panic_are_known_by_name() {
        for name in [
            "core::panicking::panic_fmt",
            "core::panicking::panic_const::panic_const_div_by_zero",
            "core::panicking::panic_bounds_check",
            "core::slice::index::slice_end_index_len_fail",
            "core::slice::index::slice_index_fail",
            "core::slice::copy_from_slice_impl::len_mismatch_fail",
            "core::str::slice_error_fail",
            "core::option::unwrap_failed",
            "core::option::expect_failed",
            "core::result::unwrap_failed",
            "core::cell::panic_already_borrowed",
            "core::cell::panic_already_mutably_borrowed",
            "alloc::raw_vec::handle_error",
            "alloc::alloc::handle_alloc_error",
            "rust_begin_unwind",
            "__rustc::rust_begin_unwind",
            "_defmt_panic",
            "defmt::export::panic",
        ] {
            assert!(is_panic(name), "{name}");
        }
        for name in [
            "pen_control_tick",
            "pen_core::pen::Pen::step",
            "pen_app::boot::self_test_failed",
            "core::fmt::Formatter::write_str",
            "core::num::from_str_radix",
            "memcpy",
        ] {
            assert!(!is_panic(name), "{name}");
        }
    }
}
