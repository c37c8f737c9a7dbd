import type { Content } from "../charts/content";
import { Frame } from "../charts/frame";
import { seriesStyle } from "../charts/palette";
import { accuracyRange, wholeTexts } from "../charts/scale";
import { html } from "../dom";
import { number, t } from "../i18n";
import { datasetName } from "../table/names";
import type { Outcome } from "./history";
import type { Curve } from "./lesson";
import { written } from "./values";

/** A chart of the curves of several runs over the images seen; the page's other charts show one run. */
export function comparisonElement(curves: readonly Curve[], outcome: Outcome, dark: boolean): HTMLElement {
  const host = html("section", { class: "comparison" });
  new Frame(host, { id: "comparison", heading: "h3" }, () => comparisonContent(curves, outcome, dark));
  return host;
}

/** The content of that chart. */
export function comparisonContent(
  curves: readonly Curve[],
  { data, seed }: Pick<Outcome, "data" | "seed">,
  dark: boolean,
): Content {
  return {
    title: t("lesson.comparison"),
    about: t("lesson.comparison.about"),
    x: {
      title: t("lesson.comparison.images"),
      range: (_low, high) => [0, high ?? 1],
      ticks: wholeTexts,
      name: (images) => t("lesson.comparison.at", { n: number(images) }),
    },
    y: { title: t("chart.accuracy.axis"), range: accuracyRange },
    lines: curves.map(({ label, points }, k) => ({
      key: String(k),
      name: written(label),
      label: "",
      style: seriesStyle(k, dark),
      x: points.map(([images]) => images),
      y: points.map(([, accuracy]) => accuracy),
      dots: "few",
      format: (value) => `${number(value, 1)} %`,
    })),
    caption: {
      data: datasetName(data),
      synthetic: data.synthetic,
      settings: `${t("table.condition.seed")} ${seed}`,
    },
  };
}
