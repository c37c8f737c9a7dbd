import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import { html, svg } from "../dom";
import { t } from "../i18n";
import { termRow } from "../panels/glossary/term";
import type { TermId } from "../panels/glossary/terms";
import { lastAt, nearest, union } from "./align";
import type { Content, Line } from "./content";
import type { Crosshair, Follower } from "./crosshair";
import { savePicture } from "./picture";
import { type View, coloursOf, plotData, plotOptions, shownFaint, structure } from "./plot";
import { readAt, readingRows, readingText, valueAt } from "./reading";
import { inFrame } from "./schedule";
import { swatch } from "./swatch";
import { dataTable } from "./table";

/** Milliseconds between two drawings of a chart that is out of sight. */
const OUT_OF_SIGHT = 1000;
/** Pixels within which the pointer is on a faint line. */
const NEAR = 10;

/** How the cross-hair came to where it is. */
type Reader = "pointer" | "keys" | "other";

export interface FrameOptions {
  /** Names the elements: `<id>-title`, `<id>-plot`, `<id>-legend`. */
  id: string;
  /** Charts that are read together with this one. */
  crosshair?: Crosshair;
  /** `h3` for a chart inside a part that has a title of its own. */
  heading?: "h2" | "h3";
  /** The glossary's terms that explain what is drawn. */
  terms?: readonly TermId[];
  /** Names the data set beside the title; a picture that is saved does so always. */
  tagged?: boolean;
  /** After each drawing, for what stands around the chart and is to be as new. */
  drawn?: () => void;
}

/**
 * A chart and what belongs to every chart: title, legend that switches series, cross-hair with values for pointer and
 * keys, a picture to save, the same values as a table. Draws what `source` says, at most once a frame.
 */
export class Frame implements Follower {
  /** For controls of this chart alone, beneath its title. */
  readonly controls: HTMLElement;
  readonly #source: () => Content;
  readonly #options: FrameOptions;

  readonly #title: HTMLElement;
  readonly #tag: HTMLElement;
  readonly #about: HTMLElement;
  readonly #legend: HTMLElement;
  readonly #plotBox: HTMLElement;
  readonly #reading: HTMLElement;
  readonly #empty: HTMLElement;
  readonly #table: HTMLElement;
  readonly #tableButton: HTMLButtonElement;
  readonly #pictureButton: HTMLButtonElement;

  readonly #hidden = new Set<string>();
  #content: Content;
  #plot: uPlot | undefined;
  /** Where there is something to read. */
  #places: number[] = [];
  #structure = "";
  #legendOf = "";
  #values: { line: Line; key: string; element: HTMLElement }[] = [];
  #inSight = true;
  #later: ReturnType<typeof setTimeout> | undefined;
  #reader: Reader = "other";
  #place: number | null = null;
  /** Where the pointer is, from the top of the plot. */
  #pointerTop = 0;

  /** @param source what to show; asked at once, and again for every drawing */
  constructor(host: HTMLElement, options: FrameOptions, source: () => Content) {
    const { id, crosshair, heading = "h2", terms = [] } = options;
    this.#options = options;
    host.setAttribute("aria-labelledby", `${id}-title`);
    this.#source = source;
    this.#content = source();
    this.#title = html(heading, { id: `${id}-title` });
    this.#tag = html("span", { class: "tag" });
    this.#about = html("p", { class: "about" });
    this.controls = html("div", { class: "chart-controls" });
    this.#legend = html("div", { class: "legend", id: `${id}-legend`, role: "group" });
    this.#reading = html("div", { class: "reading", "aria-hidden": "true", hidden: true });
    this.#plotBox = html("div", { class: "plot", id: `${id}-plot`, role: "slider", tabindex: 0 });
    this.#empty = html("div", { class: "empty", id: `${id}-empty`, hidden: true });
    this.#table = html("div", { class: "data-table", id: `${id}-table`, hidden: true });
    this.#tableButton = tool("table", `${id}-table`);
    this.#pictureButton = tool("picture");
    host.append(
      html(
        "header",
        { class: "chart-head" },
        html("div", { class: "heading" }, this.#title, this.#tag),
        html("div", { class: "chart-tools" }, this.#tableButton, this.#pictureButton),
        this.#about,
        ...termRow(terms),
      ),
      this.controls,
      this.#legend,
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

  /** There is something new to show: draws soon, and out of sight a little later. */
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

  /** The language or the theme is another: draws soon, in sight or not. */
  rebuild(): void {
    inFrame(this.#draw);
  }

  /** What the chart shows now: the places, then the values of each line. */
  data(): uPlot.AlignedData {
    return plotData(this.#source());
  }

  follow(place: number | null): void {
    this.#reader = "other";
    this.#place = place;
    this.#moveTo(place);
    this.#read();
  }

  readonly #isShown = (key: string): boolean => !this.#hidden.has(key);

  #view(): View {
    const { clientWidth: width, clientHeight: height } = this.#plotBox;
    const scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    return { width, height, scale, colours: coloursOf(this.#plotBox), isShown: this.#isShown };
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
      if (this.#reader !== "pointer" && this.#place !== null) this.#moveTo(this.#place);
    }
    this.#read();
    this.#options.drawn?.();
  };

  #build(view: View): uPlot {
    const options = plotOptions(() => this.#content, view);
    options.cursor = {
      drag: { x: false, y: false },
      points: { size: 7 * view.scale },
      y: false,
      // Where a line has no value, its last one is read.
      dataIdx: (plot, series, index) => {
        if (this.#content.lines[series - 1]?.quiet === true) return null;
        const values = plot.data[series] ?? [];
        while (index > 0 && values[index] == null) index -= 1;
        return index;
      },
      // The line goes to the place whose values are read, not between two.
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
          if (this.#reader === "other") return;
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
      this.#reader = "pointer";
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
    // Large type or a narrow screen may want another build.
    if (this.#plot === undefined || structure(this.#content, this.#view()) !== this.#structure)
      inFrame(this.#draw);
    else if (width !== this.#plot.width || height !== this.#plot.height)
      this.#plot.setSize({ width, height });
  }

  /** Words, which may be in another language than before. */
  #write(content: Content): void {
    say(this.#title, content.title);
    say(this.#about, content.about);
    if (this.#options.tagged === true) {
      say(this.#tag, content.caption.data);
      this.#tag.classList.toggle("synthetic", content.caption.synthetic);
    }
    say(this.#tableButton, t("charts.table"));
    this.#tableButton.setAttribute("aria-label", t("charts.table.of", { title: content.title }));
    say(this.#pictureButton, t("charts.picture"));
    this.#pictureButton.setAttribute("aria-label", t("charts.picture.of", { title: content.title }));
    this.#plotBox.setAttribute("aria-label", t("charts.keyboard", { title: content.title }));

    const { empty } = content;
    this.#empty.hidden = empty === undefined;
    if (empty !== undefined) {
      const key = `${empty.text}\n${empty.detail ?? ""}`;
      if (this.#empty.dataset.says !== key) {
        this.#empty.dataset.says = key;
        this.#empty.replaceChildren(
          html("p", {}, empty.text),
          ...(empty.detail === undefined ? [] : [html("p", { class: "about" }, empty.detail)]),
        );
      }
    }
    this.#writeLegend(content);
  }

  #writeLegend({ lines }: Content): void {
    const items = lines.filter((line) => line.name !== "");
    const of = JSON.stringify([t("charts.series"), items.map(({ key, name, style }) => [key, name, style])]);
    if (of !== this.#legendOf) {
      this.#legendOf = of;
      const focused = this.#legend.contains(document.activeElement)
        ? (document.activeElement as HTMLElement).dataset.key
        : undefined;
      this.#legend.setAttribute("aria-label", t("charts.series"));
      this.#values = [];
      const buttons = items.map((line) => {
        const value = html("span", { class: "legend-value" });
        this.#values.push({ line, key: line.key, element: value });
        const button = html(
          "button",
          {
            type: "button",
            class: "legend-item",
            "data-key": line.key,
            "aria-pressed": String(this.#isShown(line.key)),
          },
          swatch(line.style),
          html("span", {}, line.name),
          value,
        );
        button.addEventListener("click", () => {
          this.#toggle(line.key, button);
        });
        return button;
      });
      this.#legend.replaceChildren(...buttons);
      if (focused !== undefined) buttons.find((button) => button.dataset.key === focused)?.focus();
    }
    this.#values.forEach((value) => {
      value.line = items.find((line) => line.key === value.key) ?? value.line;
    });
  }

  #toggle(key: string, button: HTMLButtonElement): void {
    const show = this.#hidden.has(key);
    if (show) this.#hidden.delete(key);
    else this.#hidden.add(key);
    button.setAttribute("aria-pressed", String(show));
    const plot = this.#plot;
    plot?.batch(() => {
      this.#content.lines.forEach((line, k) => {
        if (line.key === key) plot.setSeries(k + 1, { show });
      });
    });
    this.#read();
  }

  /** Values at the cross-hair, or the last ones without it. */
  #read(): void {
    const place = this.#place;
    for (const { line, element } of this.#values) {
      const rests = place === null && this.#content.atRest === "nothing";
      const found = rests ? undefined : valueAt(line, place ?? Infinity);
      say(element, found === undefined ? "" : line.format(found.value));
    }
    const plot = this.#plot;
    const reads = place !== null && plot !== undefined && this.#reader !== "other";
    const reading = reads ? readAt(this.#content, place, this.#isShown) : undefined;
    this.#reading.hidden = reading === undefined;
    this.#describe(place);
    if (reading === undefined || plot === undefined || place === null) return;
    const faint = this.#reader === "pointer" ? this.#faintAt(plot, place) : undefined;
    this.#reading.replaceChildren(...readingRows(reading, faint));
    const left = plot.valToPos(place, "x");
    const flip = left + this.#reading.offsetWidth + 24 > plot.over.clientWidth;
    this.#reading.style.transform = `translateX(${flip ? left - this.#reading.offsetWidth - 12 : left + 12}px)`;
  }

  /** The plot as a slider over its places, whose value is read out. */
  #describe(place: number | null): void {
    // Who listens to the last value should not hear every new one.
    if (document.activeElement === this.#plotBox && this.#reader !== "keys") return;
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
        : readingText(readAt(this.#content, at, this.#isShown));
    this.#plotBox.setAttribute("aria-valuetext", text);
  }

  /** The earlier run whose line the pointer is on. */
  #faintAt(plot: uPlot, place: number): string | undefined {
    let nearest = NEAR;
    let name: string | undefined;
    for (const faint of shownFaint(this.#content, { isShown: this.#isShown })) {
      const before = lastAt(faint.x, place);
      const value = faint.y[before] ?? NaN;
      if (before < 0 || (before === faint.x.length - 1 && (faint.x[before] ?? 0) < place)) continue;
      const apart = Math.abs(plot.valToPos(value, "y") - this.#pointerTop);
      if (apart < nearest) {
        nearest = apart;
        name = faint.name;
      }
    }
    return name;
  }

  #moveTo(place: number | null): void {
    const plot = this.#plot;
    if (plot === undefined) return;
    const { min = -Infinity, max = Infinity } = plot.scales.x ?? {};
    const outside = place === null || place < min || place > max;
    plot.setCursor(outside ? { left: -10, top: -10 } : { left: plot.valToPos(place, "x"), top: 10 });
  }

  #listen(): void {
    this.#plotBox.addEventListener("keydown", (event) => {
      const places = this.#places;
      const to = this.#plot === undefined ? undefined : this.#key(event, places.length);
      if (to === undefined) return;
      // These keys are for the chart, not for the run.
      event.preventDefault();
      event.stopPropagation();
      this.#reader = "keys";
      this.#moveTo(to === null ? null : (places[to] ?? null));
    });
    this.#plotBox.addEventListener("blur", () => {
      if (this.#reader === "keys") this.#moveTo(null);
    });
    this.#tableButton.addEventListener("click", () => {
      const open = this.#table.hidden;
      this.#table.hidden = !open;
      this.#tableButton.setAttribute("aria-expanded", String(open));
      if (open) this.#fillTable();
      else this.#table.replaceChildren();
    });
    this.#pictureButton.addEventListener("click", () => {
      void savePicture(this.#source(), this.#isShown, coloursOf(this.#plotBox), this.#options.id);
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

  /** Where a key moves the reading to: an index, null to end it, undefined for any other key. */
  #key(event: KeyboardEvent, length: number): number | null | undefined {
    if (event.ctrlKey || event.altKey || event.metaKey || length === 0) return undefined;
    if (event.key === "Escape") return this.#place === null ? undefined : null;
    const last = length - 1;
    const now = this.#place === null ? undefined : lastAt(this.#places, this.#place);
    const by = (steps: number): number =>
      now === undefined ? last : Math.max(0, Math.min(now + steps, last));
    switch (event.key) {
      case "ArrowLeft":
      case "ArrowDown":
        return by(event.shiftKey ? -10 : -1);
      case "ArrowRight":
      case "ArrowUp":
        return by(event.shiftKey ? 10 : 1);
      case "PageDown":
        return by(-Math.ceil(length / 10));
      case "PageUp":
        return by(Math.ceil(length / 10));
      case "Home":
        return 0;
      case "End":
        return last;
      default:
        return undefined;
    }
  }
}

const icons = {
  table: "M2 3h12v10H2zM2 6.5h12M2 9.8h12M6.5 3v10",
  picture: "M8 2v7.500M4.800 6.500 8 9.700l3.200-3.200M2.500 11v2.500h11V11",
};

function tool(icon: keyof typeof icons, controls?: string): HTMLButtonElement {
  const button = html(
    "button",
    {
      type: "button",
      class: "quiet",
      ...(controls === undefined ? {} : { "aria-expanded": "false", "aria-controls": controls }),
    },
    svg(
      "svg",
      { class: "icon outline", viewBox: "0 0 16 16", "aria-hidden": "true" },
      svg("path", { d: icons[icon] }),
    ),
    html("span", {}),
  );
  return button;
}

/** Writes only what differs. */
function say(element: HTMLElement, text: string): void {
  const target = element instanceof HTMLButtonElement ? (element.querySelector("span") ?? element) : element;
  if (target.textContent !== text) target.textContent = text;
}
