//! What the header of a file says: the same of all formats.

/// Bytes that Cyrus adds to its rules for checkpoints. 16834, not 16384: so it is in Cyrus, since the beginning.
pub(super) const CHECKPOINT_SLACK: u64 = 16834;

/// What a header says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeaderFacts {
    /// Live records; `None`: it does not say.
    pub records: Option<u64>,
    /// Commits since the file was made, or packed; `None`: it does not count them.
    pub commits: Option<u64>,
    /// How far the next checkpoint is; `None`: the format has none.
    pub checkpoint: Option<CheckpointDistance>,
    /// Bytes that commits can fill before the file grows; `None`: each commit makes it longer, or that is not known.
    pub room_bytes: Option<u64>,
}

/// How far the next checkpoint is, by the rule of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckpointDistance {
    /// Bytes of the log, or of what is of no use any more.
    pub log_bytes: u64,
    /// With more of them than this, a commit is followed by a checkpoint.
    pub due_at_bytes: u64,
}

impl CheckpointDistance {
    pub fn is_due(&self) -> bool {
        self.log_bytes > self.due_at_bytes
    }
}
