//! See `twicetold::laws`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| twicetold::laws::tar(bytes));
