//! The medians as bars, on a logarithmic axis.

use anyhow::{Result, anyhow};
use plotters::prelude::*;

use super::report::{Group, Report};

const WIDTH: u32 = 860;
const BAR: u32 = 26;
/// Above and below the bars of a group: its title, and the axis.
const FRAME: u32 = 84;

const OURS: RGBColor = RGBColor(0, 102, 170);
const THEIRS: RGBColor = RGBColor(150, 160, 170);

/// An SVG with one panel a group.
pub fn draw(report: &Report) -> Result<String> {
    let groups: Vec<Group> = report
        .groups()
        .into_iter()
        .map(|mut group| {
            group.rows.retain(|row| row.speed().is_some());
            group
        })
        .filter(|group| !group.rows.is_empty())
        .collect();
    let height = |group: &Group| FRAME + BAR * group.rows.len() as u32;
    let mut svg = String::new();
    {
        let size = (WIDTH, groups.iter().map(height).sum());
        let mut rest = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        rest.fill(&WHITE).map_err(failed)?;
        for group in &groups {
            let (panel, below) = rest.split_vertically(height(group));
            rest = below;
            draw_group(group, &panel)?;
        }
        rest.present().map_err(failed)?;
    }
    Ok(svg)
}

fn draw_group(group: &Group, panel: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>) -> Result<()> {
    let speeds: Vec<f64> = group.rows.iter().filter_map(|row| row.speed()).collect();
    // Whole powers of ten around what was measured, so that every bar has a length.
    let least = 10_f64.powf(speeds.iter().copied().fold(f64::INFINITY, f64::min).log10().ceil() - 1.0);
    let most = speeds.iter().copied().fold(0.0, f64::max) * 2.0;
    let count = group.rows.len() as i32;
    let mut chart = ChartBuilder::on(panel)
        .caption(format!("{}: images/s, logarithmic", group.title()), ("sans-serif", 16).into_font())
        .margin(8)
        .x_label_area_size(28)
        .y_label_area_size(270)
        .build_cartesian_2d((least..most).log_scale(), 0..count)
        .map_err(failed)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .light_line_style(TRANSPARENT)
        .x_label_formatter(&|value| tick(*value))
        .draw()
        .map_err(failed)?;
    for (place, row) in (0..).zip(&group.rows) {
        let Some(speed) = row.speed() else { continue };
        let level = count - 1 - place;
        let colour = if row.is_ours() { OURS } else { THEIRS };
        let mut bar = Rectangle::new([(least, level), (speed, level + 1)], colour.filled());
        bar.set_margin(3, 3, 0, 0);
        let (left, upper) = chart.backend_coord(&(least, level + 1));
        let (right, lower) = chart.backend_coord(&(speed, level));
        chart.draw_series([bar]).map_err(failed)?;
        let text = ("sans-serif", 12).into_font();
        let middle = (upper + lower) / 2 - 6;
        let (x, y) = panel.get_base_pixel();
        let name = format!("{}, {}", row.line.peer, row.line.runtime);
        let label = text.clone().color(&BLACK).pos(plotters::style::text_anchor::Pos::new(
            plotters::style::text_anchor::HPos::Right,
            plotters::style::text_anchor::VPos::Top,
        ));
        panel.draw(&Text::new(name, (left - 8 - x, middle - y), label)).map_err(failed)?;
        let figure = format!("{speed:.*}", usize::from(speed < 100.0));
        panel.draw(&Text::new(figure, (right + 6 - x, middle - y), text)).map_err(failed)?;
    }
    Ok(())
}

/// The number at a tick of the axis: 1, 2 or 5 times a power of ten, for which there is room.
fn tick(value: f64) -> String {
    let digit = (value / 10_f64.powf(value.log10().floor())).round() as u32;
    if [1, 2, 5].contains(&digit) { value.to_string() } else { String::new() }
}

/// A drawing error borrows the drawing, so only its text goes on.
fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("the chart cannot be drawn: {error}")
}

#[cfg(test)]
mod tests {
    use super::super::machine::Machine;
    use super::super::row::{OURS, Place, Row, tests::row};
    use super::*;

    #[test]
    fn ticks_leave_room_for_each_other() {
        let told = [1.0, 2.0, 3.0, 5.0, 9.0, 10.0, 50.0, 90.0, 1000.0].map(tick);
        assert_eq!(told, ["1", "2", "", "5", "", "10", "50", "", "1000"]);
    }

    #[test]
    fn every_row_that_was_timed_has_a_bar_and_its_figure() {
        let rows = vec![
            row(OURS, Place::Native, &[321.0]),
            row("other", Place::Native, &[4.5]),
            Row::failed(Place::Native, "broken", "tiny", 64, "gone".into()),
        ];
        let svg = draw(&Report { machine: Machine::default(), rows }).unwrap();
        assert!(svg.contains("321") && svg.contains("4.5") && svg.contains("other, somewhere"), "{svg}");
        assert!(!svg.contains("broken"));
    }
}
