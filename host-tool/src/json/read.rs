//! The way back: values of the core out of JSON with names in snake case.

use serde::Deserializer;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, EnumAccess, IntoDeserializer, VariantAccess, Visitor,
};
use serde_json::{Error, Value};

use super::snake_name;

/// A value of the core that [`super::plain`] wrote.
///
/// # Errors
/// It is none.
pub(crate) fn read<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    T::deserialize(Snake(value))
}

/// JSON in which the variants of enums are in snake case.
struct Snake(Value);

impl IntoDeserializer<'_, Error> for Snake {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Snake {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(list) => {
                visitor.visit_seq(SeqDeserializer::new(list.into_iter().map(Snake)))
            }
            Value::Object(map) => {
                let pairs = map.into_iter().map(|(key, value)| (key, Snake(value)));
                visitor.visit_map(MapDeserializer::new(pairs))
            }
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() {
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let (name, rest) = match self.0 {
            Value::String(name) => (name, None),
            Value::Object(map) if map.len() == 1 => {
                let mut pairs = map.into_iter();
                let Some((name, rest)) = pairs.next() else {
                    return Err(wrong("an enum without a variant"));
                };
                (name, Some(rest))
            }
            _ => return Err(wrong("an enum is a name, or a name with its fields")),
        };
        let known = variants.iter().find(|it| snake_name(it) == name);
        let name = known.ok_or_else(|| wrong(format!("`{name}` is not known")))?;
        visitor.visit_enum(Variant { name, rest })
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

fn wrong(why: impl std::fmt::Display) -> Error {
    serde::de::Error::custom(why)
}

/// A variant with what it carries.
struct Variant {
    name: &'static str,
    rest: Option<Value>,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Error> {
        let name: serde::de::value::StrDeserializer<'_, Error> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.rest {
            None => Ok(()),
            Some(_) => Err(wrong(format!("{} carries nothing", self.name))),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        let rest = self.rest.ok_or_else(|| wrong("a value is missing"))?;
        seed.deserialize(Snake(rest))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        let rest = self.rest.ok_or_else(|| wrong("values are missing"))?;
        Snake(rest).deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let rest = self.rest.ok_or_else(|| wrong("fields are missing"))?;
        Snake(rest).deserialize_any(visitor)
    }
}

#[cfg(test)]
mod tests {
    use pen_core::cartridge::CartridgeDefect;
    use pen_core::fault::{Fault, Trip};
    use pen_core::journal::{Record, ResetCause};
    use pen_core::locks::Locks;
    use pen_core::mode::Mode;
    use pen_core::plan::Zone;
    use pen_core::profile::Source;
    use pen_core::request::{Refusal, RequestKind};
    use pen_core::units::{Depth, Rate, Temperature};

    use super::super::plain;
    use super::read;

    #[test]
    fn what_was_written_is_read_back() {
        let defect = CartridgeDefect::Used { id: u64::MAX };
        let records = [
            Record::Booted {
                cause: ResetCause::PowerOn,
            },
            Record::Booted {
                cause: ResetCause::Panicked { file: 1, line: 2 },
            },
            Record::ModeChanged {
                from: Mode::Boot,
                to: Mode::Locked,
                locks: Locks::NONE,
            },
            Record::CartridgeRemoved,
            Record::Tripped(Trip {
                fault: Fault::OverDepth,
                measured: -1,
                allowed: 2,
            }),
            Record::ZoneOpened {
                zone: Zone::FacialScar,
                cap: Depth::from_um(500),
                by: Source::Plan,
                rate: Rate::from_hz(90),
            },
            Record::Refused {
                what: RequestKind::Trigger,
                why: Refusal::Cartridge(defect),
            },
            Record::Refused {
                what: RequestKind::LoadPlan,
                why: Refusal::TooDeep {
                    asked: Depth::from_um(2),
                    allowed: Depth::from_um(1),
                    by: Source::Zone,
                },
            },
            Record::SessionOpened {
                session: 1,
                token: u64::MAX,
                cartridge: 3,
            },
            Record::Heated {
                grip: Temperature::from_decicelsius(412),
                winding: Temperature::from_decicelsius(-5),
            },
        ];
        for record in records {
            assert_eq!(read::<Record>(plain(&record)).unwrap(), record);
        }
        for wrong in [
            "\"no_such\"",
            "{\"booted\":{}}",
            "7",
            "{}",
            "\"tripped\"",
            "null",
        ] {
            let value = serde_json::from_str(wrong).unwrap();
            assert!(read::<Record>(value).is_err(), "{wrong}");
        }
    }
}
