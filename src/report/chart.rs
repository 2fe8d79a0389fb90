//! The plots, as SVG.
//!
//! Each colour has one meaning. The page's style sheet finds plotted elements by their colour attribute
//! (`[fill="#1F5FA8"]`) and gives them the colour of the theme; the attribute itself is what is seen where there is
//! no style sheet.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "places on a chart, and shares for people"
)]

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::calendar::{mark_name, marks};
use super::contents::Curve;
use super::histogram::{SimilarityHistogram, SizeHistogram};
use super::timeline::TimelineRow;
use crate::number::Grouped;

/// What is counted. The style sheet knows these values.
const DATA: RGBColor = RGBColor(0x1f, 0x5f, 0xa8);
/// The threshold.
const MARK: RGBColor = RGBColor(0xb4, 0x3a, 0x1e);
/// Text and axes.
const INK: RGBColor = RGBColor(0x44, 0x4a, 0x54);
/// Lines behind the data.
const GRID: RGBColor = RGBColor(0xdf, 0xe3, 0xe8);

/// A plot of half the page's width, in its own units.
const SIZE: (u32, u32) = (480, 290);

/// Room above a plot, for the name of the threshold.
const TOP: u32 = 24;

/// Letters, in the same units: large enough to be read when the plot is shrunk to a telephone's width.
const LETTERS: (&str, i32) = ("sans-serif", 16);

/// Room for the name of a day on an axis.
const MARK_NAME: u32 = 96;

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Drawn<'a> = Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

/// Draws into a string.
fn draw(size: (u32, u32), plot: impl for<'a> Fn(&Area<'a>) -> Drawn<'a>) -> String {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        plot(&area).and_then(|()| area.present()).expect("a string takes everything that is drawn into it");
    }
    svg
}

fn letters() -> TextStyle<'static> {
    LETTERS.into_font().color(&INK)
}

/// Room above the largest bar, for its number.
fn headroom(largest: u64) -> f64 {
    largest.max(1) as f64 * 1.15
}

/// A count on an axis; a mark between two counts has no name.
fn axis_count(count: f64) -> String {
    if (count - count.round()).abs() > 1e-6 {
        return String::new();
    }
    let count = count.round().max(0.0) as u64;
    match count {
        10_000_000.. => format!("{}M", Grouped(count / 1_000_000)),
        10_000.. => format!("{}k", Grouped(count / 1000)),
        _ => Grouped(count).to_string(),
    }
}

/// Groups by size.
pub(crate) fn sizes(sizes: &SizeHistogram, member: &str, groups: &str) -> String {
    let bins: Vec<(u64, u64, u64)> = sizes.bins().collect();
    let largest = bins.iter().map(|bin| bin.2).max().unwrap_or(0);
    let name = |&(first, last, _): &(u64, u64, u64)| {
        if first == last {
            first.to_string()
        } else {
            format!("{}–{}", axis_count(first as f64), axis_count(last as f64))
        }
    };
    let names: Vec<String> = bins.iter().map(name).collect();
    draw(SIZE, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .margin_top(TOP)
            .margin_right(20)
            .x_label_area_size(48)
            .y_label_area_size(64)
            .build_cartesian_2d((0..bins.len().max(1) as u32 - 1).into_segmented(), 0.0..headroom(largest))?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .x_labels(if bins.len() > 7 { bins.len() / 2 } else { bins.len() })
            .x_label_formatter(&|place| match place {
                SegmentValue::CenterOf(bin) => names.get(*bin as usize).cloned().unwrap_or_default(),
                _ => String::new(),
            })
            .y_labels(5)
            .y_label_formatter(&|count| axis_count(*count))
            .x_desc(member)
            .y_desc(groups)
            .axis_style(INK)
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .label_style(letters())
            .axis_desc_style(letters())
            .draw()?;
        chart.draw_series(bins.iter().zip(0u32..).map(|(bin, place)| {
            let corners = [(SegmentValue::Exact(place), 0.0), (SegmentValue::Exact(place + 1), bin.2 as f64)];
            let mut bar = Rectangle::new(corners, DATA.filled());
            bar.set_margin(0, 0, 4, 4);
            bar
        }))?;
        let style = letters().pos(Pos::new(HPos::Center, VPos::Bottom));
        chart.draw_series(bins.iter().zip(0u32..).filter(|(bin, _)| bin.2 > 0).map(|(bin, place)| {
            let top = (SegmentValue::CenterOf(place), bin.2 as f64);
            EmptyElement::at(top) + Text::new(axis_count(bin.2 as f64), (0, -3), style.clone())
        }))?;
        Ok(())
    })
}

/// Repeats by similarity, with the threshold; `measured` names what that is.
pub(crate) fn similarities(
    counts: &SimilarityHistogram,
    threshold: f64,
    measured: &str,
    documents: &str,
) -> String {
    let bins: Vec<(usize, u64)> = counts.bins().collect();
    let largest = bins.iter().map(|bin| bin.1).max().unwrap_or(0);
    let first = bins.first().map_or(0, |bin| bin.0) as f64 / 100.0;
    draw(SIZE, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .margin_top(TOP)
            .margin_right(20)
            .x_label_area_size(48)
            .y_label_area_size(64)
            .build_cartesian_2d(first..1.0, 0.0..headroom(largest))?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .x_labels(6)
            .x_label_formatter(&|similarity| format!("{similarity:.2}"))
            .y_labels(5)
            .y_label_formatter(&|count| axis_count(*count))
            .x_desc(measured)
            .y_desc(documents)
            .axis_style(INK)
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .label_style(letters())
            .axis_desc_style(letters())
            .draw()?;
        chart.draw_series(bins.iter().filter(|bin| bin.1 > 0).map(|&(hundredth, count)| {
            let (from, to) = (hundredth as f64 / 100.0, (hundredth + 1) as f64 / 100.0);
            let mut bar = Rectangle::new([(from, 0.0), (to, count as f64)], DATA.filled());
            bar.set_margin(0, 0, 1, 1);
            bar
        }))?;
        let top = headroom(largest);
        chart.draw_series([PathElement::new([(threshold, 0.0), (threshold, top)], MARK.stroke_width(2))])?;
        let label = format!("threshold {threshold:.2}");
        let above = above_mark(threshold > first.midpoint(1.0));
        chart.draw_series([EmptyElement::at((threshold, top)) + Text::new(label, above.0, above.1)])?;
        Ok(())
    })
}

/// The place and style of the threshold's name: above its line, towards the side where there is room.
fn above_mark(to_the_left: bool) -> ((i32, i32), TextStyle<'static>) {
    let style = LETTERS.into_font().color(&MARK);
    if to_the_left {
        ((6, -5), style.pos(Pos::new(HPos::Right, VPos::Bottom)))
    } else {
        ((-6, -5), style.pos(Pos::new(HPos::Left, VPos::Bottom)))
    }
}

/// The S-curve, with the threshold.
pub(crate) fn curve(curve: &Curve, threshold: f64) -> String {
    draw(SIZE, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .margin_top(TOP)
            .margin_right(20)
            .x_label_area_size(48)
            .y_label_area_size(64)
            .build_cartesian_2d(0.0..1.0, 0.0..1.05)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .x_labels(6)
            .x_label_formatter(&|similarity| format!("{similarity:.1}"))
            .y_labels(5)
            .y_label_formatter(&|share| format!("{:.0} %", share * 100.0))
            .x_desc("similarity of a pair")
            .y_desc("chance of being found")
            .axis_style(INK)
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .label_style(letters())
            .axis_desc_style(letters())
            .draw()?;
        chart.draw_series(LineSeries::new(curve.points.iter().copied(), DATA.stroke_width(2)))?;
        chart.draw_series([PathElement::new([(threshold, 0.0), (threshold, 1.05)], MARK.stroke_width(2))])?;
        chart.draw_series([Circle::new((threshold, curve.recall), 4, MARK.filled())])?;
        let above = above_mark(threshold > 0.5);
        let label = format!("threshold {threshold:.2}");
        chart.draw_series([EmptyElement::at((threshold, 1.05)) + Text::new(label, above.0, above.1)])?;
        Ok(())
    })
}

/// Marks of the time axis, at most.
const TIME_MARKS: u32 = 7;

/// Places at which dots of one row can stand.
const TIME_PLACES: i32 = 240;

/// Groups by day, one row each; the larger the dot, the more documents. None without dates.
pub(crate) fn timeline(rows: &[TimelineRow], group: &str) -> Option<String> {
    let spans: Vec<(i32, i32)> = rows.iter().filter_map(TimelineRow::span).collect();
    let first = spans.iter().map(|span| span.0).min()?;
    let last = spans.iter().map(|span| span.1).max()?;
    let room = ((last - first) / 40).max(1);
    let (start, end) = (first - room, last + room);
    let marks = marks(start, end, TIME_MARKS);
    let width = (end - start) / TIME_PLACES + 1;
    let count = rows.len() as u32;
    let height = 70 + 24 * count;
    Some(draw((980, height), |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .margin_top(TOP)
            .margin_right(MARK_NAME / 2)
            .x_label_area_size(28)
            .y_label_area_size(64)
            .build_cartesian_2d(f64::from(start)..f64::from(end), -0.5..f64::from(count) - 0.5)?;
        let line = |points: [(f64, f64); 2]| PathElement::new(points, GRID);
        let ends = (f64::from(start), f64::from(end));
        chart.draw_series((0..count).map(|row| line([(ends.0, row.into()), (ends.1, row.into())])))?;
        let vertical = |&day: &i32| line([(day.into(), -0.5), (day.into(), f64::from(count) - 0.5)]);
        chart.draw_series(marks.iter().map(vertical))?;
        let anchor = |h, v| letters().pos(Pos::new(h, v));
        chart.draw_series(marks.iter().map(|&day| {
            let name = Text::new(mark_name(day, start, end), (0, 6), anchor(HPos::Center, VPos::Top));
            EmptyElement::at((f64::from(day), -0.5)) + name
        }))?;
        // The first group stands at the top.
        let place = |index: usize| f64::from(count - 1) - index as f64;
        chart.draw_series(rows.iter().enumerate().map(|(index, row)| {
            let name =
                Text::new(format!("{group} {}", row.number), (-8, 0), anchor(HPos::Right, VPos::Center));
            EmptyElement::at((f64::from(start), place(index))) + name
        }))?;
        for (index, row) in rows.iter().enumerate() {
            chart.draw_series(row.dots(width).into_iter().map(|(day, documents)| {
                let radius = (4 + documents.ilog2().cast_signed()).min(11);
                Circle::new((f64::from(day), place(index)), radius, DATA.mix(0.7).filled())
            }))?;
        }
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_names_counts_once() {
        let names: Vec<_> = [0.0, 0.5, 1.0, 9999.0, 12_000.0, 20_000_000.0].map(axis_count).to_vec();
        assert_eq!(names, ["0", "", "1", "9,999", "12k", "20M"]);
    }

    #[test]
    fn the_name_of_the_last_day_is_not_cut_off() {
        let mut row = TimelineRow::new(1);
        row.add(0);
        let plot = timeline(&[row], "cluster").unwrap();
        let text = plot.split("<text x=\"").find(|text| text.contains("1970-01-02")).unwrap();
        let middle: u32 = text.split_once('"').unwrap().0.parse().unwrap();
        assert!(middle + MARK_NAME / 2 <= 980, "{middle}");
    }

    #[test]
    fn plots_of_nothing_and_of_much_can_be_drawn() {
        let mut many = SizeHistogram::default();
        (1..60).for_each(|n| many.add(1 << n));
        for histogram in [SizeHistogram::default(), many] {
            assert!(sizes(&histogram, "members", "clusters").contains("clusters"));
        }
        for threshold in [0.01, 0.5, 1.0] {
            let mut counts = SimilarityHistogram::new(threshold);
            assert!(similarities(&counts, threshold, "similarity", "documents").contains("threshold"));
            counts.add(threshold);
            assert!(similarities(&counts, threshold, "similarity", "documents").contains("fill=\"#1F5FA8\""));
        }
        assert!(timeline(&[], "cluster").is_none());
        let mut row = TimelineRow::new(1);
        row.add(0);
        let one = timeline(&[row.clone()], "cluster").unwrap();
        assert!(one.contains("<circle"));
        (0..100_000).for_each(|day| row.add(day * 86_400));
        let many = timeline(&vec![row; 12], "cluster").unwrap();
        assert!(many.len() < 500_000, "{}", many.len());
    }
}
