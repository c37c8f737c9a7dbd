import { isMessage, t } from "./i18n";

/** How a method of the engine ("raw", "ema-0.98-every4-copy-from500") is called on the page. */
export function methodName(name: string): string {
  if (name === "raw") return t("method.raw");
  const [head, beta, ...rest] = name.split(/-(?=[\d])|-(?=every|from|ramp|bias|copy|recompute)/);
  if (head !== "ema" || beta === undefined) return name;
  return [t("method.ema", { beta }), ...rest.map(detail)].join(" · ");
}

/** The same, as short as a label in a chart has to be. */
export function methodLabel(name: string): string {
  return name === "raw" ? t("method.raw.short") : name.replace(/^ema-/, "");
}

function detail(part: string): string {
  const every = /^every(\d+)$/.exec(part)?.[1];
  if (every !== undefined) return t("method.every", { n: every });
  const from = /^from(\d+)$/.exec(part)?.[1];
  if (from !== undefined) return t("method.from", { n: from });
  for (const key of [`method.warmup.${part}`, `method.buffers.${part}`]) if (isMessage(key)) return t(key);
  return part;
}
