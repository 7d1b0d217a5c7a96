//! What the targets share: files that are zip packages are changed in their parts, since a change in the packed bytes
//! would mostly stop at a checksum; and which panics count.

use std::io::{Cursor, Read, Write};
use std::sync::Once;

use assured::intake::{Receiver, document};
use libfuzzer_sys::fuzzer_mutate;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// Inflated bytes of a package that is taken apart.
const PARTS_BYTES_MAX: u64 = 8 << 20;
/// A part that is changed has room to grow by so much.
const GROWTH: usize = 4_096;

/// Reads a file as the reader process does.
pub fn read(name: &str, data: &[u8]) {
    leave_libraries_alone();
    document::read(name, data, &Receiver::default());
}

/// A panic in a library makes the file a damaged one; only those in our own code, and those of the standard library on
/// its behalf, are faults.
fn leave_libraries_alone() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let fault = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !panic.location().is_some_and(|place| place.file().contains("/registry/")) {
                fault(panic);
            }
        }));
    });
}

/// Changes one part that `may_change` names, or the bytes as they are where they are no package.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32, may_change: fn(&str) -> bool) -> usize {
    match changed(&data[..size], seed, may_change) {
        Some(package) if package.len() <= max_size => {
            data[..package.len()].copy_from_slice(&package);
            package.len()
        }
        Some(_) | None => fuzzer_mutate(data, size, max_size),
    }
}

fn changed(data: &[u8], seed: u32, may_change: fn(&str) -> bool) -> Option<Vec<u8>> {
    // Now and then the package itself is what is changed.
    if seed % 16 == 0 {
        return None;
    }
    let mut parts = parts(data)?;
    let names: Vec<usize> = (0..parts.len()).filter(|at| may_change(&parts[*at].0)).collect();
    let (_, content) = &mut parts[*names.get(seed as usize / 16 % names.len().max(1))?];
    let length = content.len();
    content.resize(length + GROWTH, 0);
    let length = fuzzer_mutate(content, length, length + GROWTH);
    content.truncate(length);
    package(&parts)
}

fn parts(data: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let mut archive = ZipArchive::new(Cursor::new(data)).ok()?;
    let mut left = PARTS_BYTES_MAX;
    let mut parts = Vec::new();
    for index in 0..archive.len().min(1_000) {
        let mut part = archive.by_index(index).ok()?;
        let name = part.name().ok()?.into_owned();
        let mut bytes = Vec::new();
        part.by_ref().take(left).read_to_end(&mut bytes).ok()?;
        left = left.checked_sub(bytes.len() as u64).filter(|left| *left > 0)?;
        parts.push((name, bytes));
    }
    Some(parts)
}

fn package(parts: &[(String, Vec<u8>)]) -> Option<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_level(Some(1));
    for (name, bytes) in parts {
        zip.start_file(name, options).ok()?;
        zip.write_all(bytes).ok()?;
    }
    Some(zip.finish().ok()?.into_inner())
}
