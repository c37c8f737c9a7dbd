import type uPlot from "uplot";

import { type Aligned, align } from "./align";
import type { Axis, Content } from "./content";
import { drawBehind, drawLabels, drawMarkHeads, drawTitles, shownFaint } from "./overlay";
import { logTicks, significant, tickTexts } from "./scale";
import { type ChartView, font, isCrowded, textWidth } from "./chartview";

/* eslint-disable @typescript-eslint/no-unsafe-enum-assignment -- uPlot's names for these numbers are types only */
const LINEAR: uPlot.Scale.Distr = 1;
const LOGARITHMIC: uPlot.Scale.Distr = 3;
const RIGHT: uPlot.Axis.Side = 1;
/* eslint-enable @typescript-eslint/no-unsafe-enum-assignment */

/** A line with fewer points than this has dots too; a single point would not be visible otherwise. */
const FEW_POINTS = 40;

/** The properties fixed when a chart is built; if one differs, it is rebuilt. */
export function structure(content: Content, view: ChartView): string {
  const { lines, x, y, right } = content;
  return JSON.stringify([
    lines.map(({ style, right, label, labelAt, dots }) => [style, right, label, labelAt, dots]),
    [x.title, x.log, y.log, right !== undefined],
    headroom(content, view),
    view.scale,
    view.colours,
  ]);
}

/** Room above the plot for the titles of the axes and the heads of the marks. */
function headroom(content: Content, view: ChartView): number {
  const marks = (content.marks?.length ?? 0) > 0;
  return (24 + (marks ? 16 : 0) + (isCrowded(content, view) ? 16 : 0)) * view.scale;
}

/** The values in uPlot's form; values that a logarithmic axis cannot show become gaps. */
export function plotData(content: Content): uPlot.AlignedData {
  const { x, y }: Aligned = align(content.lines);
  const log = content.y.log === true;
  const values = log
    ? y.map((series) => series.map((value) => (value != null && value <= 0 ? null : value)))
    : y;
  return [x, ...values];
}

/** @param source returns the content; it may change between drawings as long as its {@link structure} stays the same */
export function plotOptions(source: () => Content, view: ChartView): uPlot.Options {
  const { scale, colours } = view;
  const built = source();
  const labelRoom = Math.max(
    16 * scale,
    ...built.lines.map((line) =>
      line.label === "" ? 0 : textWidth(line.label, font(12 * scale, 600)) + 22 * scale,
    ),
  );
  const text = font(12 * scale);
  const base = {
    stroke: colours.muted,
    font: text,
    labelFont: text,
    labelSize: 20 * scale,
    labelGap: 0,
    gap: 6 * scale,
    grid: { stroke: colours.grid, width: scale },
    ticks: { show: false },
  };
  const side = (pick: (content: Content) => Axis | undefined): Pick<uPlot.Axis, "values" | "size"> => ({
    values: (_plot, ticks) => tickLabels(pick(source()), ticks),
    // As wide as the longest label.
    size: (_plot, values: string[] | null) =>
      Math.ceil(Math.max(...(values ?? []).map((value) => textWidth(value, text)), 8 * scale) + 10 * scale),
  });
  const distribution = (axis: Axis | undefined): Pick<uPlot.Scale, "distr"> => ({
    distr: axis?.log === true ? LOGARITHMIC : LINEAR,
  });

  const ticks = (axis: Axis | undefined): Pick<uPlot.Axis, "splits"> =>
    axis?.log === true ? { splits: (_plot, _axis, low, high) => logTicks(low, high) } : {};

  const axes: uPlot.Axis[] = [
    {
      ...base,
      ...ticks(built.x),
      label: built.x.title,
      size: 24 * scale,
      space: 56 * scale,
      values: (_plot, ticks) => tickLabels(source().x, ticks),
    },
    { ...base, ...ticks(built.y), ...side((content) => content.y), space: 32 * scale },
  ];
  const scales: Record<string, uPlot.Scale> = {
    x: {
      time: false,
      ...distribution(built.x),
      range: () => source().x.range(...placeExtent(source())),
    },
    y: {
      ...distribution(built.y),
      range: () => source().y.range(...valueExtent(source(), view, false)),
    },
  };
  if (built.right !== undefined) {
    axes.push({
      ...base,
      ...side((content) => content.right),
      scale: "right",
      side: RIGHT,
      // Leaves room for the labels at the ends of the lines.
      gap: labelRoom,
      size: (_plot, values: string[] | null) =>
        Math.ceil(labelRoom + Math.max(...(values ?? []).map((value) => textWidth(value, text)), 8 * scale)),
      space: 32 * scale,
      grid: { show: false },
    });
    scales.right = {
      ...distribution(built.right),
      range: () => source().right?.range(...valueExtent(source(), view, true)) ?? [0, 1],
    };
  }
  return {
    width: view.width,
    height: view.height,
    padding: [headroom(built, view), built.right === undefined ? labelRoom : 0, 0, 0],
    legend: { show: false },
    scales,
    axes,
    series: [
      {},
      ...built.lines.map(({ key, style, right, dots }, k): uPlot.Series => ({
        scale: right === true ? "right" : "y",
        show: view.isShown(key),
        stroke: style.colour,
        width: style.width * scale,
        dash: style.dash.map((length) => length * scale),
        points: {
          show: () =>
            dots === "always" || (dots === "few" && (source().lines[k]?.x.length ?? 0) < FEW_POINTS),
          size: 5 * scale,
          fill: style.colour,
        },
      })),
    ],
    hooks: {
      drawAxes: [
        (plot) => {
          drawBehind(plot, source(), view);
        },
      ],
      draw: [
        (plot) => {
          drawTitles(plot, source(), view);
          drawMarkHeads(plot, source(), view);
          drawLabels(plot, source(), view);
        },
      ],
    },
  };
}

function tickLabels(axis: Axis | undefined, ticks: readonly (number | null)[]): (string | null)[] {
  // uPlot replaces ticks by null where a logarithmic axis is crowded.
  const kept = ticks.filter((tick) => tick !== null);
  const texts =
    axis?.ticks?.(kept) ?? (axis?.log === true ? kept.map((tick) => significant(tick, 1)) : tickTexts(kept));
  let next = 0;
  return ticks.map((tick) => (tick === null ? null : (texts[next++] ?? "")));
}

function placeExtent({ lines }: Content): [number | null, number | null] {
  let low = Infinity;
  let high = -Infinity;
  for (const { x } of lines) {
    if (x.length === 0) continue;
    low = Math.min(low, x[0] ?? low);
    high = Math.max(high, x[x.length - 1] ?? high);
  }
  return low <= high ? [low, high] : [null, null];
}

/** The least and the greatest value shown. */
function valueExtent(content: Content, view: ChartView, right: boolean): [number | null, number | null] {
  const log = (right ? content.right?.log : content.y.log) === true;
  let low = Infinity;
  let high = -Infinity;
  const take = (values: ArrayLike<number>, to = values.length): void => {
    for (let k = 0; k < to; k++) {
      const value = values[k] ?? NaN;
      if (!Number.isFinite(value) || (log && value <= 0)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  };
  for (const line of content.lines) {
    if ((line.right === true) !== right || !view.isShown(line.key)) continue;
    take(line.y);
    if (line.band !== undefined) {
      take(line.band.low);
      take(line.band.high);
    }
  }
  const end = content.x.range(...placeExtent(content))[1];
  for (const faint of right ? [] : shownFaint(content, view)) {
    let to = 0;
    while (to < faint.x.length && (faint.x[to] ?? Infinity) <= end) to += 1;
    take(faint.y, to);
  }
  return low <= high ? [low, high] : [null, null];
}
