//! The `mapstorm` command.

fn main() {}
