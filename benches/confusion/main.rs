//! Sixty seeded runs with trouble made on purpose: how often the diagnosis names it, and how exact a freeze's edges are.
//! The trouble is Linux's (control groups, timer slack, /proc), so there is nothing to run elsewhere.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<std::process::ExitCode> {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> std::process::ExitCode {
    eprintln!("the trouble that this benchmark makes needs Linux");
    std::process::ExitCode::FAILURE
}
