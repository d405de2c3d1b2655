//! `pen-image pico`, `mps2`, `template`: builds an image and puts its files into one folder.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{about, about_json, bytes, image, read, share, table};
use crate::board::{Board, Flashed};
use crate::cargo;
use crate::cli::{Failure, Outcome};
use crate::key::MakerKey;
use crate::pack::{Packed, pack};
use crate::size::Size;
use crate::uf2;

const NO_KEY: &str = "\
warning: no maker key. The pen believes no limit profile and stays Locked.
  Give the public key that your profiles are signed with: --maker-key <64 hexadecimal digits>
  For the emulator and the bench: --maker-key development";

const DEVELOPMENT_KEY: &str = "\
warning: the development key is in this image. Its secret half is published, anybody can sign with
  it: for the emulator and the bench only, never for a pen that touches a person.";

/// Builds an image, fills in its header if it has one, and reports. Its files are called `name`.
pub(crate) fn build(
    board: &Board,
    name: &str,
    keys: &[MakerKey],
    out: Option<PathBuf>,
) -> Result<Outcome, Failure> {
    let linked = cargo::build(board)?;
    let out = match out {
        Some(out) => out,
        None => cargo::target_folder()?.join("images"),
    };
    std::fs::create_dir_all(&out).map_err(|why| Failure::File {
        path: out.clone(),
        done: "made",
        why,
    })?;
    let size = Size::of(&image(&linked)?);
    let file = read(&linked)?;
    let elf = out.join(format!("{name}.elf"));
    if board.flashed == Flashed::Never {
        write(&elf, &file)?;
        return Ok(report(board, &size, &[("ELF", &elf)], None));
    }
    let packed = pack(&file, board, keys).map_err(|why| Failure::Pack { path: linked, why })?;
    if keys.is_empty() {
        eprintln!("{NO_KEY}");
    }
    if keys.contains(&MakerKey::DEVELOPMENT) {
        eprintln!("{DEVELOPMENT_KEY}");
    }
    write(&elf, &packed.elf)?;
    let mut files = vec![("ELF", elf.as_path())];
    let uf2 = out.join(format!("{name}.uf2"));
    if board.flashed == Flashed::Uf2 {
        write(&uf2, &uf2::write(&packed.flash))?;
        files.push(("UF2", &uf2));
    }
    Ok(report(board, &size, &files, Some(&packed)))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(|why| Failure::File {
        path: path.to_owned(),
        done: "written",
        why,
    })
}

fn report(board: &Board, size: &Size, files: &[(&str, &Path)], packed: Option<&Packed>) -> Outcome {
    let flash = packed.map_or(size.text + size.data, |packed| packed.flash.len());
    let used = |part, whole| {
        format!(
            "{} of {} bytes ({})",
            bytes(part),
            bytes(whole),
            share(part, whole)
        )
    };
    let mut rows: Vec<(&str, String)> = files
        .iter()
        .map(|(name, path)| (*name, path.display().to_string()))
        .collect();
    rows.extend([
        ("text", bytes(size.text)),
        ("data", bytes(size.data)),
        ("bss", bytes(size.bss)),
        ("flash", used(flash, board.flash_len)),
        ("RAM", used(size.statics(), board.ram_len)),
    ]);
    let at = packed.map(|packed| packed.at);
    if let Some(packed) = packed {
        rows.extend(about(&packed.header, packed.at));
    }
    let files: serde_json::Map<_, _> = files
        .iter()
        .map(|(name, path)| (name.to_lowercase(), json!(path)))
        .collect();
    let json = json!({
        "image": board.name,
        "files": files,
        "text": size.text,
        "data": size.data,
        "bss": size.bss,
        "flash": { "used": flash, "available": board.flash_len },
        "ram": { "used": size.statics(), "available": board.ram_len },
        "header": packed.zip(at).map(|(packed, at)| about_json(&packed.header, at)),
    });
    Outcome {
        text: format!("{}: {}\n{}", board.package, board.purpose, table(&rows)),
        json,
        errors: Vec::new(),
    }
}
