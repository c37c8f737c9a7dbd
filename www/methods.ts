import { type Decay, printDecay } from "./averages/decay";
import { type AverageSpec, parseSpec, warmupOf } from "./averages/spec";
import type { Method } from "./engine";
import { t } from "./i18n";

const RAW = "raw";

/** How a method is called on the page. */
export function methodName(method: Method): string {
  if (method.name === RAW) return t("method.raw");
  const spec = parseSpec(method.average);
  // Without its average, as in files of earlier versions, a method has its name only.
  return spec === undefined ? method.name : [kindName(spec.decay), ...details(spec)].join(" · ");
}

/** The same, as short as a label in a chart has to be. */
export function methodLabel({ name }: Method): string {
  return name === RAW ? t("method.raw.short") : name.replace(/^ema-/, "");
}

/** What stands in the text for the kind, and its number. */
function kindName(decay: Decay): string {
  return t(`method.${decay.kind}`, { value: printDecay(decay).replace(/^.*=/u, "") });
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
