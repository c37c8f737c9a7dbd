import { evaluationInterval, regular } from "../engine";
import { number, t } from "../i18n";
import type { PartContext, Part } from "../part";
import { type State, initialState } from "../state";
import { watcher } from "./changed";
import { ChoiceButtons } from "./buttons";
import type { Content, FaintLine, Line } from "./content";
import type { Crosshair } from "./crosshair";
import { Frame } from "./frame";
import { caption, evaluationLines, pastLines, shownMarks, stepName } from "./runlines";
import { fromZero, wholeTexts } from "./scale";
import { rollingFluctuation } from "./theory/fluctuation";

const accuracy = (method: { accuracy: number }): number => method.accuracy;
const format = (value: number): string => number(value, 2);

/** The same without the tests before the first regular one, here and in the runs before. */
function withoutEarly(state: State): State {
  const pastRuns = state.pastRuns.map((run) => ({ ...run, points: regular(run.points) }));
  return { ...state, points: regular(state.points), pastRuns };
}

/** How restless test accuracy is: the table's fluctuation, over the latest changes instead of half the run. */
export class FluctuationChart implements Part {
  readonly #frame: Frame;
  readonly #window: ChoiceButtons<number>;
  readonly #changed = watcher();
  #state: State = initialState();
  #dark = false;

  constructor(host: HTMLElement, crosshair: Crosshair) {
    this.#window = new ChoiceButtons(
      [5, 10, 20],
      5,
      {
        name: () => t("charts.fluctuation.window"),
        option: (n) => t("charts.fluctuation.changes", { n }),
      },
      () => {
        this.#frame.request();
      },
    );
    this.#frame = new Frame(
      host,
      { id: "fluctuation", crosshair, terms: ["fluctuation", "test-accuracy"] },
      () => this.#content(),
    );
    this.#frame.controls.append(this.#window.element);
  }

  render(state: State, { dark }: PartContext): void {
    this.#state = state;
    this.#dark = dark;
    const { points, description, marks, pastRuns } = state;
    if (this.#changed(points, description, marks, pastRuns, dark)) this.#frame.request();
  }

  rebuild(): void {
    this.#window.translate();
    this.#frame.rebuild();
  }

  #content(): Content {
    // Early tests lie at other distances; a change between them is another thing.
    const state = withoutEarly(this.#state);
    const changes = this.#window.value;
    const rolled = <T extends Line | FaintLine>(line: T): T => ({
      ...line,
      y: rollingFluctuation(line.y, changes),
    });
    const horizon = 4 * evaluationInterval(state);
    const evaluations = state.points.length;
    return {
      title: t("charts.fluctuation"),
      about:
        state.pointStride > 1
          ? t("charts.fluctuation.about.thinned", { n: changes, stride: state.pointStride })
          : t("charts.fluctuation.about", { n: changes }),
      x: {
        title: t("chart.step.axis"),
        range: (_low, high) => [0, Math.max(high ?? 0, horizon)],
        ticks: wholeTexts,
        name: (step) => stepName(step, state),
      },
      y: { title: t("charts.fluctuation.axis"), range: fromZero },
      lines: evaluationLines(state, this.#dark, accuracy, format).map(rolled),
      faint: pastLines(state, this.#dark, accuracy).map(rolled),
      marks: shownMarks(state.marks),
      empty:
        evaluations > changes
          ? undefined
          : { text: t("charts.fluctuation.empty", { tests: changes + 1, done: evaluations }) },
      caption: caption(state),
    };
  }
}
