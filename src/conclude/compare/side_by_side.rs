//! All results of a comparison in one row a cost model: what a mapper adds in each of them, and what was counted, which holds on an
//! emulated machine too. So kernels, file systems and sizes of folios are seen next to each other.

use crate::{
    conclude::{
        in_order::{grouped, unique},
        letter,
        wording::{at_most, count, estimate, known, or_none},
    },
    results::{Availability, CostComparison, CostDifference, CostFigure, MatchedResult, Provenance, TracedWalks},
    scenario::units::{format_bytes, short_ns},
    stats::Estimate,
};

/// A table with a column for each result.
pub struct SideBySide {
    pub caption: &'static str,
    pub columns: Vec<String>,
    /// The name of each row, and its cells.
    pub rows: Vec<(String, Vec<String>)>,
}

/// A cost model in every result that has it.
pub struct ModelInResults<'c> {
    /// The pair that names it.
    pub first: &'c CostDifference,
    /// By the place of the result; `None`: it has no such model.
    pub results: Vec<Option<ModelInResult<'c>>>,
}

/// A cost model in one result.
#[derive(Clone)]
pub struct ModelInResult<'c> {
    /// What a mapper adds, nanoseconds.
    pub per_mapper: Estimate,
    pub provenance: Provenance,
    pub folio_bytes: &'c Availability<u64>,
    pub pages_per_mapper: &'c Availability<f64>,
    pub traced_walks: &'c Availability<TracedWalks>,
}

impl<'c> ModelInResults<'c> {
    /// Of so many results, from the pairs of the first with each other.
    fn of(pairs: &[&'c CostDifference], results: usize) -> ModelInResults<'c> {
        let mut all = vec![None; results];
        all[0] = Some(pairs[0].side(0));
        for pair in pairs {
            all[pair.other] = Some(pair.side(1));
        }
        ModelInResults { first: pairs[0], results: all }
    }
}

impl CostDifference {
    fn side(&self, place: usize) -> ModelInResult<'_> {
        ModelInResult {
            per_mapper: if place == 0 { self.a } else { self.b },
            provenance: self.provenances[place],
            folio_bytes: &self.folio_bytes[place],
            pages_per_mapper: &self.pages_per_mapper[place],
            traced_walks: &self.traced_walks[place],
        }
    }

    /// How the file lies: its file system, where results have several, and how it was written.
    pub fn place(&self) -> String {
        let system = self.file_system.as_ref().map_or_else(String::new, |system| format!("{system}, "));
        format!("{system}written {} at a time", format_bytes(self.write_size))
    }

    /// What is done to it.
    pub fn update_and_mode(&self) -> String {
        format!("{}, {}", self.update(), self.mode.in_words())
    }
}

impl CostComparison {
    /// Every model that a result shares with the first, in all of them; empty where the tables of the one pair show the same.
    pub fn models(&self) -> Vec<ModelInResults<'_>> {
        let has_several = self.differences.iter().any(|row| row.file_system.is_some());
        if self.results.len() < 3 && !has_several {
            return Vec::new();
        }
        let rows = self.differences.iter().filter(|row| row.figure == CostFigure::PerMapper);
        let condition = |row: &CostDifference| (row.update(), row.mode, row.file_system.clone(), row.write_size);
        let groups = grouped(rows.map(|row| (condition(row), row)));
        groups.into_iter().map(|(_, rows)| ModelInResults::of(&rows, self.results.len())).collect()
    }

    /// What a mapper adds, and what was counted, model by model; empty as [`CostComparison::models`] is.
    pub fn tables(&self) -> Vec<SideBySide> {
        let models = self.models();
        if models.is_empty() {
            return Vec::new();
        }
        let table = |caption, cell: fn(&ModelInResult) -> String| SideBySide {
            caption,
            columns: self.results.iter().enumerate().map(column).collect(),
            rows: models
                .iter()
                .map(|model| {
                    let name = format!("{}, {}", model.first.update_and_mode(), model.first.place());
                    (name, model.results.iter().map(|found| or_none(found.as_ref(), cell)).collect())
                })
                .collect(),
        };
        vec![
            table("What each mapper adds to one update, in all results", |found| {
                let emulated = if found.provenance == Provenance::Emulated { ", emulated" } else { "" };
                let value = match found.per_mapper.low > 0.0 {
                    true => estimate(found.per_mapper, short_ns),
                    false => at_most("at most", &found.per_mapper),
                };
                format!("{value}{emulated}")
            }),
            table(
                "What was counted, in all results: folio; pages of each mapper that an update visits; traced walks",
                |found| {
                    let folio = known(found.folio_bytes, |bytes| format_bytes(*bytes));
                    let pages = known(found.pages_per_mapper, |pages| pages_in_words(*pages));
                    let walks = found.traced_walks.value().map_or_else(String::new, |traced| {
                        format!("; {:.1} walks, {} with {}", traced.walks, short_ns(traced.ns), traced.mappers)
                    });
                    format!("{folio}; {pages}{walks}")
                },
            ),
        ]
    }

    /// Where results differ in the folios of a file that was made in the same way: which have which, and how many pages of each mapper an
    /// update visits there. A sentence for each file system and size of writes.
    pub(super) fn folios(&self) -> Vec<String> {
        let models = self.models();
        grouped(models.iter().map(|model| (model.first.place(), model)))
            .iter()
            .filter_map(|(place, models)| folios_of(place, models))
            .collect()
    }
}

fn folios_of(place: &str, models: &[&ModelInResults]) -> Option<String> {
    // The update that visits most tells most.
    let most = |model: &&&ModelInResults| {
        let pages = model.results.iter().flatten().filter_map(|found| found.pages_per_mapper.value());
        pages.fold(0.0, |most: f64, pages| most.max(*pages))
    };
    let model = models.iter().max_by(|one, other| most(one).total_cmp(&most(other)))?;
    let found = model.results.iter().enumerate().filter_map(|(place, found)| {
        let found = found.as_ref()?;
        Some((*found.folio_bytes.value()?, (letter(place), found.pages_per_mapper.value())))
    });
    let mut sizes = grouped(found);
    if sizes.len() < 2 {
        return None;
    }
    sizes.sort_by_key(|(bytes, _)| *bytes);
    let size = |(bytes, results): &(u64, Vec<(String, Option<&f64>)>)| {
        let letters: Vec<&str> = results.iter().map(|(letter, _)| letter.as_str()).collect();
        let pages = unique(results.iter().filter_map(|(_, pages)| pages.map(|pages| pages_in_words(*pages))));
        let pages = if pages.is_empty() { "an unknown number of pages".to_owned() } else { pages.join(" or ") };
        format!("{} in {} ({pages} of each mapper)", format_bytes(*bytes), letters.join(", "))
    };
    let sizes: Vec<String> = sizes.iter().map(size).collect();
    Some(format!(
        "Folios ({place}): {}; the pages are those that one {} visits",
        sizes.join(", "),
        model.first.update()
    ))
}

fn pages_in_words(pages: f64) -> String {
    count(pages.round() as u64, "page")
}

/// Such as `B: Linux 6.12.1`.
fn column((place, result): (usize, &MatchedResult)) -> String {
    let kernel =
        result.machine.value().map_or_else(String::new, |machine| format!(": {} {}", machine.system, machine.kernel));
    format!("{}{kernel}", letter(place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conclude::compare_costs,
        results::{Cost, Effect, fixtures::cost_on_file_systems},
    };

    const SMALL: u64 = 4096;
    const LARGE: u64 = 1 << 20;

    fn compared(costs: &[Cost]) -> CostComparison {
        let named: Vec<_> = costs.iter().enumerate().map(|(place, cost)| (place.to_string(), cost.clone())).collect();
        compare_costs(&named, &[], 0.05)
    }

    #[test]
    fn results_stand_side_by_side_by_file_system_and_folio() {
        let older = cost_on_file_systems(&[("ext4", SMALL), ("xfs", LARGE)]);
        let newer = cost_on_file_systems(&[("xfs", LARGE), ("ext4", LARGE)]);
        let comparison = compared(&[older.clone(), older, newer]);
        assert!(comparison.differences.iter().all(|row| row.file_systems[0] == row.file_systems[1]), "kind by kind");
        let tables = comparison.tables();
        let [added, counted] = &*tables else { panic!("{}", tables.len()) };
        assert_eq!((added.columns.len(), counted.rows.len()), (3, added.rows.len()));
        let cells = |table: &SideBySide, system: &str| {
            let name = format!("commit-store, read-write, {system}, written 1 MiB at a time");
            table.rows.iter().find(|(known, _)| *known == name).unwrap().1.clone()
        };
        let folios = |system| {
            cells(counted, system).iter().map(|cell| cell.split(';').next().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(
            (folios("ext4"), folios("xfs")),
            (vec!["4 KiB".into(), "4 KiB".into(), "1 MiB".to_owned()], vec!["1 MiB".to_owned(); 3])
        );
        assert!(cells(added, "ext4").iter().all(|cell| cell.starts_with("4 µs (")), "{:?}", cells(added, "ext4"));
        let said: Vec<&String> = comparison.sentences.iter().filter(|text| text.starts_with("Folios (")).collect();
        let expected = "Folios (ext4, written 1 MiB at a time): 4 KiB in A, B (1 page of each mapper), 1 MiB in C";
        assert!(said.len() == 1 && said[0].starts_with(expected), "{said:#?}");
        // One pair on one file system has nothing that its own tables do not show.
        let one = cost_on_file_systems(&[("ext4", SMALL)]);
        assert!(compared(&[one.clone(), one]).tables().is_empty());
    }

    #[test]
    fn a_model_that_only_some_results_have_has_no_figure_in_the_others() {
        let both = cost_on_file_systems(&[("ext4", SMALL), ("xfs", LARGE)]);
        let comparison = compared(&[both.clone(), cost_on_file_systems(&[("ext4", SMALL)]), both]);
        let of_xfs = comparison.models().into_iter().find(|model| model.first.place().starts_with("xfs")).unwrap();
        assert_eq!(of_xfs.results.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true]);
    }

    #[test]
    fn emulated_time_is_not_compared_with_real_time() {
        let mut real = cost_on_file_systems(&[("ext4", SMALL)]);
        // A method that imitates another system does so on both machines.
        real.rows[0].emulated = true;
        let mut emulated = real.clone();
        emulated.environment.hypervisor = Availability::Value("QEMU without KVM (TCG)".to_owned());
        let mixed = compared(&[real, emulated.clone()]);
        let has_no_ratio = |row: &CostDifference| row.ratio.value().is_none() && row.effect == Effect::Unknown;
        let rows = &mixed.differences;
        assert!(!rows.is_empty() && rows.iter().all(has_no_ratio), "{rows:#?}");
        assert!(rows.iter().any(|row| row.provenances == [Provenance::Emulated; 2]));
        let expected = "Nothing can be concluded of A (0) and B (1): the time of an emulated machine is not compared with that of a real one";
        assert_eq!(mixed.conclusion, expected);
        assert!(emulated.conditions().starts_with("EMULATED TIME: "), "{}", emulated.conditions());
        let mut slower = emulated.clone();
        slower.started = "later".to_owned();
        assert!(compared(&[emulated, slower]).differences.iter().all(|row| row.effect != Effect::Unknown));
    }
}
