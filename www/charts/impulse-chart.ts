import { number, t } from "../i18n";
import type { PartContext } from "../part";
import { type State, initialState } from "../state";
import { parseSpecs } from "../averages/spec";
import { watcher } from "./changed";
import type { Content, Line } from "./content";
import { Frame } from "./frame";
import { lastOutlier } from "./impulse";
import { seriesStyle, trainingStyle } from "./palette";
import { caption, methodLine } from "./runlines";
import { significant, wholeTexts, withAir } from "./scale";
import { type Impulse, measureImpulse } from "./theory/impulse";

/** The number of steps shown after the bad batch. */
const LENGTH = 300;

const format = (value: number): string => `${significant(value, 3)} %`;

/**
 * How far a bad batch moved the recorded weights, raw and in each average, compared with the prediction from the
 * averages' rates and the movement of the raw weights. Hidden until there is such a batch.
 */
export class ImpulseChart {
  readonly #host: HTMLElement;
  readonly #frame: Frame;
  readonly #changed = watcher();
  #state: State = initialState();
  #dark = false;
  #outlier: ReturnType<typeof lastOutlier>;
  /** The impulse of this batch, which stays when the history has dropped its steps. */
  #impulse: Impulse | undefined;

  constructor(host: HTMLElement) {
    this.#host = host;
    this.#frame = new Frame(host, { id: "impulse", heading: "h3" }, () => this.#content());
  }

  render(state: State, { dark }: PartContext): void {
    this.#state = state;
    this.#dark = dark;
    const { probes, marks, description, experiment } = state;
    if (!this.#changed(probes, marks, description, dark)) return;
    const outlier = lastOutlier(marks);
    if (outlier !== this.#outlier) {
      this.#outlier = outlier;
      this.#impulse = undefined;
    }
    if (outlier !== undefined && (this.#impulse?.measured[0]?.length ?? 0) < LENGTH)
      this.#impulse =
        measureImpulse(probes, parseSpecs(experiment?.ema), outlier.step, LENGTH) ?? this.#impulse;
    this.#host.hidden = outlier === undefined;
    if (outlier !== undefined) this.#frame.request();
  }

  rebuild(): void {
    this.#frame.rebuild();
  }

  #content(): Content {
    const state = this.#state;
    const impulse = this.#impulse;
    const x = Array.from(impulse?.measured[0] ?? [], (_, k) => k);
    const percent = (values: Float64Array): Float64Array => values.map((value) => 100 * value);
    const measured = (impulse?.measured ?? []).flatMap((values, k): Line[] => {
      const method = state.description?.methods[k];
      if (method === undefined) return [];
      return [{ ...methodLine(method, k, this.#dark), x, y: percent(values), dots: "few", format }];
    });
    const predicted = (impulse?.predicted ?? []).flatMap((values, k): Line[] => {
      const method = state.description?.methods[k + 1];
      if (method === undefined || values === undefined) return [];
      const style = { colour: seriesStyle(k + 1, this.#dark).colour, dash: [1, 3], width: 1.5 };
      return [
        {
          ...methodLine(method, k + 1, this.#dark),
          name: "",
          label: "",
          style,
          x,
          y: percent(values),
          format,
        },
      ];
    });
    const usual = impulse?.usual ?? new Float64Array(0);
    const wandering: Line = {
      key: "usual",
      name: t("charts.impulse.usual"),
      label: "",
      style: { ...trainingStyle(this.#dark), dash: [5, 3] },
      x: x.slice(0, usual.length),
      y: percent(usual),
      band: { low: percent(usual).map((value) => -value), high: percent(usual) },
      format: (value) => `± ${format(value)}`,
    };
    return {
      title: t("charts.impulse", { step: number(this.#outlier?.step ?? 0) }),
      about: t("charts.impulse.about"),
      x: {
        title: t("charts.impulse.x"),
        range: (_low, high) => [0, Math.max(high ?? 0, 20)],
        ticks: wholeTexts,
        name: (place) => t("charts.impulse.after", { n: number(place) }),
      },
      y: { title: t("charts.impulse.y"), range: withAir },
      lines:
        measured.length === 0 ? [] : [...measured, ...predicted, ...(usual.length > 0 ? [wandering] : [])],
      empty: impulse === undefined ? { text: t("charts.impulse.empty") } : undefined,
      caption: caption(state),
    };
  }
}
