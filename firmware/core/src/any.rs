//! One line beside each type that a proof may have to make: `any_struct!` or `any_enum!`.
//!
//! A normal build has nothing of it: the lines expand to nothing but under test and with the feature
//! `verify`. A struct's line names every field and an enum's every variant, or it does not compile; so
//! a field that is added later is never overlooked by a proof.

/// Any value of a struct, and whether two of them are the same, field by field.
macro_rules! any_struct {
    ($name:ident { $($field:ident),* $(,)? }) => {
        #[cfg(any(test, feature = "verify"))]
        impl crate::verify::Any for $name {
            #[cfg_attr(feature = "verify", inline(never))]
            fn any<S: crate::verify::Source>(s: &mut S) -> Self {
                Self { $($field: crate::verify::Any::any(s)),* }
            }

            #[cfg_attr(feature = "verify", inline(never))]
            fn same(&self, other: &Self) -> bool {
                let Self { $($field),* } = self;
                true $(& crate::verify::Any::same($field, &other.$field))*
            }
        }
    };
}

/// Any variant of an enum, with any content: one name and the names of its fields, if it has any.
/// Words are drawn for all of them, so that a variant's place in the row of words is always the same.
macro_rules! any_enum {
    ($name:ident { $first:ident $(($($of:ident),*))? $({ $($at:ident),* })?
        $(, $next:ident $(($($other:ident),*))? $({ $($field:ident),* })?)* $(,)? }) => {
        #[cfg(any(test, feature = "verify"))]
        impl crate::verify::Any for $name {
            #[cfg_attr(feature = "verify", inline(never))]
            fn any<S: crate::verify::Source>(s: &mut S) -> Self {
                // A variant that is not listed stops compiling here.
                const EVERY: fn(&$name) = |value| match value {
                    $name::$first { .. } $(| $name::$next { .. })* => {}
                };
                const COUNT: u32 = 1 $(+ { let _ = stringify!($next); 1 })*;
                let first = Self::$first
                    $(($({ let $of = crate::verify::Any::any(s); $of }),*))?
                    $({ $($at: crate::verify::Any::any(s)),* })?;
                EVERY(&first);
                let which = s.below(COUNT);
                let mut chosen = first;
                let mut place = 0_u32;
                $(
                    let this = Self::$next
                        $(($({ let $other = crate::verify::Any::any(s); $other }),*))?
                        $({ $($field: crate::verify::Any::any(s)),* })?;
                    place = place.wrapping_add(1);
                    if which == place {
                        chosen = this;
                    }
                )*
                let _ = place;
                chosen
            }

            fn same(&self, other: &Self) -> bool {
                self == other
            }
        }
    };
}

/// Any value of a type that holds one other value and allows every one.
macro_rules! any_newtype {
    ($name:ident) => {
        #[cfg(any(test, feature = "verify"))]
        impl crate::verify::Any for $name {
            fn any<S: crate::verify::Source>(s: &mut S) -> Self {
                Self(crate::verify::Any::any(s))
            }

            fn same(&self, other: &Self) -> bool {
                self.0 == other.0
            }
        }
    };
}
