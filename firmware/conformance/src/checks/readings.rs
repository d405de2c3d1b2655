//! Converter and encoder: each input its own channel, whole range, truthful age.

use pen_app::board::{Adc, ControlBoard, ControlParts, Encoder, HostBoard};
use pen_core::io::Sample;
use pen_core::units::Duration;

use crate::bench::{Analog, Bench};
use crate::failure::{Note, Outcome, Trouble, Value, demand};
use crate::suite::Subject;

/// Largest result of a 12-bit conversion.
const COUNTS_MAX: u16 = 4_095;

/// A reading older than this is of no use to the core (SENS-001). Unit: us
const AGE_MAX_US: u64 = 10_000;

/// Longer than any counter of microseconds below 21 bits takes to come round. Unit: ms
const STANDS_MS: u32 = 2_200;

fn sample<B: ControlBoard>(parts: &mut ControlParts<B>, input: Analog) -> Sample {
    match input {
        Analog::Converter(input) => parts.adc.newest(input),
        Analog::Encoder => parts.encoder.newest(),
    }
}

fn expect<B: ControlBoard, T: Bench>(
    parts: &mut ControlParts<B>,
    bench: &mut T,
    input: Analog,
    when: &'static str,
    counts: u16,
) -> Result<(), Trouble> {
    let seen = sample(parts, input).counts;
    demand(
        seen.abs_diff(counts) <= bench.counts_tolerance() && seen <= COUNTS_MAX,
        input.name(),
        when,
        Value::Count(counts.into()),
        Value::Count(seen.into()),
    )
}

pub(super) fn readings_are_not_swapped<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let parts = subject.parts()?;
    for odd in Analog::ALL {
        for input in Analog::ALL {
            bench.set_counts(input, if input == odd { 3_000 } else { 1_000 })?;
        }
        bench.wait(bench.settling());
        for input in Analog::ALL {
            let (when, counts) = if input == odd {
                ("when it alone is at 3000", 3_000)
            } else {
                ("when only another one is at 3000", 1_000)
            };
            expect(parts, bench, input, when, counts)?;
        }
    }
    Ok(Note::Nothing)
}

pub(super) fn readings_span_the_range<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let parts = subject.parts()?;
    for (counts, when) in [
        (0, "at the lower end"),
        (1, "one above the lower end"),
        (2_048, "in the middle"),
        (COUNTS_MAX, "at the upper end"),
    ] {
        for input in Analog::ALL {
            bench.set_counts(input, counts)?;
        }
        bench.wait(bench.settling());
        for input in Analog::ALL {
            expect(parts, bench, input, when, counts)?;
        }
    }
    Ok(Note::Nothing)
}

pub(super) fn readings_are_fresh<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let parts = subject.parts()?;
    for input in Analog::ALL {
        bench.stand(input, false)?;
    }
    bench.wait(bench.settling());
    let mut oldest = 0;
    for _ in 0..100 {
        bench.wait(Duration::from_ms(1));
        for input in Analog::ALL {
            let age = u64::from(sample(parts, input).age.as_us());
            demand(
                age <= AGE_MAX_US,
                input.name(),
                "age of a running conversion",
                Value::AtMostUs(AGE_MAX_US),
                Value::Us(age),
            )?;
            oldest = oldest.max(age);
        }
    }
    Ok(Note::Took {
        what: "oldest reading",
        us: oldest,
    })
}

pub(super) fn standing_conversions_grow_old<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let parts = subject.parts()?;
    for input in Analog::ALL {
        bench.stand(input, true)?;
    }
    let outcome = grow_old(parts, bench);
    for input in Analog::ALL {
        bench.stand(input, false)?;
    }
    bench.wait(bench.settling());
    outcome
}

fn grow_old<B: ControlBoard, T: Bench>(parts: &mut ControlParts<B>, bench: &mut T) -> Outcome {
    let began = bench.now_us();
    bench.wait(bench.settling());
    for _ in 0..STANDS_MS {
        bench.wait(Duration::from_ms(1));
        let stood = bench.now_us().saturating_sub(began);
        // What settles last may have been read until then; it must be old one age limit later.
        let settling = u64::from(bench.settling().as_us());
        let due = AGE_MAX_US.saturating_add(settling);
        for input in Analog::ALL {
            let age = u64::from(sample(parts, input).age.as_us());
            demand(
                stood < due || age > AGE_MAX_US,
                input.name(),
                "age while its conversions stand",
                Value::AtLeastUs(AGE_MAX_US + 1),
                Value::Us(age),
            )?;
        }
    }
    Ok(Note::Nothing)
}
