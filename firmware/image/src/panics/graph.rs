//! Who may call whom in a linked image, and who knows whose address.

use std::collections::BTreeSet;

use rustc_demangle::demangle;

use super::PanicsError;
use super::thumb::{Flow, constant, flows};
use crate::elf::{Image, Kind, Relocation, Section, Symbol};

/// A run of bytes that belongs together.
#[derive(Clone, Debug)]
pub struct Node {
    /// First address.
    pub start: u32,
    /// First address behind.
    pub end: u32,
    /// Names for the start, as people read them; more than one where functions were merged.
    pub names: Vec<String>,
    /// Program text of one function; otherwise data.
    pub is_function: bool,
    /// The linker knows its end; otherwise it is assembly that ends where the next symbol begins.
    pub is_sized: bool,
    /// Functions that this one calls or jumps to.
    pub calls: BTreeSet<usize>,
    /// Nodes whose address this one holds.
    pub holds: BTreeSet<usize>,
    /// Its begin is marked as instructions, so that they could be read.
    pub is_read: bool,
    /// Calls or jumps to an address that is only known at run time.
    pub indirect: usize,
}

/// The graph of an image.
#[derive(Clone, Debug)]
pub struct Graph {
    nodes: Vec<Node>,
}

impl Graph {
    /// Reads instructions and relocations of an image.
    ///
    /// # Errors
    /// It has no relocations, one that is not understood, or a branch to where nothing is.
    pub fn new(image: &Image) -> Result<Self, PanicsError> {
        let mut graph = Self {
            nodes: (0..image.sections.len())
                .flat_map(|section| divide(image, section))
                .collect(),
        };
        graph.nodes.sort_by_key(|node| node.start);
        graph.fall_through();
        for section in &image.sections {
            graph.follow_branches(image, section)?;
        }
        let in_code = |relocation: &&Relocation| {
            let section = image.section_at(relocation.address);
            section.is_some_and(|section| section.is_code)
        };
        if image.relocations.iter().find(in_code).is_none() {
            return Err(PanicsError::NoRelocations);
        }
        for relocation in &image.relocations {
            graph.follow_relocation(image, relocation)?;
        }
        Ok(graph)
    }

    /// All nodes, by address.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node that has this address.
    #[must_use]
    pub fn node_at(&self, address: u32) -> Option<usize> {
        let behind = self.nodes.partition_point(|node| node.start <= address);
        let index = behind.checked_sub(1)?;
        (address < self.nodes.get(index)?.end).then_some(index)
    }

    /// Assembly without a size may run on into what follows.
    fn fall_through(&mut self) {
        for next in 1..self.nodes.len() {
            if let [node, behind] = &mut self.nodes[next - 1..=next]
                && node.is_function
                && !node.is_sized
                && behind.is_function
                && node.end == behind.start
            {
                node.calls.insert(next);
            }
        }
    }

    /// Branches as they are encoded: the assembler resolves some without a relocation.
    fn follow_branches(&mut self, image: &Image, section: &Section) -> Result<(), PanicsError> {
        for (start, end) in instructions(image, section) {
            let from = (start - section.address) as usize;
            let to = (end - section.address) as usize;
            let code = section.bytes.get(from..to).unwrap_or(&[]);
            let within = start..end;
            for node in self
                .nodes
                .iter_mut()
                .filter(|node| within.contains(&node.start))
            {
                node.is_read = true;
            }
            for (at, flow) in flows(code, start) {
                let Some(node) = self.node_at(at) else {
                    continue;
                };
                match flow {
                    Flow::Indirect => self.nodes[node].indirect += 1,
                    Flow::Branch(target) => self.call(node, target, at)?,
                }
            }
        }
        Ok(())
    }

    fn call(&mut self, from: usize, target: u32, at: u32) -> Result<(), PanicsError> {
        let to = self.node_at(target);
        let Some(to) = to.filter(|to| self.nodes[*to].is_function) else {
            return Err(PanicsError::Nowhere { at, target });
        };
        if to != from {
            self.nodes[from].calls.insert(to);
        }
        Ok(())
    }

    fn follow_relocation(
        &mut self,
        image: &Image,
        relocation: &Relocation,
    ) -> Result<(), PanicsError> {
        let at = relocation.address;
        let (Some(section), Some(symbol)) =
            (image.section_at(at), image.symbols.get(relocation.symbol))
        else {
            return Ok(());
        };
        // Unwind tables name every function and call none.
        if section.name.starts_with(".ARM.ex") || symbol.section.is_none() {
            return Ok(());
        }
        let Some(from) = self.node_at(at) else {
            return Ok(());
        };
        match means(relocation.kind) {
            Means::Nothing => {}
            Means::Branch if symbol.kind == Kind::Section => {}
            Means::Branch => self.call(from, symbol.address, at)?,
            Means::Address(form) => {
                for target in targets(form, at, section, symbol, image) {
                    let to = self.node_at(target);
                    self.nodes[from].holds.extend(to.filter(|to| *to != from));
                }
            }
            Means::Unknown => {
                let kind = relocation.kind;
                return Err(PanicsError::Relocation { at, kind });
            }
        }
        Ok(())
    }
}

/// Cuts a section into functions and data, without holes.
fn divide(image: &Image, index: usize) -> Vec<Node> {
    let Some(section) = image
        .sections
        .get(index)
        .filter(|section| section.is_loaded)
    else {
        return Vec::new();
    };
    let end = section.address.saturating_add(section.size);
    let mut symbols: Vec<_> = image
        .symbols
        .iter()
        .filter(|symbol| symbol.section == Some(index) && section.contains(symbol.address))
        .filter(|symbol| match symbol.kind {
            Kind::Function => true,
            Kind::Object => symbol.size > 0,
            Kind::Label => section.is_code && !symbol.name.starts_with('$'),
            Kind::Section => false,
        })
        .collect();
    // Of names for one address the surest comes first: sized before not, functions before labels.
    symbols.sort_by_key(|symbol| (symbol.address, symbol.size == 0, symbol.kind == Kind::Label));
    let mut nodes: Vec<Node> = Vec::new();
    let mut at = section.address;
    for (place, symbol) in symbols.iter().enumerate() {
        let name = format!("{:#}", demangle(&symbol.name));
        if let Some(last) = nodes.last_mut().filter(|last| symbol.address < last.end) {
            if last.start == symbol.address {
                last.names.push(name);
            }
            last.end = last
                .end
                .max(symbol.address.saturating_add(symbol.size))
                .min(end);
            at = last.end;
            continue;
        }
        if symbol.address > at {
            nodes.push(data(at, symbol.address));
        }
        let next = symbols[place..].iter().map(|other| other.address);
        let next = next
            .filter(|next| *next > symbol.address)
            .min()
            .unwrap_or(end);
        at = match symbol.size {
            0 => next,
            size => symbol.address.saturating_add(size).min(end),
        };
        nodes.push(Node {
            names: vec![name],
            is_function: symbol.kind != Kind::Object,
            is_sized: symbol.size > 0,
            ..data(symbol.address, at)
        });
    }
    if at < end {
        nodes.push(data(at, end));
    }
    nodes
}

fn data(start: u32, end: u32) -> Node {
    Node {
        start,
        end,
        names: vec![format!("unnamed data at {start:#010x}..{end:#x}")],
        is_function: false,
        is_sized: true,
        is_read: false,
        calls: BTreeSet::new(),
        holds: BTreeSet::new(),
        indirect: 0,
    }
}

/// The parts of a section that are instructions, by the mapping symbols `$t` and `$d`.
fn instructions(image: &Image, section: &Section) -> Vec<(u32, u32)> {
    if !section.is_code || !section.is_loaded {
        return Vec::new();
    }
    let mut marks: Vec<(u32, bool)> = image
        .symbols
        .iter()
        .filter(|symbol| section.contains(symbol.address))
        .filter_map(|symbol| match symbol.name.get(..2) {
            Some("$t") => Some((symbol.address, true)),
            Some("$d" | "$a") => Some((symbol.address, false)),
            _ => None,
        })
        .collect();
    marks.sort_unstable();
    let end = section.address.saturating_add(section.size);
    let ends = marks.iter().skip(1).map(|(at, _)| *at).chain([end]);
    marks
        .iter()
        .zip(ends)
        .filter(|((_, is_code), _)| *is_code)
        .map(|((start, _), end)| (*start, end))
        .collect()
}

/// What a relocation says about its place.
enum Means {
    Nothing,
    Branch,
    Address(Form),
    Unknown,
}

/// How an address stands there after linking.
#[derive(Clone, Copy)]
enum Form {
    Absolute,
    Relative,
    LowerHalf,
}

fn means(kind: u32) -> Means {
    match kind {
        // NONE, V4BX, PREL31 (unwind tables), MOVT (its MOVW says as much).
        0 | 40 | 42 | 48 => Means::Nothing,
        // THM_CALL, CALL, JUMP24, THM_JUMP24, THM_JUMP19, THM_JUMP6, THM_JUMP11, THM_JUMP8.
        10 | 28 | 29 | 30 | 51 | 52 | 102 | 103 => Means::Branch,
        // ABS32, TARGET1.
        2 | 38 => Means::Address(Form::Absolute),
        3 => Means::Address(Form::Relative),
        // THM_MOVW_ABS_NC.
        47 => Means::Address(Form::LowerHalf),
        _ => Means::Unknown,
    }
}

/// The addresses that a filled-in place may hold.
fn targets(form: Form, at: u32, section: &Section, symbol: &Symbol, image: &Image) -> Vec<u32> {
    let is_section = symbol.kind == Kind::Section;
    let word = section.word(at).unwrap_or_default();
    // The lowest bit of a pointer to a function says Thumb; no data of one byte calls anybody.
    let address = match form {
        Form::Absolute if is_section => word & !1,
        Form::Relative if is_section => word.wrapping_add(at) & !1,
        Form::LowerHalf if is_section => {
            let (first, second) = (word & 0xffff, word >> 16);
            let [Ok(first), Ok(second)] = [first, second].map(u16::try_from) else {
                return Vec::new();
            };
            let low = u32::from(constant(first, second)) & !1;
            let whole = symbol.section.and_then(|index| image.sections.get(index));
            return whole.map_or_else(Vec::new, |whole| candidates(whole, low));
        }
        Form::Absolute | Form::Relative | Form::LowerHalf => symbol.address,
    };
    vec![address]
}

/// Every address of a section with this lower half.
fn candidates(section: &Section, low: u32) -> Vec<u32> {
    let first = section.address & !0xffff | low;
    (first..=section.address.saturating_add(section.size))
        .step_by(0x1_0000)
        .filter(|address| section.contains(*address))
        .collect()
}
