import { type TemplateResult, html, nothing, render } from "lit-html";
import { live } from "lit-html/directives/live.js";

import type { Content, Line } from "../charts/content";
import { Frame } from "../charts/frame";
import { seriesStyle } from "../charts/palette";
import { caption } from "../charts/runlines";
import { accuracyRange, wholeTexts } from "../charts/scale";
import { Driver } from "../chapters/driver";
import { type RunResult, cost } from "../chapters/run";
import { duration } from "../controls/duration";
import { html as element } from "../dom";
import { number } from "../i18n";
import type { Part, PartContext } from "../part";
import { type State, initialState } from "../state";
import { type Paired, paired } from "../statistics";
import type { Page } from "../views/page";
import {
  BAD,
  type ClaimName,
  type Kind,
  type Published,
  bandOf,
  claimNames,
  claims,
  differences,
  published,
  runsOf,
} from "./claims";
import { t } from "./words";
import "./style.css";

/** How many seeds can be chosen. */
const SEEDS = [1, 3, 5, 10];
/** Steps of a run. */
const STEPS = 1092;
/** Test images that come with the page. */
const TEST_IMAGES = 1000;
/** Images a second where nothing is known yet. */
const SLOW = 400;
const DOCUMENT = "docs/evidence.md";

/** The part of the story with the claims, what the project measured, and what the reader measures. */
export class Evidence implements Part {
  readonly #page: Page;
  readonly #table = element("div");
  readonly #controls = element("div");
  readonly #figure = element("div", { class: "evidence-figure", hidden: true });
  readonly #frame: Frame;
  readonly #driver: Driver;
  #state: State = initialState();
  #dark = false;
  #kind: Kind = "undisturbed";
  #seeds = 3;
  /** What the runs that were begun last are of. */
  #begun: { kind: Kind; seeds: number } | undefined;
  #ended: Partial<Record<Kind, readonly RunResult[]>> = {};
  #outcome: "done" | "stopped" | undefined;
  #speed: number | undefined;

  constructor(host: HTMLElement, page: Page) {
    this.#page = page;
    this.#driver = new Driver(page.conductor);
    host.setAttribute("aria-labelledby", "evidence-title");
    host.replaceChildren(this.#table, this.#controls, this.#figure);
    this.#frame = new Frame(this.#figure, { id: "evidence-runs", heading: "h3", text: 14 }, () =>
      this.#content(),
    );
    this.#draw();
  }

  render(state: State, { dark }: PartContext): void {
    const was = this.#state;
    this.#state = state;
    this.#dark = dark;
    if (state.imagesPerSecond !== null) this.#speed = state.imagesPerSecond;
    const before = this.#driver.progress;
    this.#driver.update(state);
    this.#take();
    const same =
      state.description === was.description && state.phase === was.phase && state.points === was.points;
    if (this.#driver.progress !== before || !same) this.#draw();
  }

  rebuild(): void {
    this.#draw();
    this.#frame.rebuild();
  }

  /** Goes on where a bad batch is due, and keeps the results of runs that have ended. */
  #take(): void {
    const { progress } = this.#driver;
    if (progress.kind === "waiting") this.#driver.proceed(BAD.factor);
    if (this.#begun === undefined) return;
    if (progress.kind === "running" || progress.kind === "waiting") {
      const ended = this.#driver.results(this.#state).slice(0, progress.run);
      this.#ended = { ...this.#ended, [this.#begun.kind]: ended };
    } else if (progress.kind === "done" || progress.kind === "stopped") {
      if (progress.kind === "done") this.#ended = { ...this.#ended, [this.#begun.kind]: progress.results };
      this.#outcome = progress.kind;
      this.#driver.leave();
      this.#begun = undefined;
    }
  }

  #begin(): void {
    const { conductor } = this.#page;
    this.#begun = { kind: this.#kind, seeds: this.#seeds };
    this.#ended = { ...this.#ended, [this.#kind]: [] };
    this.#outcome = undefined;
    this.#driver.begin(conductor.defaults, runsOf(this.#kind, this.#seeds));
    this.#draw();
  }

  #stop(): void {
    this.#driver.leave();
    this.#begun = undefined;
    this.#outcome = "stopped";
    this.#page.conductor.pause();
    this.#draw();
  }

  get #onSubset(): boolean {
    return this.#page.conductor.images.source === "subset";
  }

  readonly #draw = (): void => {
    render(this.#claims(), this.#table);
    render(this.#form(), this.#controls);
    const runs = this.#drawn();
    this.#figure.hidden = runs.length === 0;
    if (runs.length > 0) this.#frame.request();
  };

  #claims(): TemplateResult {
    return html`<h2 id="evidence-title" tabindex="-1">${t("title")}</h2>
      <p>${t("about")}</p>
      <div class="scroller" role="group" tabindex="0" aria-label=${t("claim")}>
        <table class="evidence-table" role="table">
          <thead>
            <tr>
              <th scope="col">${t("claim")}</th>
              <th scope="col">${t("published")}</th>
              <th scope="col">${t("here")}</th>
            </tr>
          </thead>
          <tbody>
            ${claimNames.map((name) => this.#row(name))}
          </tbody>
        </table>
      </div>
      <p class="about">${t("note", { images: number(TEST_IMAGES) })} ${t("more", { file: DOCUMENT })}</p>`;
  }

  #row(name: ClaimName): TemplateResult {
    const before = published(name);
    const ended = this.#ended[claims[name].kind] ?? [];
    const found = differences(name, ended);
    const now = found.length === 0 ? undefined : paired(found);
    return html`<tr role="row" data-claim=${name}>
      <th role="rowheader" scope="row">${t(name)}</th>
      <td role="cell" data-label=${t("published")}>
        ${before === undefined ? t("not-run") : html`${interval(before)}<small>${seedsOf(before.n)}${verdictOf(before)}</small>`}
      </td>
      <td role="cell" data-label=${t("here")}>
        ${
          now === undefined
            ? t("not-here")
            : html`${interval(now)}<small>${seedsOf(now.n)} · ${this.#agreement(before, now)}</small>`
        }
      </td>
    </tr>`;
  }

  #agreement(before: Published | undefined, now: Paired): string {
    if (!this.#onSubset) return t("other-images");
    if (now.n < 2) return t("one-seed");
    if (before === undefined) return t("not-run");
    return now.low <= before.high && now.high >= before.low ? t("agrees") : t("differs");
  }

  #form(): TemplateResult {
    const { conductor } = this.#page;
    const { progress } = this.#driver;
    if (this.#state.description?.recorded !== undefined) return html`<p class="about">${t("recorded")}</p>`;
    if (this.#begun !== undefined && (progress.kind === "running" || progress.kind === "waiting")) {
      const paused = progress.kind === "running" && progress.paused;
      return html`<div class="evidence-form">
        <span role="status">${t("running", { n: progress.run + 1, of: progress.runs })}</span>
        <progress max="1" .value=${progress.part}></progress>
        <button
          type="button"
          @click=${() => {
            if (paused) conductor.start();
            else conductor.pause();
          }}
        >
          ${t(paused ? "resume" : "pause")}
        </button>
        <button
          type="button"
          @click=${() => {
            this.#stop();
          }}
        >
          ${t("stop")}
        </button>
      </div>`;
    }
    const runs = runsOf(this.#kind, this.#seeds);
    const every = this.#kind === "bad-batch" ? BAD.every : STEPS / 14;
    const costs = runs.map(({ settings }) => ({
      settings: { ...settings, steps: STEPS, eval_every: every, limit_test: TEST_IMAGES },
    }));
    const seconds = cost(costs, 0) / (this.#speed ?? conductor.speed ?? SLOW);
    const values = { steps: number(STEPS), time: duration(seconds) };
    const said =
      this.#seeds === 1
        ? t("rule.one", values)
        : t("rule", { ...values, runs: t("runs", { n: this.#seeds }), last: this.#seeds - 1 });
    const choose = <T extends string | number>(
      name: "kind" | "seeds",
      options: readonly T[],
      chosen: T,
      text: (option: T) => string,
      set: (option: T) => void,
    ): TemplateResult =>
      html`<label>
        <span>${t(name)}</span>
        <select
          .value=${live(String(chosen))}
          @change=${(event: Event) => {
            const { value } = event.currentTarget as HTMLSelectElement;
            const option = options.find((option) => String(option) === value);
            if (option !== undefined) set(option);
            this.#draw();
          }}
        >
          ${options.map((option) => html`<option value=${option} ?selected=${option === chosen}>${text(option)}</option>`)}
        </select>
      </label>`;
    const kinds: readonly Kind[] = ["undisturbed", "bad-batch"];
    return html`<div class="evidence-form">
        ${choose(
          "kind",
          kinds,
          this.#kind,
          (kind) => t(kind, { step: BAD.step }),
          (kind) => (this.#kind = kind),
        )}
        ${choose(
          "seeds",
          SEEDS,
          this.#seeds,
          (n) => number(n),
          (n) => (this.#seeds = n),
        )}
        <button
          type="button"
          ?disabled=${this.#state.description === undefined}
          @click=${() => {
            this.#begin();
          }}
        >
          ${t("repeat")}
        </button>
      </div>
      <p class="about">
        ${said} ${this.#state.step > 0 && this.#state.phase !== "finished" ? t("replaces") : nothing}
      </p>
      <p role="status">
        ${this.#outcome === undefined ? nothing : t(this.#outcome, { n: this.#shownRuns().length, of: this.#seeds })}
      </p>`;
  }

  #shownRuns(): readonly RunResult[] {
    return this.#ended[this.#kind] ?? [];
  }

  /** The runs in the figure: those that have ended, and the one that goes on. */
  #drawn(): readonly RunResult[] {
    return this.#begun === undefined ? this.#shownRuns() : this.#driver.results(this.#state);
  }

  #content(): Content {
    const runs = this.#drawn();
    const line = (method: number): Line => {
      const band = bandOf(runs, method);
      const name = t(method === 0 ? "raw" : "average");
      return {
        key: `method-${String(method)}`,
        name,
        label: name,
        style: seriesStyle(method, this.#dark),
        x: band.step,
        y: band.mean,
        band: { low: band.low, high: band.high },
        format: (value) => `${number(value, 1)} %`,
      };
    };
    return {
      title: t("chart"),
      about: t("chart.about"),
      x: { title: "", range: () => [0, STEPS], ticks: wholeTexts, name: (step) => number(step) },
      y: { title: "%", range: accuracyRange },
      lines: runs.length === 0 ? [] : [line(0), line(1)],
      caption: caption(this.#state),
    };
  }
}

const signed = (value: number): string => `${value < 0 ? "−" : "+"}${number(Math.abs(value), 1)}`;

function interval({ mean, low, high }: Pick<Paired, "mean" | "low" | "high">): string {
  if (!Number.isFinite(low)) return t("single", { mean: signed(mean) });
  return t("interval", { mean: signed(mean), low: signed(low), high: signed(high) });
}

function seedsOf(n: number): string {
  return n === 1 ? t("n.one") : t("n", { n });
}

function verdictOf({ verdict }: Published): string {
  return verdict === null ? "" : ` · ${t(`v.${verdict}` as Parameters<typeof t>[0])}`;
}
