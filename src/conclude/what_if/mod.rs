//! What a what-if allows to say: what each mitigation changed, and which lowered stalls.

pub(crate) mod blocked_run;
pub(crate) mod conclusion;
pub(crate) mod differences;
pub(crate) mod sentences;
