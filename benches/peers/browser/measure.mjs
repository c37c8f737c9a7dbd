/**
 * How every peer is timed: losses first, which also compile what there is to compile, then samples of about a second.
 *
 * @typedef {object} Peer
 * @property {string} adapter
 * @property {number} averages Averages that a step updates
 * @property {string} note
 * @property {number[]} [losses] Where other images are trained on while it is timed
 * @property {() => Promise<number>} [loss] Makes a step; the loss is the one before its update
 * @property {(steps: number) => Promise<void>} train Makes steps, reads nothing meanwhile and waits once, at the end
 * @property {() => Promise<string>} [remark] What the peer measures of itself, for the note
 *
 * @typedef {object} Result A line of the benchmark as far as the page knows it
 * @property {string} adapter
 * @property {number} averages
 * @property {number[]} losses
 * @property {number} steps_a_sample
 * @property {number[]} images_per_second
 * @property {string} note
 */

/** Losses of a peer that is quick enough. */
const LOSSES = 5;
/** Seconds after which no further loss is asked for. */
const LOSSES_SECONDS = 30;
/** Relative difference that the first loss may have from the work's. */
const TOLERANCE = 1e-3;

/**
 * @param {Peer} peer
 * @param {import("./work.mjs").Work} work
 * @param {{ samples: number, deadline: number }} limits The deadline as `performance.now` counts
 * @param {(result: Result) => void} report Takes the result after each thing measured
 */
export async function measure(peer, work, { samples, deadline }, report) {
  const { adapter, averages, note } = peer;
  const result = { adapter, averages, losses: [], steps_a_sample: 0, images_per_second: [], note };
  const tell = (/** @type {Partial<Result>} */ news) => report(Object.assign(result, news));
  const late = () => performance.now() >= deadline;

  const start = performance.now();
  let last;
  if (peer.loss === undefined) {
    check(peer.losses, work.losses[0]);
    tell({ losses: peer.losses });
    await peer.train(1);
    last = await seconds(() => peer.train(1));
  } else {
    const losses = [];
    do {
      last = await seconds(async () => losses.push(await peer.loss()));
      check(losses, work.losses[0]);
      tell({ losses });
    } while (losses.length < LOSSES && performance.now() - start < 1000 * LOSSES_SECONDS && !late());
  }

  let steps = Math.max(1, Math.round(1 / last));
  // A single step is mostly waiting where a step is quick.
  if (steps > 1) steps = Math.max(1, Math.round(steps / (await seconds(() => peer.train(steps)))));
  tell({ steps_a_sample: steps });

  const speeds = [];
  while (speeds.length < samples && !late()) {
    speeds.push((steps * work.batch) / (await seconds(() => peer.train(steps))));
    tell({ images_per_second: speeds });
  }
  if (peer.remark !== undefined && !late()) tell({ note: `${note}; ${await peer.remark()}` });
}

/** @param {() => Promise<unknown>} act */
async function seconds(act) {
  const start = performance.now();
  await act();
  return (performance.now() - start) / 1000;
}

/**
 * @param {number[]} losses
 * @param {number} first
 */
function check(losses, first) {
  const wrong = losses.findIndex((loss) => !Number.isFinite(loss));
  if (wrong !== -1) throw new Error(`loss ${wrong + 1} is ${losses[wrong]}`);
  // Written so that NaN fails.
  if (!(Math.abs(losses[0] - first) <= TOLERANCE * Math.abs(first))) {
    throw new Error(`its first loss is ${losses[0]}, not ${first}: this is other work`);
  }
}
