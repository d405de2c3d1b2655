//! What is asked over the link and must be refused.

use pen_core::mode::Mode;
use pen_core::plan::{Plan, Screening, Zone};
use pen_core::request::Refusal;
use pen_core::units::Depth;
use pen_protocol::messages::{ToHost, ToPen, Which};

use super::{CHEEK, MARGIN_UM};
use crate::client::Client;
use crate::demo::story::{Scene, Tried};
use crate::error::HostError;
use crate::report::Outcome;

impl Scene {
    pub(in crate::demo) fn plan_too_deep(
        &mut self,
        client: &mut Client,
    ) -> Result<Tried, HostError> {
        let mut plan = self.plan;
        for zone in plan
            .zones
            .iter_mut()
            .flatten()
            .filter(|zone| zone.zone == Zone::Forehead)
        {
            zone.depth = Depth::from_um(2_400);
        }
        let before = client.plan()?;
        let answer = client.try_demand(&ToPen::LoadPlan(plan))?;
        let named =
            matches!(answer, Err(Refusal::TooDeep { allowed, .. }) if allowed.as_um() == 1_000);
        let besides = vec![
            (named, "the refusal names the zone's cap of 1.000 mm"),
            (client.plan()? == before, "the plan before stays in force"),
        ];
        Ok(Self::refused(
            "2.4 mm asked for the forehead",
            "CONF-002",
            &answer,
            besides,
        ))
    }

    pub(in crate::demo) fn plan_without_answers(
        &mut self,
        client: &mut Client,
    ) -> Result<Tried, HostError> {
        let screening = Screening {
            answered: Screening::COMPLETE & !0x40,
            ..self.plan.screening
        };
        let before = client.plan()?;
        let answer = client.try_demand(&ToPen::LoadPlan(Plan {
            screening,
            ..self.plan
        }))?;
        let besides = vec![(client.plan()? == before, "the plan before stays in force")];
        Ok(Self::refused(
            "a checklist item left open",
            "SESS-007",
            &answer,
            besides,
        ))
    }

    pub(in crate::demo) fn calibration_without_role(
        &mut self,
        client: &mut Client,
    ) -> Result<Tried, HostError> {
        let Some(found) = client.calibration(Which::Current)?.found else {
            return Err(HostError::internal(
                "the calibrated pen holds no calibration",
            ));
        };
        let mut next = found.calibration;
        next.generation += 1;
        let answer = client.try_demand(&ToPen::Stage(next))?;
        let after = client
            .calibration(Which::Current)?
            .found
            .map(|it| it.digest);
        let besides = vec![(
            after == Some(found.digest),
            "the calibration stays in force",
        )];
        Ok(Self::refused(
            "a calibration by an operator",
            "LINK-005",
            &answer,
            besides,
        ))
    }

    pub(in crate::demo) fn setter_while_treating(&mut self) -> Result<Tried, HostError> {
        let moves = self.moves.clone();
        let (place, cap, ring) = CHEEK;
        moves.ring(ring);
        moves.open_zone(place)?;
        moves.watch(None);
        moves.treat(500)?;
        // A lead with data lines only: with power on it the pen would have stopped.
        let mut client = self.connect()?;
        let answer = client.try_demand(&ToPen::LoadPlan(self.plan))?;
        let ended = client.try_demand(&ToPen::EndSession)?;
        let still = moves.mode();
        moves.stage.run(300);
        moves.release();
        let seen = moves.seen();
        moves.leave_zone_by_next()?;
        let not_now = Err(Refusal::NotNow {
            mode: Mode::Treating,
        });
        let besides = vec![
            (
                answer == not_now && ended == not_now,
                "both setters are refused by mode",
            ),
            (still == Some(Mode::Treating), "the treatment goes on"),
        ];
        let tried = Self::refused("a new plan while treating", "LINK-003", &answer, besides);
        Ok(Tried {
            seen,
            peak_allowed_um: Some(cap + MARGIN_UM),
            ..tried
        })
    }

    pub(in crate::demo) fn corrupt_frame(&mut self) -> Result<Tried, HostError> {
        let moves = self.moves.clone();
        let (place, cap, ring) = CHEEK;
        moves.open_zone(place)?;
        moves.ring(ring);
        moves.watch(None);
        moves.treat(500)?;
        let mut client = self.connect()?;
        let before = client.info()?.link.bad_crc;
        moves
            .stage
            .pen(|pen| pen.inject("to_pen", "corrupt_frame", Some(5)))
            .map_err(|error| HostError::internal(error.to_string()))?;
        let began = client.now();
        let answer = client.exchange(&ToPen::Status)?;
        let waited = client.now().saturating_sub(began);
        let after = client.info()?.link;
        let still = moves.mode();
        moves.release();
        let seen = moves.seen();
        moves.leave_zone_by_next()?;
        let dropped = after.bad_crc > before || after.bad_cobs > 0;
        Ok(Tried {
            title: "a corrupt frame while treating",
            requirement: "LINK-001, LINK-009",
            response: format!(
                "dropped and counted; the repeated one is answered after {} ms",
                waited.as_millis()
            ),
            outcome: Outcome::Refused,
            besides: vec![
                (dropped, "the damaged frame is counted"),
                (
                    matches!(answer, ToHost::StatusReply(_)),
                    "the next intact frame is answered",
                ),
                (still == Some(Mode::Treating), "the treatment goes on"),
            ],
            seen,
            peak_allowed_um: Some(cap + MARGIN_UM),
            brake_allowed_us: None,
        })
    }
}
