//! The virtual board under the conformance suite, and ways to spoil it.

pub(crate) mod bench;
pub(crate) mod board;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use pen_conformance::Event;
use pen_sim::board::Wires;

/// One way to build the board wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutation {
    /// The enable path is closed before anything runs.
    StartsEnabled,
    /// A timer with 255 steps.
    CoarseTimer,
    /// A duty is the share of the low side.
    InvertedDuty,
    /// A duty that is cut to half.
    HalvedDuty,
    /// A duty reaches both sides.
    BothSides,
    /// The second switch is closed before anything runs.
    StartsSupplied,
    /// The pins of enable path and second switch are swapped.
    SwappedSwitches,
    /// A high pin opens the second switch.
    InvertedSupply,
    /// The pin cannot open the second switch.
    SupplyStuckClosed,
    /// The pin cannot close the second switch.
    SupplyStuckOpen,
    /// The bridge has its supply without the second switch.
    SupplyNotWired,
    /// A bridge without supply lets the motor coast.
    BrakeNeedsSupply,
    /// The second switch stays closed when the processor stops.
    SupplyHolds,
    /// The second switch opens as soon as a pulse is late.
    SupplyHasty,
    /// A duty also closes the second switch.
    DutySupplies,
    /// The pin of the second switch is written after what follows it.
    LateSupply,
    /// The enable pin cannot open the path.
    EnableStuckHigh,
    /// The bridge does not look at the enable path.
    EnableNotWired,
    /// No duty lets the motor coast.
    NoBrake,
    /// Forward drives backward.
    SwappedHalfBridges,
    /// The two hall switches are swapped.
    ReversedTachometer,
    /// The shunt's wires are swapped.
    ReversedCurrent,
    /// A duty also closes the enable path.
    DutyEnables,
    /// The enable pin is written after the duty that follows it.
    LateEnable,
    /// Closing contact and opening contact are swapped.
    SwappedContacts,
    /// The VBUS detector is low when there is power.
    InvertedVbus,
    /// A broken closing contact reads as closed.
    ClosingPulledHigh,
    /// A broken opening contact reads as closed.
    OpeningPulledLow,
    /// A broken seat switch reads as pressed.
    SeatPulledHigh,
    /// A pin that cannot be read gives its last level.
    InventedLevel,
    /// Current and battery are swapped.
    SwappedInputs,
    /// The grip is read on the channel of depth A.
    GripReadsDepth,
    /// Ten bits of twelve.
    TenBits,
    /// Readings come every 20 ms.
    SlowConversions,
    /// Every reading is as new as the call.
    AlwaysFresh,
    /// The age is kept in 20 bits.
    AgeComesRound,
    /// Second and third axis are swapped.
    SwappedAxes,
    /// A part that is set to +-2 g.
    TwoGravities,
    /// An edge in every tick.
    PhantomEdges,
    /// Edges are told again and again.
    EdgesStay,
    /// Edges are counted, but not which way.
    EdgesWithoutSign,
    /// Every edge is as old as the tick.
    EdgesWithoutAge,
    /// The hall table is a quarter turn off.
    QuadrantOff,
    /// Every hundredth tick is missing.
    TicksMissing,
    /// Every hundredth tick comes twice.
    TicksDoubled,
    /// The timer is 2 % slow.
    TicksSlow,
    /// A tag that was taken away is still there.
    TagStays,
    /// A tag is told nothing.
    BurnsNothing,
    /// The actuator goes half the way.
    ActuatorHalves,
    /// A timer feeds the watchdog.
    FedByTimer,
    /// Nothing feeds it.
    NeverFed,
    /// Reading waits until something comes.
    ReadWaits,
    /// Writing waits until there is room.
    WriteWaits,
    /// Every hundredth byte from the host is lost.
    LosesBytes,
    /// What finds no room is accepted and lost.
    AcceptsAndLoses,
    /// Dead after an overrun.
    DiesOfFlood,
    /// Capacity that is no whole number of sectors.
    OddCapacity,
    /// Erasing does nothing.
    NoErase,
    /// Erasing takes a second.
    SlowErase,
    /// Unaligned ranges are rounded.
    RoundsRanges,
    /// Erasing takes the sector before with it.
    ErasesBefore,
    /// The last sector keeps nothing.
    ForgetsMark,
}

/// What lies between the virtual board and the suite.
#[derive(Debug)]
pub(crate) struct Panel {
    pub(crate) wires: Rc<Wires>,
    pub(crate) mutation: Option<Mutation>,
    pub(crate) clock_us: Cell<u64>,
    pub(crate) events: RefCell<VecDeque<Event>>,
    pub(crate) spoilt: RefCell<Vec<pen_conformance::Level>>,
    pub(crate) late_enable: Cell<Option<bool>>,
    pub(crate) late_supply: Cell<Option<bool>>,
    pub(crate) bytes: Cell<u64>,
    pub(crate) overrun: Cell<bool>,
}

impl Panel {
    pub(crate) fn new(wires: Rc<Wires>, mutation: Option<Mutation>) -> Rc<Self> {
        let panel = Self {
            wires,
            mutation,
            clock_us: Cell::new(0),
            events: RefCell::default(),
            spoilt: RefCell::default(),
            late_enable: Cell::new(None),
            late_supply: Cell::new(None),
            bytes: Cell::new(0),
            overrun: Cell::new(false),
        };
        if panel.has(Mutation::StartsEnabled) || panel.has(Mutation::EnableStuckHigh) {
            panel.wires.enable.set(true);
        }
        if panel.has(Mutation::StartsSupplied) || panel.has(Mutation::SupplyStuckClosed) {
            panel.wires.supply.set(true);
        }
        Rc::new(panel)
    }

    pub(crate) fn has(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    pub(crate) fn pass(&self, us: u64) {
        self.clock_us.set(self.clock_us.get() + us);
    }

    pub(crate) fn note(&self, event: Event) {
        let mut events = self.events.borrow_mut();
        events.push_back(event);
        // Nobody looks: keep the newest.
        if events.len() > 64 {
            events.pop_front();
        }
    }
}
