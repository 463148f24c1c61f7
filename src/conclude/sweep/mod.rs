//! What the runs of a series say together: the knee, throughput, and the prediction checked against them.

pub(crate) mod groups;
pub(crate) mod knee;
pub(crate) mod prediction_check;
pub(crate) mod scaling;
pub(crate) mod sentences;
pub(crate) mod summary;
