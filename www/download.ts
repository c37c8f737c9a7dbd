import type { FromWorker } from "./protocol";

/** Downloads a file with this content. */
export function download(name: string, content: BlobPart, type = "application/octet-stream"): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser must have started to read it by then.
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, 60_000);
}

/** Downloads the file in a message of the worker, if it brings one. */
export function downloadAnswer(message: FromWorker, preset: string): void {
  const name = `emascope-${preset}`;
  if (message.type === "checkpoint") download(`${name}-${message.step}.safetensors`, message.bytes);
  if (message.type === "script") download("emascope_run.py", message.text, "text/x-python");
  if (message.type === "log") download(`emascope-${message.step}.jsonl`, message.text, "application/jsonl");
  if (message.type === "exported") download(`${name}-${message.name}-weights.safetensors`, message.bytes);
}
