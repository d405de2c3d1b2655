//! That the model's few values lose nothing: a pen whose rooms go on as they are, with all that they count,
//! takes steps that the model has, too.

use super::super::Pen;
use super::asks::ROLES;
use super::rooms::{Near, Rooms, Zone};
use super::world::{Facts, Seated, World};
use super::{Action, PenModel, State};
use crate::decide::Decision;
use crate::limits;
use crate::mode::Mode;
use crate::records::Origin;
use crate::request::Request;
use crate::units::Duration;

/// Pens that are tried, and steps of each.
const PENS: u32 = 60;
const STEPS: u32 = 500;

/// This pen's modelled rooms as they are, in another world.
fn surrounded(world: &World, pen: &Pen, rooms: &Rooms, facts: &Facts) -> Pen {
    let mut next = world.pen(facts);
    next.machine = pen.machine;
    next.latch = pen.latch;
    next.account = pen.account;
    next.dead_man = pen.dead_man;
    next.hands.release_seen = pen.hands.release_seen;
    if pen.hands.is_answered() {
        next.hands.answer();
    }
    // A stop that was asked for before Service lasts no longer than a tick.
    if rooms.stop_asked {
        next.hands.ask_stop();
    }
    next.records.stage(pen.records.staged());
    if let Some(granted) = pen.records.granted() {
        let kept = if pen.records.is_granted_as_staged() {
            Origin::Staged
        } else {
            Origin::Previous { signed_off: false }
        };
        next.records.grant(*granted, kept);
    }
    if pen.records.is_signing() {
        next.records.grant_sign_off();
    }
    next
}

/// The same step with every budget that could be nearly used up in a pen that counts, and every other zone.
fn variants(world: &World, action: Action) -> Vec<Action> {
    let all = |decision, count| {
        (0..count)
            .map(|place| Action::Tick(decision, place))
            .collect()
    };
    match action {
        // Whether the cartridge has worked is told by its account here, and by its tag there.
        Action::Tick(Decision::Arm, _) => all(Decision::Arm, world.arms.len()),
        Action::Tick(Decision::Start, _) => all(Decision::Start, world.starts.len()),
        // With a pass as short as this an interval of storage may end that began long ago.
        Action::Pass(dt, _, hand) => [dt, limits::LEDGER_INTERVAL]
            .into_iter()
            .flat_map(|dt| Near::all().map(move |near| Action::Pass(dt, near, hand)))
            .collect(),
        Action::Halted(_) => Near::all().map(Action::Halted).collect(),
        Action::Work(_) => Near::all().map(Action::Work).collect(),
        Action::Reset(_) => Near::all().map(Action::Reset).collect(),
        Action::Next(_) => [Zone::Left, Zone::Strokes, Zone::Time]
            .map(Action::Next)
            .into(),
        _ => vec![action],
    }
}

/// The model calls any plan, any staged calibration and any cartridge of a session by one name, and chooses the last day
/// seen as it likes; here they stay what they are, so only one of each is offered. Trips, resets and what ends a session are offered seldom, that a pen gets somewhere.
fn is_offered(model: &PenModel, action: Action, chance: u32) -> bool {
    let facts = model.facts(action);
    let renames = matches!(
        action,
        Action::AskAmiss(_, place) if matches!(model.world.amiss[place].0, Request::LoadPlan(_) | Request::SetDay { .. } | Request::Stage { .. })
    );
    let ends = matches!(
        action,
        Action::Trip(_) | Action::Reset(_) | Action::Pass(..)
    ) || matches!(
        model.request(action),
        Some((_, Request::EndSession | Request::EnterService))
    );
    let one = !facts.far && !facts.seen_far && facts.seated != Seated::Other;
    one && !renames && (!ends || chance.is_multiple_of(64))
}

/// The same rooms. A reset and a plan choose the first zone; the model does so in a step of its own.
fn is_like(rooms: &Rooms, taken: &Rooms, action: Action) -> bool {
    let chooses = matches!(action, Action::Reset(_) | Action::Ask(..));
    let rooms = Rooms {
        zone: if chooses && !taken.open {
            taken.zone
        } else {
            rooms.zone
        },
        ..*rooms
    };
    rooms == *taken
}

/// Numbers without a pattern (xorshift).
fn draw(seed: &mut u32) -> u32 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    *seed
}

/// What may be tried in these rooms: what the model offers, and every request that it would refuse.
fn offers(model: &PenModel, rooms: Rooms, seed: &mut u32) -> Vec<Action> {
    let mut all = Vec::new();
    stateright::Model::actions(model, &State { rooms, wrong: None }, &mut all);
    let asked = model.world.asked.len();
    if draw(seed).is_multiple_of(8) {
        let refused = (0..asked).flat_map(|place| ROLES.map(|role| Action::Ask(role, place)));
        all.extend(refused);
    }
    all.retain(|action| is_offered(model, *action, draw(seed)));
    all
}

#[test]
fn a_pen_that_counts_takes_the_model_s_steps() {
    let model = PenModel::new(None);
    let mut seed = 1;
    let (mut driven, mut spent, mut refused) = (0, 0, 0);
    for _ in 0..PENS {
        let mut pen = Pen::new(&model.world.boot);
        for _ in 0..STEPS {
            let rooms = Rooms::take(&pen);
            let offered = offers(&model, rooms, &mut seed);
            let place = usize::try_from(draw(&mut seed)).unwrap() % offered.len();
            let action = offered[place];
            pen = surrounded(&model.world, &pen, &rooms, &model.facts(action));
            model.act(&mut pen, action);
            if matches!(action, Action::Work(_)) {
                // Budgets of this pen are used up by what it counts, not because the model says so.
                // A stop counts strokes and no time.
                let on = Duration::from_s(if rooms.mode == Mode::Treating { 55 } else { 0 });
                pen.account.count(on, 9_000);
            }
            refused += u32::from(model.refused(&mut pen));
            let taken = Rooms::take(&pen);
            let known = variants(&model.world, action)
                .into_iter()
                .any(|variant| is_like(&model.step(&rooms, variant).rooms, &taken, action));
            assert!(known, "{rooms:?}\n{action:?}\n{taken:?}");
            driven += u32::from(taken.mode.may_drive());
            spent += u32::from(taken.session.is_some() && (taken.zone != Zone::Left || taken.worn));
        }
    }
    println!("{driven} steps driven, {spent} with a budget used up, {refused} refused");
    assert!(driven > 100 && spent > 1_000 && refused > 1_000);
}
