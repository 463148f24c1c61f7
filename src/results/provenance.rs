//! Where figures come from: measured, emulated and predicted figures are never mixed unmarked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Run;

/// Where figures come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Provenance {
    /// Measured on the machine named.
    Measured,
    /// Measured, but of an imitation of another system: no property of the machine named.
    Emulated,
    /// Worked out from a cost model, never run.
    Predicted,
}

impl Provenance {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Provenance::Measured => "measured",
            Provenance::Emulated => "emulated",
            Provenance::Predicted => "predicted",
        }
    }

    /// Of something that was run, and may imitate another system.
    pub fn of_run(is_emulated: bool) -> Provenance {
        if is_emulated { Provenance::Emulated } else { Provenance::Measured }
    }
}

impl Run {
    /// Whether its figures are the machine's own.
    pub fn provenance(&self) -> Provenance {
        Provenance::of_run(!self.scenario.writer.emulate.is_nothing())
    }
}
