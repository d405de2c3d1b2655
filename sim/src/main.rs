//! `pen-sim`: the simulated pen at a prompt. Data goes to standard output, everything else to
//! standard error.

mod cli;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use cli::interrupt::{self, Interrupted};
use cli::pil::{PilArgs, PilSettings, run_pil};
use cli::run::{RunArgs, run_scenarios};
use cli::sweep::{SweepArgs, run_sweep};
use cli::{Failure, put};
use pen_core::profile::{DeviceClass, Mechanism};
use pen_sim::assembly::Assembly;
use pen_sim::fault::{self, Knob};
use pen_sim::pen::Options;
use pen_sim::rng::Seed;
use pen_sim::serve::instrument::{InstrumentOptions, Kind, Speaks};
use pen_sim::serve::{Place, ServeOptions, Setting, serve};
use pen_sim::{benchmark, emulated, reference};

/// What `--help` ends with.
const AFTER: &str = "\
Examples:
  pen-sim serve --pty ./pen0 --service     a pen on the bench; then: penctl --port ./pen0 status
  pen-sim serve --tcp 127.0.0.1:4000       the same over TCP; then: penctl --port tcp:127.0.0.1:4000 info
  pen-sim run sim/scenarios                every scenario, a verdict each
  pen-sim run sim/scenarios --seeds 1..300 each of them on 300 pens, on all cores
  pen-sim sweep --singles                  every fault in every phase; --help tells more
  pen-sim pil sim/scenarios                the same on an emulated Cortex-M4, compared byte by byte
  pen-sim reference b.json --plant plant.json --csv b.csv --events b_events.csv
  pen-sim faults                           everything that can be broken
  pen-sim bench                            how fast this machine simulates (build with --release)

Exit codes:
  0  done
  1  it could not be done, or a verdict was bad; standard error says why and what to do
  2  the command line was not understood
  130  Ctrl-C ended it";

/// A simulated micro-needling pen: the real firmware application on a model of the pen.
#[derive(Debug, Parser)]
#[command(name = "pen-sim", version, after_help = AFTER, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves one pen on a pseudo-terminal or a TCP port, until Ctrl-C
    Serve(ServeArgs),
    /// Runs scenario files and prints a verdict for each
    Run(RunArgs),
    /// Breaks everything at every moment and looks for a rule that does not hold
    Sweep(SweepArgs),
    /// Runs scenario files natively and on a Cortex-M4 under QEMU, and compares byte by byte
    Pil(PilArgs),
    /// Runs the plant alone through a reference scenario
    Reference(ReferenceArgs),
    /// Lists everything that can be broken on purpose
    Faults(FaultsArgs),
    /// Shows how the pen of a seed is built: its errors and tolerances
    Assembly(AssemblyArgs),
    /// Measures how much faster than real time this machine simulates
    Bench(BenchmarkArgs),
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "one flag, one field")]
struct PenArgs {
    /// Everything random comes from this number; the same number gives the same pen
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The depth is set by a motor instead of a ring
    #[arg(long)]
    actuator: bool,
    /// A device for use at home instead of a professional one
    #[arg(long)]
    home: bool,
    /// Built exactly as drawn, without tolerances
    #[arg(long)]
    nominal: bool,
    /// Leaves the factory uncalibrated
    #[arg(long)]
    uncalibrated: bool,
}

const SERVE_AFTER: &str = "\
The hand at the pen takes orders from standard input, one a line; type `help` to see them. A script:
  (echo 'ring 500'; echo 'wait 200'; echo 'gauge') | pen-sim serve --service

Calibrating by hand takes two terminals:
  1  pen-sim serve --uncalibrated --service        ring 250, gauge, ..., at the end tachometer
  2  penctl --port ./pen0 calibrate                asks for what the gauge shows

With instruments that send their readings, `ring` is all that is left to do:
  1  pen-sim serve --uncalibrated --service --gauge-pty ./gauge0 --tachometer-pty ./tacho0
  2  penctl --port ./pen0 calibrate --gauge ./gauge0 --tachometer ./tacho0
The motor current is checked with --meter-pty ./meter0 and --current --meter ./meter0.

The firmware on an emulated Cortex-M4 instead of this machine; `pen-sim pil --help` tells what that
needs. The port has another name each time and is printed:
  pen-sim serve --pil --service

The very image that is flashed, on an emulated RP2040. USB is there while the cable is in, about
a second after it; sim/rp2040/README.md tells what has to be built and installed first:
  pen-sim serve --pico target/images/pen-pico.elf

The serial link works without the charging cable, as over an isolated adapter, so that a treatment,
which the cable forbids, can be watched. One client at a time; when it leaves, the next may come.
Ctrl-C removes the link.";

#[derive(Debug, Args)]
#[command(after_help = SERVE_AFTER)]
#[expect(clippy::struct_excessive_bools, reason = "one flag, one field")]
struct ServeArgs {
    #[command(flatten)]
    pen: PenArgs,
    /// Makes this symbolic link to a pseudo-terminal [default: ./pen0]
    #[arg(long, value_name = "PATH", conflicts_with = "tcp")]
    pty: Option<PathBuf>,
    /// Listens on this address of this machine; port 0 takes any free one
    #[arg(long, value_name = "IP:PORT")]
    tcp: Option<SocketAddr>,
    /// On the bench: cable in, calibration dummy in, confirm button held
    #[arg(long, conflicts_with = "treatment")]
    service: bool,
    /// In use: no cable, a fresh 12-needle cartridge, ring at 0.5 mm
    #[arg(long)]
    treatment: bool,
    /// Lets each message take no real time: the pen runs as fast as it can until it has answered
    #[arg(long)]
    free: bool,
    /// Lets the pen's time stand still while the client says nothing: for tests on a busy machine
    #[arg(long, conflicts_with = "pil")]
    patient: bool,
    /// Leaves standard input alone: no orders to the hand
    #[arg(long)]
    no_orders: bool,
    /// Runs the image that is flashed to a Pico, an ELF or UF2 file, on an emulated RP2040; the host
    /// talks to its USB
    #[arg(long, value_name = "IMAGE", conflicts_with_all = ["pil", "actuator"])]
    pico: Option<PathBuf>,
    /// Runs the firmware on a Cortex-M4 under QEMU; the host talks to its UART
    #[arg(long, conflicts_with_all = ["pty", "tcp", "free"])]
    pil: bool,
    #[command(flatten)]
    on: PilSettings,
    #[command(flatten)]
    beside: InstrumentArgs,
}

#[derive(Debug, Args)]
struct InstrumentArgs {
    /// A gauge on the true ring, at this symbolic link to a pseudo-terminal
    #[arg(long, value_name = "PATH", help_heading = "Instruments")]
    gauge_pty: Option<PathBuf>,
    /// How the gauge speaks: g1, opto, mux10 or plain (docs/gauges.md)
    #[arg(
        long,
        value_name = "DRIVER",
        default_value = "g1",
        help_heading = "Instruments"
    )]
    gauge_driver: Speaks,
    /// Most that the gauge is off by chance
    #[arg(long, value_name = "UM", default_value_t = 1, help_heading = "Instruments", value_parser = clap::value_parser!(u16).range(..=500))]
    gauge_noise: u16,
    /// A tachometer on the true cam, at this symbolic link to a pseudo-terminal
    #[arg(long, value_name = "PATH", help_heading = "Instruments")]
    tachometer_pty: Option<PathBuf>,
    /// A meter in the motor's lead, at this symbolic link to a pseudo-terminal
    #[arg(long, value_name = "PATH", help_heading = "Instruments")]
    meter_pty: Option<PathBuf>,
}

impl InstrumentArgs {
    fn options(&self) -> Vec<InstrumentOptions> {
        let gauge = self.gauge_pty.clone().map(|path| InstrumentOptions {
            kind: Kind::Gauge,
            path,
            speaks: self.gauge_driver,
            noise: self.gauge_noise,
        });
        let tachometer = self.tachometer_pty.clone().map(|path| InstrumentOptions {
            kind: Kind::Tachometer,
            path,
            speaks: Speaks::G1,
            noise: 1,
        });
        let meter = self.meter_pty.clone().map(|path| InstrumentOptions {
            kind: Kind::Meter,
            path,
            speaks: Speaks::G1,
            noise: 1,
        });
        gauge.into_iter().chain(tachometer).chain(meter).collect()
    }
}

#[derive(Debug, Args)]
struct ReferenceArgs {
    /// The scenario, as in reference/physics/scenarios
    scenario: PathBuf,
    /// The constants of the plant
    #[arg(long, value_name = "FILE")]
    plant: PathBuf,
    /// Plant step
    #[arg(long, value_name = "US", default_value_t = 100)]
    step_us: u16,
    /// Where the samples go [default: standard output]
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Where the events go
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct FaultsArgs {
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct AssemblyArgs {
    /// The seed
    seed: u64,
}

#[derive(Debug, Args)]
struct BenchmarkArgs {
    /// Simulated seconds for each measurement
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    seconds: u32,
    /// As JSON
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(args) => serve_pen(&args),
        Command::Run(args) => run_scenarios(&args),
        Command::Sweep(args) => run_sweep(&args),
        Command::Pil(args) => run_pil(&args),
        Command::Reference(args) => run_reference(&args),
        Command::Faults(args) => list_faults(&args),
        Command::Assembly(args) => show_assembly(args.seed),
        Command::Bench(args) => run_benchmark(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if is_broken_pipe(failure.as_ref()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "pen-sim: {failure}");
            if failure.is::<Interrupted>() {
                ExitCode::from(interrupt::EXIT)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

/// Whoever reads has seen enough, as `head` does.
fn is_broken_pipe(failure: &(dyn std::error::Error + 'static)) -> bool {
    failure
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

fn serve_pen(args: &ServeArgs) -> Result<(), Failure> {
    if !args.pil && args.on.are_given() {
        return Err("--image, --qemu and --qemu-arg are for an emulated pen: add --pil".into());
    }
    let place = match (&args.pty, args.tcp) {
        _ if args.pil => Place::Emulated(args.on.settings()),
        (_, Some(address)) => Place::Tcp(address),
        (Some(path), None) => Place::Terminal(path.clone()),
        (None, None) => Place::Terminal(PathBuf::from("pen0")),
    };
    let setting = match (args.service, args.treatment) {
        (true, _) => Setting::Service,
        (false, true) => Setting::Treatment,
        (false, false) => Setting::Desk,
    };
    let options = ServeOptions {
        pen: options(&args.pen),
        image: args.pico.clone().map(emulated::Settings::of),
        place,
        setting,
        is_free: args.free,
        is_patient: args.patient,
        reads_orders: !args.no_orders,
        instruments: args.beside.options(),
    };
    // What cannot be said does not stop the pen.
    serve(&options, &mut |line| drop(put(&format!("{line}\n"))))?;
    Ok(())
}

fn options(args: &PenArgs) -> Options {
    Options {
        seed: args.seed,
        mechanism: if args.actuator {
            Mechanism::Actuator
        } else {
            Mechanism::Ring
        },
        class: if args.home {
            DeviceClass::Home
        } else {
            DeviceClass::Professional
        },
        tolerances: !args.nominal,
        calibrated: !args.uncalibrated,
        ..Options::default()
    }
}

fn run_reference(args: &ReferenceArgs) -> Result<(), Failure> {
    let scenario = read(&args.scenario)?;
    let plant = read(&args.plant)?;
    let step_s = 1e-6 * f64::from(args.step_us);
    let trajectory = reference::run_with_step(&scenario, &plant, step_s)?;
    match &args.csv {
        None => trajectory.write_csv(&mut BufWriter::new(std::io::stdout().lock()))?,
        Some(path) => trajectory.write_csv(&mut create(path)?)?,
    }
    if let Some(path) = &args.events {
        trajectory.write_events_csv(&mut create(path)?)?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| format!("cannot read {}: {error}; check the path", path.display()).into())
}

fn create(path: &Path) -> Result<BufWriter<File>, Failure> {
    File::create(path).map(BufWriter::new).map_err(|error| {
        let path = path.display();
        format!("cannot write {path}: {error}; the folder must exist and be yours to write to")
            .into()
    })
}

fn list_faults(args: &FaultsArgs) -> Result<(), Failure> {
    if !args.json {
        return put(&fault::list());
    }
    let knobs: Vec<fault::KnobInfo> = Knob::ALL.iter().map(|knob| knob.info()).collect();
    put(&(serde_json::to_string_pretty(&knobs)? + "\n"))
}

fn show_assembly(seed: u64) -> Result<(), Failure> {
    let pen = Assembly::draw(Seed::new(seed));
    let channel = |channel: pen_sim::assembly::DepthChannel| {
        format!(
            "gain {:+.2} %, offset {:+.0} um, bow {:.0} um; at most {:.0} um wrong uncalibrated",
            100.0 * channel.gain,
            channel.offset_um,
            channel.bow_um,
            channel.worst_um()
        )
    };
    put(&format!(
        "seed {seed}: pen {}\n\
         depth A        {}\n\
         depth B        {}\n\
         ring           play {:.1} um\n\
         clock          {:+} ppm\n\
         tachometer     edges off by {:?} degrees\n\
         current        gain {:+.2} %, offset {:+.1} mA\n\
         battery        gain {:+.2} %, charge {:.0} %\n\
         motor          {:.3} ohm, {:.4} mNm/A, friction {:.0} uNm\n",
        pen.serial,
        channel(pen.depth_a),
        channel(pen.depth_b),
        pen.play_um,
        pen.clock_ppm,
        pen.edges_rad
            .map(|edge| (10.0 * edge.to_degrees()).round() / 10.0),
        100.0 * pen.current_gain,
        pen.current_offset_ma,
        100.0 * pen.battery_gain,
        100.0 * pen.soc,
        pen.params.winding_ohm,
        1e3 * pen.params.torque_per_amp,
        1e6 * (pen.params.motor_friction + pen.params.cam_friction),
    ))
}

fn run_benchmark(args: &BenchmarkArgs) -> Result<(), Failure> {
    let report = benchmark::run(args.seconds)?;
    if args.json {
        return put(&(serde_json::to_string_pretty(&report)? + "\n"));
    }
    put(&report.text())
}
