//! A pen on an emulated Cortex-M, served over the UART that QEMU emulates.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

use pen_protocol::frame::{Decoder, FRAME_MAX, encode};
use pen_protocol::messages::{Hello, ToHost, ToPen};
use pen_protocol::text::Text;
use pen_sim::patience::HANG;

use crate::image::{TARGETS, pen_sim, settings};

/// `pen-sim serve --pil`, ended as Ctrl-C ends it.
struct Served {
    child: Child,
    port: String,
}

impl Served {
    fn start(target: &str) -> Self {
        let mut child = pen_sim()
            .args(["serve", "--pil", "--service", "--no-orders", "--image"])
            .arg(settings(target).image)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("pen-sim");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut line = || lines.next().expect("a line").expect("text");
        let first = line();
        let (_, port) = first.split_once(" waits at ").expect("the port");
        let port = port.to_owned();
        assert!(line().contains("emulated Cortex-M"));
        assert_eq!(line(), format!("  penctl --port {port} info"));
        Self { child, port }
    }

    fn interrupt(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status();
        assert!(sent.is_ok_and(|status| status.success()));
        self.child.wait().expect("pen-sim ends").code()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Says something and waits for the answer to it.
fn ask(port: &mut impl ReadWrite, seq: u8, message: &ToPen) -> ToHost {
    let mut room = [0; FRAME_MAX];
    let frame = encode(seq, message, &mut room).expect("a frame");
    port.write_all(frame).expect("the UART takes it");
    let mut decoder = Decoder::new();
    loop {
        let mut byte = [0];
        port.read_exact(&mut byte).expect("an answer in time");
        if let Some(Ok(frame)) = decoder.push(byte[0])
            && frame.seq == seq
        {
            return frame.message().expect("an answer");
        }
    }
}

trait ReadWrite: Read + Write {}
impl<T: Read + Write> ReadWrite for T {}

#[test]
fn a_host_talks_to_the_firmware_over_the_emulated_uart() {
    for target in TARGETS {
        let served = Served::start(target);
        let mut port = serialport::new(&served.port, 115_200)
            .timeout(HANG)
            .open_native()
            .unwrap();
        let hello = ToPen::Hello(Hello {
            version_min: pen_protocol::VERSION,
            version_max: pen_protocol::VERSION,
            schema: pen_protocol::SCHEMA_HASH,
            client: Text::new("tests").unwrap(),
        });
        let answer = ask(&mut port, 1, &hello);
        assert!(matches!(answer, ToHost::HelloReply(_)), "{answer:?}");
        // One frame after the other.
        for seq in 2..20 {
            let answer = ask(&mut port, seq, &ToPen::Status);
            assert!(matches!(answer, ToHost::StatusReply(_)), "{answer:?}");
        }
        drop(port);
        assert_eq!(served.interrupt(), Some(0));
    }
}
