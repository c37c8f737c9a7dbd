import uPlot from "uplot";

import { html } from "../dom";
import { download } from "../download";
import type { Content, Line } from "./content";
import { plotData, plotOptions } from "./plot";
import { type Colours, font } from "./chartview";

/** A slide's size, in pixels. */
const WIDTH = 1920;
const HEIGHT = 1080;
const MARGIN = 64;
/** Against the page's text of 12 pixels. */
const SCALE = 2;
const FILE = "image/png";

/** Saves the chart as a picture that stands alone: title, legend, data and settings are on it. */
export async function savePicture(
  content: Content,
  isShown: (key: string) => boolean,
  colours: Colours,
  name: string,
): Promise<void> {
  const canvas = await picture(content, isShown, colours);
  const blob = await new Promise<Blob | null>((resolve) => {
    canvas.toBlob(resolve, FILE);
  });
  if (blob === null) return;
  download(`emascope-${name}.png`, blob, FILE);
}

async function picture(
  content: Content,
  isShown: (key: string) => boolean,
  colours: Colours,
): Promise<HTMLCanvasElement> {
  const canvas = html("canvas", { width: WIDTH, height: HEIGHT });
  const ctx = canvas.getContext("2d");
  if (ctx === null) return canvas;
  ctx.fillStyle = colours.card;
  ctx.fillRect(0, 0, WIDTH, HEIGHT);
  ctx.textBaseline = "alphabetic";

  let y = MARGIN + 32;
  ctx.fillStyle = colours.ink;
  ctx.font = font(40, 650);
  ctx.fillText(content.title, MARGIN, y);
  ctx.fillStyle = colours.muted;
  ctx.font = font(25);
  for (const line of wrapped(ctx, content.about, WIDTH - 2 * MARGIN)) {
    y += 36;
    ctx.fillText(line, MARGIN, y);
  }
  y = drawLegend(
    ctx,
    content.lines.filter((line) => line.name !== "" && isShown(line.key)),
    colours,
    y + 54,
  );

  const top = y + 20;
  const bottom = HEIGHT - MARGIN - 44;
  const size = { width: WIDTH - 2 * MARGIN, height: bottom - top };
  const options = plotOptions(() => content, { ...size, scale: SCALE, colours, isShown });
  const plot = new uPlot({ ...options, cursor: { show: false } }, plotData(content), html("div"));
  await new Promise(requestAnimationFrame);
  ctx.drawImage(plot.ctx.canvas, MARGIN, top, size.width, size.height);
  plot.destroy();

  const { data, settings } = content.caption;
  const says = [data, settings, "Emascope"].filter((part) => part !== "").join("  ·  ");
  ctx.fillStyle = colours.muted;
  ctx.font = font(22);
  const lines = wrapped(ctx, says, WIDTH - 2 * MARGIN);
  lines.forEach((line, k) => {
    ctx.fillText(line, MARGIN, HEIGHT - MARGIN + 8 - 30 * (lines.length - 1 - k));
  });
  return canvas;
}

/** Draws the legend in as many rows as it needs, and returns the base line of the last. */
function drawLegend(
  ctx: CanvasRenderingContext2D,
  lines: readonly Line[],
  colours: Colours,
  y: number,
): number {
  const sample = 44;
  ctx.font = font(23);
  let x = MARGIN;
  for (const { name, style } of lines) {
    const width = sample + 12 + ctx.measureText(name).width;
    if (x > MARGIN && x + width > WIDTH - MARGIN) {
      x = MARGIN;
      y += 36;
    }
    ctx.strokeStyle = style.colour;
    ctx.lineWidth = (style.width + 0.5) * SCALE;
    ctx.setLineDash(style.dash.map((length) => length * SCALE));
    ctx.beginPath();
    ctx.moveTo(x, y - 8);
    ctx.lineTo(x + sample, y - 8);
    ctx.stroke();
    ctx.fillStyle = colours.ink;
    ctx.fillText(name, x + sample + 12, y);
    x += width + 36;
  }
  ctx.setLineDash([]);
  return y;
}

/** A text in lines of no more than `width`: between words, and in Chinese between any two characters. */
function wrapped(ctx: CanvasRenderingContext2D, text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const piece of text.split(/(?<=\s)|(?<=[\u3000-\u9fff\uff00-\uffef])/u)) {
    if (line !== "" && ctx.measureText((line + piece).trimEnd()).width > width) {
      lines.push(line.trimEnd());
      line = "";
    }
    line += piece;
  }
  return [...lines, line.trimEnd()].filter((part) => part !== "");
}
