//! From reset to a conversation: what the USB host sees, and what the pen says of itself.

use pen_core::journal::ResetCause;
use pen_core::profile::{DeviceClass, Mechanism};

use crate::scene::{MASKED_NS_MAX, Scene, image};

/// The number of a USB vendor or product, as the descriptor has it.
fn word(bytes: &serde_json::Value, at: usize) -> u64 {
    let byte = |k: usize| bytes[k].as_u64().expect("a byte");
    byte(at) | byte(at + 1) << 8
}

/// The functional descriptors of the CDC interface, by subtype.
fn functional(configuration: &serde_json::Value, subtype: u64) -> Vec<u64> {
    let bytes: Vec<u64> = configuration
        .as_array()
        .expect("bytes")
        .iter()
        .map(|byte| byte.as_u64().expect("a byte"))
        .collect();
    let mut at = 0;
    while at < bytes.len() {
        let length = usize::try_from(bytes[at]).expect("a length");
        let part = &bytes[at..at + length];
        if part[1] == 0x24 && part[2] == subtype {
            return part.to_vec();
        }
        at += length;
    }
    panic!("no functional descriptor {subtype}");
}

#[test]
fn the_usb_host_sees_a_pen_with_its_serial_number() {
    let scene = Scene::new(1);
    scene.plug();
    let serial = scene.pen().assembly().serial;
    let seen = scene.handle.usb().unwrap();
    let device = &seen["device"];
    assert_eq!((word(device, 8), word(device, 10)), (0x1209, 0x0001));
    let place = device[16].to_string();
    assert_eq!(seen["strings"][&place], format!("{serial:016X}"));
    assert_eq!(seen["failures"], 0, "{seen}");
    // A modem manager leaves it alone: no AT protocol, no capability of a modem but the line's coding.
    let configuration = &seen["configuration"];
    assert_eq!(functional(configuration, 2)[3] & !2, 0);
    let union = functional(configuration, 6);
    assert_eq!((union[3], union[4]), (0, 1));
}

#[test]
fn log_006_the_image_boots_from_reset_and_tells_who_it_is() {
    let scene = Scene::new(1);
    scene.plug();
    let serial = scene.pen().assembly().serial;
    let mut client = scene.client();
    let info = client.info().expect("the pen answers");
    // The chip's unique id, through the boot ROM's functions and the serial flash command.
    assert_eq!(info.serial, serial);
    assert_eq!(info.class, Some(DeviceClass::Professional));
    assert_eq!(info.mechanism, Some(Mechanism::Ring));
    assert_eq!(info.reset, ResetCause::PowerOn);
    assert_eq!(info.storage.journal_breaks, 0);
    let log = scene.handle.log();
    assert!(log.trouble.is_empty(), "{:#?}", log.trouble);
    assert!(log.resets.is_empty(), "{:?}", log.resets);
}

#[test]
fn the_uf2_boots_like_the_elf() {
    let runs: Vec<_> = ["elf", "uf2"]
        .map(|kind| {
            let scene = Scene::with(&image(kind), 3);
            scene.plug();
            let info = scene.client().info().unwrap();
            let usb = scene.handle.usb().unwrap();
            let log = scene.handle.log();
            (
                info,
                usb,
                log.instructions,
                log.ticks.clone(),
                log.flash.clone(),
            )
        })
        .into();
    assert!(!runs[0].3.is_empty());
    assert_eq!(runs[0], runs[1]);
}

#[test]
fn the_control_step_keeps_its_millisecond() {
    let scene = Scene::new(1);
    scene.plug();
    // The journal is written after the start; a program of 0.7 ms keeps everything out.
    scene.ms(1_200);
    let log = scene.handle.log();
    let end = log.time_ns;
    let written = log.flash.last().map_or(0, |operation| operation.to_ns);
    assert!(written < end - 250_000_000, "{:?}", log.flash.last());
    let jitter = log.jitter(end - 200_000_000..end);
    let masked = log.longest_masked_ns(end - 200_000_000..end);
    println!(
        "control step at rest: {} steps, {} to {} ns apart, at most {} ns long; interrupts masked \
         for at most {masked} ns",
        jitter.steps, jitter.shortest_ns, jitter.longest_ns, jitter.work_ns
    );
    assert!((199..=201).contains(&jitter.steps), "{jitter:?}");
    assert!(jitter.shortest_ns >= 950_000, "{jitter:?}");
    assert!(jitter.longest_ns <= 1_050_000, "{jitter:?}");
    assert!(jitter.work_ns <= 500_000, "{jitter:?}");
    assert!(masked > 0 && masked <= MASKED_NS_MAX, "{masked} ns");
}
