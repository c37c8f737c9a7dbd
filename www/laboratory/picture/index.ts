import { type TemplateResult, html, nothing, render } from "lit-html";

import { seriesStyle } from "../../charts/palette";
import { swatch } from "../../charts/swatch";
import { css, html as element } from "../../dom";
import { number, t as message, tOr } from "../../i18n";
import { AverageChoice } from "../../panels/averagechoice";
import type { Part, PartContext, Send } from "../../part";
import type { State } from "../../state";
import { SIDE, planar, reduced } from "./pixels";
import { t } from "./words";
import "./style.css";

/** The part that classifies a picture of the reader's own at every test. */
export class PicturePart implements Part {
  readonly #root: HTMLElement;
  readonly #send: Send;
  readonly #canvas = element("canvas", { class: "own-pixels", width: SIDE, height: SIDE, role: "img" });
  readonly #video = element("video", { class: "own-video", playsinline: true });
  readonly #file = element("input", { type: "file", accept: "image/*", hidden: true });
  readonly #choice = new AverageChoice(() => {
    this.#draw();
  });
  /** Whether there is a picture. */
  #there = false;
  #camera: MediaStream | undefined;
  #complaint: string | undefined;
  #state: State | undefined;
  #dark = false;
  #shown: unknown[] = [];

  constructor(root: HTMLElement, send: Send) {
    this.#root = root;
    this.#send = send;
    root.setAttribute("aria-labelledby", "picture-title");
    this.#file.addEventListener("change", () => {
      const [file] = this.#file.files ?? [];
      if (file !== undefined) void this.#take(file, file.name);
      this.#file.value = "";
    });
    document.addEventListener("paste", (event) => {
      const file = [...(event.clipboardData?.files ?? [])].find(isPicture);
      if (file === undefined || root.offsetParent === null) return;
      event.preventDefault();
      void this.#take(file, file.name);
    });
  }

  render(state: State, { dark }: PartContext): void {
    const now = [state.classified, state.description, state.phase === "failed", dark];
    if (now.every((value, k) => value === this.#shown[k])) return;
    this.#shown = now;
    if (state.description !== this.#state?.description) this.#choice.offer(state.description?.methods ?? []);
    this.#state = state;
    this.#dark = dark;
    this.#draw();
  }

  rebuild(): void {
    this.#choice.offer(this.#state?.description?.methods ?? []);
    this.#draw();
  }

  /** Takes a dropped picture; whether it did. */
  dropped(files: readonly File[]): boolean {
    const [file, second] = files;
    if (file === undefined || second !== undefined || !isPicture(file)) return false;
    void this.#take(file, file.name);
    return true;
  }

  async #take(source: Blob | HTMLVideoElement, name: string): Promise<void> {
    try {
      const pixels = await reduced(source);
      this.#canvas.getContext("2d")?.putImageData(pixels, 0, 0);
      this.#there = true;
      this.#complaint = undefined;
      this.#send({ type: "classify", picture: planar(pixels.data) });
    } catch {
      this.#complaint = t("unread", { name });
    }
    this.#stopCamera();
    this.#draw();
  }

  async #openCamera(): Promise<void> {
    try {
      this.#camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      this.#video.srcObject = this.#camera;
      await this.#video.play();
      this.#complaint = undefined;
    } catch (thrown) {
      this.#stopCamera();
      this.#complaint = t("no-camera", { why: thrown instanceof Error ? thrown.message : String(thrown) });
    }
    this.#draw();
    this.#root.querySelector<HTMLElement>("[data-do=shoot]")?.focus();
  }

  #stopCamera(): void {
    for (const track of this.#camera?.getTracks() ?? []) track.stop();
    this.#camera = undefined;
    this.#video.srcObject = null;
  }

  #remove(): void {
    this.#there = false;
    this.#send({ type: "classify", picture: null });
    this.#draw();
    this.#root.querySelector<HTMLElement>("[data-do=choose]")?.focus();
  }

  readonly #draw = (): void => {
    const recorded = this.#state?.description?.recorded !== undefined;
    this.#canvas.setAttribute("aria-label", t("picture"));
    this.#video.setAttribute("aria-label", t("video"));
    this.#choice.element.setAttribute("aria-label", message("predictions.compare"));
    const body = recorded
      ? html`<p class="about">${t("recorded")}</p>`
      : html`${this.#buttons()} ${this.#camera === undefined ? nothing : this.#video}
        ${this.#complaint === undefined ? nothing : html`<p class="field-error" role="alert">${this.#complaint}</p>`}
        ${this.#there ? this.#answers() : nothing}`;
    render(
      html`<h2 id="picture-title">${t("title")}</h2>
        <p class="about">${t("about")}</p>
        ${body}`,
      this.#root,
    );
  };

  #buttons(): TemplateResult {
    const button = (
      what: "choose" | "camera" | "shoot" | "cancel" | "remove",
      act: () => void,
    ): TemplateResult => html`<button type="button" data-do=${what} @click=${act}>${t(what)}</button>`;
    if (this.#camera !== undefined) {
      const cancel = (): void => {
        this.#stopCamera();
        this.#draw();
      };
      return html`<div class="own-buttons">
        ${button("shoot", () => void this.#take(this.#video, t("video")))} ${button("cancel", cancel)}
      </div>`;
    }
    // Without a secure connection browsers hide cameras.
    const hasCamera = "mediaDevices" in navigator;
    return html`<div class="own-buttons">
      ${this.#file}
      ${button("choose", () => {
        this.#file.click();
      })}
      ${hasCamera ? button("camera", () => void this.#openCamera()) : nothing}
      ${
        this.#there
          ? button("remove", () => {
              this.#remove();
            })
          : html`<span class="about">${t("hint")}</span>`
      }
    </div>`;
  }

  #answers(): TemplateResult {
    const { classified, description } = this.#state ?? {};
    const classes = description?.dataset.classes ?? [];
    const methods = description?.methods ?? [];
    const shares = (method: number): readonly number[] =>
      classes.map((_, k) => classified?.probabilities[method * classes.length + k] ?? NaN);
    const index = this.#choice.index;
    const columns = [0, ...(index === undefined ? [] : [index])].filter((method) => method < methods.length);
    const swatchOf = (method: number): SVGElement => swatch(seriesStyle(method, this.#dark));
    const cell = (share: number, method: number): TemplateResult =>
      html`<td class="own-share">
        <span
          class="own-bar"
          .style=${css({ width: `${String(100 * share)}%`, background: seriesStyle(method, this.#dark).colour })}
        ></span>
        <span>${number(100 * share, 1)}</span>
      </td>`;
    const first = columns.map((method) => most(shares(method)));
    return html`<div class="own-body">
        ${this.#canvas}
        ${
          classified === undefined || classes.length === 0
            ? html`<p class="about">${t("waiting")}</p>`
            : html`<div class="scroller" role="group" tabindex="0" aria-label=${t("table")}>
                <table class="own-table">
                  <caption class="hidden">
                    ${t("table")}
                  </caption>
                  <thead>
                    <tr>
                      <th scope="col">${t("class")}</th>
                      <th scope="col">${swatchOf(0)} ${message("method.raw")}</th>
                      ${index === undefined ? nothing : html`<th scope="col">${swatchOf(index)} ${this.#choice.element}</th>`}
                    </tr>
                  </thead>
                  <tbody>
                    ${classes.map(
                      (name, k) =>
                        html`<tr class=${first.includes(k) ? "first" : ""}>
                          <th scope="row">${className(name)}</th>
                          ${columns.map((method) => cell(shares(method)[k] ?? NaN, method))}
                        </tr>`,
                    )}
                  </tbody>
                </table>
              </div>`
        }
      </div>
      <p role="status">
        ${classified === undefined ? nothing : this.#sentence(classified.step, columns, shares)}
      </p>
      <p class="about">${t("closed")}</p>`;
  }

  #sentence(step: number, columns: readonly number[], shares: (method: number) => readonly number[]): string {
    const classes = this.#state?.description?.dataset.classes ?? [];
    const [raw = ["", ""], average] = columns.map((method) => {
      const each = shares(method);
      const k = most(each);
      return [className(classes[k] ?? ""), number(100 * (each[k] ?? NaN))] as const;
    });
    const values = { step: number(step), raw: raw[0], rawShare: raw[1] };
    if (average === undefined) return t("alone", values);
    return t("both", { ...values, name: this.#choice.name, average: average[0], averageShare: average[1] });
  }
}

function isPicture({ type }: File): boolean {
  return type.startsWith("image/");
}

function className(name: string): string {
  return tOr(`class.${name}`, name);
}

/** The index of the largest. */
function most(values: readonly number[]): number {
  return values.reduce((best, value, k) => (value > (values[best] ?? -Infinity) ? k : best), 0);
}
