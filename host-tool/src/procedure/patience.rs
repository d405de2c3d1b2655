//! How long an instrument is waited for where nobody sits who could end it.

use std::time::Duration;

use pen_core::mode::Mode;

use crate::client::Client;
use crate::error::HostError;

/// How long an instrument is waited for that cannot be asked: while the motor rests, and while it turns.
/// Source: none yet; somebody presses a data key when told to.
const PATIENCE: Duration = Duration::from_secs(120);
const PATIENCE_TURNING: Duration = Duration::from_secs(30);

/// Waits until something `came`, the pen kept alive meanwhile: 120 s, and 30 s while the motor turns.
///
/// # Errors
/// It did not come; what `came` fails with; the link broke, or an interrupt from the keyboard.
pub(super) fn until_it_came(
    client: &mut Client,
    text: &str,
    came: &mut dyn FnMut(&mut Client) -> Result<bool, HostError>,
) -> Result<(), HostError> {
    let turns = client.status()?.mode == Mode::ServiceRunning;
    let patience = if turns { PATIENCE_TURNING } else { PATIENCE };
    let until = client.now() + patience;
    // Before it is listened to, too: what comes at once and is not taken must not keep the heartbeat back.
    client.wait_alive(Duration::ZERO)?;
    while !came(client)? {
        if client.now() >= until {
            let why = format!("waited {} s for: {text}", patience.as_secs());
            return Err(HostError::usage("no instrument sent a reading", why)
                .with_fix("press its data key when it is asked for; go on with --resume"));
        }
        client.wait_alive(Duration::ZERO)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use pen_core::mode::Mode;

    use crate::error::Class;
    use crate::procedure::{Answers, Desk, Nobody, in_service};

    #[test]
    fn a_desk_without_a_person_waits_120_s_and_30_s_while_the_motor_turns() {
        let answers = Answers::of("answers.txt", "dummy: y").unwrap();
        let desks: [Box<dyn Desk>; 2] = [Box::new(Nobody), Box::new(answers)];
        for mut desk in desks {
            for (turns, from, to) in [(false, 120, 121), (true, 30, 31)] {
                let (_, mut client) = in_service(turns);
                let begun = client.now();
                let error = desk
                    .ask_until(&mut client, "reading 7 of 38", &mut |client| {
                        // Longer than anybody would wait for the test.
                        assert!(client.now() < begun + Duration::from_secs(300), "for ever");
                        Ok(false)
                    })
                    .unwrap_err();
                let waited = (client.now() - begun).as_secs();
                assert!((from..to).contains(&waited), "{turns}: {waited} s");
                assert_eq!(error.class, Class::Usage, "{error}");
                assert_eq!(error.why, format!("waited {from} s for: reading 7 of 38"));
                // The pen was told meanwhile that somebody is there.
                let wanted = if turns {
                    Mode::ServiceRunning
                } else {
                    Mode::Service
                };
                assert_eq!(client.status().unwrap().mode, wanted);
            }
        }
    }
}
