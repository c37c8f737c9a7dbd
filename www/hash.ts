import { format, parse, same } from "./controls/values";
import type { Experiment, Setting } from "./engine";

/** Version of the form below; a link of a later one is read as far as it can be. */
const VERSION = "1";

/** Keys that are no settings: they say how the page looks. Their values are texts, for whoever reads them. */
export const lookKeys = ["embed", "hide", "lesson", "present"] as const;
export type LookKey = (typeof lookKeys)[number];
export type Look = Partial<Record<LookKey, string>>;

/** Where the images come from, as far as a link can say it. */
export type Source = "synthetic" | "subset" | "file";
const sources: readonly Source[] = ["synthetic", "subset", "file"];

/** Something in a link that was not taken as it stands. */
export type Complaint =
  | { kind: "version"; value: string }
  | { kind: "unknown"; key: string }
  | { kind: "invalid"; key: string; value: string }
  | { kind: "clamped"; key: string; value: string; to: string };

export interface Link {
  /** What differs from the defaults. */
  settings: Experiment;
  source: Source;
  complaints: Complaint[];
}

/** The keys and values of a hash in their order; a key may come several times. */
function entries(hash: string): [string, string][] {
  const pairs = hash.replace(/^#+/, "").split("&");
  return pairs
    .filter((pair) => pair !== "")
    .map((pair) => {
      const at = pair.indexOf("=");
      return at < 0 ? [decode(pair), ""] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
    });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Commas and equal signs are readable in a hash, and allowed. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll("%2C", ",").replaceAll("%3D", "=");
}

/** What the hash says of how the page looks. */
export function readLook(hash: string): Look {
  const look: Look = {};
  for (const [key, value] of entries(hash)) {
    const known = lookKeys.find((one) => one === key);
    if (known !== undefined) look[known] = value;
  }
  return look;
}

/** What the hash says of the run, by the settings table. Numbers out of range are taken as the nearest in it. */
export function readLink(hash: string, table: readonly Setting[]): Link {
  const link: Link = { settings: {}, source: "synthetic", complaints: [] };
  const texts = new Map<string, string[]>();
  for (const [key, value] of entries(hash)) texts.set(key, [...(texts.get(key) ?? []), value]);
  for (const [key, values] of texts) {
    const value = values.at(-1) ?? "";
    const setting = table.find((row) => row.key === key);
    if (key === "v") {
      if (value !== VERSION) link.complaints.push({ kind: "version", value });
    } else if (key === "data") {
      const source = sources.find((one) => one === value);
      if (source === undefined) link.complaints.push({ kind: "invalid", key, value });
      else link.source = source;
    } else if (setting !== undefined) {
      readSetting(link, setting, values);
    } else if (!lookKeys.some((one) => one === key)) {
      link.complaints.push({ kind: "unknown", key });
    }
  }
  return link;
}

function readSetting(link: Link, setting: Setting, values: string[]): void {
  const { key } = setting;
  const value = setting.kind === "list" ? values.join(" ") : (values.at(-1) ?? "");
  const result = parseText(setting, values);
  if (result === undefined) {
    link.complaints.push({ kind: "invalid", key, value });
    return;
  }
  const clamped = clamp(setting, result);
  if (clamped !== result) link.complaints.push({ kind: "clamped", key, value, to: format(clamped) });
  if (!same(clamped, setting.default)) link.settings[key] = clamped;
}

function parseText(setting: Setting, values: string[]): unknown {
  const value = values.at(-1) ?? "";
  const choices = setting.choices ?? [];
  switch (setting.kind) {
    case "choice":
      return choices.includes(value) ? value : undefined;
    case "boolean":
      return value === "true" ? true : value === "false" ? false : undefined;
    case "list": {
      if (value === "none") return [];
      const items = choices.length > 0 ? values.flatMap((text) => text.split(",")) : values;
      const known = choices.length === 0 || items.every((item) => choices.includes(item.split("=")[0] ?? ""));
      if (choices.length > 0) return known ? items : undefined;
      return parsed(setting, items.join(" "));
    }
    case "float":
    case "integer":
      // The range is seen to afterwards.
      return parsed({ ...setting, min: null, max: null }, value);
    case "text":
      return value;
  }
}

function parsed(setting: Setting, text: string): unknown {
  const result = parse(setting, text);
  return result.ok ? result.value : undefined;
}

function clamp({ min, max }: Setting, value: unknown): unknown {
  return typeof value === "number" ? Math.min(max ?? Infinity, Math.max(min ?? -Infinity, value)) : value;
}

/** The hash of a run: what differs from the defaults, then how the page looks. Empty where there is nothing to say. */
export function writeHash(
  experiment: Experiment,
  table: readonly Setting[],
  source: Source,
  look: Look,
): string {
  const pairs: [string, string][] = [];
  if (source !== "synthetic") pairs.push(["data", source]);
  for (const setting of table) {
    const { key } = setting;
    const value = experiment[key];
    if (key === "data" || value === undefined || same(value, setting.default)) continue;
    pairs.push(...texts(setting, value).map((text): [string, string] => [key, text]));
  }
  if (pairs.length > 0) pairs.unshift(["v", VERSION]);
  for (const key of lookKeys) if (look[key] !== undefined) pairs.push([key, look[key]]);
  return pairs.map(([key, text]) => `${encode(key)}=${encode(text)}`).join("&");
}

function texts(setting: Setting, value: unknown): string[] {
  if (!Array.isArray(value)) return [format(value)];
  if (value.length === 0) return ["none"];
  return (setting.choices ?? []).length > 0 ? [value.join(",")] : value.map(String);
}

/** How the page looks, now. */
export function look(): Look {
  return readLook(location.hash);
}

/** A hash with other words on how the page looks; a key is forgotten for null, and the run's settings stay. */
export function withLook(hash: string, changes: Partial<Record<LookKey, string | null>>): string {
  const others = hash.replace(/^#+/, "").split("&");
  const kept = others.filter((pair) => pair !== "" && !(decode(pair.split("=")[0] ?? "") in changes));
  const added = Object.entries(changes).flatMap(([key, value]) =>
    typeof value === "string" ? [`${encode(key)}=${encode(value)}`] : [],
  );
  return [...kept, ...added].join("&");
}

/** Changes how the page looks, and leaves the run's settings in the address alone. */
export function setLook(changes: Partial<Record<LookKey, string | null>>): void {
  replace(withLook(location.hash, changes));
}

/** Puts a hash into the address; with `entry`, the one before can be gone back to. */
export function setHash(hash: string, entry: boolean): void {
  if (hash === location.hash.replace(/^#/, "")) return;
  if (entry) history.pushState(null, "", address(hash));
  else replace(hash);
}

function replace(hash: string): void {
  history.replaceState(null, "", address(hash));
}

function address(hash: string): string {
  return hash === "" ? location.pathname + location.search : `#${hash}`;
}
