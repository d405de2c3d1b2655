//! The bundle for whoever shall help: what is in it, and who is not.

use std::fs;
use std::path::Path;

use crate::program::{Said, WAITS, empty, program, run};
use crate::session::Pen;

/// Whether bytes hold a text, in capitals or not.
fn holds(bytes: &[u8], text: &str) -> bool {
    let (bytes, text) = (bytes.to_ascii_lowercase(), text.to_ascii_lowercase());
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

/// `penctl` of a user with names everywhere.
fn of_anna(home: &Path, folder: &Path, arguments: &[&str]) -> Said {
    of_anna_with(home, folder, &[], arguments)
}

/// The same in an environment.
fn of_anna_with(home: &Path, folder: &Path, more: &[(&str, &str)], arguments: &[&str]) -> Said {
    let mut command = program("penctl");
    command.envs(more.iter().copied());
    command
        .env("HOME", home)
        .env("USER", "annabell")
        .env("LOGNAME", "annabell")
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("PENCTL_CONFIG")
        .current_dir(folder);
    run(command.args(arguments))
}

const PLAN: &str = include_str!("../../host-tool/plans/pores.toml");

/// No name of anybody, and none of these numbers.
fn names_nobody(bundle: &[u8], numbers: &[&str]) {
    let names = [
        "annabell",
        "Quendel",
        "Customers",
        "Wilhelmina",
        "Obermaier",
        "zacharias",
        "cafe",
    ];
    for name in names.iter().chain(numbers) {
        assert!(!holds(bundle, name), "{name} is in the bundle");
    }
}

#[test]
fn a_bundle_names_nobody() {
    let home = empty("support").join("annabell");
    let folder = home.join("Customers/Praxis Quendel");
    fs::create_dir_all(&folder).expect("folders");
    let settings = home.join(".config/penctl");
    fs::create_dir_all(&settings).expect("folders");
    fs::write(
        settings.join("config.toml"),
        "[aliases]\nzacharias = 22691675\n",
    )
    .expect("a file");
    let people = folder.join("people.jsonl");
    fs::write(
        &people,
        "{\"kind\":\"operator\",\"number\":7,\"name\":\"Wilhelmina Obermaier\",\"role\":\"calibrates\"}\n",
    )
    .expect("a file");
    let imported = of_anna(&home, &folder, &["import", "people.jsonl"]);
    assert_eq!(imported.exit, Some(0), "{imported:?}");

    // A pen that was given a plan of somebody for somebody, the frames kept.
    let plan = PLAN
        .replace("operator = 7", "operator = 987654321")
        .replace("5a4d-0000-0000-0001", "5a4d-7e57-0bad-cafe");
    assert_ne!(plan, PLAN);
    fs::write(folder.join("plan.toml"), plan).expect("a file");
    let pen = Pen::on_terminal("support_pen", &["--treatment"]);
    let port = ["--port", &pen.port, WAITS[0], WAITS[1]];
    let with = |more: &[&str]| of_anna(&home, &folder, &[&port[..], more].concat());
    let loaded = with(&["--trace", "frames.txt", "plan", "load", "plan.toml"]);
    assert_eq!(loaded.exit, Some(0), "{loaded:?}");
    let frames = fs::read(folder.join("frames.txt")).expect("a trace");
    // Postcard's variable-length numbers: seven bits a byte, the lowest first.
    let operator = varint(987_654_321);
    let token = varint(0x5a4d_7e57_0bad_cafe);
    for number in [&operator, &token] {
        assert!(holds(&frames, number), "the trace has {number}");
    }

    let said = with(&["support-bundle", "help.zip", "--with-trace", "frames.txt"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    let bundle = fs::read(folder.join("help.zip")).expect("a bundle");
    for file in [
        "README.txt",
        "versions.json",
        "checks.json",
        "settings.json",
        "pen.json",
        "journal.jsonl",
        "trace.txt",
    ] {
        assert!(holds(&bundle, file), "{file}");
        assert!(said.out.contains(file), "{said:?}");
    }
    names_nobody(&bundle, &["987654321", &operator, &token]);
    // A link of the chain is over what was taken out, and would tell it to whoever tries all numbers.
    assert!(holds(&bundle, "\"journal\":") && !holds(&bundle, "\"chain\""));
    // What helps is there: frames of nobody, the pen, the plan's own number.
    for text in [
        "[current folder]",
        "aliases.[alias]",
        "bytes taken out: LoadPlan",
        "simulated reference pen",
        "by operator 0",
        "\"verdict\": \"ok\"",
    ] {
        assert!(holds(&bundle, text), "{text} is missing");
    }

    let again = with(&["support-bundle", "help.zip"]);
    assert_eq!(again.exit, Some(50), "{again:?}");
    assert!(again.err.contains("PEN-E060"), "{again:?}");
    assert_eq!(fs::read(folder.join("help.zip")).expect("a bundle"), bundle);
}

/// A number as postcard writes it, in hexadecimal.
fn varint(mut number: u64) -> String {
    let mut text = String::new();
    loop {
        let low = number & 0x7f;
        number >>= 7;
        let byte = if number == 0 { low } else { low | 0x80 };
        text += &format!("{byte:02x}");
        if number == 0 {
            return text;
        }
    }
}

#[test]
fn a_laboratory_that_is_called_as_the_program_speaks_hides_its_name_and_no_word_of_the_program() {
    let home = empty("support_own_words").join("annabell");
    let folder = home.join("service");
    fs::create_dir_all(&folder).expect("folders");
    let config = home.join("penctl.toml");
    fs::write(
        &config,
        "[laboratory]\nname = \"Pen Service Quendel\"\naddress = \"1 Journal Street, Obermaier\"\n",
    )
    .expect("a file");
    let config = config.to_str().expect("ASCII");
    let said = of_anna(
        &home,
        &folder,
        &[
            "--config",
            config,
            "--port",
            "sim:3",
            "support-bundle",
            "help.zip",
        ],
    );
    assert_eq!(said.exit, Some(0), "{said:?}");
    let bundle = fs::read(folder.join("help.zip")).expect("a bundle");
    names_nobody(
        &bundle,
        &[
            "Pen Service",
            "Journal Street",
            "laboratory.name\",\n      \"value\": \"Pen",
        ],
    );
    for text in ["simulated reference pen", "[configuration]"] {
        assert!(holds(&bundle, text), "{text} is missing");
    }
}

#[test]
fn a_bundle_is_written_without_a_pen_and_with_a_broken_configuration() {
    let home = empty("support_broken").join("annabell");
    fs::create_dir_all(&home).expect("a folder");
    let config = home.join("wrong.toml");
    fs::write(&config, "customer = Praxis Quendel\n").expect("a file");
    let config = config.to_str().expect("ASCII");
    let file = home.join("help.zip");
    let file = file.to_str().expect("ASCII");
    let said = of_anna(
        &home,
        &home,
        &[
            "--config",
            config,
            "--port",
            "./nowhere",
            "support-bundle",
            file,
        ],
    );
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert!(said.err.contains("without a pen"), "{said:?}");
    let bundle = fs::read(file).expect("a bundle");
    for name in ["annabell", "Quendel", "Praxis", "nowhere", "wrong.toml"] {
        assert!(!holds(&bundle, name), "{name} is in the bundle");
    }
    for text in ["PEN-E010", "line 1", "[configuration file]"] {
        assert!(holds(&bundle, text), "{text} is missing");
    }
}

#[test]
fn a_bundle_names_no_host_folder_or_person_that_a_port_a_store_or_an_error_quotes() {
    let home = empty("support_quoted").join("annabell");
    fs::create_dir_all(&home).expect("a folder");
    let wrong = [
        "color = \"obermaier@example.org\"\n",
        "timeout = \"Obermaier@example.org\"\n",
        "[aliases]\nok = \"Wilhelmina 0151442\"\n",
        "[customer.Obermaier]\nname = 4915112345\n",
        "\"wilhelmina@example.org\" = 1\n",
    ];
    for (number, text) in wrong.into_iter().enumerate() {
        let config = home.join(format!("wrong{number}.toml"));
        fs::write(&config, text).expect("a file");
        let config = config.to_str().expect("ASCII");
        let file = format!("help{number}.zip");
        let said = of_anna_with(
            &home,
            &home,
            &[
                (
                    "PENCTL_EXTRA_PORTS",
                    "tcp:quendel-lab.example.org:4000,/srv/quendel/pen,PraxisQuendel/pen",
                ),
                ("PENCTL_STORE", "/var/tmp/Quendel/new.db"),
            ],
            &[
                "--config",
                config,
                "--serial",
                "zacharias",
                "support-bundle",
                &file,
            ],
        );
        assert_eq!(said.exit, Some(0), "{text}: {said:?}");
        let bundle = fs::read(home.join(&file)).expect("a bundle");
        names_nobody(&bundle, &["0151442", "4915112345", "example.org"]);
    }
}

#[test]
fn a_bundle_names_no_server_user_or_password_of_a_store() {
    let home = empty("support_server").join("annabell");
    fs::create_dir_all(&home).expect("a folder");
    for (number, store) in [
        "postgres://anna:geheim@db.quendel-clinic.invalid/records?password=verraten",
        "postgresql://anna:geheim@db.quendel-clinic.invalid:5433/records",
        "postgres://anna:gehe?geheim@db.quendel-clinic.invalid/records",
    ]
    .into_iter()
    .enumerate()
    {
        let file = format!("help{number}.zip");
        let said = of_anna_with(
            &home,
            &home,
            &[("PENCTL_STORE", store)],
            &["--port", "sim:5", "support-bundle", &file],
        );
        assert_eq!(said.exit, Some(0), "{store}: {said:?}");
        let bundle = fs::read(home.join(&file)).expect("a bundle");
        names_nobody(
            &bundle,
            &["anna", "geheim", "gehe", "verraten", "clinic", "db.quendel"],
        );
        assert!(holds(&bundle, "\"value\": \"[records]\""), "{store}");
    }
}
