import { mostAlike } from "./alike";
import { formatValue, sameValue } from "./controls/values";
import type { Adjustment, Experiment, Setting, Wanted } from "./engine";
import { type ImageSource, sources, defaultSource } from "./subset";
import { type ViewKey, type ViewKeys, viewKeys } from "./view/keys";
import { unknownName, unknownNames } from "./view/known";
import { type ViewName, viewNames } from "./views/names";

/** The version of links; a link of a later version is read as far as possible. */
const VERSION = "1";

export interface LinkContents {
  /** The requested settings; the engine decides which are possible. */
  wanted: Wanted;
  source: ImageSource;
  /** The view that it opens. */
  view: ViewName;
  /** The adjustments of the other keys. */
  complaints: Adjustment[];
}

/**
 * The keys and values of a hash. A plus sign stands for itself, as links have always had it, and some programs paste
 * extra hash signs before a key.
 */
function parseHash(hash: string): URLSearchParams {
  return new URLSearchParams(hash.replaceAll(/(^|&)#+/g, "$1").replaceAll("+", "%2B"));
}

/** The text of a hash. Commas and equal signs stay readable, which is allowed there. */
function printHash(params: URLSearchParams): string {
  return params.toString().replaceAll("+", "%20").replaceAll("%2C", ",").replaceAll("%3D", "=");
}

/** A key of older links: chapters were lessons. */
const OLD_CHAPTER = "lesson";

/** The view key that a key of a hash stands for. */
function viewKeyOf(key: string): ViewKey | undefined {
  return key === OLD_CHAPTER ? "chapter" : viewKeys.find((one) => one === key);
}

/** The view keys of a hash. */
export function readViewKeys(hash: string): ViewKeys {
  const currentViewKeys: ViewKeys = {};
  for (const [key, value] of parseHash(hash)) {
    const known = viewKeyOf(key);
    if (known !== undefined) currentViewKeys[known] = value;
  }
  return currentViewKeys;
}

/** Keys that say nothing about which view is meant. */
const indifferent: readonly string[] = ["", "v", "view", "compute"] satisfies (ViewKey | "v" | "")[];

/**
 * The view that a hash opens: the one it names, or the story where it names nothing at all. Links from before there were views
 * open what they always did, the laboratory. A chapter is in the story, whatever settings come with it.
 */
export function viewOf(hash: string): ViewName {
  const params = parseHash(hash);
  const named = viewNames.find((name) => name === params.get("view"));
  if (named !== undefined) return named;
  if ([...params.keys()].some((key) => viewKeyOf(key) === "chapter")) return "story";
  return [...params.keys()].every((key) => indifferent.includes(key)) ? "story" : "laboratory";
}

/** The hash for a view, which it names only where it would open another. */
export function withView(hash: string, view: ViewName): string {
  const bare = withViewKeys(hash, { view: null });
  return viewOf(bare) === view ? bare : withViewKeys(bare, { view });
}

/** The view of the current address. */
export function currentView(): ViewName {
  return viewOf(currentHash());
}

/** The settings in a hash, and complaints about unknown names. */
export function readLink(hash: string): LinkContents {
  const link: LinkContents = { wanted: [], source: defaultSource, view: viewOf(hash), complaints: [] };
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
    } else if (viewKeyOf(key) === undefined) {
      link.wanted.push([key, values]);
    }
  }
  link.complaints.push(...unknownNames(readViewKeys(hash)));
  return link;
}

/** Adds the page's own keys to the suggestions for an unknown key. */
export function withOtherKeys(adjustment: Adjustment): Adjustment {
  if (adjustment.because !== "unknown-key") return adjustment;
  const alike = mostAlike(adjustment.key, [...adjustment.known, ...viewKeys, "data"], 0.5);
  return { ...adjustment, known: alike === undefined ? [] : [alike] };
}

/**
 * The hash of a run: the settings that differ from the defaults, then the view keys. Empty if nothing differs.
 * @param own the defaults of the view, where they are not those of the settings
 * @param spelled settings that are written even at their defaults
 */
export function writeHash(
  experiment: Experiment,
  table: readonly Setting[],
  source: ImageSource,
  view: ViewKeys,
  own: Experiment = {},
  spelled: readonly string[] = [],
): string {
  const pairs: [string, string][] = [];
  if (source !== defaultSource) pairs.push(["data", source]);
  for (const setting of table) {
    const { key } = setting;
    const value = experiment[key];
    if (key === "data" || value === undefined) continue;
    const usual = Object.hasOwn(own, key) ? own[key] : setting.default;
    if (sameValue(value, usual) && !spelled.includes(key)) continue;
    pairs.push(...texts(setting, value).map((text): [string, string] => [key, text]));
  }
  // A network of the reader's own is no setting of the table.
  if (experiment.model != null) pairs.push(["model", JSON.stringify(experiment.model)]);
  if (pairs.length > 0) pairs.unshift(["v", VERSION]);
  for (const key of viewKeys) if (view[key] !== undefined) pairs.push([key, view[key]]);
  return printHash(new URLSearchParams(pairs));
}

function texts(setting: Setting, value: unknown): string[] {
  if (!Array.isArray(value)) return [formatValue(value)];
  if (value.length === 0) return ["none"];
  return (setting.choices ?? []).length > 0 ? [value.join(",")] : value.map(String);
}

/** The view keys of the current address. */
export function currentViewKeys(): ViewKeys {
  return readViewKeys(currentHash());
}

/** The hash with some view keys changed, or removed for null. */
export function withViewKeys(hash: string, changes: Partial<Record<ViewKey, string | null>>): string {
  const params = parseHash(hash);
  for (const [key, value] of Object.entries(changes)) {
    params.delete(key);
    if (key === "chapter") params.delete(OLD_CHAPTER);
    if (typeof value === "string") params.append(key, value);
  }
  return printHash(params);
}

/** Changes view keys in the address, and leaves the settings and the view alone. */
export function setViewKeys(changes: Partial<Record<Exclude<ViewKey, "view">, string | null>>): void {
  write(withView(withViewKeys(currentHash(), changes), currentView()), false);
}

/** Writes a hash into the address; with `entry`, as a new entry in the browser's history. */
export function setHash(hash: string, entry: boolean): void {
  if (hash !== currentHash()) write(hash, entry);
  // The entry is now that of the current run.
  else if (run !== 0 && !isEntryOfRun()) write(hash, false);
}

/** What the browser's history keeps with each entry: the run that it was written for. */
let run = 0;

/** From now on, entries are of another run. */
export function beginRun(): void {
  run = performance.timeOrigin + performance.now();
}

/** Whether the current entry of the browser's history was written for the current run. */
export function isEntryOfRun(): boolean {
  const { state } = history as { state: unknown };
  return run !== 0 && state === run;
}

/** The first and the longest delay before a refused change of the address is tried again, in milliseconds. */
const RETRY_DELAY = 1000;
const MAX_RETRY_DELAY = 60_000;

/**
 * The latest change of the address that the browser has not accepted yet. Browsers limit the rate of such changes, and
 * some frames and pages opened from a file cannot change the address at all.
 */
let pending: { hash: string; entry: boolean } | undefined;

/** The current hash without its sign, including a change that is still pending. */
export function currentHash(): string {
  return pending?.hash ?? location.hash.replace(/^#/, "");
}

/** The current address, including a change that is still pending. */
export function currentAddress(): string {
  return pending === undefined ? location.href : new URL(addressOf(pending.hash), location.href).href;
}

/** Drops a pending change, because the reader has gone to another address. */
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

/** Whether the browser accepted the change: some throw when changes come too often, others ignore them silently. */
function tryWrite(hash: string, entry: boolean): boolean {
  const address = addressOf(hash);
  try {
    if (entry) history.pushState(run, "", address);
    else history.replaceState(run, "", address);
  } catch {
    return false;
  }
  return location.hash === (hash === "" ? "" : new URL(address, "http://page").hash);
}

function addressOf(hash: string): string {
  return hash === "" ? location.pathname + location.search : `#${hash}`;
}
