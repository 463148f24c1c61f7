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
///
/// # Errors
/// The library cannot read a chart; then the fault is in here.
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
