import { number, t } from "../i18n";

/** A time span in words: two units at most, the smaller one rounded. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return t("duration.seconds", { s: number(whole) });
  const minutes = Math.round(seconds / 60);
  if (whole < 600)
    return t("duration.minutes", { min: number(Math.floor(whole / 60)), s: number(whole % 60) });
  if (minutes < 60) return t("duration.whole-minutes", { min: number(minutes) });
  return t("duration.hours", { h: number(Math.floor(minutes / 60)), min: number(minutes % 60) });
}
