// A small dense network forwards, to draw what it says of thousands of places while it trains; the service's own numbers are its weights.

/** @typedef {{weights: number[][], bias: number[] | null, activation: string}} Dense  weights[input][unit] */

/** @type {Record<string, (z: number) => number>} */
const ACTIVATIONS = {
  linear: z => z,
  sigmoid: z => 1 / (1 + Math.exp(-z)),
  tanh: Math.tanh,
  relu: z => Math.max(0, z),
  leakyRelu: z => z > 0 ? z : 0.01 * z,
  elu: z => z > 0 ? z : Math.expm1(z),
  silu: z => z / (1 + Math.exp(-z)),
  softplus: z => Math.log1p(Math.exp(-Math.abs(z))) + Math.max(z, 0),
};

/** @param {Dense[]} layers */
export const canRun = layers => layers.every(layer => layer.activation in ACTIVATIONS);

/** @param {Dense[]} layers @param {number[]} inputs @returns {number[]} */
export function forward(layers, inputs) {
  let values = inputs;
  for (const { weights, bias, activation } of layers) {
    const act = ACTIVATIONS[activation];
    const next = new Array(weights[0].length);
    for (let unit = 0; unit < next.length; unit++) {
      let sum = bias ? bias[unit] : 0;
      for (let i = 0; i < values.length; i++) sum += weights[i][unit] * values[i];
      next[unit] = act(sum);
    }
    values = next;
  }
  return values;
}

/** The layers of a trace, which names each neuron's weights. @param {Pick<import('./answers').Schemas['TraceResponse'], 'layers'>} trace @returns {Dense[]} */
export const layersOf = trace => trace.layers.map(layer => ({
  activation: layer.activation ?? '',
  bias: layer.neurons.map(neuron => neuron.bias ?? 0),
  weights: layer.neurons[0].weights.map((_, from) => layer.neurons.map(neuron => neuron.weights[from])),
}));
