//! What is shown of a result, before it is laid out: made once for each kind of result, then rendered for the terminal and as a page.
//! The terminal shows less; each part says where it belongs, and how much must be asked for before the terminal shows it.

use super::{Chart, Grid};
use crate::conclude::{claim::Remark, headlines::Headline};

#[derive(Default)]
pub(crate) struct Document<'a> {
    /// What it is, such as `a run`.
    pub kind: &'static str,
    pub title: String,
    /// Where and when that was measured.
    pub subtitle: String,
    pub description: Option<String>,
    /// The file that it was made from.
    pub source: &'static str,
    pub parts: Vec<Part<'a>>,
}

pub(crate) struct Part<'a> {
    pub medium: Medium,
    pub level: Level,
    pub block: Block<'a>,
}

/// What becomes of a part in the terminal; the page shows all in its place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// On the first screen.
    Headline,
    /// Only if all is asked for.
    Detail,
    /// The last lines, because what came before scrolls away: the verdict and the figures that it is about.
    Closing,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Medium {
    Both,
    Terminal,
    Page,
}

pub(crate) enum Block<'a> {
    /// With its name for links and its short name in the navigation.
    Section {
        id: &'static str,
        short: &'static str,
        heading: String,
    },
    Heading(String),
    /// A heading with what belongs to it, up to the next heading.
    Article(String),
    /// One line, however long.
    Line(String),
    Text(Remark, Style),
    Table {
        caption: String,
        grid: Grid,
    },
    /// The figures that matter most, side by side.
    Headlines(Vec<Headline>),
    /// Charts one below the other, or the words that there are none.
    Figures(Vec<&'a Chart>),
    /// A command or a file, as it is written; folded: behind a summary.
    Code {
        label: String,
        text: String,
        is_folded: bool,
    },
    /// An empty line, unless there is one already or nothing follows.
    Gap,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    /// What the page is about, in large letters.
    Answer,
    Warning,
    /// Of a list; the lead is the terminal's.
    Item,
    /// Of a numbered list.
    Step,
}

/// Adds blocks for one medium, or for both.
pub(crate) struct Writer<'d, 'a> {
    document: &'d mut Document<'a>,
    medium: Medium,
    level: Level,
}

impl<'a> Document<'a> {
    pub fn new(kind: &'static str, source: &'static str, title: String, subtitle: String) -> Document<'a> {
        Document { kind, title, subtitle, description: None, source, parts: Vec::new() }
    }

    pub fn both(&mut self) -> Writer<'_, 'a> {
        self.writer(Medium::Both)
    }

    pub fn terminal(&mut self) -> Writer<'_, 'a> {
        self.writer(Medium::Terminal)
    }

    pub fn page(&mut self) -> Writer<'_, 'a> {
        self.writer(Medium::Page)
    }

    fn writer(&mut self, medium: Medium) -> Writer<'_, 'a> {
        Writer { document: self, medium, level: Level::Headline }
    }

    /// The parts that a medium shows.
    pub fn parts_of(&self, medium: Medium) -> impl Iterator<Item = &Part<'a>> {
        self.parts.iter().filter(move |part| [Medium::Both, medium].contains(&part.medium))
    }

    /// Their blocks.
    pub fn shown_by(&self, medium: Medium) -> impl Iterator<Item = &Block<'a>> {
        self.parts_of(medium).map(|part| &part.block)
    }
}

impl<'a> Writer<'_, 'a> {
    /// What follows is shown in the terminal only if all is asked for.
    pub fn in_detail(self) -> Self {
        Writer { level: Level::Detail, ..self }
    }

    pub fn in_detail_if(self, is_detail: bool) -> Self {
        if is_detail { self.in_detail() } else { self }
    }

    /// What follows is among the last lines in the terminal.
    pub fn closing(self) -> Self {
        Writer { level: Level::Closing, ..self }
    }

    fn add(self, block: Block<'a>) -> Self {
        self.document.parts.push(Part { medium: self.medium, level: self.level, block });
        self
    }

    fn styled(self, lead: impl Into<String>, words: impl Into<String>, style: Style) -> Self {
        self.add(Block::Text(Remark::new(lead, words), style))
    }

    pub fn section(self, id: &'static str, short: &'static str, heading: impl Into<String>) -> Self {
        self.add(Block::Section { id, short, heading: heading.into() })
    }

    pub fn heading(self, heading: impl Into<String>) -> Self {
        self.add(Block::Heading(heading.into()))
    }

    pub fn article(self, heading: impl Into<String>) -> Self {
        self.add(Block::Article(heading.into()))
    }

    pub fn line(self, words: impl Into<String>) -> Self {
        self.add(Block::Line(words.into()))
    }

    pub fn lines(self, lines: impl IntoIterator<Item = impl Into<String>>) -> Self {
        lines.into_iter().fold(self, Self::line)
    }

    pub fn gap(self) -> Self {
        self.add(Block::Gap)
    }

    pub fn text(self, lead: impl Into<String>, words: impl Into<String>) -> Self {
        self.styled(lead, words, Style::Plain)
    }

    pub fn answer(self, words: impl Into<String>) -> Self {
        self.styled("", words, Style::Answer)
    }

    pub fn remarks(self, remarks: impl IntoIterator<Item = Remark>) -> Self {
        remarks.into_iter().fold(self, |writer, remark| writer.add(Block::Text(remark, Style::Plain)))
    }

    pub fn warnings(self, warnings: impl IntoIterator<Item = impl Into<String>>) -> Self {
        warnings.into_iter().fold(self, |writer, warning| writer.styled("WARNING: ", warning, Style::Warning))
    }

    /// The lead stands before each in the terminal.
    pub fn items(self, lead: &str, items: impl IntoIterator<Item = impl Into<String>>) -> Self {
        items.into_iter().fold(self, |writer, item| writer.styled(lead, item, Style::Item))
    }

    pub fn step(self, lead: impl Into<String>, words: impl Into<String>) -> Self {
        self.styled(lead, words, Style::Step)
    }

    /// The caption is the page's.
    pub fn table(self, caption: impl Into<String>, grid: impl Into<Grid>) -> Self {
        self.add(Block::Table { caption: caption.into(), grid: grid.into() })
    }

    pub fn tables(self, tables: impl IntoIterator<Item = (&'static str, Grid)>) -> Self {
        tables.into_iter().fold(self, |writer, (caption, grid)| writer.table(caption, grid))
    }

    pub fn headlines(self, headlines: Vec<Headline>) -> Self {
        self.add(Block::Headlines(headlines))
    }

    pub fn figures(self, charts: impl IntoIterator<Item = &'a Chart>) -> Self {
        self.add(Block::Figures(charts.into_iter().collect()))
    }

    pub fn code(self, label: impl Into<String>, text: impl Into<String>) -> Self {
        self.add(Block::Code { label: label.into(), text: text.into(), is_folded: false })
    }

    pub fn details(self, label: impl Into<String>, text: impl Into<String>) -> Self {
        self.add(Block::Code { label: label.into(), text: text.into(), is_folded: true })
    }
}
