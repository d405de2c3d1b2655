//! What takes a technician, and somebody who holds the button on the pen.

use pen_core::mode::Mode;
use pen_core::request::{Refusal, Role};
use pen_protocol::messages::ToPen;

use super::{Progress, Run};
use crate::client::Client;
use crate::error::HostError;

impl Run<'_> {
    /// Has somebody hold the ok button on the pen while something is asked.
    pub(super) fn held<T>(
        &mut self,
        ask: impl FnOnce(&mut Client) -> Result<T, HostError>,
    ) -> Result<T, HostError> {
        self.bench.attend(self.client, true)?;
        let done = ask(self.client);
        self.bench.attend(self.client, false)?;
        done
    }

    /// Asks what takes the button and a technician. A role that has run out is renewed meanwhile.
    pub(super) fn held_as_technician<T>(
        &mut self,
        mut ask: impl FnMut(&mut Client) -> Result<T, HostError>,
    ) -> Result<T, HostError> {
        self.held(|client| match ask(client) {
            Err(_) if lacks_role(client) => {
                authorise(client)?;
                ask(client)
            }
            other => other,
        })
    }

    /// Asks what takes a technician. The role runs out 10 minutes after it was given: then somebody holds
    /// the button again, the motor at rest, and what was refused is asked once more.
    pub(super) fn as_technician<T>(
        &mut self,
        mut ask: impl FnMut(&mut Client) -> Result<T, HostError>,
    ) -> Result<T, HostError> {
        match ask(self.client) {
            Err(_) if lacks_role(self.client) => {}
            other => return other,
        }
        if self.client.status()?.mode == Mode::ServiceRunning {
            self.client.demand(&ToPen::Stop)?;
            self.is_turning = false;
            self.come_to_rest()?;
        }
        self.tell(&Progress::Note(
            "the technician's time is over: hold the ok button on the pen again",
        ));
        self.held(|client| {
            authorise(client)?;
            ask(client)
        })
    }
}

/// Whether what was asked last was refused because this connection is no technician's, or no longer.
fn lacks_role(client: &Client) -> bool {
    matches!(client.refusal(), Some(Refusal::Role { .. }))
}

/// Becomes a technician while somebody holds the button.
pub(super) fn authorise(client: &mut Client) -> Result<(), HostError> {
    client.authorise(Role::Technician).map_err(at_the_pen)
}

/// Advice for what needs somebody at the pen.
pub(super) fn at_the_pen(error: HostError) -> HostError {
    error.with_fix("put the calibration dummy in, hold the ok button on the pen, and repeat")
}
