import { html, render } from "lit-html";

import { Crosshair } from "../charts/crosshair";
import { Frame } from "../charts/frame";
import { options } from "../controls/options";
import { html as element } from "../dom";
import type { KeptRun } from "../kept/run";
import {
  BEST,
  type Compared,
  type What,
  chosen,
  comparable,
  curves,
  difference,
  onDifferentPictures,
  sentences,
  whatName,
} from "./compared";
import { listed, runName } from "./names";
import { t } from "./words";

/** Charts whose text is of 14 pixels. */
const TEXT = 14;

/** The comparison of several runs: their curves, the differences from the first and what these say. */
export class Comparison {
  readonly element = element("section", {
    class: "card charted compared",
    id: "compared",
    "aria-labelledby": "compared-title",
    hidden: true,
  });
  readonly #head = element("div", { class: "compared-head chart-choices" });
  readonly #says = element("div", { class: "compared-says" });
  readonly #closed: () => void;
  /** The runs that are compared, by id. */
  #ids: readonly string[] = [];
  #what: What = BEST;
  #runs: readonly KeptRun[] = [];
  #dark = false;
  #frames: Frame[] = [];

  /** @param closed called when the reader has closed it */
  constructor(closed: () => void) {
    this.#closed = closed;
    this.element.append(this.#head, this.#says);
  }

  /** Compares these runs, from the next drawing on. */
  open(ids: readonly string[]): void {
    this.#ids = [...ids];
    this.#what = BEST;
  }

  /** @param runs all that are kept, the newest first */
  draw(runs: readonly KeptRun[], dark: boolean): void {
    // In the order in which they began.
    this.#runs = runs.filter(({ id }) => this.#ids.includes(id)).reverse();
    this.#dark = dark;
    this.#draw();
  }

  rebuild(): void {
    for (const frame of this.#frames) frame.rebuild();
  }

  readonly #compared = (): Compared[] => chosen(this.#runs, this.#what);

  #draw(): void {
    const compared = this.#compared();
    this.element.hidden = compared.length < 2;
    if (this.element.hidden) return;
    if (this.#frames.length === 0) this.#addCharts();
    const runs = compared.map(({ run }) => run);
    render(
      html`<h2 id="compared-title">${listed(runs.map(runName))}</h2>
        <label
          ><span>${t("compared.what")}</span>
          <select @change=${this.#whatChosen}>
            ${options(comparable(runs), this.#what, (what) => whatName(what, runs))}
          </select>
        </label>
        <button type="button" id="compared-close" @click=${this.#close}>${t("close")}</button>`,
      this.#head,
    );
    render(
      html`${sentences(compared).map((text) => html`<p>${text}</p>`)}
        <p class="muted">${t(onDifferentPictures(compared) ? "compared.data" : "compared.sure")}</p>`,
      this.#says,
    );
    for (const frame of this.#frames) frame.request();
  }

  #addCharts(): void {
    const [above, below] = [element("section"), element("section")];
    this.element.append(above, below);
    const common = { crosshair: new Crosshair(), heading: "h3", text: TEXT } as const;
    this.#frames = [
      new Frame(above, { ...common, id: "compared-accuracy" }, () => curves(this.#compared(), this.#dark)),
      new Frame(below, { ...common, id: "compared-difference" }, () =>
        difference(this.#compared(), this.#dark),
      ),
    ];
  }

  readonly #whatChosen = ({ currentTarget }: Event): void => {
    this.#what = (currentTarget as HTMLSelectElement).value;
    this.#draw();
  };

  readonly #close = (): void => {
    this.#ids = [];
    this.#runs = [];
    this.#draw();
    this.#closed();
  };
}
