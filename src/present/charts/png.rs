//! Charts as PNG, for where SVG cannot go: drawn with fonts that are built in, so that all machines make the same pictures.
//! Reading the fonts takes time, so it happens only when pictures are wanted.

use std::sync::Arc;

use anyhow::Context;
use rayon::prelude::*;
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{Options, Tree, fontdb::Source},
};

use super::chart::Chart;

/// Pixels of a picture for each of the chart.
const SCALE: f32 = 2.0;

/// Pictures of charts, in their order; twice as large as the charts, for screens with small pixels and for paper.
pub fn pictures(charts: &[Chart]) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut options = Options::default();
    let fonts = options.fontdb_mut();
    for font in [dejavu::sans::regular(), dejavu::sans::bold()] {
        fonts.load_font_source(Source::Binary(Arc::new(font)));
    }
    fonts.set_sans_serif_family("DejaVu Sans");
    options.font_family = "DejaVu Sans".to_owned();
    charts.par_iter().map(|chart| picture(chart, &options).with_context(|| format!("{} as PNG", chart.name))).collect()
}

fn picture(chart: &Chart, options: &Options) -> anyhow::Result<Vec<u8>> {
    let tree = Tree::from_str(&chart.svg, options)?;
    let size = tree.size().to_int_size().scale_by(SCALE).context("it has no size")?;
    let mut pixels = Pixmap::new(size.width(), size.height()).context("it has no size")?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    Ok(pixels.encode_png()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::present::charts::{
        canvas::{Words, paint},
        palette::PAPER,
    };

    #[test]
    fn a_picture_is_twice_as_large_and_has_its_words() {
        let chart = |text: &str| {
            let drawing = paint((60, 30), |canvas| canvas.words(text, (5.0, 15.0), Words::of_size(14.0))).unwrap();
            Chart::new("a".to_owned(), "b".to_owned(), "c".to_owned(), (60, 30), &drawing)
        };
        let pictures = pictures(&[chart(""), chart("µ ≤ 5")]).unwrap();
        let dark = |picture: &[u8]| {
            let pixels = Pixmap::decode_png(picture).unwrap();
            assert_eq!((pixels.width(), pixels.height()), (120, 60));
            let is_paper = |red: u8| red == PAPER.0;
            pixels.pixels().iter().filter(|pixel| !is_paper(pixel.red())).count()
        };
        assert_eq!(dark(&pictures[0]), 0);
        assert!(dark(&pictures[1]) > 100, "no words were drawn");
    }
}
