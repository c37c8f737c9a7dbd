import { html } from "../dom";
import type { Description, Probe, Tensor } from "../engine";
import { type Follow, SHOWN, drawWeights, firstWeights, middleConvolution, size } from "../followed";
import { type Path, latestPath, sameWeight, wholePath } from "../history/probes";
import { number, t } from "../i18n";
import type { PartContext, Part } from "../part";
import { type State, initialState } from "../state";
import { watcher } from "./changed";
import { ChoiceButtons } from "./buttons";
import type { Content, Line } from "./content";
import type { Crosshair } from "./crosshair";
import { Formula } from "./formula";
import { Frame } from "./frame";
import { seriesStyle } from "./palette";
import { caption, methodLine, shownMarks, stepName } from "./runlines";
import { significant, wholeTexts, withAir } from "./scale";
import { coordinates } from "./theory/pick";
import { Thumbs } from "./thumbs";

const windows = ["200", "1000", "all"] as const;
type Window = (typeof windows)[number];

const format = (value: number): string => significant(value, 4);

/** The chart of one recorded weight over steps, raw and in every average, with the formula next to it. */
export class PathChart implements Part {
  readonly #follow: Follow;
  readonly #frame: Frame;
  readonly #formula: Formula;
  readonly #thumbs: Thumbs;
  readonly #window: ChoiceButtons<Window>;
  readonly #layer: HTMLSelectElement;
  readonly #weight: HTMLInputElement;
  readonly #random: HTMLButtonElement;
  readonly #labels = { layer: html("span", {}), weight: html("span", {}) };
  readonly #picker: HTMLElement;
  readonly #changed = watcher();

  #state: State = initialState();
  #dark = false;
  #tensors: readonly Tensor[] = [];
  #tensor = 0;
  #weights: readonly Probe[] = [];
  #focus = 0;
  /** The number of draws so far. Each draw gives other weights, the same ones in every session. */
  #draws = 0;
  /** The run for which the recorded weights were chosen. */
  #asked: Description | undefined;

  constructor(host: HTMLElement, follow: Follow, crosshair: Crosshair) {
    this.#follow = follow;
    this.#window = new ChoiceButtons<Window>(
      windows,
      "200",
      {
        name: () => t("charts.path.window"),
        option: (window) =>
          window === "all" ? t("charts.path.all") : t("charts.path.last", { n: number(Number(window)) }),
      },
      () => {
        this.#frame.request();
      },
    );
    this.#layer = html("select", { id: "path-layer" });
    this.#layer.addEventListener("change", () => {
      this.#tensor = Number(this.#layer.value);
      this.#draw();
    });
    this.#weight = html("input", {
      id: "path-weight",
      type: "number",
      min: 0,
      step: 1,
      inputmode: "numeric",
    });
    this.#weight.addEventListener("change", () => {
      this.#choose(this.#weight.valueAsNumber);
    });
    this.#random = html("button", { type: "button", class: "small" });
    this.#random.addEventListener("click", () => {
      this.#draws += 1;
      this.#draw();
    });
    this.#thumbs = new Thumbs((index) => {
      this.#focus = index;
      this.#frame.request();
    });
    this.#formula = new Formula(() => {
      this.#frame.request();
    });
    this.#picker = html(
      "div",
      { class: "picker" },
      html("label", { class: "inline-field", for: "path-layer" }, this.#labels.layer, this.#layer),
      html("label", { class: "inline-field", for: "path-weight" }, this.#labels.weight, this.#weight),
      this.#random,
    );
    const main = html("div", { class: "path-main" });
    host.append(html("div", { class: "path-grid" }, main, this.#formula.element));
    host.setAttribute("aria-labelledby", "path-title");
    this.#frame = new Frame(
      main,
      {
        id: "path",
        crosshair,
        terms: ["raw", "ema", "beta"],
        drawn: () => {
          this.#drawn();
        },
      },
      () => this.#content(),
    );
    this.#frame.controls.append(this.#picker, this.#window.element, this.#thumbs.element);
    this.rebuild();
  }

  render(state: State, { dark }: PartContext): void {
    this.#state = state;
    this.#dark = dark;
    const { description, probes, marks, experiment } = state;
    if (description !== undefined) this.#followOf(description);
    if (this.#changed(description, probes, marks, experiment, dark)) this.#frame.request();
  }

  rebuild(): void {
    this.#labels.layer.textContent = t("charts.path.layer");
    this.#labels.weight.textContent = t("charts.path.index");
    this.#random.textContent = t("charts.path.random", { n: SHOWN });
    this.#window.translate();
    this.#formula.translate();
    this.#listLayers();
    this.#frame.rebuild();
  }

  /** Makes the run record the chosen weights. */
  #followOf(description: Description): void {
    if (this.#asked === description) return;
    this.#asked = description;
    const { recorded, tensors } = description;
    this.#picker.hidden = recorded !== undefined;
    if (recorded !== undefined || JSON.stringify(tensors) !== JSON.stringify(this.#tensors)) {
      this.#tensors = tensors;
      this.#tensor = middleConvolution(tensors);
      this.#weights = firstWeights(description);
      this.#focus = 0;
      this.#listLayers();
    }
    this.#follow(this.#weights);
  }

  /** Chooses other weights of the layer. */
  #draw(): void {
    this.#weights = drawWeights(this.#tensors, this.#tensor, this.#draws);
    this.#focus = 0;
    this.#follow(this.#weights);
    this.#frame.request();
  }

  /** Chooses this weight of the layer instead of the focused one. */
  #choose(index: number): void {
    const tensor = this.#tensors[this.#tensor];
    if (!Number.isInteger(index) || index < 0 || index >= size(tensor)) return;
    const there = this.#weights.findIndex((weight) => weight.index === index);
    if (there >= 0) {
      this.#focus = there;
    } else {
      const chosen = { tensor: this.#tensor, index };
      this.#weights = this.#weights.map((weight, k) => (k === this.#focus ? chosen : weight));
      this.#follow(this.#weights);
    }
    this.#frame.request();
  }

  #listLayers(): void {
    this.#layer.replaceChildren(
      ...this.#tensors.map((tensor, k) =>
        html("option", { value: k, selected: k === this.#tensor }, layerName(tensor)),
      ),
    );
    this.#weight.max = String(size(this.#tensors[this.#tensor]) - 1);
  }

  #path(probe: number, method: number): Path {
    const { probes } = this.#state;
    if (this.#window.value === "all") return wholePath(probes, probe, method);
    const { steps, values } = latestPath(probes, probe, method);
    const from = Math.max(0, steps.length - Number(this.#window.value));
    return { steps: steps.subarray(from), values: values.subarray(from) };
  }

  /** Those of the chosen weights that the run records, with their places among all that it does. */
  #recorded(): { weight: Probe; place: number }[] {
    const { probed } = this.#state.probes;
    return this.#weights.flatMap((weight) => {
      const place = probed.findIndex((probe) => sameWeight(probe, weight));
      return place < 0 ? [] : [{ weight, place }];
    });
  }

  /** The focused weight, if the run records it. */
  #focused(): { weight: Probe; place: number } | undefined {
    const recorded = this.#recorded();
    return recorded[Math.min(this.#focus, recorded.length - 1)];
  }

  #content(): Content {
    const state = this.#state;
    const methods = state.description?.methods ?? [];
    const focused = this.#focused();
    const probe = focused?.place ?? -1;
    // A weight that was chosen since the last step has no value yet.
    const newest = probe < 0 ? undefined : latestPath(state.probes, probe, 0).values.at(-1);
    const followed = newest !== undefined && !Number.isNaN(newest);
    // All methods share one array of steps, so that nothing has to be aligned.
    let x: Float64Array | undefined;
    const lines = methods.slice(0, followed ? state.probes.methods : 0).map((method, k): Line => {
      const path = this.#path(probe, k);
      x ??= path.steps;
      return { ...methodLine(method, k, this.#dark), x, y: path.values, dots: "few", format };
    });
    const placeholder = methods.map((method, k): Line => ({
      ...methodLine(method, k, this.#dark),
      x: [],
      y: [],
      format,
    }));
    const { stride } = state.probes.whole;
    const thinned = this.#window.value === "all" && stride > 1;
    return {
      title: t("charts.path"),
      about: [
        focused === undefined
          ? t("charts.path.about")
          : t("charts.path.about.weight", { weight: weightName(this.#tensors, focused.weight) }),
        ...(thinned ? [t("charts.path.thinned", { n: number(stride) })] : []),
      ].join(" "),
      x: {
        title: t("chart.step.axis"),
        range: (low, high) => [low ?? 0, Math.max(high ?? 0, (low ?? 0) + 20)],
        ticks: wholeTexts,
        name: (step) => stepName(step, state),
      },
      y: { title: t("charts.path.axis"), range: withAir },
      lines: followed ? lines : placeholder,
      marks: shownMarks(state.marks).filter((mark) => mark.x >= (x?.[0] ?? Infinity)),
      empty: followed ? undefined : { text: state.step > 0 ? t("charts.path.empty") : t("charts.empty") },
      caption: caption(state),
    };
  }

  /** Updates the elements around the chart together with it. */
  #drawn(): void {
    const state = this.#state;
    const recorded = this.#recorded();
    const focused = this.#focused();
    this.#formula.render(state, focused?.place ?? 0);
    const { method } = this.#formula;
    this.#thumbs.render(
      t("charts.path.followed"),
      recorded.map(({ weight, place }) => ({
        name: String(weight.index),
        // The label starts with the visible text.
        label: `${weight.index}: ${weightName(this.#tensors, weight)}`,
        paths: (method > 0 ? [0, method] : [0]).map((of) => ({
          path: this.#path(place, of),
          style: seriesStyle(of, this.#dark),
        })),
      })),
      recorded.findIndex(({ weight }) => weight === focused?.weight),
    );
    if (document.activeElement !== this.#weight && focused !== undefined)
      this.#weight.value = String(focused.weight.index);
    this.#layer.value = String(this.#tensor);
    this.#weight.max = String(size(this.#tensors[this.#tensor]) - 1);
  }
}

/** "7.weight [12, 3, 0, 2]". */
function weightName(tensors: readonly Tensor[], { tensor, index }: Probe): string {
  const { name = "?", shape = [] } = tensors[tensor] ?? {};
  return `${name} [${coordinates(index, shape).join(", ")}]`;
}

/** The role of a tensor, by its shape. */
function layerName({ name, shape }: Tensor): string {
  const [outputs = 0, inputs = 0, height = 0, width = 0] = shape;
  const kind =
    shape.length === 4
      ? t("charts.layer.convolution", { from: inputs, to: outputs, kernel: `${height}×${width}` })
      : shape.length === 2
        ? t("charts.layer.dense", { from: inputs, to: outputs })
        : name.endsWith("bias")
          ? t("charts.layer.shift", { n: outputs })
          : t("charts.layer.scale", { n: outputs });
  return `${name} · ${kind}`;
}
