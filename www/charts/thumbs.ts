import { html } from "../dom";
import type { Path } from "../history/probes";
import type { SeriesStyle } from "./palette";

/** The most points of a small picture; more could not be distinguished. */
const PLACES = 160;

export interface Thumb {
  name: string;
  /** A description of its content. */
  label: string;
  paths: { path: Path; style: SeriesStyle }[];
}

/** A row of small pictures, of which one is chosen. */
export class Thumbs {
  readonly element: HTMLElement;
  readonly #choose: (index: number) => void;
  #shown: { button: HTMLButtonElement; canvas: HTMLCanvasElement; caption: HTMLElement }[] = [];

  constructor(choose: (index: number) => void) {
    this.#choose = choose;
    this.element = html("div", { class: "thumbs", role: "group" });
  }

  render(name: string, thumbs: readonly Thumb[], chosen: number): void {
    this.element.setAttribute("aria-label", name);
    this.element.hidden = thumbs.length === 0;
    if (this.#shown.length !== thumbs.length) this.#build(thumbs.length);
    thumbs.forEach((thumb, k) => {
      const shown = this.#shown[k];
      if (shown === undefined) return;
      shown.button.setAttribute("aria-pressed", String(k === chosen));
      // Starts with the visible text, for voice control.
      shown.button.setAttribute("aria-label", `${thumb.name}: ${thumb.label}`);
      shown.caption.textContent = thumb.name;
    });
    // Measures all before drawing any: measuring after drawing would force a new layout.
    const ratio = devicePixelRatio;
    const sizes = this.#shown.map(({ canvas }) => [canvas.clientWidth * ratio, canvas.clientHeight * ratio]);
    this.#shown.forEach(({ canvas }, k) => {
      const [thumb, [width = 0, height = 0] = []] = [thumbs[k], sizes[k]];
      if (thumb !== undefined) draw(canvas, Math.round(width), Math.round(height), thumb);
    });
  }

  #build(count: number): void {
    this.#shown = Array.from({ length: count }, (_, k) => {
      const canvas = html("canvas", { "aria-hidden": "true" });
      const caption = html("span", {});
      const button = html("button", { type: "button", class: "thumb" }, canvas, caption);
      button.addEventListener("click", () => {
        this.#choose(k);
      });
      return { button, canvas, caption };
    });
    this.element.replaceChildren(...this.#shown.map(({ button }) => button));
  }
}

function draw(canvas: HTMLCanvasElement, width: number, height: number, { paths }: Thumb): void {
  const context = canvas.getContext("2d");
  if (context === null || width === 0) return;
  const ratio = devicePixelRatio;
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  context.clearRect(0, 0, width, height);
  let low = Infinity;
  let high = -Infinity;
  for (const { path } of paths) {
    for (const value of path.values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  const room = 3 * ratio;
  const scale = high > low ? (height - 2 * room) / (high - low) : 0;
  context.lineJoin = "round";
  for (const { path, style } of paths) {
    const { length } = path.values;
    const stride = Math.max(1, Math.floor(length / PLACES));
    context.strokeStyle = style.colour;
    context.lineWidth = Math.min(style.width, 1.5) * ratio;
    context.beginPath();
    for (let k = (length - 1) % stride; k < length; k += stride) {
      const value = path.values[k] ?? NaN;
      if (Number.isFinite(value))
        context.lineTo((k / Math.max(1, length - 1)) * width, height - room - (value - low) * scale);
    }
    context.stroke();
  }
}
