import { type TemplateResult, html, nothing, render } from "lit-html";

import type { Content } from "../../charts/content";
import { Frame } from "../../charts/frame";
import { seriesStyle } from "../../charts/palette";
import { colourOn } from "../../charts/ramp";
import { wholeTexts } from "../../charts/scale";
import { size } from "../../controls/size";
import { html as element } from "../../dom";
import { number } from "../../i18n";
import { t } from "../words";
import { type Columns, guess, isLower } from "./guess";
import { type Measured, type Series, measure, seriesOf } from "./measure";
import { type LogProblem, type LogTable, MOST_BYTES, readLog } from "./read";

const EXAMPLE = '{"step": 100, "acc": 61.2, "ema_acc": 63.0}';
/** The fewest tests that are measured. */
const FEWEST = 5;

interface Loaded {
  name: string;
  table: LogTable;
  columns: Columns;
}

/** A log of the reader's own: drawn, with how much each network jumps, how far the average lags and when it catches up. */
export class OwnLog {
  readonly element = element("section", { class: "card own-log" });
  readonly #head = element("div", { class: "log-head" });
  readonly #chart = element("section", { hidden: true });
  readonly #says = element("div", { class: "log-says" });
  #frame: Frame | undefined;
  #loaded: Loaded | undefined;
  #series: Series = { step: [], raw: [], average: [] };
  #measured: Measured | undefined;
  #problem: { name: string; problem: LogProblem; bytes: number } | undefined;
  #memory = 1000;
  #dark = false;

  constructor() {
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
    this.#memory = memory;
    this.#dark = dark;
    this.#draw();
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
    const table = text === undefined ? ({ what: "unread" } as const) : readLog(text);
    if ("what" in table) {
      refuse(table);
      return;
    }
    this.#problem = undefined;
    this.#loaded = { name, table, columns: guess(table) };
    this.#draw();
  }

  #draw(): void {
    const loaded = this.#loaded;
    render(this.#top(loaded), this.#head);
    this.#chart.hidden = loaded === undefined || loaded.columns.raw === loaded.columns.average;
    if (loaded === undefined || this.#chart.hidden) {
      render(loaded === undefined ? nothing : html`<p>${t("log.same")}</p>`, this.#says);
      return;
    }
    this.#series = seriesOf(loaded.table, loaded.columns);
    this.#measured = measure(this.#series, loaded.columns.lower);
    render(html`${this.#sentences(this.#measured).map((text) => html`<p>${text}</p>`)}`, this.#says);
    this.#frame ??= new Frame(this.#chart, { id: "own-log", heading: "h3", text: 14 }, () => this.#content());
    this.#frame.rebuild();
  }

  #top(loaded: Loaded | undefined): TemplateResult {
    return html`<h2>${t("log.title")}</h2>
      <p>${t("log.about")}</p>
      ${this.#problem === undefined ? nothing : html`<p class="log-error" role="alert">${this.#complaint()}</p>`}
      <p class="actions">
        <button
          type="button"
          id="choose-log"
          @click=${() => {
            document.getElementById("log-file")?.click();
          }}
        >
          ${t(loaded === undefined ? "log.choose" : "log.another")}
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
                ${t("log.remove")}
              </button>`
        }
      </p>
      <input type="file" id="log-file" hidden aria-label=${t("log.choose")} @change=${this.#chosen} />
      ${loaded === undefined ? nothing : this.#choices(loaded)}`;
  }

  #choices({ table, columns }: Loaded): TemplateResult {
    const column = (key: "step" | "raw" | "average"): TemplateResult =>
      html`<label
        ><span>${t(`log.${key}`)}</span>
        <select name=${`log-${key}`} @change=${this.#columnChosen}>
          ${table.columns.map((name, k) => html`<option value=${k} ?selected=${k === columns[key]}>${name}</option>`)}
        </select>
      </label>`;
    return html`<div class="log-choices">
      ${column("step")} ${column("raw")} ${column("average")}
      <label
        ><span>${t("log.better")}</span>
        <select name="log-lower" @change=${this.#lowerChosen}>
          ${[false, true].map((lower) => html`<option value=${String(lower)} ?selected=${lower === columns.lower}>${t(lower ? "log.lower" : "log.higher")}</option>`)}
        </select>
      </label>
    </div>`;
  }

  #complaint(): string {
    if (this.#problem === undefined) return "";
    const { name, problem, bytes } = this.#problem;
    return t(`log.bad.${problem.what}`, {
      name,
      example: EXAMPLE,
      size: size(bytes),
      most: size(MOST_BYTES),
      line: number(problem.line ?? 1),
      found: problem.found ?? 0,
      wanted: problem.wanted ?? 0,
    });
  }

  #sentences({ tests, raw, average, caughtUp, lag, ahead }: Measured): string[] {
    if (tests < FEWEST) return [t("log.says.few", { n: tests })];
    const better = (this.#loaded?.columns.lower === true ? -1 : 1) * ahead >= 0;
    const digits = digitsFor(this.#series);
    const times = raw === undefined || average === undefined ? NaN : raw / average;
    return [
      caughtUp === undefined
        ? t("log.says.never")
        : caughtUp === this.#series.step[0]
          ? t("log.says.first")
          : t("log.says.caught", { step: number(caughtUp) }),
      ...(lag === undefined ? [] : [t("log.says.lag", { lag: number(lag) })]),
      ...(raw === undefined || average === undefined
        ? []
        : [
            t(
              times >= 1.05 && Number.isFinite(times) ? "log.says.fluctuation" : "log.says.fluctuation.more",
              {
                raw: number(raw, digits),
                average: number(average, digits),
                times: number(times, 1),
              },
            ),
          ]),
      t(better ? "log.says.ahead" : "log.says.behind", { by: number(Math.abs(ahead), digits) }),
    ];
  }

  #content(): Content {
    const { step, raw, average } = this.#series;
    const name = this.#loaded?.name ?? "";
    const names = this.#loaded?.table.columns ?? [];
    const { columns } = this.#loaded ?? {};
    const digits = digitsFor(this.#series);
    const format = (value: number): string => number(value, digits);
    const nameOf = (key: "raw" | "average"): string => names[columns?.[key] ?? 0] ?? "";
    const caughtUp = this.#measured?.caughtUp;
    const line = (key: "raw" | "average", y: number[]) => ({
      key,
      name: `${t(`log.${key}`)}: ${nameOf(key)}`,
      label: t(`log.${key}`),
      x: step,
      y,
      dots: "few" as const,
      format,
    });
    return {
      title: t("log.chart", { name }),
      about: t("log.chart.about", { raw: nameOf("raw"), average: nameOf("average"), n: number(step.length) }),
      x: {
        title: names[columns?.step ?? 0] ?? "",
        range: (low, high) => [Math.min(0, low ?? 0), Math.max(1, high ?? 0)],
        ticks: wholeTexts,
        name: (step) => `${names[columns?.step ?? 0] ?? ""} ${number(step)}`,
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
                label: t("log.caught"),
                text: t("log.caught.text", { step: number(caughtUp) }),
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
    const columns = { ...this.#loaded.columns, [key]: Number(value) };
    if (key === "raw") columns.lower = isLower(this.#loaded.table.columns[columns.raw] ?? "");
    this.#loaded = { ...this.#loaded, columns };
    this.#draw();
  };

  readonly #lowerChosen = ({ currentTarget }: Event): void => {
    if (this.#loaded === undefined) return;
    const lower = (currentTarget as HTMLSelectElement).value === "true";
    this.#loaded = { ...this.#loaded, columns: { ...this.#loaded.columns, lower } };
    this.#draw();
  };
}

/** The decimals that tell the values of a series apart: three digits of their range. */
function digitsFor({ raw, average }: Series): number {
  const all = [...raw, ...average];
  const range = Math.max(...all) - Math.min(...all);
  return range > 0 ? Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(range)))) : 2;
}
