import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import { html } from "../dom";
import { t } from "../i18n";
import type { TermId } from "../panels/glossary/terms";
import { lastAt, nearest, union } from "./align";
import type { Content } from "./content";
import type { Crosshair, Follower } from "./crosshair";
import { Head } from "./head";
import { moveByKey } from "./movebykey";
import { Legend } from "./legend";
import { savePicture } from "./savepicture";
import { plotData, plotOptions, structure } from "./plot";
import { faintAt, readAt, readingRows, readingText } from "./reading";
import { inFrame } from "./schedule";
import { dataTable } from "./table";
import { type ChartView, coloursOf } from "./chartview";

/** Milliseconds between two drawings of a chart that is not visible. */
const OUT_OF_SIGHT = 1000;

/** The input that moved the cross-hair last. */
type CrosshairSource = "pointer" | "keys" | "other";

export interface FrameOptions {
  /** Names the elements: `<id>-title`, `<id>-plot`, `<id>-legend`. */
  id: string;
  /** Charts that are read together with this one. */
  crosshair?: Crosshair;
  /** `h3` for a chart inside a part that has a title of its own. */
  heading?: "h2" | "h3";
  /** The glossary's terms that explain what is drawn. */
  terms?: readonly TermId[];
  /** Shows the data set next to the title; a saved picture always does. */
  tagged?: boolean;
  /** The size of the text in the plot in pixels, at the usual font size of the page; 12 by default. */
  text?: number;
  /** Called after each drawing, to update the elements around the chart. */
  drawn?: () => void;
}

/**
 * A chart with the features of every chart: a title, a legend that switches series, a cross-hair with values for
 * pointer and keyboard, a picture to save, and the values as a table. Draws the content of `source`, at most once per
 * animation frame.
 */
export class Frame implements Follower {
  /** The place for this chart's own controls, below its title. */
  readonly controls = html("div", { class: "chart-controls" });
  readonly #source: () => Content;
  readonly #options: FrameOptions;

  readonly #head: Head;
  readonly #legend: Legend;
  readonly #plotBox: HTMLElement;
  readonly #reading = html("div", { class: "reading", "aria-hidden": "true", hidden: true });
  readonly #empty: HTMLElement;
  readonly #table: HTMLElement;

  #content: Content;
  #plot: uPlot | undefined;
  /** The structure the plot was built for. */
  #structure = "";
  /** The x values that can be read. */
  #places: number[] = [];
  #inSight = true;
  #later: ReturnType<typeof setTimeout> | undefined;
  #crosshairSource: CrosshairSource = "other";
  #place: number | null = null;
  /** Stops the sound, while there is one. */
  #silence: (() => void) | undefined;
  /** Distance of the pointer from the top of the plot. */
  #pointerTop = 0;

  /** @param source returns the content; called at once, and again for every drawing */
  constructor(host: HTMLElement, options: FrameOptions, source: () => Content) {
    const { id, crosshair, heading = "h2", terms = [], tagged = false } = options;
    this.#options = options;
    this.#source = source;
    this.#content = source();
    this.#head = new Head(id, heading, terms, tagged);
    this.#legend = new Legend(`${id}-legend`, (key, show) => {
      this.#switch(key, show);
    });
    this.#plotBox = html("div", { class: "plot", id: `${id}-plot`, role: "slider", tabindex: 0 });
    this.#empty = html("div", { class: "empty", id: `${id}-empty`, hidden: true });
    this.#table = html("div", { class: "data-table", id: `${id}-table`, hidden: true });
    host.setAttribute("aria-labelledby", `${id}-title`);
    host.append(
      this.#head.element,
      this.controls,
      this.#legend.element,
      html("div", { class: "plot-box" }, this.#plotBox, this.#empty),
      this.#table,
    );
    this.#listen();
    crosshair?.add(this);
    new ResizeObserver(() => {
      this.#resize();
    }).observe(this.#plotBox);
    new IntersectionObserver(([entry]) => {
      this.#inSight = entry?.isIntersecting ?? true;
      if (this.#inSight && this.#later !== undefined) this.request();
    }).observe(this.#plotBox);
    this.request();
  }

  /** Requests a drawing: soon, or a little later if the chart is not visible. */
  request(): void {
    if (this.#inSight) {
      clearTimeout(this.#later);
      this.#later = undefined;
      inFrame(this.#draw);
    } else {
      this.#later ??= setTimeout(() => {
        this.#later = undefined;
        inFrame(this.#draw);
      }, OUT_OF_SIGHT);
    }
  }

  /** Draws soon, visible or not, after a change of language or theme. */
  rebuild(): void {
    inFrame(this.#draw);
  }

  /** The chart's current data: the places, then the values of each line. */
  data(): uPlot.AlignedData {
    return plotData(this.#source());
  }

  follow(place: number | null): void {
    this.#crosshairSource = "other";
    this.#place = place;
    this.#moveTo(place);
    this.#read();
  }

  #view(): ChartView {
    const { clientWidth: width, clientHeight: height } = this.#plotBox;
    const page = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const scale = (page * (this.#options.text ?? 12)) / 12;
    return { width, height, scale, colours: coloursOf(this.#plotBox), isShown: this.#legend.isShown };
  }

  readonly #draw = (): void => {
    const content = (this.#content = this.#source());
    this.#write(content);
    const view = this.#view();
    const read = content.lines.filter((line) => line.quiet !== true);
    this.#places = union([...new Set(read.map((line) => line.x))]);
    if (content.lines.length === 0 || view.width === 0) {
      this.#destroy();
    } else {
      const wanted = structure(content, view);
      if (this.#plot === undefined || wanted !== this.#structure) {
        this.#destroy();
        this.#structure = wanted;
        this.#plot = this.#build(view);
      } else {
        this.#plot.setData(plotData(content));
      }
      if (this.#crosshairSource !== "pointer" && this.#place !== null) this.#moveTo(this.#place);
    }
    this.#read();
    this.#options.drawn?.();
  };

  #build(view: ChartView): uPlot {
    const options = plotOptions(() => this.#content, view);
    options.cursor = {
      drag: { x: false, y: false },
      points: { size: 7 * view.scale },
      y: false,
      // If a line has no value here, its last one is read.
      dataIdx: (plot, series, index) => {
        if (this.#content.lines[series - 1]?.quiet === true) return null;
        const values = plot.data[series] ?? [];
        while (index > 0 && values[index] == null) index -= 1;
        return index;
      },
      // Moves the line to the place that is read, rather than between two places.
      move: (plot, left, top) => {
        this.#pointerTop = top;
        const place = nearest(this.#places, plot.posToVal(left, "x"));
        return left < 0 || place === undefined ? [left, top] : [plot.valToPos(place, "x"), top];
      },
    };
    options.hooks = {
      ...options.hooks,
      setCursor: [
        (plot) => {
          if (this.#crosshairSource === "other") return;
          const { idx, left = -1 } = plot.cursor;
          this.#place = idx == null || left < 0 ? null : (plot.data[0][idx] ?? null);
          this.#read();
          this.#options.crosshair?.point(this, this.#place);
        },
      ],
    };
    const plot = new uPlot(options, plotData(this.#content), this.#plotBox);
    plot.over.append(this.#reading);
    const point = (event: PointerEvent): void => {
      this.#crosshairSource = "pointer";
      if (event.pointerType !== "touch") return;
      const { left, top } = plot.over.getBoundingClientRect();
      plot.setCursor({ left: event.clientX - left, top: event.clientY - top });
    };
    plot.over.addEventListener("pointermove", point);
    plot.over.addEventListener("pointerdown", point);
    return plot;
  }

  #destroy(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#plotBox;
    if (width === 0) return;
    // A change of font size or width may change the structure.
    if (this.#plot === undefined || structure(this.#content, this.#view()) !== this.#structure)
      inFrame(this.#draw);
    else if (width !== this.#plot.width || height !== this.#plot.height)
      this.#plot.setSize({ width, height });
  }

  /** Writes the texts, whose language may have changed. */
  #write(content: Content): void {
    const { title, empty } = content;
    this.#head.write(content);
    this.#legend.write(content);
    this.#plotBox.setAttribute("aria-label", t("charts.keyboard", { title }));
    this.#empty.hidden = empty === undefined;
    const says = [empty?.text ?? "", empty?.detail ?? ""];
    if (this.#empty.dataset.says === says.join()) return;
    this.#empty.dataset.says = says.join();
    this.#empty.replaceChildren(
      ...says
        .filter((text) => text !== "")
        .map((text, k) => html("p", k > 0 ? { class: "about" } : {}, text)),
    );
  }

  #switch(key: string, show: boolean): void {
    const plot = this.#plot;
    plot?.batch(() => {
      this.#content.lines.forEach((line, k) => {
        if (line.key === key) plot.setSeries(k + 1, { show });
      });
    });
    this.#read();
  }

  /** Shows the values at the cross-hair, or the last ones without it. */
  #read(): void {
    const place = this.#place;
    const plot = this.#plot;
    this.#legend.read(place, this.#content.atRest);
    this.#describe(place);
    this.#reading.hidden = place === null || plot === undefined || this.#crosshairSource === "other";
    if (this.#reading.hidden || plot === undefined || place === null) return;
    const { isShown } = this.#legend;
    const faint =
      this.#crosshairSource === "pointer"
        ? faintAt(this.#content, place, isShown, (value) =>
            Math.abs(plot.valToPos(value, "y") - this.#pointerTop),
          )
        : undefined;
    this.#reading.replaceChildren(...readingRows(readAt(this.#content, place, isShown), faint));
    const left = plot.valToPos(place, "x");
    const flip = left + this.#reading.offsetWidth + 24 > plot.over.clientWidth;
    this.#reading.style.transform = `translateX(${flip ? left - this.#reading.offsetWidth - 12 : left + 12}px)`;
  }

  /** Describes the plot to screen readers as a slider over its places. */
  #describe(place: number | null): void {
    // A screen reader on the focused plot should not read out every new value.
    if (document.activeElement === this.#plotBox && this.#crosshairSource !== "keys") return;
    const places = this.#places;
    const last = places.length - 1;
    const now = place === null ? last : Math.max(0, lastAt(places, place));
    this.#plotBox.setAttribute("aria-valuemin", String(places[0] ?? 0));
    this.#plotBox.setAttribute("aria-valuemax", String(places[last] ?? 0));
    this.#plotBox.setAttribute("aria-valuenow", String(places[now] ?? 0));
    const at = places[now];
    const text =
      at === undefined
        ? (this.#content.empty?.text ?? t("charts.table.none"))
        : readingText(readAt(this.#content, at, this.#legend.isShown));
    this.#plotBox.setAttribute("aria-valuetext", text);
  }

  #moveTo(place: number | null): void {
    const plot = this.#plot;
    if (plot === undefined) return;
    const { min = -Infinity, max = Infinity } = plot.scales.x ?? {};
    const outside = place === null || place < min || place > max;
    plot.setCursor(outside ? { left: -10, top: -10 } : { left: plot.valToPos(place, "x"), top: 10 });
  }

  #listen(): void {
    const plotBox = this.#plotBox;
    plotBox.addEventListener("keydown", (event) => {
      if (this.#plot === undefined) return;
      const places = this.#places;
      const now = this.#place === null ? undefined : lastAt(places, this.#place);
      const to = moveByKey(event, places.length, now);
      if (to === undefined) return;
      // These keys are for the chart, not for the run.
      event.preventDefault();
      event.stopPropagation();
      this.#crosshairSource = "keys";
      this.#moveTo(to === null ? null : (places[to] ?? null));
    });
    plotBox.addEventListener("blur", () => {
      if (this.#crosshairSource === "keys") this.#moveTo(null);
    });
    const { table, picture, listen } = this.#head;
    table.addEventListener("click", () => {
      const open = this.#table.hidden;
      this.#table.hidden = !open;
      table.setAttribute("aria-expanded", String(open));
      if (open) this.#fillTable();
      else this.#table.replaceChildren();
    });
    listen.addEventListener("click", () => {
      void this.#listenTo();
    });
    picture.addEventListener("click", () => {
      void savePicture(this.#source(), this.#legend.isShown, coloursOf(plotBox), this.#options.id);
    });
  }

  /** Plays the first line against the middle one of the others, or stops; the cross-hair follows. */
  async #listenTo(): Promise<void> {
    if (this.#silence !== undefined) {
      this.#silence();
      return;
    }
    const { isShown } = this.#legend;
    const shown = this.#source().lines.filter(
      (line) => line.quiet !== true && line.right !== true && isShown(line.key) && line.x.length > 0,
    );
    const [left, ...others] = shown;
    if (left === undefined) return;
    const right = others[Math.floor((others.length - 1) / 2)];
    const { listen } = await import("./listen");
    const button = this.#head.listen;
    button.setAttribute("aria-pressed", "true");
    button.title =
      right === undefined ? left.name : t("charts.listen.ears", { left: left.name, right: right.name });
    this.#silence = listen(left, right, (place) => {
      this.#crosshairSource = "other";
      this.#moveTo(place);
      if (place !== null) return;
      this.#silence = undefined;
      button.setAttribute("aria-pressed", "false");
    });
  }

  #fillTable(): void {
    const hadFocus = this.#table.contains(document.activeElement);
    this.#table.replaceChildren(
      ...dataTable(this.#source(), () => {
        this.#fillTable();
      }),
    );
    if (hadFocus) this.#table.querySelector("button")?.focus();
  }
}
