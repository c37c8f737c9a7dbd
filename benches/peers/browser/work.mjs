/**
 * The work that all peers do, read from the safetensors file of `emascope bench --export`: a length of eight bytes, as
 * much JSON, then the tensors.
 *
 * @typedef {object} Tensor
 * @property {number[]} shape
 * @property {Float32Array} values
 *
 * @typedef {object} Work
 * @property {string} network
 * @property {number} batch
 * @property {number} learning_rate
 * @property {number} beta1
 * @property {number} beta2
 * @property {number} eps
 * @property {number[]} averages The β of each average
 * @property {number[]} losses Of consecutive steps, the first before any update
 * @property {Map<string, Tensor>} tensors Initial weights by PyTorch's name and in its layout, the images `x` and their `labels`
 */

/** Of PyTorch's batch norm. */
export const NORM_EPS = 1e-5;
export const NORM_MOMENTUM = 0.1;

/** A block is convolution, batch norm and ReLU, named by their places in PyTorch's Sequential; some end in a pool. */
export const BLOCKS = [
  { conv: "0", norm: "1", pool: false },
  { conv: "3", norm: "4", pool: true },
  { conv: "7", norm: "8", pool: false },
  { conv: "10", norm: "11", pool: true },
  { conv: "14", norm: "15", pool: false },
  { conv: "17", norm: "18", pool: false },
];
/** Follows the blocks and a global average. */
export const DENSE = "22";

/** Integers come as numbers too: they are labels, and counters that nobody needs. */
const READ = {
  F32: (/** @type {ArrayBuffer} */ bytes) => new Float32Array(bytes),
  I64: (/** @type {ArrayBuffer} */ bytes) => Float32Array.from(new BigInt64Array(bytes), Number),
};

/**
 * @param {ArrayBuffer} bytes
 * @returns {Work}
 */
export function readWork(bytes) {
  const length = Number(new DataView(bytes).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, length)));
  const { __metadata__: metadata, ...entries } = header;
  const tensors = new Map();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(entries)) {
    const [begin, end] = data_offsets;
    tensors.set(name, { shape, values: READ[dtype](bytes.slice(8 + length + begin, 8 + length + end)) });
  }
  return { ...JSON.parse(metadata.work), tensors };
}

/**
 * The network's weights (trained) and statistics (batch norm's, which are only followed), each turned into what a peer
 * computes with.
 *
 * @template T
 * @param {Work} work
 * @param {(tensor: Tensor) => T} convert
 */
export function initialState({ network, tensors }, convert) {
  if (!tensors.has(`${DENSE}.weight`)) throw new Error(`the peers know tiny and small, not ${network}`);
  const named = (/** @type {string[]} */ names) =>
    Object.fromEntries(names.map((name) => [name, convert(tensors.get(name))]));
  const both = (/** @type {string} */ layer) => [`${layer}.weight`, `${layer}.bias`];
  const running = (/** @type {string} */ norm) => [`${norm}.running_mean`, `${norm}.running_var`];
  return {
    weights: named([
      ...BLOCKS.flatMap(({ conv, norm }) => [`${conv}.weight`, ...both(norm)]),
      ...both(DENSE),
    ]),
    statistics: named(BLOCKS.flatMap(({ norm }) => running(norm))),
  };
}

/**
 * The batch's labels as rows of zeros and a one.
 *
 * @param {Work} work
 * @returns {Tensor}
 */
export function oneHot({ tensors }) {
  const labels = tensors.get("labels").values;
  const [classes] = tensors.get(`${DENSE}.bias`).shape;
  const values = new Float32Array(labels.length * classes);
  labels.forEach((label, image) => (values[image * classes + label] = 1));
  return { shape: [labels.length, classes], values };
}
