/** A network's layers as a settings file has them, and the changes that the editor makes. */

/** A name, or a name with its settings. */
export type Layer = string | Record<string, unknown>;

/** A network that is not a preset. */
export interface Model {
  name: string;
  layers: Layer[];
}

/** A setting of a kind of layer that can be edited. */
export type Field =
  | { key: string; kind: "number"; min: number; max: number; otherwise: number }
  | { key: string; kind: "choice"; choices: readonly number[]; otherwise: number }
  | { key: string; kind: "boolean"; otherwise: boolean };

const channels: Field = { key: "out", kind: "number", min: 1, max: 1024, otherwise: 32 };
const bias: Field = { key: "bias", kind: "boolean", otherwise: true };

/** The kinds that can be added, with the settings that the editor shows. Settings that it does not show stay as they are. */
export const kinds: Record<string, readonly Field[]> = {
  conv: [channels, { key: "kernel", kind: "choice", choices: [1, 2, 3], otherwise: 3 }, bias],
  batch_norm: [],
  group_norm: [{ key: "groups", kind: "number", min: 1, max: 256, otherwise: 4 }],
  relu: [],
  gelu: [],
  max_pool: [],
  global_average_pool: [],
  global_max_pool: [],
  flatten: [],
  dense: [{ ...channels, otherwise: 10 }, bias],
  scale: [{ key: "by", kind: "number", min: -1000, max: 1000, otherwise: 0.1 }],
};

export function kindOf(layer: Layer): string {
  return typeof layer === "string" ? layer : (Object.keys(layer)[0] ?? "");
}

function settingsOf(layer: Layer): Record<string, unknown> {
  const settings = typeof layer === "string" ? undefined : layer[kindOf(layer)];
  return typeof settings === "object" && settings !== null ? (settings as Record<string, unknown>) : {};
}

/** The value of a layer's setting. */
export function valueOf(layer: Layer, { key, otherwise }: Field): unknown {
  return settingsOf(layer)[key] ?? otherwise;
}

/** A layer of this kind; it keeps the settings that both kinds have. */
export function ofKind(kind: string, before: Layer = ""): Layer {
  const fields = kinds[kind] ?? [];
  if (fields.length === 0) return kind;
  return { [kind]: Object.fromEntries(fields.map((field) => [field.key, valueOf(before, field)])) };
}

export function withValue(layer: Layer, key: string, value: unknown): Layer {
  return { [kindOf(layer)]: { ...settingsOf(layer), [key]: value } };
}

export function replaced(layers: readonly Layer[], at: number, layer: Layer): Layer[] {
  return layers.map((one, k) => (k === at ? layer : one));
}

export function inserted(layers: readonly Layer[], at: number, layer: Layer): Layer[] {
  return [...layers.slice(0, at), layer, ...layers.slice(at)];
}

export function removed(layers: readonly Layer[], at: number): Layer[] {
  return layers.filter((_, k) => k !== at);
}

/** The layers with the one at `at` moved by so many places, if there is such a place. */
export function moved(layers: readonly Layer[], at: number, by: number): Layer[] {
  const layer = layers[at];
  if (layer === undefined || at + by < 0 || at + by >= layers.length) return [...layers];
  return inserted(removed(layers, at), at + by, layer);
}

/** Layers from JSON: a list, or a network with its name. Throws an error that says what is wrong. */
export function parseLayers(text: string): Layer[] {
  const value: unknown = JSON.parse(text);
  const layers: unknown = Array.isArray(value) ? value : (value as { layers?: unknown } | null)?.layers;
  if (!Array.isArray(layers)) throw new Error("a list of layers is expected");
  return layers as Layer[];
}
