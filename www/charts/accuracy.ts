import { number, t } from "../i18n";
import type { PartContext, Part } from "../part";
import { type State, initialState, isActive } from "../state";
import { watcher } from "./changed";
import type { Content, Line } from "./content";
import type { Crosshair } from "./crosshair";
import { Frame } from "./frame";
import { Toggle } from "./buttons";
import { lastOutlier, shareLines } from "./impulse";
import {
  caption,
  evaluationLines,
  firstEvaluation,
  stepAxisEnd,
  pastLines,
  shownMarks,
  stepName,
} from "./runlines";
import { accuracyRange, fromZero, wholeTexts } from "./scale";

const accuracy = (method: { accuracy: number }): number => method.accuracy;

/** Test accuracy over steps, one line per method; on demand, also the predicted remainder of a bad batch. */
export class AccuracyChart implements Part {
  readonly #frame: Frame;
  readonly #toggle: Toggle;
  readonly #changed = watcher();
  #state: State = initialState();
  #dark = false;

  constructor(host: HTMLElement, crosshair: Crosshair) {
    this.#toggle = new Toggle(
      () => t("charts.share.show"),
      (on) => {
        this.showShare(on);
      },
    );
    this.#toggle.on = true;
    this.#toggle.element.hidden = true;
    this.#frame = new Frame(
      host,
      { id: "accuracy", crosshair, tagged: true, terms: ["test-accuracy", "raw", "ema"] },
      () => this.#content(),
    );
    this.#frame.controls.append(this.#toggle.element);
  }

  /** Whether the predicted share of the latest bad batch is drawn over the measured accuracy. */
  showShare(show: boolean): void {
    this.#toggle.on = show;
    this.#frame.request();
  }

  render(state: State, { dark }: PartContext): void {
    this.#state = state;
    this.#dark = dark;
    const { points, description, marks, pastRuns, phase, experiment } = state;
    // Until the first point, the chart shows a sentence with the time left, which changes with each step.
    const waits = points.length === 0 ? state.step : 0;
    if (!this.#changed(points, description, marks, pastRuns, phase, experiment, dark, waits)) return;
    this.#toggle.element.hidden = lastOutlier(marks) === undefined;
    this.#frame.request();
  }

  rebuild(): void {
    this.#toggle.translate();
    this.#frame.rebuild();
  }

  /** The chart's data: the steps, then one series per method. */
  data(): ReturnType<Frame["data"]> {
    return this.#frame.data();
  }

  #content(): Content {
    const state = this.#state;
    const end = stepAxisEnd(state);
    const lines = evaluationLines(state, this.#dark, accuracy, (value) => `${number(value, 1)} %`);
    const last = Math.max(state.points.at(-1)?.step ?? 0, end);
    const shares: Line[] = this.#toggle.on ? shareLines(state, this.#dark, last) : [];
    return {
      title: t("chart.accuracy"),
      about: t("chart.accuracy.about"),
      x: {
        title: t("chart.step.axis"),
        range: (_low, high) => [0, Math.max(high ?? 0, end)],
        ticks: wholeTexts,
        name: (step) => stepName(step, state),
      },
      y: { title: t("chart.accuracy.axis"), range: accuracyRange },
      ...(shares.length > 0 ? { right: { title: t("charts.share.axis"), range: fromZero } } : {}),
      lines: [...lines, ...shares],
      faint: pastLines(state, this.#dark, accuracy),
      marks: shownMarks(state.marks),
      empty: emptyText(state),
      caption: caption(state),
    };
  }
}

/** The text of an empty chart: when the first values will appear. */
function emptyText(state: State): Content["empty"] {
  const { description, phase, points } = state;
  if (points.length > 0 || description === undefined || phase === "failed") return undefined;
  const detail = description.adapter.software ? { detail: t("chart.empty.software") } : {};
  const at = firstEvaluation(state);
  const step = number(at);
  if (!isActive(phase)) return { text: t("chart.empty.start", { step }), ...detail };
  const batch = state.experiment?.batch;
  const images = state.imagesPerSecond;
  if (images === null || typeof batch !== "number") return { text: t("chart.empty", { step }), ...detail };
  const seconds = Math.ceil((Math.max(0, at - state.step) * batch) / images);
  return { text: t("chart.empty.soon", { step, seconds: number(seconds) }), ...detail };
}
