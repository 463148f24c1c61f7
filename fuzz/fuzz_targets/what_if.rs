#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| mapstorm_fuzz::result("what-if.json", data));
