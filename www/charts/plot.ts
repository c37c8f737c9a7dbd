import uPlot from "uplot";

import { type Aligned, align } from "./align";
import type { Axis, Content, FaintLine, Line, ShownMark } from "./content";
import { spread } from "./labels";
import { logTicks, significant, tickTexts } from "./scale";

/* eslint-disable @typescript-eslint/no-unsafe-enum-assignment -- uPlot's names for these numbers are types only */
const LINEAR: uPlot.Scale.Distr = 1;
const LOGARITHMIC: uPlot.Scale.Distr = 3;
const RIGHT: uPlot.Axis.Side = 1;
/* eslint-enable @typescript-eslint/no-unsafe-enum-assignment */

/** A line with fewer points than this has dots too, or one of a single point would not be seen. */
const FEW_POINTS = 40;

/** What of a chart's look does not come from its content. */
export interface View {
  width: number;
  height: number;
  /** Size of everything drawn; 1 is for text of 12 pixels. */
  scale: number;
  colours: Colours;
  isShown(key: string): boolean;
}

export interface Colours {
  ink: string;
  muted: string;
  grid: string;
  line: string;
  card: string;
  warn: string;
  accent: string;
}

export function coloursOf(element: Element): Colours {
  const css = getComputedStyle(element);
  const colour = (name: keyof Colours): string => css.getPropertyValue(`--${name}`).trim();
  return {
    ink: colour("ink"),
    muted: colour("muted"),
    grid: colour("grid"),
    line: colour("line"),
    card: colour("card"),
    warn: colour("warn"),
    accent: colour("accent"),
  };
}

const FAMILY = 'system-ui, "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif';

/** A canvas font; uPlot reads whole pixels only. */
export function font(size: number, weight = 400): string {
  return `${weight} ${Math.round(size)}px ${FAMILY}`;
}

let ruler: CanvasRenderingContext2D | null | undefined;

/** Width of a text in CSS pixels. */
export function textWidth(text: string, of: string): number {
  ruler ??= document.createElement("canvas").getContext("2d");
  if (ruler == null) return 0;
  ruler.font = of;
  return ruler.measureText(text).width;
}

/** What is fixed when a chart is built: if this differs, it has to be built again. */
export function structure(content: Content, view: View): string {
  const { lines, x, y, right } = content;
  return JSON.stringify([
    lines.map(({ style, right, label, labelAt, dots }) => [style, right, label, labelAt, dots]),
    [x.title, x.log, y.log, right !== undefined],
    headroom(content, view),
    view.scale,
    view.colours,
  ]);
}

/** Both titles of the axes do not fit beside each other. */
function isCrowded({ y, right }: Content, { width, scale }: Pick<View, "width" | "scale">): boolean {
  if (right === undefined) return false;
  const text = font(12 * scale);
  return textWidth(y.title, text) + textWidth(right.title, text) + 16 * scale > width;
}

/** Room above the plot for the titles of the axes and the heads of the marks. */
function headroom(content: Content, view: View): number {
  const marks = (content.marks?.length ?? 0) > 0;
  return (24 + (marks ? 16 : 0) + (isCrowded(content, view) ? 16 : 0)) * view.scale;
}

/** The values as uPlot wants them; what a logarithmic axis cannot show is a gap. */
export function plotData(content: Content): uPlot.AlignedData {
  const { x, y }: Aligned = align(content.lines);
  const log = content.y.log === true;
  const values = log
    ? y.map((series) => series.map((value) => (value != null && value <= 0 ? null : value)))
    : y;
  return [x, ...values];
}

/** @param source what the chart shows now; it may change between drawings as long as its {@link structure} does not */
export function plotOptions(source: () => Content, view: View): uPlot.Options {
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
    // As wide as the longest number.
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
      // The labels at the ends of the lines come first.
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
  // uPlot leaves ticks out by null where a logarithmic axis is crowded.
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

/** Least and greatest value of what is shown. */
function valueExtent(content: Content, view: View, right: boolean): [number | null, number | null] {
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

export function shownFaint(content: Content, view: Pick<View, "isShown">): FaintLine[] {
  return (content.faint ?? []).filter(({ key }) => key === undefined || view.isShown(key));
}

/** Bands, lines of earlier runs and marks: what the lines of this run are drawn over. */
function drawBehind(plot: uPlot, content: Content, view: View): void {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio * view.scale;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const line of content.lines) {
    if (line.band !== undefined && view.isShown(line.key)) drawBand(plot, line, line.band);
  }
  ctx.lineJoin = "round";
  for (const { x, y, style } of shownFaint(content, view)) {
    ctx.globalAlpha = 0.3;
    ctx.strokeStyle = style.colour;
    ctx.lineWidth = ratio;
    ctx.setLineDash(style.dash.map((length) => length * ratio));
    ctx.beginPath();
    let drawn = false;
    for (let k = 0; k < x.length; k++) {
      const [place, value] = [x[k] ?? NaN, y[k] ?? NaN];
      if (!Number.isFinite(value)) continue;
      const [left, top] = [plot.valToPos(place, "x", true), plot.valToPos(value, "y", true)];
      if (drawn) ctx.lineTo(left, top);
      else ctx.moveTo(left, top);
      drawn = true;
    }
    ctx.stroke();
  }
  ctx.globalAlpha = 1;
  for (const mark of shownMarks(plot, content)) {
    const left = Math.round(plot.valToPos(mark.x, "x", true)) + 0.5;
    ctx.strokeStyle = view.colours[mark.tone];
    ctx.lineWidth = ratio;
    ctx.setLineDash([3 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(left, bbox.top);
    ctx.lineTo(left, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

function drawBand(plot: uPlot, line: Line, { low, high }: NonNullable<Line["band"]>): void {
  const { ctx } = plot;
  const scale = line.right === true ? "right" : "y";
  const end = line.x.length;
  const point = (k: number, values: ArrayLike<number>): void => {
    const value = values[k] ?? NaN;
    if (!Number.isFinite(value)) return;
    ctx.lineTo(plot.valToPos(line.x[k] ?? NaN, "x", true), plot.valToPos(value, scale, true));
  };
  ctx.globalAlpha = 0.22;
  ctx.fillStyle = line.style.colour;
  ctx.beginPath();
  for (let k = 0; k < end; k++) point(k, high);
  for (let k = end - 1; k >= 0; k--) point(k, low);
  ctx.fill();
  ctx.globalAlpha = 1;
}

export function shownMarks(plot: uPlot, { marks = [] }: Content): ShownMark[] {
  const { min = -Infinity, max = Infinity } = plot.scales.x ?? {};
  return marks.filter((mark) => mark.x >= min && mark.x <= max);
}

/** What the axes measure, above them: read without turning one's head, and as well in Chinese. */
function drawTitles(plot: uPlot, content: Content, { scale, colours }: View): void {
  const { ctx } = plot;
  const ratio = uPlot.pxRatio * scale;
  ctx.save();
  ctx.font = font(12 * ratio);
  ctx.fillStyle = colours.muted;
  ctx.textBaseline = "top";
  ctx.textAlign = "left";
  ctx.fillText(content.y.title, 0, ratio);
  if (content.right !== undefined) {
    ctx.textAlign = "right";
    const row = isCrowded(content, { width: plot.width, scale }) ? 17 : 1;
    ctx.fillText(content.right.title, ctx.canvas.width, row * ratio);
  }
  ctx.restore();
}

function drawMarkHeads(plot: uPlot, content: Content, { scale, colours }: View): void {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio * scale;
  const marks = shownMarks(plot, content).map((mark) => ({ mark, left: plot.valToPos(mark.x, "x", true) }));
  ctx.save();
  ctx.font = font(12 * ratio);
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  const middle = bbox.top - 8 * ratio;
  marks.forEach(({ mark, left }, k) => {
    ctx.fillStyle = colours[mark.tone];
    drawSymbol(ctx, mark.symbol, left, middle, 4.5 * ratio);
    const from = left + 8 * ratio;
    const room = (marks[k + 1]?.left ?? ctx.canvas.width) - 6 * ratio - from;
    if (ctx.measureText(mark.label).width <= room) ctx.fillText(mark.label, from, middle + 0.5 * ratio);
  });
  ctx.restore();
}

function drawSymbol(
  ctx: CanvasRenderingContext2D,
  symbol: ShownMark["symbol"],
  x: number,
  y: number,
  r: number,
): void {
  ctx.beginPath();
  switch (symbol) {
    case "triangle":
      ctx.moveTo(x - r, y - r * 0.8);
      ctx.lineTo(x + r, y - r * 0.8);
      ctx.lineTo(x, y + r);
      break;
    case "diamond":
      ctx.moveTo(x, y - r);
      ctx.lineTo(x + r, y);
      ctx.lineTo(x, y + r);
      ctx.lineTo(x - r, y);
      break;
    case "circle":
      ctx.arc(x, y, r * 0.85, 0, 2 * Math.PI);
      break;
  }
  ctx.fill();
}

/** Each line's name where it ends, or above where it begins; moved apart where they would touch. */
function drawLabels(plot: uPlot, { lines }: Content, view: View): void {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio * view.scale;
  const shown = lines.flatMap((line) => {
    const at = line.labelAt === "start" ? firstValue(line.y) : lastValue(line.y);
    if (at === undefined || line.label === "" || !view.isShown(line.key)) return [];
    const left = plot.valToPos(line.x[at] ?? NaN, "x", true);
    const top = plot.valToPos(line.y[at] ?? NaN, line.right === true ? "right" : "y", true);
    return [{ line, left, top }];
  });
  ctx.save();
  ctx.font = font(12 * ratio, 600);
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  // The last series' dashes are still set.
  ctx.setLineDash([]);
  for (const start of [true, false]) {
    const labels = shown.filter(({ line }) => (line.labelAt === "start") === start);
    const above = start ? 9 * ratio : 0;
    const tops = spread(
      labels.map(({ top }) => top - above),
      15 * ratio,
      bbox.top + 7 * ratio,
      bbox.top + bbox.height - 7 * ratio,
    );
    labels.forEach(({ line, left, top: from }, k) => {
      const top = tops[k] ?? from;
      ctx.fillStyle = ctx.strokeStyle = line.style.colour;
      if (start) {
        ctx.fillText(line.label, left + 6 * ratio, top);
        return;
      }
      ctx.lineWidth = ratio;
      ctx.beginPath();
      ctx.moveTo(left + 4 * ratio, from);
      ctx.lineTo(left + 12 * ratio, top);
      ctx.stroke();
      ctx.fillText(line.label, left + 16 * ratio, top);
    });
  }
  ctx.restore();
}

function firstValue(values: ArrayLike<number>): number | undefined {
  for (let k = 0; k < values.length; k++) if (Number.isFinite(values[k])) return k;
  return undefined;
}

function lastValue(values: ArrayLike<number>): number | undefined {
  for (let k = values.length - 1; k >= 0; k--) if (Number.isFinite(values[k])) return k;
  return undefined;
}
