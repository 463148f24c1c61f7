#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| mapstorm_fuzz::database("twom", data));
