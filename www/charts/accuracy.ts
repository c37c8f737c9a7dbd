import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import { html, svg } from "../dom";
import type { EvaluationPoint } from "../engine";
import { number, t } from "../i18n";
import { methodLabel, methodName } from "../methods";
import { spread } from "./labels";
import { type SeriesStyle, seriesStyle } from "./palette";
import { accuracyRange } from "./scale";

/** Fewer points than this are drawn as dots too, or a line of one point would not be seen. */
const FEW_POINTS = 40;

/** Below this width in CSS pixels, the axis gives its label's room to the lines. */
const NARROW = 480;

const FONT = "12px system-ui, sans-serif";

/**
 * Test accuracy over steps, one line a method: legend that shows and hides, cross-hair with values, a label at the end
 * of each line.
 */
export class AccuracyChart {
  readonly #plotBox: HTMLElement;
  readonly #legend: HTMLElement;
  readonly #reading: HTMLElement;
  #plot: uPlot | undefined;
  #methods: string[] = [];
  #points: EvaluationPoint[] = [];
  #horizon = 1;
  #dark = false;
  readonly #hidden = new Set<string>();
  #values: HTMLElement[] = [];
  #stale = false;
  #narrow = false;

  constructor(plotBox: HTMLElement, legend: HTMLElement) {
    this.#plotBox = plotBox;
    this.#legend = legend;
    this.#reading = html("div", { class: "reading", "aria-hidden": "true" });
    new ResizeObserver(() => {
      if (this.#narrow === plotBox.clientWidth < NARROW) this.#plot?.setSize(this.#size());
      else this.rebuild();
    }).observe(plotBox);
    plotBox.addEventListener("keydown", (event) => {
      this.#moveByKey(event);
    });
    plotBox.addEventListener("blur", () => {
      this.#plot?.setCursor({ left: -10, top: -10 });
    });
  }

  /** @param horizon steps the axis shows from the beginning, so that the first points do not fill it */
  update(methods: string[], points: EvaluationPoint[], horizon: number, dark: boolean): void {
    const rebuild =
      this.#plot === undefined || dark !== this.#dark || methods.join() !== this.#methods.join();
    const changed = rebuild || points !== this.#points || horizon !== this.#horizon;
    this.#methods = methods;
    this.#points = points;
    this.#horizon = horizon;
    this.#dark = dark;
    if (rebuild) this.rebuild();
    else if (changed) this.#redrawSoon();
  }

  /** Builds the chart anew, for other series, another theme or another language. */
  rebuild(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
    this.#narrow = this.#plotBox.clientWidth < NARROW;
    this.#plotBox.setAttribute("aria-label", t("chart.keyboard"));
    this.#buildLegend();
    if (this.#methods.length === 0) return;
    this.#plot = new uPlot(this.#options(), this.data(), this.#plotBox);
    this.#plot.over.append(this.#reading);
    this.#readAt(null);
  }

  /** What the chart shows: the steps, then one series a method. */
  data(): uPlot.AlignedData {
    const steps = this.#points.map((point) => point.step);
    const series = this.#methods.map((name) =>
      this.#points.map((point) => point.methods.find((method) => method.name === name)?.accuracy ?? null),
    );
    return [steps, ...series];
  }

  /** At most once a frame, however many snapshots arrive. */
  #redrawSoon(): void {
    if (this.#stale) return;
    this.#stale = true;
    requestAnimationFrame(() => {
      this.#stale = false;
      this.#plot?.setData(this.data());
      this.#readAt(this.#plot?.cursor.idx ?? null);
    });
  }

  #style(index: number): SeriesStyle {
    return seriesStyle(index, this.#dark);
  }

  #size(): { width: number; height: number } {
    return { width: this.#plotBox.clientWidth, height: this.#plotBox.clientHeight };
  }

  #options(): uPlot.Options {
    const css = getComputedStyle(this.#plotBox);
    const muted = css.getPropertyValue("--muted");
    const grid = { stroke: css.getPropertyValue("--grid"), width: 1 };
    const axis = {
      stroke: muted,
      font: FONT,
      labelFont: FONT,
      labelSize: 20,
      labelGap: 0,
      grid,
      ticks: { show: false },
    };
    return {
      ...this.#size(),
      // Room on the right for the labels at the ends of the lines.
      padding: [12, this.#narrow ? 60 : 84, 0, 0],
      legend: { show: false },
      cursor: {
        drag: { x: false, y: false },
        points: { size: 7 },
        y: false,
        // The line goes to the evaluation whose values are read, not between two.
        move: (plot, left, top) => {
          const step = plot.data[0][plot.posToIdx(left)];
          return left < 0 || step === undefined ? [left, top] : [plot.valToPos(step, "x"), top];
        },
      },
      scales: {
        x: { time: false, range: (_plot, _low, high) => [0, Math.max(high, this.#horizon)] },
        y: { range: (_plot, low, high) => accuracyRange(low, high) },
      },
      axes: [
        {
          ...axis,
          label: t("chart.step.axis"),
          size: 28,
          values: (_plot, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? number(tick) : "")),
        },
        {
          ...axis,
          ...(this.#narrow ? {} : { label: t("chart.accuracy.axis") }),
          size: 40,
          values: (_plot, ticks) => ticks.map((tick) => (this.#narrow ? `${number(tick)} %` : number(tick))),
        },
      ],
      series: [
        {},
        ...this.#methods.map((name, k): uPlot.Series => {
          const { colour, dash, width } = this.#style(k);
          return {
            label: methodName(name),
            scale: "y",
            show: !this.#hidden.has(name),
            stroke: colour,
            width,
            dash,
            points: { show: (plot) => plot.data[0].length < FEW_POINTS, size: 5, fill: colour },
          };
        }),
      ],
      hooks: {
        draw: [
          (plot) => {
            this.#drawLabels(plot);
          },
        ],
        setCursor: [
          (plot) => {
            this.#readAt(plot.cursor.idx ?? null);
          },
        ],
      },
    };
  }

  #drawLabels(plot: uPlot): void {
    const last = this.#points.length - 1;
    const step = this.#points[last]?.step;
    if (step === undefined) return;
    const shown = this.#methods.flatMap((name, k) => {
      const value = plot.data[k + 1]?.[last];
      if (this.#hidden.has(name) || typeof value !== "number") return [];
      return [{ name, k, place: plot.valToPos(value, "y", true) }];
    });
    const ratio = uPlot.pxRatio;
    const { top, height } = plot.bbox;
    const places = spread(
      shown.map((label) => label.place),
      15 * ratio,
      top + 7 * ratio,
      top + height - 7 * ratio,
    );
    const end = plot.valToPos(step, "x", true);
    const context = plot.ctx;
    context.save();
    context.font = `600 ${12 * ratio}px system-ui, sans-serif`;
    context.textAlign = "left";
    context.textBaseline = "middle";
    shown.forEach((label, row) => {
      const place = places[row] ?? label.place;
      context.fillStyle = context.strokeStyle = this.#style(label.k).colour;
      context.lineWidth = ratio;
      context.beginPath();
      context.moveTo(end + 4 * ratio, label.place);
      context.lineTo(end + 12 * ratio, place);
      context.stroke();
      context.fillText(methodLabel(label.name), end + 16 * ratio, place);
    });
    context.restore();
  }

  #buildLegend(): void {
    this.#values = [];
    const buttons = this.#methods.map((name, k) => {
      const value = html("span", { class: "legend-value" });
      this.#values.push(value);
      const button = html(
        "button",
        { type: "button", class: "legend-item", "aria-pressed": String(!this.#hidden.has(name)) },
        swatch(this.#style(k)),
        html("span", {}, methodName(name)),
        value,
      );
      button.addEventListener("click", () => {
        const hide = !this.#hidden.has(name);
        if (hide) this.#hidden.add(name);
        else this.#hidden.delete(name);
        button.setAttribute("aria-pressed", String(!hide));
        this.#plot?.setSeries(k + 1, { show: !hide });
      });
      return button;
    });
    this.#legend.setAttribute("aria-label", t("chart.series"));
    this.#legend.replaceChildren(...buttons);
  }

  /** Values under the cross-hair, or the last ones without it. */
  #readAt(index: number | null): void {
    const point = this.#points[index ?? this.#points.length - 1];
    const values = this.#methods.map(
      (name) => point?.methods.find((method) => method.name === name)?.accuracy,
    );
    this.#values.forEach((element, k) => {
      const value = values[k];
      element.textContent = value === undefined ? "" : `${number(value, 1)} %`;
    });

    const plot = this.#plot;
    const show = index !== null && point !== undefined && plot !== undefined && (plot.cursor.left ?? -1) >= 0;
    this.#reading.hidden = !show;
    if (!show) return;
    const rows = this.#methods
      .map((name, k) => ({ name, k, value: values[k] }))
      .filter((row) => row.value !== undefined && !this.#hidden.has(row.name))
      .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
    this.#reading.replaceChildren(
      html(
        "div",
        { class: "reading-title" },
        t("chart.at", { step: number(point.step), epoch: number(point.epoch, 1) }),
      ),
      ...rows.map((row) =>
        html(
          "div",
          { class: "reading-row" },
          swatch(this.#style(row.k)),
          html("span", {}, methodLabel(row.name)),
          html("span", { class: "reading-value" }, `${number(row.value ?? 0, 1)} %`),
        ),
      ),
    );
    const left = plot.valToPos(point.step, "x");
    const flip = left + this.#reading.offsetWidth + 24 > plot.over.clientWidth;
    this.#reading.style.transform = `translateX(${flip ? left - this.#reading.offsetWidth - 12 : left + 12}px)`;
  }

  #moveByKey(event: KeyboardEvent): void {
    const plot = this.#plot;
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (plot === undefined || move === undefined || this.#points.length === 0) return;
    event.preventDefault();
    const last = this.#points.length - 1;
    const now = plot.cursor.idx;
    const index = now == null || (plot.cursor.left ?? -1) < 0 ? last : now + move;
    const point = this.#points[Math.max(0, Math.min(index, last))];
    if (point !== undefined) plot.setCursor({ left: plot.valToPos(point.step, "x"), top: 10 });
  }
}

/** A short piece of a series' line. */
export function swatch({ colour, dash, width }: SeriesStyle): SVGElement {
  return svg(
    "svg",
    { class: "swatch", viewBox: "0 0 28 8", width: 22, height: 8, "aria-hidden": "true" },
    svg("line", {
      x1: 0,
      y1: 4,
      x2: 28,
      y2: 4,
      stroke: colour,
      "stroke-width": width + 0.5,
      "stroke-dasharray": dash.join(" "),
    }),
  );
}
