//! The blunders: of a typing hand, of a hand at the ring, of somebody who is not there with his mind.

/// A kind of blunder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Two neighbouring digits change places.
    DigitsSwapped,
    /// A digit is left out.
    DigitDropped,
    /// A digit stands twice.
    DigitDoubled,
    /// A digit is its neighbour on the keypad.
    DigitWrong,
    /// A zero too many.
    ZeroAdded,
    /// The sign is the other one.
    SignWrong,
    /// Millimetres, without saying so.
    Millimetres,
    /// Millimetres, and says so.
    MillimetresNamed,
    /// Millimetres with a decimal comma.
    MillimetresComma,
    /// Thousandths of an inch.
    Mils,
    /// A decimal comma.
    DecimalComma,
    /// Strokes per minute instead of per second.
    PerMinute,
    /// A letter O for a zero, a letter l for a one.
    Letter,
    /// Nothing.
    Nothing,
    /// Not a number.
    NotANumber,
    /// The setting instead of what the gauge shows, the ring not moved.
    SettingCopied,
    /// The ring is not moved.
    RingNotMoved,
    /// The ring is not moved at any reading.
    RingNeverMoved,
    /// The ring is moved to the next mark instead.
    NextMark,
    /// The ring is moved to the mark before instead.
    MarkBefore,
    /// The ring is moved half way.
    HalfWay,
    /// The gauge shows what it showed before.
    GaugeStuck,
    /// The gauge shows the same for ever.
    GaugeStuckForEver,
    /// The value of the next place is typed here: one line slipped, all the way.
    LineSlipped,
    /// The gauge was bumped and lost its zero in the middle.
    GaugeBumped,
}

impl Kind {
    pub(crate) const ALL: [Self; 25] = [
        Self::DigitsSwapped,
        Self::DigitDropped,
        Self::DigitDoubled,
        Self::DigitWrong,
        Self::ZeroAdded,
        Self::SignWrong,
        Self::Millimetres,
        Self::MillimetresNamed,
        Self::MillimetresComma,
        Self::Mils,
        Self::DecimalComma,
        Self::PerMinute,
        Self::Letter,
        Self::Nothing,
        Self::NotANumber,
        Self::SettingCopied,
        Self::RingNotMoved,
        Self::RingNeverMoved,
        Self::NextMark,
        Self::MarkBefore,
        Self::HalfWay,
        Self::GaugeStuck,
        Self::GaugeStuckForEver,
        Self::LineSlipped,
        Self::GaugeBumped,
    ];

    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::DigitsSwapped => "two digits swapped",
            Self::DigitDropped => "a digit left out",
            Self::DigitDoubled => "a digit twice",
            Self::DigitWrong => "a wrong digit",
            Self::ZeroAdded => "a zero too many",
            Self::SignWrong => "the other sign",
            Self::Millimetres => "millimetres",
            Self::MillimetresNamed => "millimetres, named",
            Self::MillimetresComma => "millimetres, named, with a comma",
            Self::Mils => "thousandths of an inch",
            Self::DecimalComma => "a decimal comma",
            Self::PerMinute => "strokes per minute",
            Self::Letter => "a letter for a digit",
            Self::Nothing => "nothing typed",
            Self::NotANumber => "NaN, inf, a word",
            Self::SettingCopied => "the setting copied, the ring not moved",
            Self::RingNotMoved => "the ring not moved once",
            Self::RingNeverMoved => "the ring never moved",
            Self::NextMark => "the ring at the next mark",
            Self::MarkBefore => "the ring at the mark before",
            Self::HalfWay => "the ring moved half way",
            Self::GaugeStuck => "the gauge stuck once",
            Self::GaugeStuckForEver => "the gauge stuck for ever",
            Self::LineSlipped => "one line slipped, to the end",
            Self::GaugeBumped => "the gauge lost its zero by 40 to 80 um",
        }
    }

    /// Whether it is a blunder at a tachometer too.
    const fn is_for_rates(self) -> bool {
        matches!(
            self,
            Self::DigitsSwapped
                | Self::DigitDropped
                | Self::DigitDoubled
                | Self::DigitWrong
                | Self::ZeroAdded
                | Self::SignWrong
                | Self::DecimalComma
                | Self::PerMinute
                | Self::Letter
                | Self::Nothing
                | Self::NotANumber
        )
    }

    /// Whether it goes on once it has begun.
    pub(crate) const fn lasts(self) -> bool {
        matches!(
            self,
            Self::RingNeverMoved | Self::GaugeStuckForEver | Self::LineSlipped | Self::GaugeBumped
        )
    }
}

/// A blunder at one reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Blunder {
    pub(crate) kind: Kind,
    /// At which reading, from 0; the last six are rates.
    pub(crate) at: usize,
    /// Chooses among digits and sizes.
    pub(crate) chance: u32,
}

/// Readings of the short set as found: of the gauge, and in all.
const GAUGE: usize = 32;
const ALL: usize = 38;

/// All blunders: nine of each kind, at places drawn from a counter.
pub(crate) fn blunders() -> Vec<Blunder> {
    let mut state = 1_u32;
    let mut next = move |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        usize::try_from(state >> 16).expect("16 bits") % below
    };
    let mut all = Vec::new();
    for kind in Kind::ALL {
        for number in 0..9 {
            let at = match kind {
                // A sign is wrong where there is one to forget, too.
                Kind::SignWrong if number < 4 => [0, 15, 16, 31][number],
                Kind::PerMinute => next(ALL - GAUGE) + GAUGE,
                _ if kind.is_for_rates() => next(ALL),
                // The first reading has none before it.
                _ => 1 + next(GAUGE - 2),
            };
            let chance = u32::try_from(next(10_000)).expect("below 10 000");
            all.push(Blunder { kind, at, chance });
        }
    }
    all
}

/// Kinds that there are at a meter: of typing; its unit, amperes for milliamperes; and that it sticks.
const AT_THE_METER: [Kind; 12] = [
    Kind::DigitsSwapped,
    Kind::DigitDropped,
    Kind::DigitDoubled,
    Kind::DigitWrong,
    Kind::ZeroAdded,
    Kind::SignWrong,
    Kind::Millimetres,
    Kind::DecimalComma,
    Kind::Letter,
    Kind::Nothing,
    Kind::NotANumber,
    Kind::GaugeStuck,
];

/// Readings of the meter in a short set that has them: two at rest, two at 50 Hz, one at 80 Hz.
const METER: [usize; 5] = [32, 34, 38, 40, 45];

/// Blunders at a meter: of each kind one at each of its readings.
pub(crate) fn blunders_at_the_meter() -> Vec<Blunder> {
    let of = |kind| {
        METER.into_iter().map(move |at| Blunder {
            kind,
            at,
            chance: u32::try_from(at * 7).expect("small"),
        })
    };
    AT_THE_METER.into_iter().flat_map(of).collect()
}

/// What is typed instead of a value.
pub(crate) fn mistyped(kind: Kind, right: &str, chance: u32) -> String {
    let digits: Vec<usize> = right
        .char_indices()
        .filter(|(_, letter)| letter.is_ascii_digit())
        .map(|(place, _)| place)
        .collect();
    let pick = |count: usize| usize::try_from(chance).expect("32 bits") % count.max(1);
    let mut letters: Vec<char> = right.chars().collect();
    match kind {
        Kind::DigitsSwapped => {
            let pairs: Vec<(usize, usize)> = digits
                .windows(2)
                .map(|pair| (pair[0], pair[1]))
                .filter(|(one, other)| letters[*one] != letters[*other])
                .collect();
            let Some((one, other)) = pairs.get(pick(pairs.len())) else {
                return format!("{right}0");
            };
            letters.swap(*one, *other);
        }
        Kind::DigitDropped => {
            letters.remove(digits[pick(digits.len())]);
        }
        Kind::DigitDoubled => {
            let place = digits[pick(digits.len())];
            letters.insert(place, letters[place]);
        }
        Kind::DigitWrong => {
            let place = digits[pick(digits.len())];
            let near = match letters[place] {
                '0' => '1',
                '1' => '4',
                '2' => '5',
                '3' => '6',
                '4' => '7',
                '5' => '8',
                '6' => '3',
                '7' => '4',
                '8' => '5',
                _ => '6',
            };
            letters[place] = near;
        }
        Kind::ZeroAdded => letters.push('0'),
        Kind::SignWrong if letters[0] == '-' => {
            letters.remove(0);
        }
        Kind::SignWrong => letters.insert(0, '-'),
        Kind::DecimalComma if right.contains('.') => return right.replace('.', ","),
        Kind::DecimalComma => return format!("{right},0"),
        Kind::Letter => {
            let place = digits[pick(digits.len())];
            letters[place] = if chance.is_multiple_of(2) { 'O' } else { 'l' };
        }
        Kind::Nothing => return String::new(),
        Kind::NotANumber => return ["NaN", "inf", "ok", "-", "1e3"][pick(5)].to_owned(),
        Kind::Millimetres
        | Kind::MillimetresNamed
        | Kind::MillimetresComma
        | Kind::Mils
        | Kind::PerMinute => return in_other_units(kind, right, chance),
        // Of the hands, not of the keys.
        _ => {}
    }
    letters.into_iter().collect()
}

fn in_other_units(kind: Kind, right: &str, chance: u32) -> String {
    let value: f64 = right.parse().expect("a number");
    let mm = format!("{:.3}", value / 1_000.0);
    match kind {
        Kind::Millimetres => mm,
        Kind::MillimetresNamed => format!("{mm} mm"),
        Kind::MillimetresComma => format!("{} mm", mm.replace('.', ",")),
        Kind::Mils => format!("{:.1}", value / 25.4),
        _ if chance.is_multiple_of(2) => format!("{:.1}", value * 60.0),
        _ => format!("{:.0} rpm", value * 60.0),
    }
}
