import { type AverageSpec, parseSpec } from "./averages/spec";
import type { Method } from "./engine";
import { t } from "./i18n";

const RAW = "raw";

/** How a method is called on the page. */
export function methodName(method: Method): string {
  if (method.name === RAW) return t("method.raw");
  const spec = parseSpec(method.average);
  // Without its average, as in files of earlier versions, a method has its name only.
  return spec === undefined
    ? method.name
    : [t("method.ema", { beta: spec.beta }), ...details(spec)].join(" · ");
}

/** The same, as short as a label in a chart has to be. */
export function methodLabel({ name }: Method): string {
  return name === RAW ? t("method.raw.short") : name.replace(/^ema-/, "");
}

function details({ every, warmup, buffers, from }: AverageSpec): string[] {
  return [
    ...(every === 1 ? [] : [t("method.every", { n: every })]),
    ...(warmup === "none" ? [] : [t(`method.warmup.${warmup}`)]),
    ...(buffers === "average" ? [] : [t(`method.buffers.${buffers}`)]),
    ...(from === 0 ? [] : [t("method.from", { n: from })]),
  ];
}
