//! Where a figure comes from: measured, emulated and predicted are told apart wherever figures leave the house.
//! A figure of an emulated method was measured, but is no property of this system.

/// Where a figure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// It was measured.
    Measured,
    /// It was measured of something that imitates another system.
    Emulated,
    /// It was worked out, and never run.
    Predicted,
}

impl Provenance {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Provenance::Measured => "measured",
            Provenance::Emulated => "emulated",
            Provenance::Predicted => "predicted",
        }
    }

    /// Of an update method that may imitate another system.
    pub fn of_method(is_emulated: bool) -> Provenance {
        if is_emulated { Provenance::Emulated } else { Provenance::Measured }
    }
}
