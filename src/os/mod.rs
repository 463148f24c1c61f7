//! The one door to the system: every call that differs between systems, or needs `unsafe`, is behind a name in here.
//! `linux/` is the real thing; `stub` answers "unavailable" where a system is not supported yet.
