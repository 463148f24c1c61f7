//! What shootdowns cost: the answers, the model of every operation, and all that was measured.

use crate::{
    conclude::{
        compare::platform::tlb_facts,
        shootdown::CONTROL,
        wording::{at_most, estimate, incomplete, known, or_none},
    },
    present::{
        Chart, Grid,
        document::Document,
        documents::{
            environment,
            parts::{Seed, facts_of, file_document, reproduce},
        },
    },
    results::{
        Availability, MapperKind, ResponderState, ResultKind, Shootdown, ShootdownModel, ShootdownRow, ShootdownTimes,
    },
    scenario::units::short_ns,
    stats::Estimate,
};

/// An experiment with these charts.
pub(crate) fn document<'a>(found: &Shootdown, charts: &'a [Chart]) -> Document<'a> {
    let machine = &found.environment;
    let subtitle = format!("{}, {} {}, {}", machine.host, machine.system, machine.kernel, found.started);
    let title = format!("What TLB shootdowns cost{}", incomplete(found.complete));
    let mut document = file_document(ResultKind::Shootdown, title, subtitle);
    let warnings = found.warnings().into_iter().map(|warning| format!("WARNING: {warning}"));
    document.terminal().line(found.conditions()).gap().lines(warnings);
    for kind in [MapperKind::Threads, MapperKind::Processes] {
        let models: Vec<&ShootdownModel> = found.models.iter().filter(|model| model.kind == kind).collect();
        if !models.is_empty() {
            document
                .terminal()
                .line(format!("Responders are {}:", kind.in_words()))
                .table("", in_short(found, &models))
                .gap();
        }
    }
    document.terminal().items("  ", found.asleep()).in_detail().items("  ", found.sentences());
    document.terminal().closing().items("", [found.shootdown_or_walk()]);
    document
        .page()
        .section("answer", "Answer", "What shootdowns cost")
        .answer(found.shootdown_or_walk())
        .items("", found.asleep())
        .text("", format!("{}.", found.conditions()))
        .warnings(found.warnings())
        .figures(charts)
        .section("models", "Models", "The models")
        .text(
            "",
            "Initiator = base + per page · pages + below the ceiling · min(pages, ceiling) + per CPU · CPUs that run a responder. A responder \
             loses what its clock misses beyond what it misses while the control operates. 95 % prediction intervals for a repeat.",
        )
        .table("Every operation that has a model", models(found))
        .section("measured", "Measured", "All that was measured")
        .text(
            "",
            format!(
                "Medians, and in brackets the 90th and the 99th percentile. `{CONTROL}` is the control: the same call on pages that no process has, \
                 which takes no translation away."
            ),
        );
    for kind in [MapperKind::Threads, MapperKind::Processes] {
        let rows: Vec<&ShootdownRow> = found.rows.iter().filter(|row| row.kind == kind).collect();
        if !rows.is_empty() {
            document.page().table(format!("Responders are {}", kind.in_words()), measured(&rows));
        }
    }
    let missing = found.missing();
    if !missing.is_empty() {
        document.page().heading("What was not measured").items("", missing.clone());
        document.terminal().in_detail().items("  ", missing);
    }
    document
        .page()
        .section("mechanism", "Mechanism", "How translations are taken away here")
        .table("As far as the kernel and the processor say", facts_of(&tlb_facts(&machine.platform)));
    environment::section(&mut document, machine, []);
    let same = [
        ("mapstorm", found.mapstorm_version.clone()),
        ("seed", found.plan.seed.to_string()),
        ("command began", found.started.clone()),
    ];
    reproduce(&mut document, same, &found.command, Seed::OfCost(found.plan.seed));
    document
}

/// On a terminal there is no room for intervals.
fn in_short(found: &Shootdown, models: &[&ShootdownModel]) -> Grid {
    let short = |found: &Estimate| at_most("≤", found);
    Grid::of(models.iter().copied())
        .words("operation", |model| &model.method)
        .number("alone", |model| alone(found, model))
        .number("per page", |model| or_none(model.per_page_ns.as_ref(), short))
        .number("per CPU", |model| short(&model.per_cpu_ns))
        .number("lost there", |model| or_none(model.responder_lost_ns.value(), short))
        .number("interrupts", |model| interrupts(found, model))
        .into()
}

fn models(found: &Shootdown) -> Grid {
    Grid::of(&found.models)
        .words("operation", |model| &model.method)
        .words("responders", |model| model.kind.in_words())
        .number("alone", |model| alone(found, model))
        .number("per page", |model| or_none(model.per_page_ns, |each| at_most("≤", &each)))
        .number("to the ceiling", |model| {
            let below = model.per_page_below_ns.zip(model.ceiling_pages);
            or_none(below, |(each, ceiling)| format!("{} to {ceiling}", at_most("≤", &each)))
        })
        .number("per CPU", |model| interval(&model.per_cpu_ns))
        .number_if(found.models.iter().any(|model| model.per_other_socket_ns.is_some()), "other socket", |model| {
            or_none(model.per_other_socket_ns, |far| estimate(far, short_ns))
        })
        .number("responder loses", |model| or_none(model.responder_lost_ns.value(), interval))
        .number("interrupts", |model| interrupts(found, model))
        .into()
}

/// The fewest pages that the operation was tried with.
fn least(found: &Shootdown, model: &ShootdownModel) -> u32 {
    found.rows.iter().find(|row| row.method == model.method).map_or(1, |row| row.pages)
}

fn alone(found: &Shootdown, model: &ShootdownModel) -> String {
    short_ns(model.initiator_ns(least(found, model), 0).max(0.0))
}

fn interrupts(found: &Shootdown, model: &ShootdownModel) -> String {
    or_none(found.row(model, least(found, model)), |row| {
        known(&row.interrupts_per_operation, |count| format!("{count:.2}"))
    })
}

/// With its interval; where that includes 0, its upper end.
fn interval(found: &Estimate) -> String {
    if found.low > 0.0 { estimate(*found, short_ns) } else { at_most("at most", found) }
}

fn measured(rows: &[&ShootdownRow]) -> Grid {
    let times = |found: &Availability<ShootdownTimes>| {
        known(found, |times| format!("{} ({}, {})", short_ns(times.p50), short_ns(times.p90), short_ns(times.p99)))
    };
    Grid::of(rows.iter().copied())
        .words("operation", |row| &row.method)
        .number("pages", |row| row.pages)
        .number("responders", |row| row.responders)
        .words("they are", |row| match (row.responders, row.placement) {
            (0, _) => String::new(),
            (_, Some(placement)) => format!("{}, {}", row.state.in_words(), placement.in_words()),
            (_, None) => row.state.in_words().to_owned(),
        })
        .number("initiator", |row| times(&row.initiator_ns))
        .number("responder lost", |row| match row.state {
            ResponderState::Spinning if row.responders > 0 => times(&row.responder_lost_ns),
            _ => or_none(None::<f64>, short_ns),
        })
        .number("interrupts", |row| known(&row.interrupts_per_operation, |count| format!("{count:.2}")))
        .number("faults", |row| known(&row.faults_per_operation, |count| format!("{count:.2}")))
        .number("operations", |row| known(&row.initiator_ns, |times| times.count.to_string()))
        .into()
}
