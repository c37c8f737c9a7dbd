import uPlot from "uplot";

import type { Content, FaintLine, Line, ShownMark } from "./content";
import { spread } from "./labels";
import { type ChartView, font, isCrowded } from "./chartview";

export function shownFaint(content: Content, view: Pick<ChartView, "isShown">): FaintLine[] {
  return (content.faint ?? []).filter(({ key }) => key === undefined || view.isShown(key));
}

/** Bands, lines of earlier runs and marks: what the lines of this run are drawn over. */
export function drawBehind(plot: uPlot, content: Content, view: ChartView): void {
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

function shownMarks(plot: uPlot, { marks = [] }: Content): ShownMark[] {
  const { min = -Infinity, max = Infinity } = plot.scales.x ?? {};
  return marks.filter((mark) => mark.x >= min && mark.x <= max);
}

/** Axis titles, above the axes: horizontal, so they read well in any language. */
export function drawTitles(plot: uPlot, content: Content, { scale, colours }: ChartView): void {
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

export function drawMarkHeads(plot: uPlot, content: Content, { scale, colours }: ChartView): void {
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
export function drawLabels(plot: uPlot, { lines }: Content, view: ChartView): void {
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
