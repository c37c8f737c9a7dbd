import { type TemplateResult, html, nothing, render } from "lit-html";

import type { Content } from "../../charts/content";
import { Frame } from "../../charts/frame";
import { seriesStyle } from "../../charts/palette";
import { colourOn } from "../../charts/ramp";
import { wholeTexts } from "../../charts/scale";
import { options } from "../../controls/options";
import { size } from "../../controls/size";
import { html as element } from "../../dom";
import { language, number } from "../../i18n";
import { type Columns, guess, isLower } from "./guess";
import { type Measured, type Series, digitsFor, measure, seriesOf } from "./measure";
import { type LogProblem, type LogTable, MOST_BYTES, readLog } from "./read";
import { t } from "./words";

const BETTER = ["higher", "lower"] as const;
const EXAMPLE = '{"step": 100, "acc": 61.2, "ema_acc": 63.0}';
/** The fewest tests that are measured. */
const FEWEST = 5;

/** A log, and what is computed of the columns that are drawn, once. */
interface Loaded {
  name: string;
  table: LogTable;
  columns: Columns;
  series: Series;
  measured: Measured;
  /** The decimals of its values. */
  digits: number;
}

function loadedOf(name: string, table: LogTable, columns: Columns): Loaded {
  const series = seriesOf(table, columns);
  return {
    name,
    table,
    columns,
    series,
    measured: measure(series, columns.lower),
    digits: digitsFor(series),
  };
}

/** A log of the reader's own: drawn, with how much each network jumps, how far the average lags and when it catches up. */
export class OwnLog {
  readonly element = element("section", { class: "card charted own-log" });
  readonly #head = element("div", { class: "log-head" });
  readonly #chart = element("section", { hidden: true });
  readonly #says = element("div", { class: "log-says" });
  #frame: Frame | undefined;
  #loaded: Loaded | undefined;
  #problem: { name: string; problem: LogProblem; bytes: number } | undefined;
  #memory = 1000;
  #dark = false;
  #shown: unknown[] = [];

  readonly #notLoaded: () => void;

  /** @param notLoaded says that what reads a file could not be loaded */
  constructor(notLoaded: () => void) {
    this.#notLoaded = notLoaded;
    this.element.append(this.#head, this.#chart, this.#says);
  }

  /** Takes files that were dropped on the page, if they are a log; whether it did. */
  dropped(files: readonly File[]): boolean {
    const log = files.find(({ name }) => /\.(csv|tsv|txt|log|jsonl?|ndjson)$/iu.test(name));
    if (log === undefined) return false;
    void this.#take(log);
    this.element.scrollIntoView({ block: "start" });
    return true;
  }

  /** @param memory that of the average in the questions, which gives the line its colour */
  draw(memory: number, dark: boolean): void {
    const now = [memory, dark, language()];
    if (now.every((value, k) => value === this.#shown[k])) return;
    this.#shown = now;
    this.#memory = memory;
    this.#dark = dark;
    this.#draw();
  }

  /** Draws the next time, whatever has changed. */
  rebuild(): void {
    this.#shown = [];
  }

  async #take(file: File): Promise<void> {
    const { name, size: bytes } = file;
    const refuse = (problem: LogProblem): void => {
      this.#problem = { name, problem, bytes };
      this.#draw();
    };
    if (bytes > MOST_BYTES) {
      refuse({ what: "large" });
      return;
    }
    const text = await file.text().catch(() => undefined);
    const table =
      text === undefined ? ({ what: "unread" } as const) : await readLog(text).catch(() => undefined);
    if (table === undefined) {
      this.#notLoaded();
      return;
    }
    if ("what" in table) {
      refuse(table);
      return;
    }
    this.#problem = undefined;
    this.#loaded = loadedOf(name, table, guess(table));
    this.#draw();
  }

  #draw(): void {
    const loaded = this.#loaded;
    render(this.#top(loaded), this.#head);
    this.#chart.hidden = loaded === undefined || loaded.columns.raw === loaded.columns.average;
    if (loaded === undefined || this.#chart.hidden) {
      render(loaded === undefined ? nothing : html`<p>${t("same")}</p>`, this.#says);
      return;
    }
    render(html`${sentences(loaded).map((text) => html`<p>${text}</p>`)}`, this.#says);
    this.#frame ??= new Frame(this.#chart, { id: "own-log", heading: "h3", text: 14 }, () =>
      this.#content(this.#loaded ?? loaded),
    );
    this.#frame.rebuild();
  }

  #top(loaded: Loaded | undefined): TemplateResult {
    return html`<h2>${t("title")}</h2>
      <p>${t("about")}</p>
      ${this.#problem === undefined ? nothing : html`<p class="log-error" role="alert">${this.#complaint()}</p>`}
      <p class="actions">
        <button
          type="button"
          id="choose-log"
          @click=${() => {
            document.getElementById("log-file")?.click();
          }}
        >
          ${t(loaded === undefined ? "choose" : "another")}
        </button>
        ${
          loaded === undefined
            ? nothing
            : html`<button
                type="button"
                id="remove-log"
                @click=${() => {
                  this.#loaded = this.#problem = undefined;
                  this.#draw();
                }}
              >
                ${t("remove")}
              </button>`
        }
      </p>
      <input type="file" id="log-file" hidden aria-label=${t("choose")} @change=${this.#chosen} />
      ${loaded === undefined ? nothing : this.#choices(loaded)}`;
  }

  #choices({ table, columns }: Loaded): TemplateResult {
    const column = (key: "step" | "raw" | "average"): TemplateResult =>
      html`<label
        ><span>${t(key)}</span>
        <select name=${`log-${key}`} @change=${this.#columnChosen}>
          ${options([...table.columns.keys()], columns[key], (k) => table.columns[k] ?? "")}
        </select>
      </label>`;
    return html`<div class="chart-choices">
      ${column("step")} ${column("raw")} ${column("average")}
      <label
        ><span>${t("better")}</span>
        <select name="log-lower" @change=${this.#lowerChosen}>
          ${options(BETTER, columns.lower ? "lower" : "higher", (better) => t(better))}
        </select>
      </label>
    </div>`;
  }

  #complaint(): string {
    if (this.#problem === undefined) return "";
    const { name, problem, bytes } = this.#problem;
    return t(`bad.${problem.what}`, {
      name,
      example: EXAMPLE,
      size: size(bytes),
      most: size(MOST_BYTES),
      line: number(problem.line ?? 1),
      found: problem.found ?? 0,
      wanted: problem.wanted ?? 0,
    });
  }

  #content({ name, table, columns, series, measured: { caughtUp }, digits }: Loaded): Content {
    const { step, raw, average } = series;
    const format = (value: number): string => number(value, digits);
    const nameOf = (key: "step" | "raw" | "average"): string => table.columns[columns[key]] ?? "";
    const line = (key: "raw" | "average", y: number[]) => ({
      key,
      name: `${t(key)}: ${nameOf(key)}`,
      label: t(key),
      x: step,
      y,
      dots: "few" as const,
      format,
    });
    return {
      title: t("chart", { name }),
      about: t("chart.about", { raw: nameOf("raw"), average: nameOf("average"), n: number(step.length) }),
      x: {
        title: nameOf("step"),
        range: (low, high) => [Math.min(0, low ?? 0), Math.max(1, high ?? 0)],
        ticks: wholeTexts,
        name: (step) => `${nameOf("step")} ${number(step)}`,
      },
      y: {
        title: nameOf("raw"),
        range: (low, high) => {
          const [from, to] = [low ?? 0, high ?? 1];
          const room = 0.05 * (to - from || Math.abs(to) || 1);
          return [from - room, to + room];
        },
      },
      lines: [
        { ...line("raw", raw), style: { ...seriesStyle(0, this.#dark), width: 1.6 } },
        {
          ...line("average", average),
          style: { colour: colourOn(this.#dark, this.#memory), dash: [], width: 3 },
        },
      ],
      ...(caughtUp === undefined || caughtUp === step[0]
        ? {}
        : {
            marks: [
              {
                x: caughtUp,
                symbol: "circle" as const,
                tone: "accent" as const,
                label: t("caught"),
                text: t("caught.text", { step: number(caughtUp) }),
              },
            ],
          }),
      caption: { data: name, synthetic: false, settings: "" },
    };
  }

  readonly #chosen = ({ currentTarget }: Event): void => {
    const picker = currentTarget as HTMLInputElement;
    const file = picker.files?.[0];
    // Without this, choosing the same file again would not be a change.
    picker.value = "";
    if (file !== undefined) void this.#take(file);
  };

  readonly #columnChosen = ({ currentTarget }: Event): void => {
    if (this.#loaded === undefined) return;
    const { name, value } = currentTarget as HTMLSelectElement;
    const key = name.slice("log-".length) as "step" | "raw" | "average";
    const { table, columns } = this.#loaded;
    const lower = key === "raw" ? isLower(table.columns[Number(value)] ?? "") : columns.lower;
    this.#choose({ ...columns, [key]: Number(value), lower });
  };

  readonly #lowerChosen = ({ currentTarget }: Event): void => {
    if (this.#loaded === undefined) return;
    const lower = (currentTarget as HTMLSelectElement).value === "lower";
    this.#choose({ ...this.#loaded.columns, lower });
  };

  #choose(columns: Columns): void {
    if (this.#loaded === undefined) return;
    this.#loaded = loadedOf(this.#loaded.name, this.#loaded.table, columns);
    this.#draw();
  }
}

/** What the log shows, a sentence each. */
function sentences({ columns, series, measured, digits }: Loaded): string[] {
  const { tests, raw, average, caughtUp, lag, ahead } = measured;
  if (tests < FEWEST) return [t("says.few", { n: tests })];
  const better = (columns.lower ? -1 : 1) * ahead >= 0;
  const caught =
    caughtUp === undefined
      ? t("says.never")
      : caughtUp === series.step[0]
        ? t("says.first")
        : t("says.caught", { step: number(caughtUp) });
  const said = [caught];
  if (lag !== undefined) said.push(t("says.lag", { lag: number(lag) }));
  if (raw !== undefined && average !== undefined) {
    const times = raw / average;
    said.push(
      t(times >= 1.05 && Number.isFinite(times) ? "says.fluctuation" : "says.fluctuation.more", {
        raw: number(raw, digits),
        average: number(average, digits),
        times: number(times, 1),
      }),
    );
  }
  return [...said, t(better ? "says.ahead" : "says.behind", { by: number(Math.abs(ahead), digits) })];
}
