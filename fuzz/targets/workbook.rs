//! Workbooks of every age and kind.
#![no_main]

mod package;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    package::mutate(data, size, max_size, seed, |part| part.ends_with(".xml") || part.ends_with(".rels"))
});

fuzz_target!(|data: &[u8]| package::read("scal.xlsx", data));
