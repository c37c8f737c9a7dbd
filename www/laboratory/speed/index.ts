import { type TemplateResult, html, nothing, render } from "lit-html";

import type { Content, Line } from "../../charts/content";
import { Frame } from "../../charts/frame";
import { seriesStyle } from "../../charts/palette";
import { caption } from "../../charts/runlines";
import { logRange, significant } from "../../charts/scale";
import { csvOf } from "../../csv";
import { html as element } from "../../dom";
import { number } from "../../i18n";
import { copyRow } from "../../panels/copy";
import type { Part, PartContext, Send } from "../../part";
import type { FromWorker } from "../../protocol";
import { type State, initialState } from "../../state";
import { adapterName } from "../../table/names";
import { type Measured, experiments, gigaflops, megaflops } from "./measured";
import { t } from "./words";
import "./style.css";

/** The networks that come with the program. */
const PRESETS = ["tiny", "small", "airbench", "resnet9"];

/** The part that measures how fast networks of several sizes train here. */
export class SpeedPart implements Part {
  readonly #root: HTMLElement;
  readonly #send: Send;
  readonly #controls = element("div");
  readonly #table = element("div");
  readonly #frame: Frame;
  #state: State = initialState();
  #dark = false;
  #measured: readonly Measured[] = [];
  /** The networks that are still to be measured, the first being measured now. */
  #queue: Measured[] = [];
  #shown: unknown[] = [];

  constructor(root: HTMLElement, send: Send) {
    this.#root = root;
    this.#send = send;
    this.#frame = new Frame(root, { id: "speed" }, () => this.#content());
    this.#frame.controls.append(this.#controls);
    root.append(
      this.#table,
      copyRow([
        { label: "copy.markdown", what: () => "Markdown", text: () => this.#markdown() },
        { label: "copy.csv", what: () => "CSV", text: () => this.#csv() },
      ]),
    );
  }

  render(state: State, { dark }: PartContext): void {
    const now = [state.description, state.experiment, state.phase === "failed", dark];
    if (now.every((value, k) => value === this.#shown[k])) return;
    this.#shown = now;
    // Another adapter has other speeds.
    if (state.description?.adapter.name !== this.#state.description?.adapter.name) {
      this.#measured = [];
      this.#queue = [];
    }
    this.#state = state;
    this.#dark = dark;
    this.#draw();
  }

  rebuild(): void {
    this.#draw();
  }

  receive(message: FromWorker): void {
    if (message.type !== "measured" && message.type !== "surveyed") return;
    const [now] = this.#queue;
    if (now?.tag !== message.tag) return;
    if (message.type === "surveyed") {
      if ("layers" in message.survey) now.survey = message.survey;
      return;
    }
    now.speed = message.speed;
    this.#queue.shift();
    this.#measured = [...this.#measured, now];
    this.#next();
  }

  #begin(): void {
    const { experiment } = this.#state;
    if (experiment === undefined) return;
    this.#measured = [];
    this.#queue = experiments(experiment, PRESETS);
    this.#next();
  }

  #next(): void {
    const [now] = this.#queue;
    if (now !== undefined) {
      const { experiment, tag } = now;
      this.#send({ type: "survey", experiment, tag });
      this.#send({ type: "measure", experiment, tag });
    }
    this.#draw();
  }

  readonly #draw = (): void => {
    render(this.#buttons(), this.#controls);
    render(this.#measured.length === 0 ? nothing : this.#figures(), this.#table);
    this.#root.classList.toggle("measured", this.#measured.length > 0);
    this.#frame.request();
  };

  #buttons(): TemplateResult {
    if (this.#state.description?.recorded !== undefined) return html`<p class="about">${t("recorded")}</p>`;
    const [now] = this.#queue;
    if (now === undefined) {
      const begin = (): void => {
        this.#begin();
      };
      const ready = this.#state.experiment !== undefined;
      return html`<button type="button" ?disabled=${!ready} @click=${begin}>
        ${t(this.#measured.length === 0 ? "measure" : "again")}
      </button>`;
    }
    const stop = (): void => {
      this.#queue = [];
      this.#draw();
    };
    const [n, total] = [this.#measured.length + 1, this.#measured.length + this.#queue.length];
    return html`<button type="button" @click=${stop}>${t("stop")}</button>
      <span role="status">${t("progress", { name: this.#name(now), n, total })}</span>`;
  }

  #name({ experiment }: Measured): string {
    return experiment.model == null ? String(experiment.preset) : t("own");
  }

  #title(): string {
    const { description, experiment } = this.#state;
    const adapter = description === undefined ? "" : adapterName(description.adapter);
    return t("table", { adapter, batch: number(Number(experiment?.batch ?? 0)) });
  }

  #figures(): TemplateResult {
    const cells = (measured: Measured): TemplateResult => {
      if (typeof measured.speed !== "number")
        return html`<td colspan="3">${t("failed", { why: measured.speed?.message ?? "" })}</td>`;
      const texts = [megaflops(measured), measured.speed, gigaflops(measured)];
      return html`${texts.map((value) => html`<td>${significant(value, 3)}</td>`)}`;
    };
    return html`<div class="scroller" role="group" tabindex="0" aria-label=${this.#title()}>
        <table class="speed-table">
          <caption>
            ${this.#title()}
          </caption>
          <thead>
            <tr>
              ${(["network", "flops", "speed", "arithmetic"] as const).map((key) => html`<th scope="col">${t(key)}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${this.#measured.map(
              (measured) =>
                html`<tr>
                  <th scope="row">${this.#name(measured)}</th>
                  ${cells(measured)}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
      <p class="about">${t("note")}</p>`;
  }

  #csv(): string {
    const { description, experiment } = this.#state;
    const adapter = description === undefined ? "" : adapterName(description.adapter);
    return csvOf(
      this.#measured.map((one) => ({
        network: this.#name(one),
        megaflops_an_image: finite(megaflops(one)),
        images_per_second: typeof one.speed === "number" ? one.speed : null,
        gigaflops: finite(gigaflops(one)),
        batch: experiment?.batch,
        adapter,
      })),
    );
  }

  #markdown(): string {
    const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
    const head = [t("network"), t("flops"), t("speed"), t("arithmetic")];
    const rows = this.#measured.map((one) => {
      const figures = [megaflops(one), typeof one.speed === "number" ? one.speed : NaN, gigaflops(one)];
      return [
        this.#name(one),
        ...figures.map((value) => (Number.isFinite(value) ? significant(value, 3) : "–")),
      ];
    });
    return `${this.#title()}\n\n${line(head)}| --- | ---: | ---: | ---: |\n${rows.map(line).join("")}`;
  }

  #content(): Content {
    const done = this.#measured.filter(({ speed }) => typeof speed === "number");
    const points = done
      .map((one) => ({ x: megaflops(one), y: Number(one.speed), name: this.#name(one) }))
      .sort((a, b) => a.x - b.x);
    const line: Line = {
      key: "speed",
      name: t("speed"),
      label: "",
      style: seriesStyle(0, this.#dark),
      x: points.map(({ x }) => x),
      y: points.map(({ y }) => y),
      dots: "always",
      format: (value) => significant(value, 3),
    };
    const nameOf = (place: number): string => points.find(({ x }) => x === place)?.name ?? number(place);
    return {
      title: t("title"),
      about: t("about"),
      x: { title: t("axis.flops"), log: true, range: logRange, name: nameOf },
      y: { title: t("axis.speed"), log: true, range: logRange },
      lines: points.length === 0 ? [] : [line],
      caption: caption(this.#state),
    };
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
