//! Certificates: files of their own, and what lies embedded in a workbook.
#![no_main]

mod package;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let holds_certificate = |part: &str| {
        let places = ["embeddings/", "drawings/", "media/", "Object", "word/document.xml", "worksheets/_rels/"];
        places.iter().any(|place| part.contains(place))
    };
    package::mutate(data, size, max_size, seed, holds_certificate)
});

fuzz_target!(|data: &[u8]| package::read("TCC-ERS-2026-017.docx", data));
