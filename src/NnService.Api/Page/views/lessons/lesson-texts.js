import { number } from '../../core/format.js';

/**
 * @typedef {{figures: [string, any, any?][], note?: string, sizes?: {units: number, text: string, names?: string[]}[], chart?: any,
 *   glass?: {version: any, row: any[], target: any, chosen?: any}}} Found
 * @typedef {{id: string, title: string, teaser: string, text: string[], formula?: string, compute: (bench: import('./workbench.js').Workbench) => Promise<Found>}} Lesson
 */

const ONE = (/** @type {number[][]} */ weights, /** @type {number[]} */ bias) => ({ layers: [{ type: 'dense', activation: 'sigmoid', weights, bias }] });
const TWO_TWO_ONE = (/** @type {number[][]} */ first, /** @type {number[][]} */ second) => ({ inputs: 2, layers: [
  { type: 'dense', units: 2, activation: 'sigmoid', weights: first, bias: [0, 0] }, { type: 'dense', units: 1, activation: 'sigmoid', weights: second, bias: [0] }] });
const HEIGHTS = 'name,weight_lb,height_in,gender\nAlice,133,65,F\nBob,160,72,M\nCharlie,152,70,M\nDiana,120,60,F\n';
const SIXTEEN = `x1,x2,x3,x4,label\n${'11010 01010 01010 10101 01101 10111 00000 11101 00111 11010 00101 10000 11111 01111 10010 10010'.split(' ').map(row => [...row].join(',')).join('\n')}\n`;
const FOUR = 'x1,x2,x3,label\n0,0,1,0\n1,1,1,1\n1,0,1,1\n0,1,1,0\n';

/** @type {Lesson[]} */
export const LESSONS = [
  {
    id: 'neuron', title: 'One neuron', teaser: 'Weights, a bias and the sigmoid: 0.999.',
    text: ['A neuron takes numbers, multiplies each by a weight, adds them up with a bias, and squeezes the sum between 0 and 1 by the sigmoid function.',
      'Here the weights are 0 and 1 and the bias is 4. For the inputs 2 and 3 the sum is 7, and the sigmoid of 7 is 0.999. Choose the neuron y below to see each term.'],
    formula: 'y = σ(w1·x1 + w2·x2 + b)      σ(z) = 1 / (1 + e^−z)',
    async compute(bench) {
      const version = await bench.model('lesson-neuron', ONE([[0], [1]], [4]));
      const [answer] = await bench.predict('lesson-neuron', [[2, 3]]);
      return { figures: [['Inputs', '2, 3'], ['Answer', number(answer.value, 6)]], glass: { version, row: [2, 3], target: 1, chosen: { layer: 0, unit: 0 } } };
    },
  },
  {
    id: 'feed-forward', title: 'Neurons in layers', teaser: 'Two hidden neurons and an output: 0.7216.',
    text: ['The answers of neurons can be the inputs of others: that is a network. Numbers go from left to right, layer by layer.',
      'All three neurons have the weights 0 and 1 and the bias 0. For the inputs 2 and 3 both hidden neurons answer σ(3) = 0.9526, and the output σ(0.9526) = 0.7216.'],
    formula: 'h1 = σ(0·x1 + 1·x2)    h2 = σ(0·x1 + 1·x2)    y = σ(0·h1 + 1·h2)',
    async compute(bench) {
      const version = await bench.model('lesson-feed-forward', TWO_TWO_ONE([[0, 0], [1, 1]], [[0], [1]]));
      const [answer] = await bench.predict('lesson-feed-forward', [[2, 3]]);
      return { figures: [['Inputs', '2, 3'], ['Answer', number(answer.value, 6)]], glass: { version, row: [2, 3], target: 1, chosen: { layer: 1, unit: 0 } } };
    },
  },
  {
    id: 'loss', title: 'The loss', teaser: 'How wrong is it? A model that always says 0: 0.5.',
    text: ['To train a network is to make it less wrong, so there has to be a number that says how wrong it is. The mean squared error takes each answer’s distance from the truth, squares it, and takes the mean.',
      'Of four people two are female (1) and two are not (0). A model that says 0 of everybody is wrong by 1 twice: its loss is 2 / 4 = 0.5.'],
    formula: 'L = 1/n · Σ (truth − answer)²',
    async compute(bench) {
      await bench.table('lesson-shifted', 'weight,height,female\n-2,-1,1\n25,6,0\n17,4,0\n-15,-6,1\n');
      await bench.model('lesson-zero', { layers: [{ type: 'dense', weights: [[0], [0]], bias: [0] }] }, { features: ['weight', 'height'], target: 'female' });
      const answer = await bench.evaluate('lesson-zero', { dataset: 'lesson-shifted', loss: 'meanSquaredError' });
      return { figures: [['Rows', number(answer.rows)], ['Loss', number(answer.loss)]] };
    },
  },
  {
    id: 'derivative', title: 'One derivative', teaser: 'What a small change of one weight does: 0.0214.',
    text: ['Which way should a weight be moved? The derivative ∂L/∂w1 says how the loss changes when w1 does. The chain rule makes it of three factors, each of which is easy.',
      'All weights are 1, all biases 0, and the row is Alice: 2 pounds and 1 inch below the shift, and female. The derivative is 0.0214: were w1 larger, the loss would be a little larger too. The weight w1 is chosen below; its gradient stands beside one that is measured by moving the weight.'],
    formula: '∂L/∂w1 = ∂L/∂y · ∂y/∂h1 · ∂h1/∂w1',
    async compute(bench) {
      const version = await bench.model('lesson-ones', TWO_TWO_ONE([[1, 1], [1, 1]], [[1], [1]]));
      bench.requests.push({ method: 'POST', path: 'models/lesson-ones/trace', json: { row: [-2, -1], target: 1 } });
      return { figures: [], glass: { version, row: [-2, -1], target: 1, chosen: { layer: 0, from: 0, to: 0 } } };
    },
  },
  {
    id: 'training', title: 'Training', teaser: 'A thousand epochs, four people: the loss falls.',
    text: ['Gradient descent moves every weight a little against its derivative, again and again. One pass over all rows is an epoch.',
      'Four people, their weight and height shifted by 135 pounds and 66 inches, one row at a time, a thousand epochs with a learning rate of 0.1. Then two whom it has never seen are asked about: Emily, 128 pounds and 63 inches, and Frank, 155 pounds and 68 inches.'],
    formula: 'w ← w − η · ∂L/∂w',
    async compute(bench) {
      await bench.table('lesson-heights', HEIGHTS);
      const job = await bench.train({ dataset: 'lesson-heights', target: 'gender', positiveLabel: 'F', features: ['weight_lb', 'height_in'],
        network: { inputs: 2, layers: [2, 1].map(units => ({ type: 'dense', units, activation: 'sigmoid', initializer: 'normal', biasInitializer: 'normal' })) },
        preprocessing: { columns: { weight_lb: { shift: 135, scale: 1 }, height_in: { shift: 66, scale: 1 } } },
        loss: 'meanSquaredError', optimizer: { type: 'sgd', learningRate: 0.1 }, batchSize: 1, epochs: 1000, order: 'sequential', seed: 7, precision: 'float64', model: 'lesson-heights' });
      const [emily, frank] = await bench.predict('lesson-heights', [{ weight_lb: 128, height_in: 63 }, { weight_lb: 155, height_in: 68 }]);
      return { chart: await bench.curve(job), figures: [['Loss at the end', number(job.trainLoss)], ['Emily is female', number(emily.probabilities?.F, 3), 'probability'], ['Frank is female', number(frank.probabilities?.F, 3), 'probability']] };
    },
  },
  {
    id: 'softmax', title: 'One of several', teaser: 'Softmax makes probabilities of scores: the sixteen points.',
    text: ['Where there are several labels, each gets an output of its own. Softmax makes probabilities of them: e to the power of each score, divided by the sum of all. The cross-entropy loss is −ln of the probability that the true label got.',
      'Sixteen rows of four bits, whose label is the third bit. Eight rows are learned from; the network is right on all others too.'],
    formula: 'pₖ = e^zₖ / Σ e^zⱼ      L = −ln p(true label)',
    async compute(bench) {
      await bench.table('lesson-sixteen', SIXTEEN);
      const job = await bench.train({ dataset: 'lesson-sixteen', target: 'label', network: { inputs: 4, layers: [{ type: 'dense', units: 2, activation: 'softmax', initializer: 'normal' }] },
        preprocessing: { numeric: 'none' }, split: { train: 0.5, validation: 0.25, test: 0.25, method: 'sequential' }, lossReduction: 'sum', optimizer: { type: 'sgd', learningRate: 0.01 },
        batchSize: 4, order: 'withReplacement', stepsPerEpoch: 100, epochs: 40, earlyStopping: { patience: 0 }, seed: 1, precision: 'float64', model: 'lesson-sixteen' });
      const { train, validation, test } = job.metrics;
      const right = (part, rows) => `${Math.round(part.accuracy * rows)} of ${rows}`;
      return { chart: await bench.curve(job), figures: [['Training rows', right(train, 8)], ['Validation rows', right(validation, 4)], ['Test rows', right(test, 4)]] };
    },
  },
  {
    id: 'deeper', title: 'A deeper network', teaser: '3-4-5-1: two hidden layers on four points.',
    text: ['More layers are the same thing repeated: 3 inputs, 4 and 5 hidden neurons, 1 output, no biases. The label of the four points is their first column; the network has to find that out.',
      'All four rows go through at once (full batch), 5,000 times, with half the summed squared error as the loss.'],
    async compute(bench) {
      await bench.table('lesson-four', FOUR);
      const layer = units => ({ type: 'dense', units, activation: 'sigmoid', useBias: false, initializer: 'normal' });
      const job = await bench.train({ dataset: 'lesson-four', target: 'label', features: ['x1', 'x2', 'x3'], network: { inputs: 3, layers: [4, 5, 1].map(layer) },
        preprocessing: { numeric: 'none' }, loss: 'halfSumSquaredError', optimizer: { type: 'sgd', learningRate: 0.5 }, batchSize: 4, epochs: 5000, order: 'sequential', seed: 1, precision: 'float64', model: 'lesson-3-4-5-1' });
      const answers = await bench.predict('lesson-3-4-5-1', [[0, 0, 1], [1, 1, 1], [1, 0, 1], [0, 1, 1]]);
      return { chart: await bench.curve(job), sizes: [3, 4, 5, 1].map((units, i) => ({ units, text: ['inputs', 'sigmoid', 'sigmoid', 'answer'][i] })),
        figures: answers.map((answer, i) => [['0 0 1', '1 1 1', '1 0 1', '0 1 1'][i], number(answer.probabilities?.['1'], 3), `truth: ${[0, 1, 1, 0][i]}`]) };
    },
  },
];
