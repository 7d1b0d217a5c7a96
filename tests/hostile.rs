//! Broken and hostile files: reading one must neither panic in our code nor return more than its limits.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where it fails")]

use std::io::{Cursor, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Once};

use assured::intake::{Receiver, document};
use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// Bytes of a reading as JSON: a few hundred findings, never a copy of the file.
const READING_BYTES_MAX: usize = 200_000;

/// Panics in our own code. Those of a library are caught by `document::read` and make the file a damaged one.
static OUR_PANICS: AtomicUsize = AtomicUsize::new(0);

fn read(name: &str, bytes: &[u8]) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let ours = panic.location().is_some_and(|place| place.file().starts_with("src/"));
            let library = panic.location().is_some_and(|place| place.file().contains("registry"));
            OUR_PANICS.fetch_add(usize::from(ours), Ordering::SeqCst);
            if !library {
                before(panic);
            }
        }));
    });
    let document = document::read(name, bytes, &Receiver::default());
    assert_eq!(OUR_PANICS.load(Ordering::SeqCst), 0, "{name}");
    assert_eq!(document.readable, document.problem.is_none());
    assert!(serde_json::to_vec(&document).unwrap().len() < READING_BYTES_MAX, "{name}");
}

type Parts = Vec<(String, Vec<u8>)>;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/documents").join(name)).unwrap()
}

/// Fixtures that are packages, in parts, so that a change in one part does not stop at its checksum.
static PACKAGES: LazyLock<[(&str, Parts); 4]> = LazyLock::new(|| {
    ["scal-gaps.xlsx", "pack-gaps.docx", "approval-form.docx", "pack-good.xlsx"]
        .map(|name| (name, parts(&fixture(name))))
});

fn parts(package: &[u8]) -> Parts {
    let mut archive = ZipArchive::new(Cursor::new(package)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut part = archive.by_index(index).unwrap();
            let mut bytes = Vec::new();
            part.read_to_end(&mut bytes).unwrap();
            (part.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

fn package(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// What replaces a stretch of a part: the pieces that have broken readers before.
const PIECES: [&str; 12] = [
    "",
    "\"",
    "<",
    "</w:tbl>",
    "<w:tc>",
    "<c r=\"ZZZZZZZ99999999999\" t=\"s\"><v>99999999</v></c>",
    "<c r=\"A0\"><v>1e999</v></c>",
    "uniqueCount=\"99999999\"",
    "&#0;&#x110000;",
    "\u{fffe}\u{0}",
    "r:id=\"rId99\"",
    "../../../",
];

const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_read(start in 0_usize..7, bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let starts: [&[u8]; 7] = [b"", b"PK\x03\x04", b"PK\x05\x06", b"%PDF-", b"MZ", COMPOUND, b"Rar!"];
        read("any.xlsx", &[starts[start], &bytes].concat());
    }

    #[test]
    fn changed_parts_read(
        which in 0_usize..4,
        part in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 0_usize..40, 0..PIECES.len()), 1..6),
    ) {
        let (name, mut parts) = PACKAGES[which].clone();
        let changed = part.index(parts.len());
        for (at, length, piece) in changes {
            let bytes = &mut parts[changed].1;
            let from = at.index(bytes.len() + 1);
            let to = (from + length).min(bytes.len());
            bytes.splice(from..to, PIECES[piece].bytes());
        }
        read(name, &package(&parts));
    }

    #[test]
    fn changed_bytes_read(
        which in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let names = ["scal-password.xlsx", "certificate.docx", "scal-good.xlsx"];
        let name = names[which.index(names.len())];
        let mut bytes = fixture(name);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        read(name, &bytes);
    }
}
