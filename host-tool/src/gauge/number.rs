//! Numbers with a unit, exactly as an instrument wrote them.

/// What an instrument measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// A length. Thousandths are nm.
    Length,
    /// Strokes or turns in a time. Thousandths are mHz.
    Rate,
    /// A current. Thousandths are uA.
    Current,
}

impl Quantity {
    /// The unit in which the quantity is told to people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Length => "um",
            Self::Rate => "Hz",
            Self::Current => "mA",
        }
    }
}

/// A unit as a display shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Millimetres.
    Mm,
    /// Micrometres.
    Um,
    /// Inches.
    Inch,
    /// Strokes per second.
    Hz,
    /// Turns per minute, one stroke each.
    Rpm,
    /// Milliamperes.
    Ma,
}

impl Unit {
    /// The unit that a text names.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        match text {
            "mm" => Some(Self::Mm),
            "um" | "\u{b5}m" | "\u{3bc}m" => Some(Self::Um),
            "in" | "inch" | "\"" => Some(Self::Inch),
            "Hz" | "1/s" => Some(Self::Hz),
            "rpm" | "RPM" | "1/min" => Some(Self::Rpm),
            "mA" => Some(Self::Ma),
            _ => None,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mm => "mm",
            Self::Um => "um",
            Self::Inch => "in",
            Self::Hz => "Hz",
            Self::Rpm => "rpm",
            Self::Ma => "mA",
        }
    }

    /// What it measures.
    #[must_use]
    pub const fn quantity(self) -> Quantity {
        match self {
            Self::Mm | Self::Um | Self::Inch => Quantity::Length,
            Self::Hz | Self::Rpm => Quantity::Rate,
            Self::Ma => Quantity::Current,
        }
    }

    /// How many thousandths of the quantity's unit one of it is: a number, and what to divide it by.
    const fn thousandths(self) -> (i64, i64) {
        match self {
            Self::Mm => (1_000_000, 1),
            // The inch is 25.4 mm by definition.
            Self::Inch => (25_400_000, 1),
            Self::Um | Self::Hz | Self::Ma => (1_000, 1),
            Self::Rpm => (1_000, 60),
        }
    }
}

/// A value that an instrument showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The value. Unit: nm, mHz or uA.
    pub thousandths: i32,
    /// Worth of its last digit, rounded up. Unit: nm, mHz or uA.
    pub place: u32,
    /// One step of the display, if the instrument says it. Unit: nm, mHz or uA.
    pub step: Option<u32>,
    /// The unit that was shown.
    pub unit: Unit,
    /// Whether the instrument says that the value still moves.
    pub is_moving: bool,
    /// Number and unit as they are shown, for people.
    pub text: String,
}

/// Most digits of a number, with which nothing overflows.
const DIGITS_MAX: usize = 10;

/// Digits with at most one point, as a whole number and how many digits stand behind the point.
///
/// # Errors
/// In plain words: it is no number.
pub(super) fn digits(text: &str) -> Result<(i64, u32), String> {
    let (whole, behind) = text.split_once('.').unwrap_or((text, ""));
    let all = format!("{whole}{behind}");
    let is_number = !whole.is_empty()
        && (text.len() == whole.len() || !behind.is_empty())
        && all.bytes().all(|byte| byte.is_ascii_digit());
    let number = all.parse().ok().filter(|_| is_number);
    match number {
        Some(number) if all.len() <= DIGITS_MAX => {
            Ok((number, u32::try_from(behind.len()).unwrap_or(u32::MAX)))
        }
        Some(_) => Err(format!("`{text}` has more than {DIGITS_MAX} digits")),
        None => Err(format!("`{text}` is no number")),
    }
}

/// How a sign is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// `+` or `-`, always.
    Always,
    /// `+`, `-` or a space, always.
    OrSpace,
    /// `-`, and `+` or nothing.
    Free,
}

/// A signed number in this unit.
///
/// # Errors
/// In plain words: the sign is missing, it is no number, or no instrument here shows so much.
pub(super) fn signed(text: &str, sign: Sign, unit: Unit) -> Result<Shown, String> {
    let (is_negative, rest) = match (text.chars().next(), sign) {
        (Some('+'), _) | (Some(' '), Sign::OrSpace) => (false, text.get(1..)),
        (Some('-'), _) => (true, text.get(1..)),
        (_, Sign::Free) => (false, Some(text)),
        _ => return Err(format!("`{text}` has no sign: the line may have been cut")),
    };
    let (number, behind) = digits(rest.unwrap_or_default())?;
    let (thousandths, place) = scaled(number, behind, unit)
        .ok_or_else(|| format!("`{text}` {} is more than is measured here", unit.name()))?;
    Ok(Shown {
        thousandths: if is_negative {
            -thousandths
        } else {
            thousandths
        },
        place,
        step: None,
        unit,
        is_moving: false,
        text: format!("{text} {}", unit.name()),
    })
}

/// What a gauge typed like a keyboard: the display's unit behind it or not, a point or a comma.
///
/// # Errors
/// In plain words: it is no number, or of another unit.
pub(crate) fn keyboard(text: &str, unit: Unit) -> Result<Shown, String> {
    let text = text.trim();
    let end = text
        .rfind(|letter: char| letter.is_ascii_digit())
        .map_or(0, |place| place + 1);
    let (number, suffix) = text.split_at(end);
    let suffix = suffix.trim();
    if !suffix.is_empty() && Unit::of(suffix) != Some(unit) {
        let name = unit.name();
        return Err(format!(
            "`{text}` ends in `{suffix}`, and the gauge was said to type {name}"
        ));
    }
    let number = number.trim();
    // Which sign stands for decimals is a setting of the computer, not of the gauge.
    let number = match (number.matches(',').count(), number.contains('.')) {
        (1, false) => number.replace(',', "."),
        _ => number.to_owned(),
    };
    signed(&number, Sign::Free, unit)
}

/// A number with so many decimals, and the worth of its last digit, in thousandths.
fn scaled(number: i64, behind: u32, unit: Unit) -> Option<(i32, u32)> {
    let (factor, divisor) = unit.thousandths();
    let divisor = divisor.checked_mul(10_i64.checked_pow(behind)?)?;
    let value = number.checked_mul(factor)?;
    // Halves away from zero; a place is never told too fine.
    let value = value.checked_add(divisor / 2)?.checked_div(divisor)?;
    let place = factor.checked_add(divisor - 1)?.checked_div(divisor)?;
    Some((i32::try_from(value).ok()?, u32::try_from(place).ok()?))
}

/// A step in this unit, in thousandths.
///
/// # Errors
/// In plain words: it is no number, or none above zero.
pub(super) fn step(text: &str, unit: Unit) -> Result<u32, String> {
    let shown = signed(text, Sign::Free, unit)?;
    match u32::try_from(shown.thousandths) {
        Ok(step) if step > 0 && !text.starts_with(['+', '-']) => Ok(step),
        _ => Err(format!("`{text}` is no step of a display")),
    }
}

/// What was shown as a reading of an instrument with this step, in thousandths of the quantity's unit.
///
/// # Errors
/// In plain words: it is of another quantity, still moves, or another step than the one that was stated.
pub(crate) fn reading(shown: &Shown, wanted: Quantity, stated: u32) -> Result<i32, String> {
    let Shown { text, unit, .. } = shown;
    let word = wanted.word();
    if unit.quantity() != wanted {
        return Err(format!(
            "the instrument sent {text}, which is no {}; is it the one for this reading?",
            match wanted {
                Quantity::Length => "length",
                Quantity::Rate => "rate",
                Quantity::Current => "current",
            }
        ));
    }
    if shown.is_moving {
        return Err(format!(
            "the instrument sent {text} and says that it still moves"
        ));
    }
    let told = |thousandths: u32| {
        let text = format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    let is_step = match shown.step {
        Some(step) => step == stated,
        // A display steps by one, two or five of its last digit. Turns per minute come out even nowhere.
        None => [1, 2, 5].iter().any(|of| {
            let step = shown.place.saturating_mul(*of);
            step == stated || *unit == Unit::Rpm && step.abs_diff(stated) <= stated / 5
        }),
    };
    if !is_step {
        let step = shown.step.unwrap_or(shown.place);
        return Err(format!(
            "the instrument sent {text}: steps of {} {word}, and {} {word} were stated; is its unit or its \
             resolution set otherwise?",
            told(step),
            told(stated)
        ));
    }
    let is_on_step = i32::try_from(stated).is_ok_and(|stated| shown.thousandths % stated == 0);
    if !is_on_step && *unit != Unit::Rpm {
        return Err(format!(
            "the instrument sent {text}, which lies between two steps of {} {word}",
            told(stated)
        ));
    }
    Ok(shown.thousandths)
}
