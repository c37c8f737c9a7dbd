/** The properties of a key press that matter to a chart. */
type Key = Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "altKey" | "metaKey">;

/**
 * The place to which a key moves the reading, among `count` places, from place `now` (undefined where nothing is read):
 * to an index, to null to end it, to undefined for any other key.
 */
export function moveByKey(event: Key, count: number, now: number | undefined): number | null | undefined {
  if (event.ctrlKey || event.altKey || event.metaKey || count === 0) return undefined;
  const last = count - 1;
  const by = (steps: number): number => (now === undefined ? last : Math.max(0, Math.min(now + steps, last)));
  switch (event.key) {
    case "Escape":
      return now === undefined ? undefined : null;
    case "ArrowLeft":
    case "ArrowDown":
      return by(event.shiftKey ? -10 : -1);
    case "ArrowRight":
    case "ArrowUp":
      return by(event.shiftKey ? 10 : 1);
    case "PageDown":
      return by(-Math.ceil(count / 10));
    case "PageUp":
      return by(Math.ceil(count / 10));
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return undefined;
  }
}
