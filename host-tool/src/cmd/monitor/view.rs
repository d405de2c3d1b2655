//! How the full screen looks: plain letters and words, so that nothing hangs on a colour or a font.

use pen_core::status::Status;
use pen_core::units::Temperature;
use pen_protocol::messages::ZoneLimits;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Paragraph, Sparkline};

use super::app::App;
use super::heat;
use super::source::Picture;
use crate::words;

/// The keys, as they are listed at the foot.
const KEYS: &str = "q quit   p pause   c clear log";

/// A value between limits on a scale.
#[derive(Clone, Copy, Debug)]
pub(super) struct Band {
    /// Ends of the scale.
    pub(super) scale: (i64, i64),
    /// What is allowed.
    pub(super) allowed: (i64, i64),
    /// From here on the pen is held back.
    pub(super) held: Option<i64>,
    /// What is.
    pub(super) value: Option<i64>,
}

impl Band {
    /// So many letters: `=` allowed, `-` allowed and held back, `.` not, `O` the value, `X` a value that
    /// is not allowed.
    pub(super) fn text(&self, width: usize) -> String {
        let (low, high) = self.scale;
        let last = i64::try_from(width.saturating_sub(1)).unwrap_or(0).max(1);
        let span = (high - low).max(1);
        let place = |value: i64| (value.clamp(low, high) - low) * last / span;
        let (from, to) = (place(self.allowed.0), place(self.allowed.1));
        let held = self.held.map_or(i64::MAX, place);
        let mark = self.value.map(place);
        let is_allowed = self
            .value
            .is_some_and(|it| (self.allowed.0..=self.allowed.1).contains(&it));
        (0..=last)
            .take(width)
            .map(|at| match at {
                at if Some(at) == mark && is_allowed => 'O',
                at if Some(at) == mark => 'X',
                at if (from..=to).contains(&at) && at >= held => '-',
                at if (from..=to).contains(&at) => '=',
                _ => '.',
            })
            .collect()
    }
}

/// Draws it all.
pub(super) fn draw(app: &App, frame: &mut Frame<'_>) {
    let area = frame.area();
    let Some(picture) = app.picture else {
        let text = format!(
            "pen {} at {}: waiting for the first picture",
            app.pen, app.place
        );
        frame.render_widget(Paragraph::new(text), area);
        return;
    };
    let status = picture.status();
    let rows = bands(app, &picture, usize::from(area.width));
    let height = u16::try_from(rows.len()).unwrap_or(u16::MAX);
    let curve = if area.height >= 24 { 4 } else { 0 };
    let [head, middle, curve, log, foot] = Layout::vertical([
        Constraint::Length(2),
        Constraint::Length(height),
        Constraint::Length(curve),
        Constraint::Min(0),
        Constraint::Length(1),
    ])
    .areas(area);
    frame.render_widget(
        Paragraph::new(heading(app, status, picture.telemetry.dropped)),
        head,
    );
    frame.render_widget(Paragraph::new(rows), middle);
    draw_curve(app, frame, curve);
    draw_log(app, frame, log);
    frame.render_widget(Paragraph::new(KEYS).style(faint()), foot);
}

fn faint() -> Style {
    Style::default().add_modifier(Modifier::DIM)
}

fn strong() -> Style {
    Style::default().add_modifier(Modifier::BOLD)
}

fn heading(app: &App, status: &Status, dropped: u32) -> Vec<Line<'static>> {
    let ms = status.at.as_us() / 1_000;
    let mode = words::mode(status.mode).0;
    let stands = match (app.paused, app.over) {
        (true, _) => "  PAUSED",
        (_, true) => "  END OF RECORDING",
        _ => "",
    };
    let lost = if dropped == 0 {
        String::new()
    } else {
        format!("  {dropped} pictures lost")
    };
    let second = match status.fault {
        Some(trip) => Line::styled(
            format!("FAULT {}", words::trip(&trip)),
            strong().fg(Color::Red),
        ),
        None if status.locks.is_empty() => Line::raw("no fault, no lock"),
        None => Line::raw(format!("locked by {}", words::locks(status.locks))),
    };
    vec![
        Line::from(vec![
            Span::styled(mode, strong()),
            Span::raw(format!(
                "  pen {}  {}.{:03} s{lost}",
                app.pen,
                ms / 1_000,
                ms % 1_000
            )),
            Span::styled(stands, strong()),
        ]),
        second,
    ]
}

/// One row a quantity: name, value, band. Bands shrink with the screen; names and values stay.
fn bands(app: &App, picture: &Picture, width: usize) -> Vec<Line<'static>> {
    let status = picture.status();
    let absolute = app.limits.map(|limits| limits.absolute);
    let um = |value: pen_core::units::Depth| i64::from(value.as_um());
    let deepest = absolute.map_or(2_500, |it| um(it.depth));
    let cap = status.cap.map_or(deepest, |cap| um(cap.value));
    let depth = |value: Option<pen_core::units::Depth>| Band {
        scale: (-500, deepest.max(cap) + 500),
        allowed: (-500, cap),
        held: None,
        value: value.map(um),
    };
    let rate_max = absolute.map_or(150_000, |it| i64::from(it.rate_max.as_mhz()));
    let rate_min = absolute.map_or(50_000, |it| i64::from(it.rate_min.as_mhz()));
    let rate = Band {
        scale: (0, rate_max * 11 / 10),
        allowed: (rate_min, rate_max),
        held: None,
        // A motor at rest is neither too slow nor too fast.
        value: Some(i64::from(status.rate.as_mhz())).filter(|rate| *rate > 0),
    };
    let shown = |depth: Option<_>| depth.map_or_else(|| "-".to_owned(), words::depth);
    let mut rows = vec![
        row("rate", words::rate(status.rate), Some(rate), width),
        row(
            "depth A",
            shown(status.depth_a),
            Some(depth(status.depth_a)),
            width,
        ),
        row(
            "depth B",
            shown(status.depth_b),
            Some(depth(status.depth_b)),
            width,
        ),
        row("cap", cap_text(status), None, width),
        row("current", words::current(status.current), None, width),
        row("battery", words::voltage(status.battery), None, width),
        row(
            "held back",
            words::limiting(status.limiting).to_owned(),
            None,
            width,
        ),
        row(
            "needles",
            if status.parked {
                "inside"
            } else {
                "may be out"
            }
            .to_owned(),
            None,
            width,
        ),
    ];
    rows.extend(warmth(app, picture, width));
    rows.extend(budgets(app, status, width));
    rows
}

/// Coldest end of both scales. Unit: tenths of a degree.
const COLD: i64 = 200;

/// Grip and winding with their limits; a pen that was too warm has lower ones until it has cooled.
fn warmth(app: &App, picture: &Picture, width: usize) -> [Line<'static>; 2] {
    let Some(told) = picture.temperatures else {
        return [
            row("grip", app.untold.to_owned(), None, width),
            row("winding", "-".to_owned(), None, width),
        ];
    };
    let tenths = |it: Temperature| i64::from(it.as_decicelsius());
    let band = |value: Option<Temperature>, stop: i64, cool: i64, held, above: i64| Band {
        scale: (COLD, stop + above),
        allowed: (i64::MIN, if told.must_cool { cool } else { stop } - 1),
        held,
        value: value.map(tenths),
    };
    let (warm, stop) = (tenths(told.grip_warm), tenths(told.grip_stop));
    let grip = band(told.grip, stop, warm, Some(warm), 70);
    let (cool, stop) = (tenths(told.winding_cool), tenths(told.winding_stop));
    let winding = band(told.winding, stop, cool, None, 200);
    [
        row("grip", heat::grip(&told), Some(grip), width),
        row("winding", heat::winding(&told), Some(winding), width),
    ]
}

fn cap_text(status: &Status) -> String {
    status.cap.map_or_else(
        || "-".to_owned(),
        |cap| {
            format!(
                "{}, set by the {}",
                words::depth(cap.value),
                words::source(cap.by)
            )
        },
    )
}

/// What is used of what may be used.
fn budgets(app: &App, status: &Status, width: usize) -> Vec<Line<'static>> {
    let mut rows = Vec::new();
    let mut used = |name: &'static str, text: String, used: u32, of: u32| {
        let band = Band {
            scale: (0, i64::from(of)),
            allowed: (0, i64::from(of)),
            held: None,
            value: Some(i64::from(used)),
        };
        rows.push(row(name, text, Some(band), width));
    };
    if let Some(limits) = app.limits {
        let of = limits
            .profile
            .map_or(limits.absolute.session_on, |it| it.session_on);
        let text = format!("{} of {}", words::span(status.on), words::span(of));
        used("motor on", text, status.on.as_us(), of.as_us());
        let zone: Option<ZoneLimits> = status
            .zone
            .and_then(|place| limits.zones.get(usize::from(place)).copied().flatten());
        if let Some(zone) = zone {
            let of = zone.time.value;
            let text = format!("{} of {}", words::span(status.zone_on), words::span(of));
            used("zone time", text, status.zone_on.as_us(), of.as_us());
            let (made, of) = (
                status.zone_strokes.as_count(),
                zone.strokes.value.as_count(),
            );
            used("strokes", format!("{made} of {of}"), made, of);
        }
    }
    rows
}

/// Letters for a name, and for a value beside a band.
const NAME: usize = 11;
const VALUE: usize = 24;

fn row(name: &'static str, value: String, band: Option<Band>, width: usize) -> Line<'static> {
    let mut spans = vec![Span::styled(format!("{name:<NAME$}"), strong())];
    let room = width.saturating_sub(NAME + VALUE);
    match band {
        Some(band) if room >= 10 => {
            let is_out = band
                .value
                .is_some_and(|it| !(band.allowed.0..=band.allowed.1).contains(&it));
            spans.push(Span::raw(format!("{value:<VALUE$}")));
            let style = if is_out {
                strong().fg(Color::Red)
            } else {
                Style::default()
            };
            spans.push(Span::styled(band.text(room.min(60)), style));
        }
        _ => spans.push(Span::raw(value)),
    }
    Line::from(spans)
}

fn draw_curve(app: &App, frame: &mut Frame<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    let block = Block::new().borders(Borders::TOP).title("rate, Hz");
    let width = usize::from(area.width);
    let skip = app.rates.len().saturating_sub(width);
    let rates: Vec<u64> = app.rates.iter().skip(skip).copied().collect();
    let most = app.limits.map_or(150, |limits| {
        u64::from(limits.absolute.rate_max.as_mhz() / 1_000)
    });
    frame.render_widget(
        Sparkline::default().block(block).max(most).data(&rates),
        area,
    );
}

fn draw_log(app: &App, frame: &mut Frame<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    let room = usize::from(area.height).saturating_sub(1);
    let width = usize::from(area.width);
    // Long lines go on below, broken between words.
    let lines: Vec<String> = app
        .log
        .iter()
        .flat_map(|line| {
            let (time, text) = line.split_at_checked(11).unwrap_or(("", line));
            let parts = crate::out::wrapped(text, width.saturating_sub(11).max(10), "");
            let mut parts = parts.into_iter();
            let first = format!("{time}{}", parts.next().unwrap_or_default());
            std::iter::once(first).chain(parts.map(|part| format!("{:11}{part}", "")))
        })
        .collect();
    let skip = lines.len().saturating_sub(room);
    let shown: Vec<Line<'_>> = lines.into_iter().skip(skip).map(Line::raw).collect();
    let block = Block::new().borders(Borders::TOP).title("what happened");
    frame.render_widget(Paragraph::new(shown).block(block), area);
}
