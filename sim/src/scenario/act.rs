//! What a step can do.

use std::collections::BTreeMap;

use pen_core::cartridge::Kind;
use pen_core::fault::Fault;
use pen_core::journal::ResetCause;
use pen_core::plan::Plan;
use pen_core::request::Role;
use pen_core::units::Rate;
use pen_protocol::messages::{Authorise, Commit, EndTerminal, Run, SetDay, SignOff, ToPen};
use serde::{Deserialize, Serialize};

use super::host::Host;
use crate::fault::Knob;
use crate::hand::Cartridge;
use crate::pen::VirtualPen;

/// One action of the hand, of the host, or of fate.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Both contacts of the trigger.
    PressTrigger {},
    /// Lets go.
    ReleaseTrigger {},
    /// The trigger's contacts one by one.
    SetContacts {
        /// The closing contact is closed.
        closed: bool,
        /// The opening contact is open.
        opened: bool,
    },
    /// Presses the confirm button for so long.
    PressOk {
        /// How long.
        #[serde(default = "short")]
        ms: u32,
    },
    /// Holds the confirm button until a later step presses it or holds it no more.
    HoldOk {
        /// Held, or let go.
        #[serde(default = "yes")]
        held: bool,
    },
    /// Presses the next button for so long.
    PressNext {
        /// How long.
        #[serde(default = "short")]
        ms: u32,
    },
    /// Turns the ring, at hand speed or as fast as told.
    TurnRing {
        /// To this depth.
        to_um: f64,
        /// How fast.
        um_per_ms: Option<f64>,
    },
    /// Brings the pen to the skin: 0 touches, negative presses.
    Approach {
        /// Distance of the nose cone.
        gap_um: f64,
        /// How fast.
        #[serde(default = "approach")]
        um_per_ms: f64,
    },
    /// Lifts the pen.
    Lift {
        /// How fast.
        #[serde(default = "approach")]
        um_per_ms: f64,
    },
    /// Drops the pen onto the floor; the trigger stays as it is.
    DropPen {
        /// From this height.
        #[serde(default = "table")]
        height_mm: f64,
    },
    /// Plugs the cable in.
    PlugCable {},
    /// Pulls the cable.
    PullCable {},
    /// Puts a cartridge in.
    Insert {
        /// Its identity.
        id: u64,
        /// Its type.
        kind: Kind,
        /// Its tag says used.
        #[serde(default)]
        used: bool,
        /// Its tag is genuine.
        #[serde(default = "yes")]
        authentic: bool,
        /// Last day of use.
        expiry_day: Option<u16>,
        /// Another raw type code than that of `kind`.
        code: Option<u8>,
    },
    /// Takes the cartridge out.
    RemoveCartridge {},
    /// Puts another battery in.
    SwapBattery {
        /// Its charge.
        percent: f64,
    },
    /// Breaks something: see `pen-sim faults`.
    Break {
        /// What.
        component: String,
        /// How.
        kind: String,
        /// How much; the table's default when left out.
        value: Option<i64>,
    },
    /// Heals something.
    Heal {
        /// What.
        component: String,
        /// How it was broken.
        kind: String,
    },
    /// Resets the pen.
    Reboot {
        /// What the pen will be told.
        cause: ResetCause,
    },
    /// Sends raw bytes to the pen.
    SendRaw {
        /// Bytes as hexadecimal digits.
        hex: String,
    },
    /// Loads a plan of this file.
    LoadPlan {
        /// Its name under `[plans]`.
        plan: String,
    },
    /// Introduces the host again, as after a restart of the pen.
    Hello {},
    /// Says stop.
    Stop {},
    /// Says that the host is there.
    Heartbeat {},
    /// Acknowledges a fault.
    Acknowledge {},
    /// Ends the session.
    EndSession {},
    /// Asks for a role.
    Authorise {
        /// Which.
        role: Role,
    },
    /// Enters Service mode.
    EnterService {},
    /// Leaves Service mode.
    LeaveService {},
    /// Turns the motor in Service mode.
    Run {
        /// How fast.
        rate_hz: u32,
    },
    /// Commits a calibration that was never staged, by digest.
    Commit {
        /// The digest.
        digest: u32,
    },
    /// Ends a terminal fault, as a technician who has looked at the pen.
    EndTerminal {
        /// The fault that was looked at.
        fault: Fault,
    },
    /// Corrects the last day seen.
    SetDay {
        /// Today, in days since 2020-01-01.
        day: u16,
    },
    /// Signs off the calibration in force.
    SignOff {
        /// The generation that was looked at.
        generation: u32,
    },
}

const fn short() -> u32 {
    60
}

const fn approach() -> f64 {
    50.0
}

const fn table() -> f64 {
    1_000.0
}

const fn yes() -> bool {
    true
}

impl Action {
    /// Refuses what could not be done.
    pub(super) fn check(&self, plans: &BTreeMap<String, Plan>) -> Result<(), String> {
        match self {
            Self::LoadPlan { plan } if !plans.contains_key(plan) => {
                let known: Vec<&str> = plans.keys().map(String::as_str).collect();
                Err(format!(
                    "there is no [plans.{plan}]; there are: {}",
                    known.join(", ")
                ))
            }
            Self::Break {
                component,
                kind,
                value,
            } => {
                let knob = Knob::find(component, kind).map_err(|error| error.to_string())?;
                let mut trial = crate::fault::Faults::default();
                let value = value.unwrap_or(knob.info().default);
                trial.set(knob, value).map_err(|error| error.to_string())
            }
            Self::Heal { component, kind } => Knob::find(component, kind)
                .map(|_| ())
                .map_err(|error| error.to_string()),
            Self::SendRaw { hex } => bytes(hex).map(|_| ()),
            _ => Ok(()),
        }
    }

    /// Does it.
    pub(crate) fn perform(
        &self,
        pen: &mut VirtualPen,
        host: &mut Host,
        plans: &BTreeMap<String, Plan>,
        label: Option<&str>,
    ) {
        if let Some(message) = self.message(plans) {
            host.send(pen, &message, label);
            return;
        }
        match self {
            Self::Break {
                component,
                kind,
                value,
            } => {
                // Checked when the file was read.
                let _ = pen.inject(component, kind, *value);
            }
            Self::Heal { component, kind } => {
                if let Ok(knob) = Knob::find(component, kind) {
                    pen.faults().clear(knob);
                }
            }
            Self::Hello {} => host.hello(pen),
            Self::Reboot { cause } => pen.reboot(*cause),
            Self::SendRaw { hex } => host.send_raw(pen, &bytes(hex).unwrap_or_default()),
            _ => self.by_hand(pen),
        }
    }

    fn by_hand(&self, pen: &mut VirtualPen) {
        let hand = pen.hand();
        match self {
            Self::PressTrigger {} => hand.press_trigger(),
            Self::ReleaseTrigger {} => hand.release_trigger(),
            Self::SetContacts { closed, opened } => hand.set_contacts(*closed, *opened),
            Self::PressOk { ms } => hand.press_ok(*ms),
            Self::HoldOk { held } => hand.hold_ok(*held),
            Self::PressNext { ms } => hand.press_next(*ms),
            Self::TurnRing { to_um, um_per_ms } => {
                if let Some(speed) = um_per_ms {
                    hand.set_ring_speed(*speed);
                }
                hand.turn_ring(*to_um);
            }
            Self::Approach { gap_um, um_per_ms } => hand.approach(*gap_um, *um_per_ms),
            Self::Lift { um_per_ms } => hand.lift(*um_per_ms),
            Self::DropPen { height_mm } => hand.drop_pen(*height_mm),
            Self::PlugCable {} => hand.plug_cable(true),
            Self::PullCable {} => hand.plug_cable(false),
            Self::RemoveCartridge {} => hand.remove_cartridge(),
            Self::SwapBattery { percent } => hand.swap_battery(percent / 100.0),
            Self::Insert {
                id,
                kind,
                used,
                authentic,
                expiry_day,
                code,
            } => {
                let mut cartridge = Cartridge::fresh(*id, *kind);
                cartridge.tag.used = *used;
                cartridge.tag.authentic = *authentic;
                cartridge.tag.expiry_day = expiry_day.unwrap_or(cartridge.tag.expiry_day);
                cartridge.tag.kind = code.unwrap_or(cartridge.tag.kind);
                hand.insert(cartridge);
            }
            _ => {}
        }
    }

    /// The message of an action that is a message.
    fn message(&self, plans: &BTreeMap<String, Plan>) -> Option<ToPen> {
        match self {
            Self::LoadPlan { plan } => plans.get(plan).copied().map(ToPen::LoadPlan),
            Self::Stop {} => Some(ToPen::Stop),
            Self::Heartbeat {} => Some(ToPen::Heartbeat),
            Self::Acknowledge {} => Some(ToPen::Acknowledge),
            Self::EndSession {} => Some(ToPen::EndSession),
            Self::Authorise { role } => Some(ToPen::Authorise(Authorise { role: *role })),
            Self::EnterService {} => Some(ToPen::EnterService),
            Self::LeaveService {} => Some(ToPen::LeaveService),
            Self::Run { rate_hz } => Some(ToPen::Run(Run {
                rate: Rate::from_hz(*rate_hz),
            })),
            Self::Commit { digest } => Some(ToPen::Commit(Commit { digest: *digest })),
            Self::EndTerminal { fault } => Some(ToPen::EndTerminal(EndTerminal { fault: *fault })),
            Self::SetDay { day } => Some(ToPen::SetDay(SetDay { day: *day })),
            Self::SignOff { generation } => Some(ToPen::SignOff(SignOff {
                generation: *generation,
            })),
            _ => None,
        }
    }
}

fn bytes(hex: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<char> = hex.chars().filter(|c| !c.is_whitespace()).collect();
    if !digits.len().is_multiple_of(2) {
        return Err(format!(
            "`hex` has {} digits: bytes have two each",
            digits.len()
        ));
    }
    digits
        .chunks(2)
        .map(|pair| {
            let text: String = pair.iter().collect();
            u8::from_str_radix(&text, 16).map_err(|_| format!("`{text}` is no byte in `hex`"))
        })
        .collect()
}
