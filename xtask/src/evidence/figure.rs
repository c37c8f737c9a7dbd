//! Test accuracy over the steps of a study's runs: mean over the seeds, and a band of a standard deviation on both sides.

use anyhow::{Result, anyhow};
use plotters::prelude::*;

use super::study::{Curve, Outcome};

/// Size of the panel of an arm.
const PANEL: (u32, u32) = (430, 300);
/// Panels in a row.
const COLUMNS: usize = 2;

const RAW: RGBColor = RGBColor(118, 129, 140);
/// From short to long memories.
const AVERAGES: [RGBColor; 5] = [
    RGBColor(127, 199, 235),
    RGBColor(64, 155, 208),
    RGBColor(0, 99, 166),
    RGBColor(24, 66, 140),
    RGBColor(60, 30, 110),
];

/// An SVG with a panel for each arm. Of more than five averages, those that no comparison names are left out.
pub fn draw(result: &Outcome) -> Result<String> {
    let mut arms: Vec<&str> = Vec::new();
    for curve in &result.curves {
        if !arms.contains(&curve.arm.as_str()) {
            arms.push(&curve.arm);
        }
    }
    let methods = methods(result);
    let (least, most) = bounds(result, &methods);
    let rows = arms.len().div_ceil(COLUMNS);
    let size = (PANEL.0 * arms.len().clamp(1, COLUMNS) as u32, PANEL.1 * rows as u32);
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        root.fill(&WHITE).map_err(failed)?;
        let panels = root.split_evenly((rows, arms.len().clamp(1, COLUMNS)));
        for (arm, panel) in arms.iter().zip(&panels) {
            let curves: Vec<(&Curve, RGBColor)> = result
                .curves
                .iter()
                .filter(|curve| curve.arm == *arm)
                .filter_map(|curve| Some((curve, colour(&methods, &curve.method)?)))
                .collect();
            panel_of(arm, &curves, (least, most), panel)?;
        }
        root.present().map_err(failed)?;
    }
    Ok(svg)
}

/// The averages to draw, from short to long memories.
fn methods(result: &Outcome) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for curve in &result.curves {
        if curve.method != "raw" && !all.contains(&curve.method) {
            all.push(curve.method.clone());
        }
    }
    if all.len() > AVERAGES.len() {
        let sides = result.comparisons.iter().flat_map(|one| [Some(&one.of), one.against.as_ref()]);
        let named: Vec<&String> = sides.flatten().filter_map(|side| side.method.as_ref()).collect();
        all.retain(|method| named.contains(&method));
        all.truncate(AVERAGES.len());
    }
    all
}

fn colour(methods: &[String], method: &str) -> Option<RGBColor> {
    if method == "raw" {
        return Some(RAW);
    }
    let place = methods.iter().position(|other| other == method)?;
    // The only one has the colour that the page gives the average.
    Some(if methods.len() == 1 {
        AVERAGES[2]
    } else {
        AVERAGES[place * (AVERAGES.len() - 1) / (methods.len() - 1)]
    })
}

/// Accuracies from the first quarter of the runs on, in whole fives.
fn bounds(result: &Outcome, methods: &[String]) -> (f64, f64) {
    let (mut least, mut most) = (100.0_f64, 0.0_f64);
    for curve in result.curves.iter().filter(|curve| colour(methods, &curve.method).is_some()) {
        let last = curve.steps.last().copied().unwrap_or(0);
        let points = curve.steps.iter().zip(&curve.accuracy).zip(&curve.accuracy_deviation);
        for ((&step, &accuracy), &deviation) in points {
            most = most.max(accuracy + deviation);
            if 4 * step >= last && curve.method == "raw" {
                least = least.min(accuracy - deviation);
            }
        }
    }
    ((least / 5.0).floor() * 5.0 - 5.0, (most / 5.0).ceil() * 5.0)
}

fn panel_of(
    arm: &str,
    curves: &[(&Curve, RGBColor)],
    (least, most): (f64, f64),
    panel: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
) -> Result<()> {
    let last = curves.iter().filter_map(|(curve, _)| curve.steps.last()).max().copied().unwrap_or(1);
    let mut chart = ChartBuilder::on(panel)
        .caption(arm, ("sans-serif", 15).into_font())
        .margin(8)
        .x_label_area_size(34)
        .y_label_area_size(40)
        .build_cartesian_2d(0..last, least.max(0.0)..most.min(100.0))
        .map_err(failed)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("step")
        .y_desc("test accuracy, %")
        .y_label_formatter(&|value| format!("{value:.0}"))
        .draw()
        .map_err(failed)?;
    for (curve, colour) in curves {
        let at = |sign: f64| -> Vec<(u64, f64)> {
            let points = curve.steps.iter().zip(&curve.accuracy).zip(&curve.accuracy_deviation);
            let within = |value: f64| value.clamp(least.max(0.0), most.min(100.0));
            points.map(|((&step, &mean), &deviation)| (step, within(mean + sign * deviation))).collect()
        };
        let band: Vec<(u64, f64)> = at(1.0).into_iter().chain(at(-1.0).into_iter().rev()).collect();
        chart.draw_series([Polygon::new(band, colour.mix(0.15))]).map_err(failed)?;
        let line = LineSeries::new(at(0.0), colour.stroke_width(2));
        chart
            .draw_series(line)
            .map_err(failed)?
            .label(curve.method.replace("ema-", "EMA "))
            .legend(|(x, y)| PathElement::new([(x, y), (x + 14, y)], colour.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .background_style(WHITE.mix(0.8))
        .border_style(TRANSPARENT)
        .label_font(("sans-serif", 12))
        .draw()
        .map_err(failed)?;
    Ok(())
}

/// A drawing error borrows the drawing, so only its text goes on.
fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("the figure cannot be drawn: {error}")
}
