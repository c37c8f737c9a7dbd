import { sameValue } from "../controls/values";
import { type Description, type Experiment, type Method, evaluationInterval } from "../engine";
import type { Mark } from "../history/mark";
import { number, t, tOr } from "../i18n";
import { methodLabel, methodName } from "../methods";
import type { PastRun, State } from "../state";
import { datasetName } from "../table/names";
import type { Content, FaintLine, Line, ShownMark } from "./content";
import { seriesStyle } from "./palette";

/** The key of a method's lines: its index, which stays when its β changes. */
export function methodKey(method: number): string {
  return `method-${method}`;
}

/** The common properties of a method's lines. */
export function methodLine(
  each: Method,
  method: number,
  dark: boolean,
): Pick<Line, "key" | "name" | "label" | "style"> {
  return {
    key: methodKey(method),
    name: methodName(each),
    label: methodLabel(each),
    style: seriesStyle(method, dark),
  };
}

/** One line per method over the evaluations. */
export function evaluationLines(
  state: State,
  dark: boolean,
  value: (method: { accuracy: number; loss: number }) => number,
  format: (value: number) => string,
): Line[] {
  const x = state.points.map((point) => point.step);
  return (state.description?.methods ?? []).map((method, k) => ({
    ...methodLine(method, k, dark),
    x,
    y: state.points.map((point) => pick(point.methods[k], value)),
    dots: "few",
    format,
  }));
}

/** The lines of past runs, in the style of this run's method of the same name, if it has one. */
export function pastLines(
  state: State,
  dark: boolean,
  value: (method: { accuracy: number; loss: number }) => number,
): FaintLine[] {
  const methods = state.description?.methods.map((method) => method.name) ?? [];
  return state.pastRuns.flatMap((run) => {
    const x = run.points.map((point) => point.step);
    return run.methods.map((method, k): FaintLine => {
      const same = methods.indexOf(method.name);
      return {
        key: same < 0 ? undefined : methodKey(same),
        name: t("charts.past", { method: methodName(method), settings: settingsDifference(run, state) }),
        style: { ...seriesStyle(same < 0 ? 0 : same, dark), width: 1 },
        x,
        y: run.points.map((point) => pick(point.methods[k], value)),
      };
    });
  });
}

function pick<T>(method: T | undefined, value: (method: T) => number): number {
  return method === undefined ? NaN : value(method);
}

/** The settings in which a past run differs from this one, as text. */
function settingsDifference(run: PastRun, { experiment = {}, description }: State): string {
  const parts = differences(run.experiment, experiment);
  if (description !== undefined && datasetName(run.dataset) !== datasetName(description.dataset))
    parts.unshift(datasetName(run.dataset));
  return parts.length === 0 ? t("charts.past.same") : parts.join(" · ");
}

/** The settings of an experiment whose values differ from another's, as "name value". */
export function differences(
  experiment: Experiment,
  from: Experiment,
  except: readonly string[] = [],
): string[] {
  return Object.entries(experiment)
    .filter(([key, value]) => !except.includes(key) && !sameValue(value, from[key]))
    .map(([key, value]) => `${tOr(`setting.${key}`, key)} ${settingText(value)}`);
}

function settingText(value: unknown): string {
  if (value == null) return t("experiment.automatic");
  if (Array.isArray(value)) return value.map(String).join(" ");
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return tOr(`choice.${text}`, text);
}

/** The marks of a run as the charts show them. */
export function shownMarks(marks: readonly Mark[]): ShownMark[] {
  return marks.map((mark) => {
    const at = { step: number(mark.step) };
    switch (mark.kind) {
      case "outlier": {
        const factor = String(mark.factor);
        return {
          x: mark.step,
          symbol: "triangle",
          tone: "warn",
          label: t("charts.mark.outlier", { factor }),
          text: t("charts.mark.outlier.text", { ...at, factor }),
        };
      }
      case "change": {
        const changes = mark.changes.map(({ key, from, to }) => {
          const name = tOr(`setting.${key}`, key);
          return from === null ? `${name} + ${to}` : `${name} ${from} → ${to}`;
        });
        const [only] = mark.changes;
        return {
          x: mark.step,
          symbol: "diamond",
          tone: "muted",
          label:
            only !== undefined && mark.changes.length === 1
              ? `${tOr(`setting.${only.key}`, only.key)} ${only.from === null ? "+ " : ""}${only.to}`
              : t("charts.mark.change"),
          text: t("charts.mark.change.text", { ...at, changes: changes.join(", ") }),
        };
      }
      case "restored":
        return {
          x: mark.step,
          symbol: "circle",
          tone: "accent",
          label: t("charts.mark.restored"),
          text: t("charts.mark.restored.text", at),
        };
    }
  });
}

/** "step 78 · epoch 1". */
export function stepName(step: number, { description }: State): string {
  const epoch = step / (description?.steps_per_epoch ?? NaN);
  return Number.isFinite(epoch)
    ? t("chart.at", { step: number(step), epoch: number(epoch, Number.isInteger(epoch) ? 0 : 1) })
    : t("charts.step", { step: number(step) });
}

/** The step of the first evaluation. */
export function firstEvaluation(state: State): number {
  return state.experiment?.eval_early === true ? 1 : evaluationInterval(state);
}

/** The least end of the step axis; smaller while all evaluations are early, to keep them apart. */
export function stepAxisEnd(state: State): number {
  const last = state.points.at(-1);
  const regular = 4 * evaluationInterval(state);
  return last?.early === true ? Math.min(regular, Math.max(8, 2 * last.step)) : regular;
}

/** The caption of a chart's picture. */
export function caption({ description, experiment, step }: State): Content["caption"] {
  if (description === undefined || experiment === undefined)
    return { data: "", synthetic: false, settings: "" };
  return {
    data: datasetName(description.dataset),
    synthetic: description.dataset.synthetic,
    settings: settingsLine(description, experiment, step),
  };
}

function settingsLine(description: Description, experiment: Experiment, step: number): string {
  const value = (key: string): string => settingText(experiment[key]);
  const named = (key: string): string => `${tOr(`setting.${key}`, key)} ${value(key)}`;
  const noise = experiment.label_noise;
  return [
    description.network === "" ? value("preset") : description.network,
    value("optimizer"),
    `${named("lr")} (${value("schedule")})`,
    named("batch"),
    ...(typeof noise === "number" && noise > 0 ? [named("label_noise")] : []),
    named("seed"),
    t("charts.step", { step: number(step) }),
  ].join(" · ");
}
