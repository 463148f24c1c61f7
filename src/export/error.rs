//! Why nothing was exported: what was asked for makes no sense, or what is there cannot be read.
//! Both are invalid input.

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// What was asked for makes no sense: what does, is in the message.
    #[error("{0}")]
    Invalid(String),
    /// A result cannot be read.
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}
