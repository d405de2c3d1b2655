//! The terminal of the full screen: keys, size, and how it is left.

use std::io;
use std::time::Duration;

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::app::{App, Key};
use super::source::Source;
use super::{Left, MonitorArgs, view};
use crate::clock;
use crate::error::HostError;

/// How long a picture is waited for before keys are looked at again.
const SLICE: Duration = Duration::from_millis(30);

/// Shows pictures until somebody leaves; the terminal is given back as it was.
pub(super) fn run(
    args: MonitorArgs,
    source: &mut dyn Source,
    mut app: App,
) -> Result<(), HostError> {
    let broken = |error: io::Error| HostError::record_store("the terminal", error.to_string());
    let mut terminal = ratatui::try_init().map_err(broken)?;
    let mut left = Left::new(args, source);
    let ended = loop {
        if clock::interrupted() || !left.any(source) {
            break Ok(());
        }
        match keys(&mut app) {
            Ok(true) => break Ok(()),
            Ok(false) => {}
            Err(error) => break Err(broken(error)),
        }
        match source.next(SLICE) {
            Ok(Some(picture)) => {
                left.shown += 1;
                app.take(picture);
            }
            Ok(None) => app.over = source.is_over(),
            Err(error) => break Err(error),
        }
        if app.over {
            clock::Clock::wait(&mut clock::RealClock::new(), SLICE);
        }
        if let Err(error) = terminal.draw(|frame| view::draw(&app, frame)) {
            break Err(broken(error));
        }
    };
    ratatui::restore();
    ended
}

/// Does what was typed; a new size needs nothing, since each picture asks for it.
fn keys(app: &mut App) -> io::Result<bool> {
    while event::poll(Duration::ZERO)? {
        if let Event::Key(key) = event::read()?
            && let Some(key) = meaning(key)
            && app.press(key)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn meaning(key: KeyEvent) -> Option<Key> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char('c') if is_control => Some(Key::Quit),
        KeyCode::Char('q') | KeyCode::Esc => Some(Key::Quit),
        KeyCode::Char('p' | ' ') => Some(Key::Pause),
        KeyCode::Char('c') => Some(Key::Clear),
        _ => None,
    }
}
