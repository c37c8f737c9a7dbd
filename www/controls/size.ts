import { number, t } from "../i18n";

/** A number of bytes as text, in decimal units. */
export function size(bytes: number): string {
  if (bytes < 1e6) return t("size.kilobytes", { n: number(Math.ceil(bytes / 1e3)) });
  return t("size.megabytes", { n: number(bytes / 1e6, bytes < 1e7 ? 1 : 0) });
}
