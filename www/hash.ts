import { mostAlike } from "./alike";
import { formatValue, sameValue } from "./controls/values";
import type { Adjustment, Experiment, Setting, Wanted } from "./engine";
import { defaultSource } from "./subset";
import { unknownName, unknownNames } from "./view/known";

/** Version of the form below; a link of a later one is read as far as it can be. */
const VERSION = "1";

/** Keys that are not settings: they decide how the page looks. Their values are plain text. */
export const viewKeys = ["embed", "hide", "lesson", "present"] as const;
export type ViewKey = (typeof viewKeys)[number];
export type ViewKeys = Partial<Record<ViewKey, string>>;

/** The source of the images, as far as a link can name it. */
export type ImageSource = "synthetic" | "subset" | "file";
const sources: readonly ImageSource[] = ["synthetic", "subset", "file"];

export interface LinkContents {
  /** The requested settings; the engine decides which are possible. */
  wanted: Wanted;
  source: ImageSource;
  /** The adjustments of the other keys. */
  complaints: Adjustment[];
}

/**
 * The keys and values of a hash. A plus sign stands for itself, as links have always had it, and some programs paste extra
 * hash signs before a key.
 */
function parseHash(hash: string): URLSearchParams {
  return new URLSearchParams(hash.replaceAll(/(^|&)#+/g, "$1").replaceAll("+", "%2B"));
}

/** The text of a hash. Commas and equal signs stay readable, which is allowed there. */
function printHash(params: URLSearchParams): string {
  return params.toString().replaceAll("+", "%20").replaceAll("%2C", ",").replaceAll("%3D", "=");
}

/** The hash's keys for how the page looks. */
export function readViewKeys(hash: string): ViewKeys {
  const currentViewKeys: ViewKeys = {};
  for (const [key, value] of parseHash(hash)) {
    const known = viewKeys.find((one) => one === key);
    if (known !== undefined) currentViewKeys[known] = value;
  }
  return currentViewKeys;
}

/** The hash's keys for the run, and its unknown names. */
export function readLink(hash: string): LinkContents {
  const link: LinkContents = { wanted: [], source: defaultSource, complaints: [] };
  const params = parseHash(hash);
  for (const key of new Set(params.keys())) {
    const values = params.getAll(key);
    const value = values.at(-1) ?? "";
    if (key === "v") {
      if (value !== VERSION) {
        link.complaints.push({ key, value, to: VERSION, because: "version", known: [] });
      }
    } else if (key === "data") {
      const source = sources.find((one) => one === value);
      if (source === undefined) link.complaints.push(unknownName(key, value, sources));
      else link.source = source;
    } else if (!viewKeys.some((one) => one === key)) {
      link.wanted.push([key, values]);
    }
  }
  link.complaints.push(...unknownNames(readViewKeys(hash)));
  return link;
}

/** The engine's adjustments of a link's settings; an unknown key may have been meant for one of the page's own. */
export function withOtherKeys(adjustment: Adjustment): Adjustment {
  if (adjustment.because !== "unknown-key") return adjustment;
  const alike = mostAlike(adjustment.key, [...adjustment.known, ...viewKeys, "data"], 0.5);
  return { ...adjustment, known: alike === undefined ? [] : [alike] };
}

/**
 * The hash of a run: settings that differ from the defaults, then how the page looks. Empty if nothing differs.
 * @param spelled settings that are named though they are at their defaults
 */
export function writeHash(
  experiment: Experiment,
  table: readonly Setting[],
  source: ImageSource,
  look: ViewKeys,
  spelled: readonly string[] = [],
): string {
  const pairs: [string, string][] = [];
  if (source !== defaultSource) pairs.push(["data", source]);
  for (const setting of table) {
    const { key } = setting;
    const value = experiment[key];
    if (key === "data" || value === undefined) continue;
    if (sameValue(value, setting.default) && !spelled.includes(key)) continue;
    pairs.push(...texts(setting, value).map((text): [string, string] => [key, text]));
  }
  if (pairs.length > 0) pairs.unshift(["v", VERSION]);
  for (const key of viewKeys) if (look[key] !== undefined) pairs.push([key, look[key]]);
  return printHash(new URLSearchParams(pairs));
}

function texts(setting: Setting, value: unknown): string[] {
  if (!Array.isArray(value)) return [formatValue(value)];
  if (value.length === 0) return ["none"];
  return (setting.choices ?? []).length > 0 ? [value.join(",")] : value.map(String);
}

/** How the page looks, now. */
export function look(): ViewKeys {
  return readViewKeys(currentHash());
}

/** A hash with other words on how the page looks; a key is forgotten for null, and the run's settings stay. */
export function withViewKeys(hash: string, changes: Partial<Record<ViewKey, string | null>>): string {
  const params = parseHash(hash);
  for (const [key, value] of Object.entries(changes)) {
    params.delete(key);
    if (typeof value === "string") params.append(key, value);
  }
  return printHash(params);
}

/** Changes how the page looks, and leaves the run's settings in the address alone. */
export function setViewKeys(changes: Partial<Record<ViewKey, string | null>>): void {
  write(withViewKeys(currentHash(), changes), false);
}

/** Puts a hash into the address; with `entry`, the one before can be gone back to. */
export function setHash(hash: string, entry: boolean): void {
  if (hash !== currentHash()) write(hash, entry);
}

/** Milliseconds until what the browser did not take is offered to it again, and the longest wait. */
const RETRY_DELAY = 1000;
const MAX_RETRY_DELAY = 60_000;

/**
 * What the address should say and does not yet: a browser takes only so many changes in a time, and in some frames and from
 * a file none at all. Only the latest is written.
 */
let pending: { hash: string; entry: boolean } | undefined;

/** The hash of the page as it should be, without the sign. */
export function currentHash(): string {
  return pending?.hash ?? location.hash.replace(/^#/, "");
}

/** The address of the page as it should be. */
export function currentAddress(): string {
  return pending === undefined ? location.href : new URL(addressOf(pending.hash), location.href).href;
}

/** The reader has gone to another address; what was to be written into the one before is void. */
export function dropPendingHash(): void {
  pending = undefined;
}

function write(hash: string, entry: boolean): void {
  if (pending !== undefined) pending = { hash, entry: pending.entry || entry };
  else if (!tryWrite(hash, entry)) {
    pending = { hash, entry };
    retryAfter(RETRY_DELAY);
  }
}

function retryAfter(wait: number): void {
  setTimeout(() => {
    if (pending === undefined) return;
    if (tryWrite(pending.hash, pending.entry)) pending = undefined;
    else retryAfter(Math.min(2 * wait, MAX_RETRY_DELAY));
  }, wait);
}

/** Whether the browser took it: some throw what comes too often back, others drop it silently. */
function tryWrite(hash: string, entry: boolean): boolean {
  const address = addressOf(hash);
  try {
    if (entry) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  } catch {
    return false;
  }
  return location.hash === (hash === "" ? "" : new URL(address, "http://page").hash);
}

function addressOf(hash: string): string {
  return hash === "" ? location.pathname + location.search : `#${hash}`;
}
