import type { Line } from "./content";

/** Seconds that a whole chart takes. */
const SECONDS = 6;
/** Pitches of the least and the greatest value, in hertz: two octaves. */
const LOW = 220;
const HIGH = 880;
/** Values a second that the pitch follows. */
const RATE = 60;

/** The pitch of a value between `least` and `greatest`; equal steps of the value are equal intervals. */
export function pitchOf(value: number, least: number, greatest: number): number {
  const share = greatest > least ? (value - least) / (greatest - least) : 0.5;
  return LOW * (HIGH / LOW) ** share;
}

/** A line as pitches at even distances from `from` to `to`: the value measured last at each; none before the first. */
export function pitches(
  { x, y }: Pick<Line, "x" | "y">,
  [from, to]: readonly [number, number],
  [least, greatest]: readonly [number, number],
  count: number,
): (number | undefined)[] {
  let at = -1;
  let pitch: number | undefined;
  return Array.from({ length: count }, (_, k) => {
    const place = from + ((to - from) * k) / Math.max(1, count - 1);
    while (at + 1 < x.length && (x[at + 1] ?? Infinity) <= place) {
      at += 1;
      const value = y[at] ?? NaN;
      if (Number.isFinite(value)) pitch = pitchOf(value, least, greatest);
    }
    return pitch;
  });
}

/** The least and the greatest of all finite values. */
export function bounds(lists: readonly ArrayLike<number>[]): [number, number] {
  let [least, greatest] = [Infinity, -Infinity];
  for (const list of lists) {
    for (const value of Array.from(list)) {
      if (!Number.isFinite(value)) continue;
      least = Math.min(least, value);
      greatest = Math.max(greatest, value);
    }
  }
  return [least, greatest];
}

/**
 * Plays one line in the left ear and, if there is one, another in the right, side by side over their places.
 *
 * @param moved called with the place that is heard, and with null at the end
 * @returns stops it
 */
export function listen(
  left: Line,
  right: Line | undefined,
  moved: (place: number | null) => void,
): () => void {
  const lines = right === undefined ? [left] : [left, right];
  const span = bounds(lines.map(({ x }) => x));
  const range = bounds(lines.map(({ y }) => y));
  const context = new AudioContext();
  const begin = context.currentTime + 0.1;
  const count = SECONDS * RATE;
  lines.forEach((line, ear) => {
    const oscillator = new OscillatorNode(context, { type: "triangle" });
    const gain = new GainNode(context, { gain: 0 });
    const pan = new StereoPannerNode(context, { pan: lines.length === 1 ? 0 : 2 * ear - 1 });
    oscillator.connect(gain).connect(pan).connect(context.destination);
    pitches(line, span, range, count).forEach((pitch, k) => {
      const time = begin + k / RATE;
      gain.gain.setTargetAtTime(pitch === undefined ? 0 : 0.15, time, 0.01);
      if (pitch !== undefined) oscillator.frequency.setTargetAtTime(pitch, time, 0.008);
    });
    oscillator.start(begin);
    oscillator.stop(begin + SECONDS);
  });
  let stopped = false;
  const stop = (): void => {
    if (stopped) return;
    stopped = true;
    void context.close();
    moved(null);
  };
  const follow = (): void => {
    if (stopped) return;
    const share = (context.currentTime - begin) / SECONDS;
    if (share >= 1) stop();
    else {
      moved(span[0] + Math.max(0, share) * (span[1] - span[0]));
      requestAnimationFrame(follow);
    }
  };
  follow();
  return stop;
}
