//! `penctl` as a person types it, with the image behind the emulated USB.

use crate::program::{Running, WAITS, penctl, program};
use crate::scene::image;

#[test]
fn penctl_talks_to_the_image() {
    let image = image("uf2");
    let mut sim = Running::start(program("pen-sim").args([
        "serve",
        "--pico",
        image.to_str().expect("plain text"),
        "--tcp",
        "127.0.0.1:0",
        "--no-orders",
    ]));
    let line = sim.line_with("waits at");
    let port = line.trim().rsplit(' ').next().expect("an address");
    let asked = |arguments: &[&str]| {
        let said = penctl(&[&["--port", port], &WAITS[..], arguments].concat());
        assert_eq!(said.exit, Some(0), "{said:?}");
        said.out
    };
    let info = asked(&["info", "--json"]);
    assert!(info.contains("90627746"), "{info}");
    asked(&["plan", "load", "host-tool/plans/pores.toml", "--json"]);
    let status = asked(&["status", "--json"]);
    assert!(status.contains("\"plan\":1101"), "{status}");
    let journal = asked(&["journal", "--json"]);
    assert!(journal.contains("plan_loaded"), "{journal}");
    sim.interrupt();
    sim.end();
}
