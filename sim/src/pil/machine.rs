//! A running QEMU: frames in, frames out, and an end in every case.

use std::fmt::{self, Write as _};
use std::io::{Read, Write};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use pen_lockstep::order::Order;
use pen_lockstep::report::Report;
use pen_lockstep::{FRAME_MAX, frame_length};

use super::settings::{BUILD, INSTALL, Settings};
use super::together::stay_on_one_core;

/// Bytes of QEMU's own words that an error quotes.
const QUOTED: u64 = 2_000;

/// How often, and how long each time, an emulator that has closed its pipe is waited for before it is
/// killed: it is about to end, and only its own end says why.
const LOOKS: u32 = 5_000;
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);

/// QEMU with an image, and the two ends of the link.
pub(super) struct Machine {
    to: ChildStdin,
    from: ChildStdout,
    errors: ChildStderr,
    outbox: Vec<u8>,
    inbox: Vec<u8>,
    /// Bytes of the frame that was heard last; they go when the next is waited for.
    heard: usize,
    filled: usize,
    has_spoken: bool,
    guard: Guard,
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine")
            .field("process", &self.guard.id)
            .finish_non_exhaustive()
    }
}

impl Machine {
    /// Starts QEMU; its UART goes where `serial` says. It shares the core with this thread, from now on.
    pub(super) fn start(settings: &Settings, serial: &str) -> Result<Self, String> {
        stay_on_one_core();
        let mut child = settings
            .command(serial)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| settings.no_emulator(&error).to_string())?;
        let (Some(to), Some(from), Some(errors)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            let _ = child.kill();
            let _ = child.wait();
            return Err("the emulator has no pipes".to_owned());
        };
        Ok(Self {
            to,
            from,
            errors,
            outbox: vec![0; FRAME_MAX],
            inbox: vec![0; 4 * FRAME_MAX],
            heard: 0,
            filled: 0,
            has_spoken: false,
            guard: Guard::over(child, settings.patience),
        })
    }

    /// Its process.
    pub(super) const fn process_id(&self) -> u32 {
        self.guard.id
    }

    /// Sends an order.
    pub(super) fn tell(&mut self, order: &Order<'_>) -> Result<(), String> {
        let length = order
            .write(&mut self.outbox)
            .map_err(|refusal| format!("the order cannot be written: {refusal}"))?;
        let frame = self.outbox.get(..length).unwrap_or_default();
        match self.to.write_all(frame) {
            Ok(()) => Ok(()),
            Err(_) => Err(self.why_it_ended()),
        }
    }

    /// Waits for a report.
    pub(super) fn hear(&mut self) -> Result<Report<'_>, String> {
        self.inbox.copy_within(self.heard..self.filled, 0);
        self.filled -= self.heard;
        self.heard = 0;
        self.guard.expect(true);
        let length = loop {
            let front = self.inbox.get(..self.filled).unwrap_or_default();
            match frame_length(front) {
                Ok(Some(length)) if self.filled >= length => break length,
                Ok(_) => {}
                Err(refusal) => return Err(self.no_lockstep(&refusal.to_string())),
            }
            let room = self.inbox.get_mut(self.filled..).unwrap_or_default();
            match self.from.read(room) {
                Ok(0) | Err(_) => return Err(self.why_it_ended()),
                Ok(count) => self.filled += count,
            }
        };
        self.guard.expect(false);
        self.heard = length;
        self.has_spoken = true;
        let frame = self.inbox.get(..length).unwrap_or_default();
        match Report::read(frame) {
            Ok(Report::Failure { text }) => Err(format!("the firmware died: {text}")),
            Ok(report) => Ok(report),
            Err(refusal) => Err(format!("what the image says is no report: {refusal}")),
        }
    }

    /// Takes one line that QEMU itself says before the image begins.
    pub(super) fn hear_line(&mut self) -> Result<String, String> {
        let mut line = Vec::new();
        let mut byte = [0];
        self.guard.expect(true);
        loop {
            match self.from.read(&mut byte) {
                Ok(1) if byte == *b"\n" => break,
                Ok(1) => line.extend(byte),
                _ => return Err(self.why_it_ended()),
            }
        }
        self.guard.expect(false);
        Ok(String::from_utf8_lossy(&line).into_owned())
    }

    fn no_lockstep(&self, why: &str) -> String {
        let begin: Vec<u8> = self.inbox.iter().take(40).copied().collect();
        let begin = String::from_utf8_lossy(&begin);
        format!("what the image says is no frame: {why}; it begins with {begin:?}")
    }

    /// The link broke: why, as far as anybody knows.
    fn why_it_ended(&mut self) -> String {
        let was_hung = self.guard.has_struck();
        let status = self.guard.end();
        if was_hung {
            return format!(
                "it said nothing for {} s and was ended",
                self.guard.patience.as_secs_f64()
            );
        }
        let mut words = String::new();
        let _ = (&mut self.errors).take(QUOTED).read_to_string(&mut words);
        // QEMU says what happened, leaves a line empty and lists every register.
        let words = words.trim().split("\n\n").next().unwrap_or_default();
        let mut why = format!("the emulator ended ({status})");
        if !words.is_empty() {
            why.push_str(" and said: ");
            why.push_str(words);
        }
        if !self.has_spoken {
            let _ = write!(
                why,
                "; if it is no QEMU for Arm: {INSTALL}; if the image is not pen-mps2: {BUILD}"
            );
        }
        why
    }
}

/// Every QEMU that runs, for [`end_all`].
static RUNNING: Mutex<Vec<Weak<Shared>>> = Mutex::new(Vec::new());

/// Ends every QEMU of this program at once, as when somebody presses Ctrl-C.
pub fn end_all() {
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    for shared in running.drain(..).filter_map(|shared| shared.upgrade()) {
        let mut child = shared.child.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// Ends QEMU when it says nothing for too long, and when nobody needs it any more.
struct Guard {
    id: u32,
    patience: Duration,
    shared: Arc<Shared>,
    watch: Option<JoinHandle<()>>,
}

struct Shared {
    child: Mutex<Child>,
    /// Odd while somebody waits for QEMU; another number with every wait.
    beat: AtomicU64,
    struck: AtomicBool,
    done: AtomicBool,
}

impl Shared {
    fn kill(&self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = child.kill();
    }
}

impl Guard {
    fn over(child: Child, patience: Duration) -> Self {
        let id = child.id();
        let shared = Arc::new(Shared {
            child: Mutex::new(child),
            beat: AtomicU64::new(0),
            struck: AtomicBool::new(false),
            done: AtomicBool::new(false),
        });
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|other| other.strong_count() > 0);
        running.push(Arc::downgrade(&shared));
        drop(running);
        let watched = Arc::clone(&shared);
        let watch = std::thread::spawn(move || watch(&watched, patience));
        Self {
            id,
            patience,
            shared,
            watch: Some(watch),
        }
    }

    /// Somebody waits for QEMU from here, or does not any more.
    fn expect(&self, waits: bool) {
        let beat = self.shared.beat.load(Ordering::Relaxed);
        if (beat % 2 == 1) != waits {
            self.shared.beat.store(beat + 1, Ordering::Relaxed);
        }
    }

    fn has_struck(&self) -> bool {
        self.shared.struck.load(Ordering::SeqCst)
    }

    /// Ends QEMU; says how it ended.
    fn end(&mut self) -> String {
        self.shared.done.store(true, Ordering::SeqCst);
        if let Some(watch) = self.watch.take() {
            watch.thread().unpark();
            let _ = watch.join();
        }
        let mut child = self
            .shared
            .child
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // One that is about to end by itself is given the time to say how.
        for _ in 0..LOOKS {
            if let Ok(Some(status)) = child.try_wait() {
                return status.to_string();
            }
            std::thread::park_timeout(BETWEEN_LOOKS);
        }
        let _ = child.kill();
        match child.wait() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.shared.kill();
        let _ = self.end();
    }
}

/// Looks once in every span of patience; QEMU has to be waited for at two looks in a row, and to have
/// said nothing between them.
fn watch(shared: &Shared, patience: Duration) {
    let mut seen = 0;
    while !shared.done.load(Ordering::SeqCst) {
        std::thread::park_timeout(patience);
        let beat = shared.beat.load(Ordering::Relaxed);
        if beat % 2 == 1 && beat == seen && !shared.done.load(Ordering::SeqCst) {
            shared.struck.store(true, Ordering::SeqCst);
            shared.kill();
            return;
        }
        seen = beat;
    }
}
