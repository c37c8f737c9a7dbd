import { type TemplateResult, html, nothing, render, svg } from "lit-html";

import { number } from "../i18n";
import type { Chapter, Knob, Path, Seen } from "./chapter";
import type { Progress } from "./driver";
import type { Outcome } from "./history";
import { type Mark, markAt, markByKey } from "./mark";
import { type Place, type Size, axes, placeIn } from "./plot";
import { type Length, type RunResult, cost } from "./run";
import { prose, withTerms } from "./sentences";
import { tableOf } from "./numbers";
import { t } from "./words";

const LENGTHS: readonly Length[] = ["short", "long"];
/** Seconds in a minute. */
const MINUTE = 60;

const wide = matchMedia("(width >= 720px)");

/** What a chapter's buttons do to the page's run. */
export interface Actions {
  run: (length: Length, knob: number, seed: number) => void;
  proceed: (knob: number) => void;
  pause: () => void;
  resume: () => void;
  stop: () => void;
  /** Has the address name the chapter. */
  link: () => void;
  /** Leads to the next chapter. */
  next: () => void;
  /** The prediction and what came of it, for the next visit. */
  keep: (outcome: Outcome) => void;
}

/** The page around a chapter, as far as that shows it. */
export interface Surroundings {
  /** The chapter's own runs; idle while another chapter's go on. */
  progress: Progress;
  results: readonly RunResult[];
  /** Training images per second, if measured. */
  speed: number | undefined;
  /** Whether there is no graphics card. */
  software: boolean;
  /** The number of images on which a test recomputes batch norm's statistics; undefined until the module has loaded. */
  recompute: number | undefined;
  /** A run would end another one. */
  replaces: boolean;
  /** The page plays a recorded run and cannot train. */
  recorded: boolean;
  /** The name of the data set. */
  data: string;
  /** Whether this is the chapter that the reader is at: its next button is the page's primary one. */
  current: boolean;
  number: number;
  of: number;
  /** The question of the next chapter. */
  next: string | undefined;
  earlier: Outcome | undefined;
  path: Path;
}

const noPath: Path = { values: [], length: 0, recorded: true };

/** A chapter on the page: its text, the figure with the prediction, the run's buttons, the verdict and what it leaves open. */
export class ChapterView {
  readonly #host: HTMLElement;
  readonly #id: string;
  readonly #chapter: Chapter;
  readonly #actions: Actions;
  #around: Surroundings | undefined;
  #mark: Mark | undefined;
  #knob: number;
  #chosen: Length | undefined;
  #seed = 0;
  /** The runs that ended last; undefined while there are none, or the reader guesses again. */
  #done: { results: readonly RunResult[]; knob: number; length: Length } | undefined;
  /** The path that the prediction was made about, where there are no runs. */
  #path: Path | undefined;
  #size = { width: 0, height: 0 };
  #dragging = false;

  constructor(host: HTMLElement, id: string, chapter: Chapter, actions: Actions) {
    this.#host = host;
    this.#id = id;
    this.#chapter = chapter;
    this.#actions = actions;
    this.#knob = chapter.knob?.start ?? 0;
  }

  get question(): string {
    return this.#chapter.t("question");
  }

  /** Takes the results of the chapter's runs. */
  finish(results: readonly RunResult[]): void {
    this.#done = { results, knob: this.#knob, length: this.#length };
    const seen = this.#seen();
    const answer = this.#chapter.answer(seen);
    if (this.#mark === undefined) return;
    if (answer !== undefined) this.#actions.keep({ mark: this.#mark, answer, seed: this.#seed });
  }

  render(around: Surroundings): void {
    const first = this.#around === undefined;
    this.#around = around;
    this.#draw();
    if (!first) return;
    const figure = this.#host.querySelector(".plot-area");
    if (figure === null) return;
    new ResizeObserver((entries) => {
      const { width, height } = entries.at(-1)?.contentRect ?? this.#size;
      this.#size = { width, height };
      this.#draw();
    }).observe(figure);
  }

  get #length(): Length {
    return this.#chosen ?? (this.#around?.software === false ? "long" : "short");
  }

  #seen(): Seen {
    const { progress, results = [] } = this.#around ?? {};
    const goesOn = progress?.kind === "running" || progress?.kind === "waiting";
    const live = this.#chapter.knob?.when === "done";
    const done = goesOn ? undefined : this.#done;
    return {
      results: done?.results ?? (goesOn ? results : []),
      done: done !== undefined,
      length: done?.length ?? this.#length,
      knob: done === undefined || live ? this.#knob : done.knob,
      mark: this.#mark,
      path: this.#path ?? this.#around?.path ?? noPath,
    };
  }

  /** Whether the mark can be placed now. */
  #asks(seen: Seen): boolean {
    const kind = this.#around?.progress.kind;
    if (seen.done || kind === "running") return false;
    return kind === "waiting" ? this.#chapter.asks === "waiting" : this.#chapter.asks === "before";
  }

  readonly #draw = (): void => {
    const around = this.#around;
    if (around === undefined) return;
    const chapter = this.#chapter;
    const seen = this.#seen();
    const facts = chapter.facts?.(seen) ?? {};
    const asks = this.#asks(seen);
    const { t: own } = chapter;
    render(
      html`<div class="column">
          <p class="chapter-number">
            <a href=${`#chapter=${this.#id}`} title=${t("link")} @click=${this.#link}
              >${t("number", { n: around.number, of: around.of })}</a
            >
          </p>
          <h2 id=${`${this.#id}-title`} tabindex="-1">${own("question")}</h2>
          ${prose(own("text", facts))}
        </div>
        <figure class="chapter-figure">
          <figcaption>
            <span>${asks ? own("ask", facts) : own("figure", facts)}</span>
            ${this.#tag(seen)}
          </figcaption>
          ${this.#plot(seen, asks)} ${this.#controls(seen, asks, around)}
        </figure>
        <div class="column">${seen.done ? this.#outcome(seen, around) : this.#before(around)}</div>`,
      this.#host,
    );
  };

  /** Whose measurements the figure shows. */
  #tag({ results, path }: Seen): unknown {
    if (results.length > 0) return html`<span class="tag">${t("yours")}</span>`;
    if (!this.#measures) return nothing;
    return html`<span class="tag">${t(path.recorded ? "recorded" : "yours")}</span>`;
  }

  /** Whether the chapter trains nothing, and looks at the path of a weight. */
  get #measures(): boolean {
    return this.#chapter.runs("short", this.#knob).length === 0;
  }

  #plot(seen: Seen, asks: boolean): TemplateResult {
    const chapter = this.#chapter;
    const plot = chapter.plot(seen);
    const size: Size = { ...this.#size, wide: wide.matches, scale: scale() };
    const place = placeIn(plot, size);
    const label = chapter.t("figure");
    const { y } = plot;
    const value = this.#mark === undefined ? t("mark.none") : chapter.value(this.#mark, seen);
    const asked = (value: unknown): unknown => (asks ? value : nothing);
    // One element in all states, whose size is observed.
    return html`<div
      class=${asks ? "plot-area asks" : "plot-area"}
      role=${asked("slider")}
      tabindex=${asked("0")}
      aria-label=${asked(chapter.t("ask", chapter.facts?.(seen)))}
      aria-description=${asked(t("mark.keys"))}
      aria-valuemin=${asked(y.from)}
      aria-valuemax=${asked(y.to)}
      aria-valuenow=${asked(Math.round(this.#mark?.y ?? y.from))}
      aria-valuetext=${asked(value)}
      @keydown=${this.#key}
      @pointerdown=${this.#taken}
      @pointermove=${this.#moved}
      @pointerup=${this.#letGo}
      @pointercancel=${this.#letGo}
    >
      ${
        size.width === 0
          ? nothing
          : html`<svg
              viewBox=${`0 0 ${size.width} ${size.height}`}
              role=${asks ? nothing : "img"}
              aria-label=${asks ? nothing : label}
              aria-hidden=${asks ? "true" : nothing}
            >
              ${axes(plot, place)} ${chapter.draw(seen, place)} ${this.#prediction(seen, asks, place)}
            </svg>`
      }
    </div>`;
  }

  /** The place for the mark, the mark, and once it is known, the way from it to the result. */
  #prediction(seen: Seen, asks: boolean, place: Place): TemplateResult {
    const chapter = this.#chapter;
    const { columns, row } = chapter.mark(seen);
    const mark = this.#mark;
    const { top, bottom, left, right } = place;
    const room =
      asks && columns !== undefined
        ? columns.map(
            (column) => svg`<rect class="column-room" rx="8" x=${place.x(column) - 24} width="48" y=${top}
              height=${bottom - top} />`,
          )
        : asks && row !== undefined
          ? svg`<rect class="column-room" rx="8" x=${left} width=${right - left} y=${place.y(row) - 24} height="48" />`
          : nothing;
    const touch =
      asks && mark === undefined
        ? svg`<text class="ink halo" x=${columns === undefined ? (left + right) / 2 : place.x(columns.at(-1) ?? 0) - 36}
            y=${row === undefined ? top + (bottom - top) * 0.6 : place.y(row) - 34}
            text-anchor=${columns === undefined ? "middle" : "end"}>${chapter.t("touch")}</text>`
        : nothing;
    if (mark === undefined) return svg`${room} ${touch}`;
    const answer = seen.done ? chapter.answer(seen) : undefined;
    const [x, y] = [place.x(mark.x), place.y(mark.y)];
    // The labels of lines are at the right.
    const before = x > (left + right) / 2;
    return svg`${room}
      ${
        answer === undefined
          ? nothing
          : svg`<line class="gap" x1=${x} y1=${y} x2=${place.x(answer.x)} y2=${place.y(answer.y)} />`
      }
      <path class="mark" d=${`M${x} ${y - 11}l11 11l-11 11l-11 -11z`} />
      <text class="ink halo" x=${x + (before ? -17 : 17)} y=${y + 5} text-anchor=${before ? "end" : "start"}
        >${t("mark.yours")} ${chapter.value(mark, seen)}</text>`;
  }

  #controls(seen: Seen, asks: boolean, around: Surroundings): TemplateResult | typeof nothing {
    const { progress } = around;
    const chapter = this.#chapter;
    const button = (
      name: string,
      text: string,
      act: () => void,
      { primary = false, disabled = false } = {},
    ): TemplateResult =>
      html`<button
        type="button"
        data-do=${name}
        class=${primary && around.current ? "primary" : ""}
        ?disabled=${disabled}
        @click=${act}
      >
        ${text}
      </button>`;
    const missing = asks && this.#mark === undefined;
    const { knob } = chapter;
    const knobAt = (when: Knob["when"]): unknown =>
      knob?.when === when
        ? this.#segments(
            knob.label(),
            knob.values,
            seen.knob,
            (value) => knob.text(value, seen.length),
            (value) => {
              this.#knob = value;
            },
          )
        : nothing;
    const status = (text: unknown): TemplateResult =>
      html`<p class="chapter-status" role="status">${text}</p>`;
    switch (progress.kind) {
      case "running": {
        const values = {
          part: number(Math.floor(100 * progress.part)),
          n: progress.run + 1,
          of: progress.runs,
        };
        const { stop, pause, resume } = this.#actions;
        return html`<div class="chapter-controls">
          ${
            progress.paused
              ? button("go", t("resume"), resume, { primary: true })
              : button("go", t("pause"), pause, { primary: true })
          }
          ${button("stop", t("stop"), stop)}
          <progress max="1" .value=${progress.part} aria-label=${t("running", values)}></progress>
          <p class="chapter-status">
            ${progress.paused ? t("paused") : t(progress.runs > 1 ? "running.of" : "running", values)}
          </p>
        </div>`;
      }
      case "waiting":
        return html`<div class="chapter-controls">
          ${knobAt("waiting")}
          ${button("go", chapter.proceed?.() ?? t("resume"), this.#proceed, {
            primary: true,
            disabled: missing,
          })}
          ${button("stop", t("stop"), this.#actions.stop)} ${status(missing ? t("run.first") : "")}
        </div>`;
      case "idle":
      case "done":
      case "stopped": {
        if (seen.done) {
          if (knob?.when !== "done") return nothing;
          return html`<div class="chapter-controls">${knobAt("done")}</div>`;
        }
        if (this.#measures) {
          return html`<div class="chapter-controls">
            ${knobAt("run")} ${button("go", t("show"), this.#run, { primary: true, disabled: missing })}
            ${status(missing ? t("run.first") : "")}
          </div>`;
        }
        const why = around.recorded ? t("run.recorded") : missing ? t("run.first") : this.#cost(around);
        return html`<div class="chapter-controls">
          ${knobAt("run")}
          ${button("go", t("run"), this.#run, { primary: true, disabled: around.recorded || missing })}
          ${this.#lengths()}
          ${status(
            html`${progress.kind === "stopped" ? html`${t(`stopped.${progress.why}`)} ` : nothing}${why}
            ${around.replaces ? t("run.replaces") : nothing}`,
          )}
        </div>`;
      }
    }
  }

  #lengths(): TemplateResult {
    return this.#segments(
      t("length"),
      LENGTHS,
      this.#length,
      (length) => t(`length.${length}`),
      (length) => {
        this.#chosen = length;
      },
    );
  }

  #segments<T extends string | number>(
    label: string,
    values: readonly T[],
    chosen: T,
    text: (value: T) => string,
    choose: (value: T) => void,
  ): TemplateResult {
    return html`<div class="choice" role="group" aria-label=${label}>
      <span aria-hidden="true">${label}</span>
      ${values.map(
        (value) =>
          html`<button
            type="button"
            data-choice=${value}
            aria-pressed=${value === chosen ? "true" : "false"}
            @click=${() => {
              choose(value);
              this.#draw();
            }}
          >
            ${text(value)}
          </button>`,
      )}
    </div>`;
  }

  #cost({ speed, recompute }: Surroundings): string {
    if (recompute === undefined) return "";
    const images = cost(this.#chapter.runs(this.#length, this.#knob), recompute);
    if (speed === undefined) return t("run.images", { images: number(Number(images.toPrecision(2))) });
    const seconds = images / speed;
    const time =
      seconds < MINUTE
        ? t("seconds", { n: number(Math.max(5, 5 * Math.ceil(seconds / 5))) })
        : t("minutes", { n: number(Math.ceil(seconds / MINUTE)) });
    return t("run.time", { time });
  }

  #before({ earlier }: Surroundings): TemplateResult {
    const { value } = this.#chapter;
    const seen = this.#seen();
    const said =
      earlier === undefined
        ? nothing
        : html`<p class="earlier">
            ${t("earlier", {
              guess: value(earlier.mark, seen),
              answer: value(earlier.answer, seen),
              seed: String(earlier.seed),
            })}
          </p>`;
    return html`${said} ${this.#more(undefined)}`;
  }

  #outcome(seen: Seen, around: Surroundings): TemplateResult {
    const chapter = this.#chapter;
    const answer = chapter.answer(seen);
    const sentences = answer === undefined ? [t("unclear")] : chapter.verdict(seen, answer);
    const primary = around.current ? "primary" : "";
    return html`<p class="chapter-verdict" id=${`${this.#id}-verdict`} role="status">
        ${sentences.map((sentence) => html`<span>${sentence}</span> `)}
      </p>
      ${prose(chapter.t("meaning", chapter.facts?.(seen)))}
      <div class="chapter-next">
        ${
          around.next === undefined
            ? nothing
            : html`<button type="button" class=${primary} data-do="next" @click=${this.#actions.next}>
                ${t("next", { question: around.next })}
              </button>`
        }
        ${
          this.#measures
            ? nothing
            : html`<button type="button" data-do="again" ?disabled=${around.recorded} @click=${this.#again}>
                ${t("again")}
              </button>`
        }
        <button type="button" data-do="other" @click=${this.#other}>${t("other")}</button>
      </div>
      ${this.#more(seen)}`;
  }

  #more(seen: Seen | undefined): TemplateResult {
    const { t: own, sources, run: nameOf } = this.#chapter;
    const result = seen?.results.at(-1);
    const numbers = seen === undefined || result === undefined ? undefined : tableOf(seen.results, nameOf);
    return html`${
        numbers === undefined
          ? nothing
          : html`<details>
              <summary>${t("numbers")}</summary>
              <div class="numbers" tabindex="0" role="group" aria-label=${t("numbers")}>
                <table>
                  <thead>
                    <tr>
                      <th scope="col">${t("column.method")}</th>
                      ${numbers.columns.map((column) => html`<th scope="col">${column}</th>`)}
                    </tr>
                  </thead>
                  <tbody>
                    ${numbers.rows.map(
                      ({ name, cells }) =>
                        html`<tr>
                          <th scope="row">${name}</th>
                          ${cells.map((cell) => html`<td>${cell}</td>`)}
                        </tr>`,
                    )}
                  </tbody>
                </table>
              </div>
              <p class="about">
                ${t("measured", {
                  n: number(result?.testImages ?? 0),
                  seed: String(this.#seed),
                  data: this.#around?.data ?? "",
                })}
                ${t("error")}
              </p>
            </details>`
      }
      <details>
        <summary>${t("limits")}</summary>
        <p>${withTerms(own("limits"))}</p>
      </details>
      <details>
        <summary>${t("sources")}</summary>
        <ul class="sources">
          ${sources.map(
            ({ title, authors, year, address }) =>
              html`<li>
                ${authors} (${year}).
                <a href=${address} rel="noreferrer" target="_blank" lang="en">${title}</a>
              </li>`,
          )}
        </ul>
      </details>`;
  }

  readonly #link = (event: MouseEvent): void => {
    // Opening it in another tab is the browser's. Here, the address keeps its settings.
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.#actions.link();
  };

  readonly #run = (): void => {
    this.#done = undefined;
    this.#path = this.#measures ? this.#around?.path : undefined;
    if (this.#chapter.asks === "waiting") this.#mark = undefined;
    this.#actions.run(this.#length, this.#knob, this.#seed);
  };

  readonly #proceed = (): void => {
    this.#actions.proceed(this.#knob);
  };

  readonly #again = (): void => {
    this.#seed += 1;
    this.#run();
  };

  readonly #other = (): void => {
    this.#done = undefined;
    this.#path = undefined;
    this.#mark = undefined;
    this.#draw();
    this.#host.querySelector<HTMLElement>(".plot-area")?.focus({ preventScroll: true });
  };

  #place(): Place {
    return placeIn(this.#chapter.plot(this.#seen()), { ...this.#size, wide: wide.matches, scale: scale() });
  }

  readonly #taken = (event: PointerEvent): void => {
    if (event.button !== 0 || !this.#asks(this.#seen())) return;
    const plot = event.currentTarget as HTMLElement;
    plot.setPointerCapture(event.pointerId);
    plot.focus({ preventScroll: true });
    this.#dragging = true;
    this.#moved(event);
  };

  readonly #moved = (event: PointerEvent): void => {
    if (!this.#dragging) return;
    const plot = event.currentTarget as HTMLElement;
    const { left, top } = plot.getBoundingClientRect();
    const seen = this.#seen();
    const { chapter, place } = { chapter: this.#chapter, place: this.#place() };
    this.#mark = markAt(chapter.mark(seen), chapter.plot(seen), place, [
      event.clientX - left,
      event.clientY - top,
    ]);
    this.#draw();
  };

  readonly #letGo = (): void => {
    this.#dragging = false;
  };

  readonly #key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.#asks(this.#seen())) return;
    if (event.key === "Enter" && this.#mark !== undefined) {
      this.#host.querySelector<HTMLElement>('[data-do="go"]')?.focus();
    } else {
      const seen = this.#seen();
      const to = markByKey(this.#chapter.mark(seen), this.#chapter.plot(seen), this.#mark, event);
      if (to === undefined) return;
      this.#mark = to;
      this.#draw();
    }
    // These keys are for the mark, not for the run.
    event.preventDefault();
    event.stopPropagation();
  };
}

/** The page's font size relative to the usual one. */
function scale(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}
