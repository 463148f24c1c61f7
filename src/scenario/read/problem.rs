//! Problems in a scenario, and their rendering: the source line, a caret, what was meant and what is allowed.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Renderer, Snippet};

/// A span of bytes in one of the [`Texts`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Which text: 0 is the file, the others are `--set` options.
    pub text: usize,
    pub start: usize,
    pub end: usize,
}

impl Place {
    pub(super) fn new(text: usize, span: Range<usize>) -> Self {
        Self { text, start: span.start, end: span.end }
    }

    /// The place of a piece that begins `at` bytes into its text, without white space around it.
    pub(super) fn trimmed(text: usize, at: usize, piece: &str) -> Self {
        let from = at + (piece.len() - piece.trim_start().len());
        Self::new(text, from..from + piece.trim().len())
    }
}

/// The texts a scenario was read from: the file first, then each `--set`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Texts(Vec<(String, String)>);

impl Texts {
    /// Adds a text with the name that errors show, and gives its number.
    pub(super) fn add(&mut self, name: &str, text: &str) -> usize {
        self.0.push((name.to_owned(), text.to_owned()));
        self.0.len() - 1
    }

    pub(super) fn at(&self, place: &Place) -> &str {
        self.0.get(place.text).and_then(|(_, text)| text.get(place.start..place.end)).unwrap_or_default()
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Problem {
    title: String,
    /// Where, and what the caret says there.
    at: Vec<(Place, String)>,
    help: Vec<String>,
}

impl Problem {
    pub(super) fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), at: Vec::new(), help: Vec::new() }
    }

    /// Points at a place, if there is one; the first place is the main one.
    pub(super) fn at(mut self, place: impl Into<Option<Place>>, label: impl Into<String>) -> Self {
        self.at.extend(place.into().map(|place| (place, label.into())));
        self
    }

    /// Says what is allowed, or what to do.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    fn render<'a>(&'a self, texts: &'a Texts, renderer: &Renderer) -> String {
        let mut group = Level::ERROR.primary_title(&*self.title).elements(Vec::<Element<'a>>::new());
        let main = self.at.first().map(|(place, _)| place);
        for (number, (name, text)) in texts.0.iter().enumerate() {
            let here: Vec<_> = self.at.iter().filter(|(place, _)| place.text == number).collect();
            if here.is_empty() {
                continue;
            }
            let annotations = here.into_iter().map(|(place, label)| {
                let kind = if Some(place) == main { AnnotationKind::Primary } else { AnnotationKind::Context };
                kind.span(place.start..place.end).label(&**label)
            });
            group = group.element(Snippet::source(&**text).path(&**name).annotations(annotations));
        }
        group = self.help.iter().fold(group, |group: Group<'_>, help| group.element(Level::HELP.message(&**help)));
        renderer.render(&[group])
    }
}

/// Everything that is wrong with a scenario. Its `Display` is the full report, several lines for each problem.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioErrors {
    texts: Texts,
    problems: Vec<Problem>,
}

impl ScenarioErrors {
    pub(super) fn new(texts: Texts, mut problems: Vec<Problem>) -> Self {
        problems.sort_by(|a, b| a.at.first().map(|at| &at.0).cmp(&b.at.first().map(|at| &at.0)));
        Self { texts, problems }
    }

    /// The only problem is that the file could not be read; `help`: what to do, if that is known.
    pub fn unreadable(name: &str, why: &dyn fmt::Display, help: Option<String>) -> Self {
        let problem = Problem::new(format!("cannot read the scenario `{name}`: {why}"));
        Self::new(Texts::default(), vec![help.into_iter().fold(problem, Problem::help)])
    }

    /// How many problems there are; at least one.
    pub fn count(&self) -> usize {
        self.problems.len()
    }

    /// The headline of each problem, in the order of the text.
    pub fn titles(&self) -> impl Iterator<Item = &str> {
        self.problems.iter().map(|problem| &*problem.title)
    }

    /// The report without source lines: each title, each place with what is marked there, and the help.
    #[cfg(test)]
    pub(super) fn outline(&self) -> String {
        let place = |(place, label): &(Place, String)| {
            let (name, text) = &self.texts.0[place.text];
            let name = if name == "command line" { "command line:" } else { "" };
            let before = &text[..place.start];
            let (line, start) = (before.matches('\n').count() + 1, before.rfind('\n').map_or(0, |at| at + 1));
            let column = before[start..].chars().count() + 1;
            format!("\n  {name}{line}:{column} `{}`: {label}", self.texts.at(place))
        };
        let outline = |problem: &Problem| {
            let places: String = problem.at.iter().map(place).collect();
            let help: String = problem.help.iter().map(|help| format!("\n  help: {help}")).collect();
            format!("{}{places}{help}", problem.title)
        };
        self.problems.iter().map(outline).collect::<Vec<_>>().join("\n")
    }

    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let each: Vec<_> = self.problems.iter().map(|problem| problem.render(&self.texts, &renderer)).collect();
        each.join("\n\n")
    }
}

impl fmt::Display for ScenarioErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for ScenarioErrors {}
