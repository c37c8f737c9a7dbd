import type { FromWorker, Snapshot } from "../protocol";

/** The buffers of a message that can be moved instead of copied, because the worker does not need them any more. */
export function transferables(message: FromWorker): ArrayBuffer[] {
  const arrays = arraysOf(message);
  // Views into a larger buffer, such as the engine's memory, are copied.
  const whole = arrays.filter(({ buffer, byteLength }) => buffer.byteLength === byteLength);
  const buffers = whole.map(({ buffer }) => buffer).filter((buffer) => buffer instanceof ArrayBuffer);
  return [...new Set(buffers)];
}

function arraysOf(message: FromWorker): ArrayBufferView[] {
  switch (message.type) {
    case "opened":
    case "snapshot":
      return ofSnapshot(message.snapshot);
    case "test-images":
      return [message.images.pixels, message.images.labels];
    case "test-labels":
      return [message.labels];
    case "checkpoint":
    case "exported":
      return [message.bytes];
    case "ready":
    case "read":
    case "log":
    case "script":
    case "changed":
    case "state-saved":
    case "not-stored":
    case "reading":
    case "files-stored":
    case "files-not-stored":
    case "diverged":
    case "recovering":
    case "processor-measured":
    case "surveyed":
    case "measured":
    case "failed":
      return [];
  }
}

function ofSnapshot({ probes, predictions, filters, classified }: Snapshot): ArrayBufferView[] {
  return [
    ...(probes === null ? [] : [probes.values]),
    ...(predictions === null ? [] : [predictions.classes, predictions.confidences]),
    ...(filters === null ? [] : filters.methods),
    ...(classified === null ? [] : [classified.probabilities]),
  ];
}
