//! The text of a PDF, as lines and as the columns in which it stands. Only forms are sought in it; pictures, links and
//! scripts are not looked at. Runs in the reader process: no parser of PDFs is safe from every file.

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use flate2::read::{DeflateDecoder, ZlibDecoder};
use hayro_interpret::font::{Glyph, GlyphRun, OutlineGlyph};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::hayro_syntax::Pdf;
use hayro_interpret::kurbo::{Affine, BezPath, Point, Rect};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, SoftMask, interpret_page,
};

use super::content::Content;
use super::grid::{Allowance, Grid, plain};
use super::limits::{
    PDF_DEPTH_MAX, PDF_GLYPHS_MAX, PDF_INFLATED_BYTES_MAX, PDF_PACKED_MAX, PDF_PAGES_MAX, PDF_STEPS_MAX,
};

/// Lines that count as the opening.
const OPENING_LINES: usize = 8;
/// No page reaches further. What lies outside of it is not drawn.
const EDGE: f64 = 100_000.0;
/// Glyphs are measured in thousandths of their size.
const UNITS: f64 = 1000.0;
/// In sizes of the text: how far a line may waver, what is a space, and what parts two columns.
const SAME_LINE: f64 = 0.5;
const SPACE: f64 = 0.15;
const GAP: f64 = 1.0;
/// Characters that are set close overlap by less.
const OVERLAP: f64 = 0.3;
/// The next line of the same paragraph is no further below.
const NEXT_LINE: f64 = 1.6;

/// `None` where there is no text to be had.
pub(super) fn read(bytes: &[u8]) -> Option<Content> {
    if is_too_deep(bytes) || inflates_too_far(bytes) {
        return None;
    }
    let pdf = Pdf::new(bytes.to_vec()).ok()?;
    let cache = InterpreterCache::new();
    let mut lines = Vec::new();
    let mut steps_left = PDF_STEPS_MAX;
    for page in pdf.pages().iter().take(PDF_PAGES_MAX) {
        let anywhere = Rect::new(-EDGE, -EDGE, EDGE, EDGE);
        let mut context = Context::new(Affine::IDENTITY, anywhere, &cache, pdf.xref(), InterpreterSettings::default());
        let mut glyphs = Glyphs { steps_left, ..Glyphs::default() };
        let drawing = AssertUnwindSafe(|| interpret_page(page, &mut context, &mut glyphs));
        catch_unwind(drawing).ok()?;
        steps_left = glyphs.steps_left;
        lines.extend(glyphs.lines());
    }
    let content = content(&lines);
    (!content.lines.is_empty()).then_some(content)
}

/// The library follows arrays within arrays until the stack ends, which nothing can catch.
fn is_too_deep(bytes: &[u8]) -> bool {
    let mut depth = 0_usize;
    let mut rest = bytes;
    while let Some((byte, after)) = rest.split_first() {
        if rest.starts_with(b"stream") {
            // What lies in a stream is no array of this file.
            let end = after.windows(9).position(|window| window == b"endstream");
            rest = end.and_then(|end| after.get(end + 9..)).unwrap_or_default();
            continue;
        }
        match byte {
            b'[' | b'<' => depth += 1,
            b']' | b'>' => depth = depth.saturating_sub(1),
            b'e' if rest.starts_with(b"endobj") => depth = 0,
            _ => {}
        }
        if depth > PDF_DEPTH_MAX {
            return true;
        }
        rest = after;
    }
    false
}

/// The library inflates each stream whole, and what is packed within it too.
fn inflates_too_far(bytes: &[u8]) -> bool {
    let mut left = PDF_INFLATED_BYTES_MAX;
    let mut rest = bytes;
    while let Some(at) = rest.windows(6).position(|window| window == b"stream") {
        let is_end = rest.get(..at).is_some_and(|before| before.ends_with(b"end"));
        rest = rest.get(at + 6..).unwrap_or_default();
        let packed = rest.trim_ascii_start();
        if !is_end && !inflates_within(packed, &mut left, PDF_PACKED_MAX) {
            return true;
        }
    }
    false
}

fn inflates_within(packed: &[u8], left: &mut usize, levels: usize) -> bool {
    let (Some(levels), Some(head)) = (levels.checked_sub(1), packed.first_chunk()) else { return true };
    let limit = *left as u64 + 1;
    let mut inflated = Vec::new();
    let is_zlib = head[0] & 0x0F == 8 && u16::from_be_bytes(*head).is_multiple_of(31);
    // A stream that breaks off counts as far as it goes.
    let _ = if is_zlib {
        ZlibDecoder::new(packed).take(limit).read_to_end(&mut inflated)
    } else {
        DeflateDecoder::new(packed).take(limit).read_to_end(&mut inflated)
    };
    let Some(after) = left.checked_sub(inflated.len()) else { return false };
    *left = after;
    inflates_within(&inflated, left, levels)
}

/// Characters drawn one after another; y grows upwards.
#[derive(Clone, Debug)]
struct Drawn {
    text: String,
    x: f64,
    end: f64,
    y: f64,
    size: f64,
}

impl Drawn {
    /// Takes what stands right after it. What is drawn over it belongs to another column, and is hidden on the page.
    fn join(&mut self, next: &Self) -> bool {
        let gap = (next.x - self.end) / self.size;
        let joins = (next.y - self.y).abs() < SAME_LINE * self.size && (-OVERLAP..GAP).contains(&gap);
        if joins {
            if gap > SPACE {
                self.text.push(' ');
            }
            self.text.push_str(&next.text);
            self.end = next.end;
        }
        joins
    }
}

#[derive(Default)]
struct Glyphs {
    drawn: Vec<Drawn>,
    count: usize,
    steps_left: usize,
}

impl Glyphs {
    /// Drawings within drawings may go on for ever, and the library can be stopped in no other way.
    fn step(&mut self) {
        match self.steps_left.checked_sub(1) {
            Some(left) => self.steps_left = left,
            None => resume_unwind(Box::new("too many steps")),
        }
    }
}

impl Device<'_> for Glyphs {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, '_>, props: DrawProps<'_>, _: &DrawMode) {
        self.step();
        for glyph in run.glyphs() {
            let text = match glyph.as_unicode() {
                Some(BfString::Char(character)) => character.to_string(),
                Some(BfString::String(text)) => text,
                None => continue,
            };
            let advance = match &**glyph {
                Glyph::Outline(outline) => OutlineGlyph::advance_width(outline),
                Glyph::Type3(drawn) => drawn.advance_width(),
            };
            let at = props.transform * glyph.transform();
            let (start, top) = (at * Point::ZERO, at * Point::new(0.0, UNITS));
            let end = at * Point::new(f64::from(advance.unwrap_or_default()), 0.0);
            let drawn = Drawn { text, x: start.x, end: end.x, y: start.y, size: (top - start).hypot() };
            let sound = [drawn.x, drawn.end, drawn.y, drawn.size].into_iter().all(f64::is_finite);
            self.count += 1;
            if !sound || self.count > PDF_GLYPHS_MAX || drawn.text.trim().is_empty() {
                continue;
            }
            if !self.drawn.last_mut().is_some_and(|last| last.join(&drawn)) {
                self.drawn.push(drawn);
            }
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'_>, _: &DrawMode) {
        self.step();
    }

    fn push_clip_path(&mut self, _: &ClipPath) {
        self.step();
    }

    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'_>>, _: BlendMode) {
        self.step();
    }

    fn draw_image(&mut self, _: Image<'_, '_>, _: ImageDrawProps<'_>) {
        self.step();
    }

    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

#[derive(Debug)]
struct Line {
    y: f64,
    /// What stands in each column.
    chunks: Vec<Drawn>,
}

impl Glyphs {
    fn lines(self) -> Vec<Line> {
        let mut drawn = self.drawn;
        drawn.sort_by(|one, other| other.y.total_cmp(&one.y));
        let mut rows: Vec<Vec<Drawn>> = Vec::new();
        for glyph in drawn {
            match rows.last_mut() {
                Some(row)
                    if row.first().is_some_and(|first| first.y - glyph.y < SAME_LINE * first.size.max(glyph.size)) =>
                {
                    row.push(glyph);
                }
                _ => rows.push(vec![glyph]),
            }
        }
        let mut lines: Vec<Line> = Vec::new();
        for row in rows {
            let line = line(row);
            if !line.chunks.is_empty() && !lines.last_mut().is_some_and(|above| goes_on(above, &line)) {
                lines.push(line);
            }
        }
        lines
    }
}

fn line(mut row: Vec<Drawn>) -> Line {
    row.sort_by(|one, other| one.x.total_cmp(&other.x));
    let y = row.first().map_or(0.0, |first| first.y);
    let mut chunks: Vec<Drawn> = Vec::new();
    for part in row {
        if !chunks.last_mut().is_some_and(|chunk| chunk.join(&part)) {
            chunks.push(part);
        }
    }
    Line { y, chunks }
}

/// An answer that takes two lines: its second stands alone below its first, and no label beside it.
fn goes_on(above: &mut Line, line: &Line) -> bool {
    let [only] = line.chunks.as_slice() else { return false };
    let near = above.y - line.y < NEXT_LINE * only.size;
    let same = |chunk: &&mut Drawn| (chunk.x - only.x).abs() < SAME_LINE * only.size;
    let Some(chunk) = above.chunks.iter_mut().skip(1).find(same).filter(|_| near) else { return false };
    chunk.text.push(' ');
    chunk.text.push_str(&only.text);
    above.y = line.y;
    true
}

fn content(lines: &[Line]) -> Content {
    let mut allowance = Allowance::full();
    let mut grid = Grid::default();
    for (row, line) in (0..).zip(lines) {
        for (column, chunk) in (0..).zip(&line.chunks) {
            grid.put(row, column, &chunk.text, &mut allowance);
        }
    }
    let text = |line: &Line| line.chunks.iter().map(|chunk| chunk.text.as_str()).collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = lines.iter().map(text).filter_map(|text| allowance.take(&text)).collect();
    let opening = lines.iter().take(OPENING_LINES).map(|line| plain(line)).collect();
    Content { opening, lines, tables: vec![grid] }
}

#[cfg(test)]
mod tests;
