/** The step in jax-js: one jitted function from state to state, batch norm and Adam by hand (its optax is on no registry). */

import {
  blockUntilReady,
  defaultDevice,
  init,
  jit,
  lax,
  nn,
  numpy as np,
  tree,
  valueAndGrad,
} from "@jax-js/jax";

import { processor, webgpu } from "./adapter.mjs";
import { version } from "./node_modules/@jax-js/jax/package.json";
import { BLOCKS, DENSE, NORM_EPS, NORM_MOMENTUM, initialState, oneHot } from "./work.mjs";

/** Steps that may wait for their submission. */
const QUEUED = 8;

// Every function owns its arguments: an array that is used again is passed as `.ref`.

/** Normalises over all but channels; returns mean and variance too, as [1, channels, 1, 1]. */
function norm(x, scale, shift) {
  const axes = [0, 2, 3];
  const channels = [1, -1, 1, 1];
  const mean = np.mean(x.ref, axes, { keepdims: true });
  const centred = x.sub(mean.ref);
  const variance = np.mean(np.square(centred.ref), axes, { keepdims: true });
  const rate = scale.reshape(channels).div(np.sqrt(variance.ref.add(NORM_EPS)));
  return { y: centred.mul(rate).add(shift.reshape(channels)), mean, variance };
}

function maxPool(x) {
  const [images, channels, height, width] = x.shape;
  return np.max(x.reshape([images, channels, height / 2, 2, width / 2, 2]), [3, 5]);
}

/** The mean loss, and the statistics of the batch in the order of those followed: a tree is mapped by order, not by name. */
function loss(weights, x, labels) {
  const statistics = {};
  for (const block of BLOCKS) {
    x = lax.convGeneralDilated(x, weights[`${block.conv}.weight`], [1, 1], "SAME");
    const { y, mean, variance } = norm(x, weights[`${block.norm}.weight`], weights[`${block.norm}.bias`]);
    const count = y.size / mean.size;
    statistics[`${block.norm}.running_mean`] = mean.reshape([-1]);
    statistics[`${block.norm}.running_var`] = variance.reshape([-1]).mul(count / (count - 1));
    x = nn.relu(y);
    if (block.pool) x = maxPool(x);
  }
  const features = np.mean(x, [2, 3]);
  const logits = np.matmul(features, np.transpose(weights[`${DENSE}.weight`])).add(weights[`${DENSE}.bias`]);
  const likelihood = nn.logSoftmax(logits, -1).mul(labels);
  return [np.sum(likelihood).mul(-1 / labels.shape[0]), statistics];
}

const towards = (rate) => (old, value) => old.ref.add(value.sub(old).mul(rate));

/**
 * @param {"webgpu" | "wasm"} runtime
 * @param {import("./work.mjs").Work} work
 * @returns {Promise<import("./measure.mjs").Peer>}
 */
export async function create(runtime, work) {
  if (!(await init(runtime)).includes(runtime)) throw new Error(`jax-js cannot start its ${runtime} backend`);
  defaultDevice(runtime);

  const array = ({ shape, values }) => np.array(values).reshape(shape);
  const x = array(work.tensors.get("x"));
  const labels = array(oneHot(work));
  const { beta1, beta2 } = work;
  const start = initialState(work, array);
  const zeros = () => tree.map((value) => np.zerosLike(value.ref), start.weights);
  let state = {
    m: zeros(),
    v: zeros(),
    averages: work.averages.map(() => tree.map((value) => value.ref.add(0), start)),
    ...start,
  };
  let made = 0;

  const update = jit(function update({ weights, statistics, m, v, averages }, x, labels, rate, root) {
    const [[value, batch], gradient] = valueAndGrad(loss, { hasAux: true })(tree.ref(weights), x, labels);
    m = tree.map(towards(1 - beta1), m, tree.ref(gradient));
    v = tree.map((v, g) => towards(1 - beta2)(v, np.square(g)), v, gradient);
    const moved = (w, m, v) => w.sub(m.ref.mul(rate.ref).div(np.sqrt(v.ref).mul(root.ref).add(work.eps)));
    weights = tree.map(moved, weights, m, v);
    statistics = tree.map(towards(NORM_MOMENTUM), statistics, batch);
    averages = averages.map((average, k) =>
      tree.map(towards(1 - work.averages[k]), average, tree.ref({ weights, statistics })),
    );
    return [{ weights, statistics, m, v, averages }, value];
  });

  /** Adam's corrections are numbers of the step, computed in double precision. */
  function step() {
    made++;
    const rate = np.array(work.learning_rate / (1 - beta1 ** made));
    const root = np.array(1 / Math.sqrt(1 - beta2 ** made));
    const [next, loss] = update(state, x.ref, labels.ref, rate, root);
    state = next;
    return loss;
  }

  return {
    adapter: await { webgpu, wasm: () => processor(navigator.hardwareConcurrency) }[runtime](),
    averages: work.averages.length,
    note: `jax-js ${version}, the whole step in one jit, Adam by hand`,
    async loss() {
      return (await step().data())[0];
    },
    async train(steps) {
      for (let left = steps; left > 0; left--) {
        const loss = step();
        // Its steps are only submitted when one waits, and hold their memory until then.
        if (left === 1 || left % QUEUED === 0) await blockUntilReady(loss);
        loss.dispose();
      }
    },
  };
}
