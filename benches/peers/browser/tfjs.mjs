/** The step in TensorFlow.js: images NHWC, its own Adam, batch norm of the batch. */

import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-webgl";
import "@tensorflow/tfjs-backend-webgpu";
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import * as tf from "@tensorflow/tfjs-core";

import { processor, webgl, webgpu } from "./adapter.mjs";
import { BLOCKS, DENSE, NORM_EPS, NORM_MOMENTUM, initialState, oneHot } from "./work.mjs";

/** From PyTorch's layout to TensorFlow's, by the number of dimensions. */
const LAYOUT = { 1: [0], 2: [1, 0], 4: [2, 3, 1, 0] };

/**
 * @param {"webgpu" | "webgl" | "cpu"} runtime
 * @param {import("./work.mjs").Work} work
 * @returns {Promise<import("./measure.mjs").Peer>}
 */
export async function create(runtime, work) {
  if (!(await tf.setBackend(runtime))) throw new Error(`TensorFlow.js cannot start its ${runtime} backend`);
  await tf.ready();

  const images = work.tensors.get("x");
  const x = tf.tidy(() => tf.transpose(tf.tensor4d(images.values, images.shape), [0, 2, 3, 1]));
  const target = oneHot(work);
  const labels = tf.tensor2d(target.values, target.shape);
  const { weights, statistics } = initialState(work, ({ shape, values }) =>
    tf.tidy(() => tf.variable(tf.transpose(tf.tensor(values, shape), LAYOUT[shape.length]))),
  );
  const trained = Object.values(weights);
  const averaged = [...trained, ...Object.values(statistics)];
  const averages = work.averages.map((beta) => ({
    beta,
    values: averaged.map((value) => tf.variable(value)),
  }));
  const adam = tf.train.adam(work.learning_rate, work.beta1, work.beta2, work.eps);

  const follow = (average, value, rate) =>
    average.assign(tf.add(average, tf.mul(rate, tf.sub(value, average))));

  function norm(x, name) {
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    const count = x.size / mean.size;
    follow(statistics[`${name}.running_mean`], mean, NORM_MOMENTUM);
    follow(statistics[`${name}.running_var`], variance, (NORM_MOMENTUM * count) / (count - 1));
    return tf.batchNorm4d(x, mean, variance, weights[`${name}.bias`], weights[`${name}.weight`], NORM_EPS);
  }

  function loss() {
    let y = x;
    for (const block of BLOCKS) {
      y = tf.relu(norm(tf.conv2d(y, weights[`${block.conv}.weight`], 1, "same"), block.norm));
      if (block.pool) y = tf.maxPool(y, 2, 2, "valid");
    }
    const features = tf.mean(y, [1, 2]);
    const logits = tf.add(tf.matMul(features, weights[`${DENSE}.weight`]), weights[`${DENSE}.bias`]);
    return tf.losses.softmaxCrossEntropy(labels, logits);
  }

  const step = () =>
    tf.tidy(() => {
      const value = adam.minimize(loss, true, trained);
      for (const { beta, values } of averages) {
        values.forEach((average, place) => follow(average, averaged[place], 1 - beta));
      }
      return value;
    });

  return {
    adapter: await { webgpu, webgl, cpu: () => processor(1) }[runtime](),
    averages: averages.length,
    note: `TensorFlow.js ${tf.version_core}, tf.train.adam`,
    async loss() {
      const value = step();
      const [loss] = await value.data();
      value.dispose();
      return loss;
    },
    async train(steps) {
      for (let made = 0; made < steps; made++) step().dispose();
      // What the last step wrote last.
      await averages.at(-1).values.at(-1).data();
    },
  };
}
