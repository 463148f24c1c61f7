//! What is known about a key: its section, kind with limits, default and meaning, and the field it fills.
//! Reading, error messages, overrides and the reference page all follow from one table.

mod build;

/// A section: the struct that a scenario keeps of it, and its keys. A field is filled by one key, which documents it, or through
/// a function of `build` by several. A key has a name, a kind, perhaps (`or`) a default as TOML, perhaps a `note` on it, and a meaning.
macro_rules! section {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident = $keys:ident in $section:literal: $about:literal;
        $(
            $(#[$field_meta:meta])*
            $field:ident: $type:ty =
                $($key:literal, $kind:expr $(, or $default:literal)? $(, note $note:literal)?, $doc:literal)?
                $($build:ident of
                    $($part:literal, $of_kind:expr $(, or $or:literal)? $(, note $remark:literal)?, $meaning:literal)and+)?;
        )+
    ) => {
        #[doc = $about]
        $(#[$meta])*
        $vis struct $name {
            $($(#[doc = $doc])? $(#[$field_meta])* pub $field: $type,)+
        }

        pub(crate) static $keys: Section = Section {
            name: $section,
            about: $about,
            keys: &[$(
                $(section!(@key $section, $key, $kind, [$($default)?], [$($note)?], $doc),)?
                $($(section!(@key $section, $part, $of_kind, [$($or)?], [$($remark)?], $meaning),)+)?
            )+],
        };

        impl $name {
            /// `None`: a value is missing or wrong, which has been reported.
            pub(crate) fn of(values: &Values) -> Option<Self> {
                Some(Self {
                    $($field: $(build::field(values, $section, $key)?)? $(build::$build(values, $section)?)?,)+
                })
            }
        }
    };
    (@key $section:literal, $name:literal, $kind:expr, [$($default:literal)?], [$($note:literal)?], $doc:literal) => {
        Key {
            section: $section,
            name: $name,
            kind: $kind,
            default: concat!($($default)?),
            default_note: concat!($($note)?),
            doc: $doc,
        }
    };
}

mod table;

pub(super) use build::is_flat;
pub use table::{DatabaseFile, Instances, Ramp, Readers, Run, Slo, Writer};
pub(super) use table::{Heading, SweepKeys};
pub(crate) use table::{RAMP, SECTIONS};

use super::kind::Kind;
use super::tree::{self, Node};

#[derive(Debug)]
pub(crate) struct Key {
    /// Empty for the keys above all sections.
    pub section: &'static str,
    pub name: &'static str,
    pub kind: Kind,
    /// As TOML; empty: there is no value unless given.
    pub default: &'static str,
    /// What the reference says about the default where the TOML alone would not do.
    #[cfg_attr(not(test), expect(dead_code, reason = "it is for the generated page"))]
    pub default_note: &'static str,
    pub doc: &'static str,
}

#[derive(Debug)]
pub(crate) struct Section {
    /// Empty for what stands above all sections.
    pub name: &'static str,
    #[cfg_attr(not(test), expect(dead_code, reason = "it is for the generated page"))]
    pub about: &'static str,
    pub keys: &'static [Key],
}

/// Every key but those inside of a ramp, section by section.
pub(crate) fn all() -> impl Iterator<Item = &'static Key> {
    SECTIONS.iter().flat_map(|section| section.keys)
}

pub(crate) fn find(section: &str, name: &str) -> Option<&'static Key> {
    all().find(|key| key.section == section && key.name == name)
}

/// The section of that name, which is not empty.
pub(crate) fn section(name: &str) -> Option<&'static Section> {
    SECTIONS[1..].iter().find(|section| section.name == name).copied()
}

/// The least and the most number of a key, in nanoseconds or per second. `None`: there is no such key, or it is no number.
pub(crate) fn bounds_of_key(path: &str) -> Option<(f64, f64)> {
    match all().chain(RAMP.keys).find(|key| key.path() == path)?.kind {
        Kind::Count(min, max) | Kind::Duration(min, max) | Kind::Size(min, max, _) => Some((min as f64, max as f64)),
        Kind::Rate(min, max) => Some((min, max)),
        _ => None,
    }
}

impl Key {
    /// The key as it is written after `--set`: `readers.count`.
    pub(crate) fn path(&self) -> String {
        if self.section.is_empty() { self.name.to_owned() } else { format!("{}.{}", self.section, self.name) }
    }

    /// The default as a tree. Its places are in no text.
    pub(super) fn default_node(&self) -> Option<Node> {
        if self.default.is_empty() { None } else { tree::parse_value(usize::MAX, self.default, 0).ok() }
    }
}
