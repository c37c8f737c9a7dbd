/** Milliseconds of a frame that drawing may take before the rest waits for the next. */
const BUDGET = 8;

const waiting = new Set<() => void>();
let asked = false;

/** Runs `draw` in the next frame that has time for it, however often it is requested. */
export function inFrame(draw: () => void): void {
  waiting.add(draw);
  ask();
}

function ask(): void {
  if (asked || waiting.size === 0) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    const end = performance.now() + BUDGET;
    for (const draw of [...waiting]) {
      waiting.delete(draw);
      draw();
      if (performance.now() > end) break;
    }
    ask();
  });
}
