//! Derives a description of a type from what it asks of a deserialiser, so that no description
//! can be forgotten or go stale.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde::de::value::Error;
use serde::de::{
    DeserializeOwned, DeserializeSeed, EnumAccess, Error as _, Expected, IntoDeserializer,
    SeqAccess, VariantAccess, Visitor,
};

/// What a place holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// A number, a boolean or nothing, by the name of its type.
    Plain(&'static str),
    /// A string of at most this many bytes.
    Text(usize),
    /// One byte, zero or one, and for one the value.
    Option(Box<Node>),
    /// So many values of one type.
    Array(Box<Node>, usize),
    /// A type described in a line of its own.
    Named(String),
}

/// The content of a named type or of a variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Nothing.
    Unit,
    /// Values without names.
    Tuple(Vec<Node>),
    /// Values with names, in order.
    Fields(Vec<(&'static str, Node)>),
}

/// A named type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// A struct.
    Struct(Content),
    /// An enum; a variant that was not met yet has no content.
    Enum(Vec<(&'static str, Option<Content>)>),
}

/// Every named type met so far.
#[derive(Debug, Default)]
pub(crate) struct Types(RefCell<BTreeMap<String, Named>>);

impl Types {
    /// Describes `T` and every type in it.
    pub(crate) fn trace<T: DeserializeOwned>(&self) -> Node {
        for _ in 0..10_000 {
            let mut node = None;
            let value = T::deserialize(Tracer {
                types: self,
                out: &mut node,
            });
            assert!(value.is_ok(), "{:?}", value.err());
            let node = node.unwrap();
            if self.is_complete(&node, &mut BTreeSet::new()) {
                return node;
            }
        }
        panic!("never complete");
    }

    fn is_complete(&self, node: &Node, seen: &mut BTreeSet<String>) -> bool {
        match node {
            Node::Plain(_) | Node::Text(_) => true,
            Node::Option(node) | Node::Array(node, _) => self.is_complete(node, seen),
            Node::Named(name) => {
                if !seen.insert(name.clone()) {
                    return true;
                }
                match self.0.borrow().get(name) {
                    None => false,
                    Some(Named::Struct(content)) => self.content_is_complete(content, seen),
                    Some(Named::Enum(variants)) => variants.iter().all(|(_, content)| {
                        content
                            .as_ref()
                            .is_some_and(|it| self.content_is_complete(it, seen))
                    }),
                }
            }
        }
    }

    fn content_is_complete(&self, content: &Content, seen: &mut BTreeSet<String>) -> bool {
        nodes(content)
            .iter()
            .all(|node| self.is_complete(node, seen))
    }

    fn define(&self, name: &str, content: Content) -> Node {
        // The one generic type: it is named after what it bounds.
        let name = match (name, &content) {
            ("Bound", Content::Fields(fields)) => match &fields[0].1 {
                Node::Named(inner) => format!("Bound<{inner}>"),
                other => panic!("Bound of {other:?}"),
            },
            _ => name.to_owned(),
        };
        let new = Named::Struct(content);
        let old = self.0.borrow_mut().insert(name.clone(), new.clone());
        assert!(
            old.is_none_or(|old| old == new),
            "two types are named {name}"
        );
        Node::Named(name)
    }

    /// The text of every type met, one line each.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for (name, named) in self.0.borrow().iter() {
            match named {
                Named::Struct(content) => {
                    writeln!(text, "struct {name}{}", content_text(content)).unwrap();
                }
                Named::Enum(variants) => {
                    writeln!(text, "enum {name}").unwrap();
                    for (at, (variant, content)) in variants.iter().enumerate() {
                        let content = content_text(content.as_ref().unwrap());
                        writeln!(text, "    {at} {variant}{content}").unwrap();
                    }
                }
            }
        }
        text
    }

    /// The enums met, with their variants.
    pub(crate) fn enums(&self) -> BTreeMap<String, Vec<&'static str>> {
        let types = self.0.borrow();
        let variants = |named: &Named| match named {
            Named::Struct(_) => None,
            Named::Enum(variants) => Some(variants.iter().map(|(name, _)| *name).collect()),
        };
        types
            .iter()
            .filter_map(|(name, it)| Some((name.clone(), variants(it)?)))
            .collect()
    }

    /// What a reference must hold: the heading of each type, and what must be said under it.
    pub(crate) fn reference(&self) -> Vec<(String, Vec<String>)> {
        let field = |(name, node): &(&str, Node)| format!("| `{name}` | `{}` |", node_text(node));
        let mut all = Vec::new();
        for (name, named) in self.0.borrow().iter() {
            let rows = match named {
                Named::Struct(Content::Fields(fields)) => fields.iter().map(field).collect(),
                Named::Struct(Content::Unit | Content::Tuple(_)) => Vec::new(),
                Named::Enum(variants) => variants
                    .iter()
                    .enumerate()
                    .flat_map(|(at, (variant, content))| {
                        let mut rows = vec![format!("| {at} | `{variant}` |")];
                        rows.extend(match content.as_ref().unwrap() {
                            Content::Unit => Vec::new(),
                            Content::Tuple(nodes) => nodes
                                .iter()
                                .map(|it| format!("`{}`", node_text(it)))
                                .collect(),
                            Content::Fields(fields) => fields
                                .iter()
                                .map(|(name, node)| format!("`{name}: {}`", node_text(node)))
                                .collect::<Vec<_>>(),
                        });
                        rows
                    })
                    .collect(),
            };
            all.push((name.clone(), rows));
        }
        all
    }

    /// Most bytes that a value can take.
    pub(crate) fn largest(&self, node: &Node) -> usize {
        match node {
            Node::Plain("unit") => 0,
            Node::Plain("bool" | "u8" | "i8") => 1,
            Node::Plain("u16" | "i16") => 3,
            Node::Plain("u32" | "i32") => 5,
            Node::Plain("u64" | "i64") => 10,
            Node::Plain(other) => panic!("what is {other}?"),
            Node::Text(len) => 1 + len,
            Node::Option(node) => 1 + self.largest(node),
            Node::Array(node, count) => count * self.largest(node),
            Node::Named(name) => match &self.0.borrow()[name] {
                Named::Struct(content) => self.content_largest(content),
                Named::Enum(variants) => {
                    assert!(variants.len() < 128, "a discriminant must stay one byte");
                    let most = variants
                        .iter()
                        .map(|(_, content)| self.content_largest(content.as_ref().unwrap()));
                    1 + most.max().unwrap_or(0)
                }
            },
        }
    }

    fn content_largest(&self, content: &Content) -> usize {
        nodes(content).iter().map(|node| self.largest(node)).sum()
    }
}

fn nodes(content: &Content) -> Vec<&Node> {
    match content {
        Content::Unit => Vec::new(),
        Content::Tuple(nodes) => nodes.iter().collect(),
        Content::Fields(fields) => fields.iter().map(|(_, node)| node).collect(),
    }
}

/// The text of a node.
pub(crate) fn node_text(node: &Node) -> String {
    match node {
        Node::Plain(name) => (*name).to_owned(),
        Node::Text(len) => format!("text[{len}]"),
        Node::Option(node) => format!("option {}", node_text(node)),
        Node::Array(node, count) => format!("[{}; {count}]", node_text(node)),
        Node::Named(name) => name.clone(),
    }
}

fn content_text(content: &Content) -> String {
    match content {
        Content::Unit => String::new(),
        Content::Tuple(nodes) => {
            format!(
                "({})",
                nodes.iter().map(node_text).collect::<Vec<_>>().join(", ")
            )
        }
        Content::Fields(fields) => {
            let field = |(name, node): &(&str, Node)| format!("{name}: {}", node_text(node));
            format!(
                " {{ {} }}",
                fields.iter().map(field).collect::<Vec<_>>().join(", ")
            )
        }
    }
}

struct Tracer<'a> {
    types: &'a Types,
    out: &'a mut Option<Node>,
}

macro_rules! plain {
    ($($method:ident $visit:ident $value:expr, $name:literal;)*) => {
        $( fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            *self.out = Some(Node::Plain($name));
            visitor.$visit($value)
        } )*
    };
}

macro_rules! never {
    ($($method:ident)*) => {
        $( fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
            Err(Error::custom(concat!(stringify!($method), " must not be on the wire")))
        } )*
    };
}

impl<'de> serde::Deserializer<'de> for Tracer<'_> {
    type Error = Error;

    plain! {
        deserialize_bool visit_bool false, "bool";
        deserialize_u8 visit_u8 0, "u8";
        deserialize_u16 visit_u16 0, "u16";
        deserialize_u32 visit_u32 0, "u32";
        deserialize_u64 visit_u64 0, "u64";
        deserialize_i8 visit_i8 0, "i8";
        deserialize_i16 visit_i16 0, "i16";
        deserialize_i32 visit_i32 0, "i32";
        deserialize_i64 visit_i64 0, "i64";
    }

    never! {
        deserialize_any deserialize_f32 deserialize_f64 deserialize_char deserialize_bytes
        deserialize_byte_buf deserialize_seq deserialize_map deserialize_identifier
        deserialize_ignored_any deserialize_string
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        *self.out = Some(Node::Plain("unit"));
        visitor.visit_unit()
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let wanted = format!("{}", &visitor as &dyn Expected);
        let len = wanted.split(' ').find_map(|word| word.parse().ok());
        *self.out = Some(Node::Text(len.expect("the visitor names its length")));
        visitor.visit_str("")
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut inner = None;
        let value = visitor.visit_some(Tracer {
            types: self.types,
            out: &mut inner,
        })?;
        *self.out = Some(Node::Option(Box::new(inner.unwrap())));
        Ok(value)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        let mut inner = None;
        let value = visitor.visit_newtype_struct(Tracer {
            types: self.types,
            out: &mut inner,
        })?;
        *self.out = Some(
            self.types
                .define(name, Content::Tuple(vec![inner.unwrap()])),
        );
        Ok(value)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        let (value, nodes) = self.types.sequence(len, visitor)?;
        let first = nodes.first().cloned().unwrap_or(Node::Plain("unit"));
        assert!(
            nodes.iter().all(|node| *node == first),
            "only arrays, no tuples"
        );
        *self.out = Some(Node::Array(Box::new(first), len));
        Ok(value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let (value, nodes) = self.types.sequence(fields.len(), visitor)?;
        let fields = fields.iter().copied().zip(nodes).collect();
        *self.out = Some(self.types.define(name, Content::Fields(fields)));
        Ok(value)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        *self.out = Some(self.types.define(name, Content::Unit));
        visitor.visit_unit()
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        let (value, nodes) = self.types.sequence(len, visitor)?;
        *self.out = Some(self.types.define(name, Content::Tuple(nodes)));
        Ok(value)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        *self.out = Some(Node::Named(name.to_owned()));
        let known: Vec<(&str, Option<Content>)> = variants.iter().map(|it| (*it, None)).collect();
        let state = self
            .types
            .0
            .borrow_mut()
            .entry(name.to_owned())
            .or_insert(Named::Enum(known))
            .clone();
        let Named::Enum(state) = state else {
            panic!("two types are named {name}")
        };
        assert!(
            state.iter().map(|(it, _)| it).eq(variants),
            "two enums are named {name}"
        );
        let missing = state.iter().position(|(_, content)| match content {
            None => true,
            Some(content) => !self
                .types
                .content_is_complete(content, &mut BTreeSet::from([name.to_owned()])),
        });
        let at = missing.unwrap_or(0);
        visitor.visit_enum(Variant {
            types: self.types,
            name,
            at,
        })
    }
}

impl Types {
    fn sequence<'de, V: Visitor<'de>>(
        &self,
        len: usize,
        visitor: V,
    ) -> Result<(V::Value, Vec<Node>), Error> {
        let mut nodes = Vec::new();
        let value = visitor.visit_seq(Sequence {
            types: self,
            left: len,
            nodes: &mut nodes,
        })?;
        Ok((value, nodes))
    }
}

struct Sequence<'a> {
    types: &'a Types,
    left: usize,
    nodes: &'a mut Vec<Node>,
}

impl<'de> SeqAccess<'de> for Sequence<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let mut node = None;
        let value = seed.deserialize(Tracer {
            types: self.types,
            out: &mut node,
        })?;
        self.nodes.push(node.unwrap());
        Ok(Some(value))
    }
}

struct Variant<'a> {
    types: &'a Types,
    name: &'static str,
    at: usize,
}

impl Variant<'_> {
    fn set(&self, content: Content) {
        match self.types.0.borrow_mut().get_mut(self.name) {
            Some(Named::Enum(variants)) => variants[self.at].1 = Some(content),
            _ => panic!("{} is an enum", self.name),
        }
    }
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let at = u32::try_from(self.at).unwrap();
        let value = seed.deserialize(IntoDeserializer::<Error>::into_deserializer(at))?;
        Ok((value, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        self.set(Content::Unit);
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        let mut node = None;
        let value = seed.deserialize(Tracer {
            types: self.types,
            out: &mut node,
        })?;
        self.set(Content::Tuple(vec![node.unwrap()]));
        Ok(value)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        let (value, nodes) = self.types.sequence(len, visitor)?;
        self.set(Content::Tuple(nodes));
        Ok(value)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let (value, nodes) = self.types.sequence(fields.len(), visitor)?;
        self.set(Content::Fields(fields.iter().copied().zip(nodes).collect()));
        Ok(value)
    }
}
