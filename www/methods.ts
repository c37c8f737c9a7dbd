import { printValue } from "./averages/decay";
import { type AverageSpec, parseSpec, warmupOf } from "./averages/spec";
import type { Method } from "./engine";
import { t } from "./i18n";

const RAW = "raw";

/** How a method is called on the page. */
export function methodName(method: Method): string {
  return named(method, "");
}

/** The same, as short as a label in a chart has to be. */
export function methodLabel(method: Method): string {
  return named(method, ".short");
}

function named({ name, average }: Method, length: "" | ".short"): string {
  if (name === RAW) return t(`method.raw${length}`);
  const spec = parseSpec(average);
  // Without its average, as in files of earlier versions, a method has its name only.
  if (spec === undefined) return name;
  const kind = t(`method.${spec.decay.kind}${length}`, { value: printValue(spec.decay) });
  return [kind, ...details(spec)].join(" · ");
}

function details({ decay, every, buffers, from }: AverageSpec): string[] {
  const warmup = warmupOf(decay);
  return [
    ...(every === 1 ? [] : [t("method.every", { n: every })]),
    ...(warmup === "none" ? [] : [t(`method.warmup.${warmup}`)]),
    ...(buffers === "average" ? [] : [t(`method.buffers.${buffers}`)]),
    ...(from === 0 ? [] : [t("method.from", { n: from })]),
  ];
}
