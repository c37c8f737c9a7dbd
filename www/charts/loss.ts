import { evaluationInterval } from "../engine";
import { t } from "../i18n";
import type { PartContext, Part } from "../part";
import { type State, initialState } from "../state";
import { watcher } from "./changed";
import { ChoiceButtons } from "./buttons";
import type { Content, Line } from "./content";
import type { Crosshair } from "./crosshair";
import { Frame } from "./frame";
import { trainingStyle } from "./palette";
import { caption, evaluationLines, pastLines, shownMarks, stepName } from "./runlines";
import { aboveZero, logRange, significant, wholeTexts } from "./scale";

const loss = (method: { loss: number }): number => method.loss;
const format = (value: number): string => significant(value, 3);

/** Loss of every training batch, and of all methods on the test images. */
export class LossChart implements Part {
  readonly #frame: Frame;
  readonly #axis: ChoiceButtons<"linear" | "log">;
  readonly #changed = watcher();
  #state: State = initialState();
  #dark = false;

  constructor(host: HTMLElement, crosshair: Crosshair) {
    this.#axis = new ChoiceButtons(
      ["linear", "log"],
      "linear",
      { name: () => t("charts.axis"), option: (axis) => t(`charts.axis.${axis}`) },
      () => {
        this.#frame.request();
      },
    );
    this.#frame = new Frame(host, { id: "loss", crosshair, terms: ["batch-loss", "test-loss"] }, () =>
      this.#content(),
    );
    this.#frame.controls.append(this.#axis.element);
  }

  render(state: State, { dark }: PartContext): void {
    this.#state = state;
    this.#dark = dark;
    const { metrics, points, description, marks, pastRuns } = state;
    if (this.#changed(metrics, points, description, marks, pastRuns, dark)) this.#frame.request();
  }

  rebuild(): void {
    this.#axis.translate();
    this.#frame.rebuild();
  }

  #content(): Content {
    const state = this.#state;
    const { metrics, description } = state;
    const log = this.#axis.value === "log";
    const horizon = Math.min(evaluationInterval(state), 50);
    return {
      title: t("charts.loss"),
      about:
        metrics.width > 1 ? t("charts.loss.about.buckets", { n: metrics.width }) : t("charts.loss.about"),
      x: {
        title: t("chart.step.axis"),
        range: (_low, high) => [0, Math.max(high ?? 0, horizon)],
        ticks: wholeTexts,
        name: (step) => stepName(step, state),
      },
      y: { title: t("charts.loss.axis"), log, range: log ? logRange : aboveZero },
      lines:
        description === undefined
          ? []
          : [this.#training(), ...evaluationLines(state, this.#dark, loss, format)],
      faint: pastLines(state, this.#dark, loss),
      marks: shownMarks(state.marks),
      empty: metrics.buckets.length === 0 ? { text: t("charts.empty") } : undefined,
      caption: caption(state),
    };
  }

  #training(): Line {
    const { buckets, width } = this.#state.metrics;
    const low = buckets.map((bucket) => bucket.loss.min);
    const high = buckets.map((bucket) => bucket.loss.max);
    return {
      key: "training",
      name: t("charts.loss.training"),
      label: t("charts.loss.training.short"),
      style: trainingStyle(this.#dark),
      x: buckets.map((bucket) => bucket.last),
      y: buckets.map((bucket) => bucket.loss.last),
      ...(width > 1 ? { band: { low, high } } : {}),
      dots: "few",
      format,
    };
  }
}
