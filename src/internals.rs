//! What integration tests, benches and fuzz targets use of the rooms; no public interface.

pub mod conclude {
    pub use crate::conclude::{
        CompareOptions, LoadedRun, assess, compare_costs, compare_many, compare_pair, compare_shootdowns,
        compare_sweeps, compare_what_ifs, on_common_axes,
    };
    pub mod predicted {
        pub use crate::conclude::predicted::{Basis, predicted_knee};
    }
}
pub mod diagnose {
    pub use crate::diagnose::CAUSES;
}
pub mod driver {
    pub use crate::driver::{Extras, Files, Progress, run};
}
pub mod experiment {
    pub use crate::experiment::{CostProgress, Plan, measure_cost, spread};
    pub mod mitigations {
        pub use crate::experiment::mitigations::{MITIGATIONS, Mitigation};
    }
    pub mod what_if {
        pub use crate::experiment::what_if::{Choice, How, Plan, Wanted, what_if};
    }
}
pub mod export {
    pub use crate::export::{ExportFormat, ExportOptions, ExportTable, export};
}
pub mod mailboxes {
    pub use crate::mailboxes::{
        Database, Error, Format, LockKind, Mapping, OpenMode, OpenOptions, Phase, PhaseClock, RemapRule, Summary,
        check, dump, list, memory_of, repair,
    };
    pub mod flat {
        pub use crate::mailboxes::flat::MAGIC;
    }
}
pub mod os {
    pub mod clock {
        pub use crate::os::clock::{now_ns, sleep_until};
    }
    pub mod flock {
        pub use crate::os::flock::whole_file;
    }
    pub mod fork {
        pub use crate::os::fork::fork_worker;
    }
    pub mod barrier {
        pub use crate::os::barrier::Barrier;
    }
    pub mod shared {
        pub use crate::os::shared::Shared;
    }
}
pub mod present {
    pub use crate::present::{
        Chart, PredictedFigure, Reported, comparison_charts, comparison_report, matched_charts, prediction_chart,
        ranking_charts, results_list, sweep_comparison_charts, what_if_comparison_charts,
    };
}
pub mod results {
    pub use crate::results::{
        Ab, Availability, CommitModel, Compared, ComparisonReport, Cost, CostRow, FORMAT_VERSION, Inspection, LeftOut,
        MapperKind, MitigationStatus, Predicted, PredictedFigures, PredictedKnee, Qualification, Recorded, ResultKind,
        Run, RunDirectory, Shootdown, SweepReport, Tried, WhatIf, blocks_of_rows, find_results,
    };
}
pub mod scenario {
    pub use crate::scenario::{Arrivals, MapMode, Mix, ReadPattern, ReaderOperation, Scenario, Sweep};
}
pub mod shm {
    pub use crate::shm::{
        READER_PHASES, RunControl, STALLS_OF_READER, Series, SharedHistogram, SharedSlot, SharedStall, SlotCounter,
        SlotGrid, StallCounts, StallLog, WorkerCell,
    };
}
pub mod stats {
    pub use crate::stats::{CostModel, Estimate, find, fit};
}
pub mod workload {
    pub use crate::workload::{Plan, Recorder, Role, StallProfiler, Stopwatch, work};
    pub mod update {
        pub use crate::workload::update::{Method, UPDATE_BYTES};
    }
}
