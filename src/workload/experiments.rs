//! How an operation of a cost or shootdown experiment fails.

/// Why an operation does not exist here, or failed: a message with the call.
pub type Outcome = Result<(), String>;

pub fn at<E: std::fmt::Display>(call: &'static str) -> impl Fn(E) -> String {
    move |error| format!("{call}: {error}")
}
