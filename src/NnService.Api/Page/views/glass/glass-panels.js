import { send } from '../../core/api.js';
import { h } from '../../core/dom.js';
import { number } from '../../core/format.js';
import { copyButton } from '../../core/parts.js';

/** @typedef {import('../../core/answers').Schemas} Schemas */

/** @param {Schemas['NeuronTrace']} neuron @param {Schemas['LayerTrace']} layer @param {string[]} names of the inputs, where it is of the first layer */
export function neuronPanel(neuron, layer, names) {
  const act = layer.activation;
  const sum = neuron.terms.map((term, i) => `  ${neuron.weightSymbols[i]}·${neuron.inputSymbols[i]} = ${number(neuron.weights[i])} · ${number(neuron.inputs[i])} = ${number(term)}${names[i] ? `   (${names[i]})` : ''}`);
  return [h('h2', `Neuron ${neuron.symbol}`),
    h('pre.formula', { tabindex: 0 }, ['z = Σ weight · input + bias', ...sum, neuron.biasSymbol ? `  ${neuron.biasSymbol} = ${number(neuron.bias)}` : null, `z = ${number(neuron.weightedSum, 6)}`, '',
      `${neuron.symbol} = ${act}(z) = ${number(neuron.activation, 6)}`, `${act}′(z) = ${number(neuron.activationDerivative, 6)}`].filter(line => line !== null).join('\n')),
    h('h3', 'On the way back'),
    h('pre.formula', { tabindex: 0 }, [`∂L/∂${neuron.symbol} = ${number(neuron.upstreamGradient, 6)}`, ...(neuron.upstreamTerms ?? []).map(term => `  ${term.symbol} = ${number(term.value)}`), `∂L/∂z = ${number(neuron.delta, 6)}`].join('\n'))];
}

/** @param {Schemas['TraceResponse']} answer @param {{layer: number, from: number, to: number}} chosen */
export function weightPanel(answer, chosen) {
  const layer = answer.layers[chosen.layer];
  const name = `layers[${layer.index}].weights[${chosen.from}][${chosen.to}]`;
  const found = answer.parameters.find(one => one.name === name);
  if (!found) return [h('h2', 'Weight'), h('p.muted', name)];
  return [h('h2', `Weight ${found.parameter}`), chosen.layer ? null : h('p.muted', `From ${answer.input.names[chosen.from]}`),
    h('pre.formula', { tabindex: 0 }, [found.equation, ...found.factors.map(factor => `  ${factor.symbol} = ${number(factor.value, 6)}`), `${found.symbol} = ${number(found.gradient, 6)}`, '', 'measured by moving the weight a little:', `  ${number(found.numericGradient, 6)}`].join('\n')),
    h('h3', 'One step of gradient descent'),
    h('pre.formula', { tabindex: 0 }, [`${found.parameter} ← ${found.parameter} − η · ${found.symbol}`, `   = ${number(found.value, 6)} − ${number(answer.learningRate)} · ${number(found.gradient, 6)}`, `   = ${number(found.updated, 6)}`].join('\n'))];
}

/** @param {string} path @param {AbortSignal} signal */
export async function formulaView(path, signal) {
  const [text, latex] = await Promise.all(['text/plain', 'text/x-latex'].map(async Accept => (await send('GET', `${path}/formula`, { signal, headers: { Accept } })).text()));
  return h('details.card', h('summary', 'The whole model as a formula'), h('div.stack.tight', h('div.row', copyButton(text, 'Copy as text'), copyButton(latex, 'Copy as LaTeX')), h('pre.formula', { tabindex: 0 }, text)));
}
