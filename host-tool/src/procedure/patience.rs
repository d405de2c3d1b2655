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
    use pen_core::request::Role;
    use pen_core::units::Rate;
    use pen_protocol::messages::ToPen;

    use crate::client::{Client, Patience};
    use crate::error::Class;
    use crate::link::sim::SimStage;
    use crate::procedure::{Answers, Bench, Decides, Desk, Nobody, SimBench};

    /// A pen in Service mode, its motor at 50 Hz if it `turns`.
    fn in_service(turns: bool) -> Client {
        let stage = SimStage::new(5).unwrap();
        let mut client = Client::connect(Box::new(stage.link()), Patience::default()).unwrap();
        let mut bench = SimBench::new(stage, 5, Decides::Yes);
        bench.prepare(&mut client).unwrap();
        bench.attend(&mut client, true).unwrap();
        client.authorise(Role::Technician).unwrap();
        client.demand(&ToPen::EnterService).unwrap();
        bench.attend(&mut client, false).unwrap();
        if turns {
            client.run(Rate::from_hz(50)).unwrap();
        }
        client
    }

    #[test]
    fn a_desk_without_a_person_waits_120_s_and_30_s_while_the_motor_turns() {
        let answers = Answers::of("answers.txt", "dummy: y").unwrap();
        let desks: [Box<dyn Desk>; 2] = [Box::new(Nobody), Box::new(answers)];
        for mut desk in desks {
            for (turns, from, to) in [(false, 120, 121), (true, 30, 31)] {
                let mut client = in_service(turns);
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
