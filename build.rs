//! Debug sections of the program are compressed: line numbers in its backtraces take a fifth of the room, and are read when it panics only.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // The linkers of Linux can do that, and the standard library reads it; of others neither is certain.
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-link-arg-bins=-Wl,--compress-debug-sections=zlib");
        // More than the lowest level of compression, and one copy of equal ends of names.
        println!("cargo:rustc-link-arg-bins=-Wl,-O2");
    }
}
