import { get, post, send } from '../core/api.js';
import { h, put } from '../core/dom.js';
import { number } from '../core/format.js';
import { field, figures, heading, request } from '../core/parts.js';
import { networkDiagram } from '../charts/network.js';

/** @param {import('../core/router.js').Visit} visit */
export async function glass({ params: [name, wanted], signal, title }) {
  title(`Inside ${name}`);
  const path = `models/${name}/versions/${wanted}`;
  const version = await get(path, {}, signal);
  const table = version.lineage?.dataset;
  const rows = table ? await get(`datasets/${table}/rows`, { limit: 100 }, signal).catch(() => null) : null;
  const box = new GlassBox(path, version, rows, signal);
  await box.trace();
  return h('div.stack', {}, heading(`Inside ${name}`, 'Every number of one row’s way through the network and back. Choose a neuron or a weight.', h('a.button', { href: `#/models/${name}?version=${wanted}` }, 'Back to the model')),
    box.element, await formulaView(path, signal).catch(() => null)); // it is written up to some hundred parameters
}

/** The diagram and the panel beside it; also used by the lessons. */
export class GlassBox {
  constructor(path, version, rows, signal) {
    this.path = path;
    this.version = version;
    this.signal = signal;
    /** @type {any} */
    this.chosen = null;
    this.diagram = h('div.diagram', {});
    this.panel = h('section.card.stack', { 'aria-live': 'polite' });
    this.said = h('div', {});
    this.summary = h('div', {});
    this.behind = h('div', {});
    const again = () => this.trace();
    this.rate = h('input', { value: '0.1', inputmode: 'decimal', onchange: again });
    this.row = this.rowOf(rows?.rows[0], rows);
    this.target = h('input', { value: this.targetOf(rows?.rows[0], rows), onchange: again, list: version.labels ? 'labels' : null });
    this.inputs = version.features.map((feature, i) => h('input', { value: this.row[i] ?? '', onchange: again, 'aria-label': feature }));
    const pick = rows ? h('input', { type: 'number', min: 0, max: rows.rows.length - 1, value: '0', onchange: () => {
      const row = rows.rows[Math.min(rows.rows.length - 1, Math.max(0, Number(pick.value)))];
      this.rowOf(row, rows).forEach((value, i) => { this.inputs[i].value = value ?? ''; });
      this.target.value = this.targetOf(row, rows);
      this.trace();
    } }) : null;
    this.element = h('div.stack', {},
      h('div.card.stack', {}, h('div.fields', {}, pick ? field('Row of the table', pick) : null, version.features.map((feature, i) => field(feature, this.inputs[i])),
        field(`True ${version.targets?.[0] ?? 'answer'}`, this.target), field('Learning rate', this.rate)), this.said),
      h('div.columns', {}, h('div.card.stack', {}, this.diagram, h('p.legend', {}, h('span', {}, 'Teal: positive'), h('span', {}, 'Orange: negative'), h('span', {}, 'Wider: larger')), this.summary), this.panel), this.behind);
  }

  /** @param {any[] | undefined} row @param {any} rows */
  rowOf(row, rows) {
    return this.version.features.map(feature => row ? row[rows.columns.indexOf(feature)] : 1);
  }

  /** @param {any[] | undefined} row @param {any} rows */
  targetOf(row, rows) {
    const target = this.version.targets?.[0];
    return String((row && target ? row[rows.columns.indexOf(target)] : this.version.labels?.[0]) ?? 1);
  }

  async trace() {
    const { version } = this;
    const isLabel = Boolean(version.labels?.length);
    const ask = { row: this.inputs.map(input => valueOf(input.value)), target: isLabel ? this.target.value : valueOf(this.target.value), learningRate: Number(this.rate.value) || 0.1 };
    try {
      this.answer = await post(`${this.path}/trace`, ask, { signal: this.signal });
      put(this.said);
      put(this.behind, request('POST', `${this.path}/trace`, ask));
      this.draw();
    } catch (reason) {
      put(this.said, h('p.notice.bad', { role: 'alert' }, /** @type {Error} */ (reason).message));
    }
  }

  draw() {
    const { answer } = this;
    const dense = answer.layers;
    const columns = [{ units: answer.input.encoded.length, text: 'inputs', names: answer.input.names, values: answer.input.encoded },
      ...dense.map(layer => ({ units: layer.neurons.length, text: layer.activation?.type ?? layer.activation, names: layer.neurons.map(neuron => neuron.symbol), values: layer.neurons.map(neuron => neuron.activation) }))];
    const weights = dense.map(layer => layer.neurons[0].weights.map((_, from) => layer.neurons.map(neuron => neuron.weights[from])));
    const focus = document.activeElement?.getAttribute('aria-label');
    put(this.diagram, networkDiagram(columns, { weights, chosen: this.chosen, title: 'The network with its weights and this row’s activations',
      onNode: (layer, unit) => { this.chosen = { layer, unit }; this.draw(); }, onEdge: edge => { this.chosen = edge; this.draw(); } }));
    if (focus) /** @type {SVGElement | null} */ (this.diagram.querySelector(`[aria-label="${CSS.escape(focus)}"]`))?.focus();
    put(this.summary, figures([['Answer', answer.output.map(value => number(value)).join(', ')], ['Loss', number(answer.loss), answer.lossFunction?.type ?? answer.lossFunction], ['∂L/∂answer', answer.lossGradient.map(value => number(value)).join(', ')]]));
    if (!this.chosen) put(this.panel, h('h2', {}, 'Choose'), h('p.muted', {}, 'A neuron shows its sum, its activation and its derivative. A line between two neurons is a weight: it shows the factors of the chain rule and what one step of gradient descent makes of it.'));
    else if (this.chosen.unit !== undefined) put(this.panel, ...neuronPanel(dense[this.chosen.layer].neurons[this.chosen.unit], dense[this.chosen.layer]));
    else put(this.panel, ...weightPanel(answer, this.chosen));
  }
}

const valueOf = text => text.trim() === '' ? null : text === 'true' ? true : text === 'false' ? false : Number.isNaN(Number(text)) ? text : Number(text);

function neuronPanel(neuron, layer) {
  const act = layer.activation?.type ?? layer.activation;
  const sum = neuron.terms.map((term, i) => `  ${neuron.weightSymbols[i]}·${neuron.inputSymbols[i]} = ${number(neuron.weights[i])} · ${number(neuron.inputs[i])} = ${number(term)}`);
  return [h('h2', {}, `Neuron ${neuron.symbol}`),
    h('pre.formula', { tabindex: 0 }, ['z = Σ weight · input + bias', ...sum, neuron.biasSymbol ? `  ${neuron.biasSymbol} = ${number(neuron.bias)}` : null, `z = ${number(neuron.weightedSum, 6)}`, '',
      `${neuron.symbol} = ${act}(z) = ${number(neuron.activation, 6)}`, `${act}′(z) = ${number(neuron.activationDerivative, 6)}`].filter(line => line !== null).join('\n')),
    h('h3', {}, 'On the way back'),
    h('pre.formula', { tabindex: 0 }, [`∂L/∂${neuron.symbol} = ${number(neuron.upstreamGradient, 6)}`, ...(neuron.upstreamTerms ?? []).map(term => `  ${term.symbol} = ${number(term.value)}`), `∂L/∂z = ${number(neuron.delta, 6)}`].join('\n'))];
}

function weightPanel(answer, chosen) {
  const layer = answer.layers[chosen.layer];
  const name = `layers[${layer.index}].weights[${chosen.from}][${chosen.to}]`;
  const found = answer.parameters.find(one => one.name === name);
  if (!found) return [h('h2', {}, 'Weight'), h('p.muted', {}, name)];
  return [h('h2', {}, `Weight ${found.parameter}`),
    h('pre.formula', { tabindex: 0 }, [found.equation, ...found.factors.map(factor => `  ${factor.symbol} = ${number(factor.value, 6)}`), `${found.symbol} = ${number(found.gradient, 6)}`, '', 'measured by moving the weight a little:', `  ${number(found.numericGradient, 6)}`].join('\n')),
    h('h3', {}, 'One step of gradient descent'),
    h('pre.formula', { tabindex: 0 }, [`${found.parameter} ← ${found.parameter} − η · ${found.symbol}`, `   = ${number(found.value, 6)} − ${number(answer.learningRate)} · ${number(found.gradient, 6)}`, `   = ${number(found.updated, 6)}`].join('\n'))];
}

async function formulaView(path, signal) {
  const text = await (await send('GET', `${path}/formula`, { signal, headers: { Accept: 'text/plain' } })).text();
  const latex = await (await send('GET', `${path}/formula`, { signal, headers: { Accept: 'text/x-latex' } })).text();
  const copy = (what, label) => {
    const button = h('button', { type: 'button', onclick: async () => { await navigator.clipboard?.writeText(what); button.textContent = 'Copied'; } }, label);
    return button;
  };
  return h('details.card', {}, h('summary', {}, 'The whole model as a formula'), h('div.stack.tight', {}, h('div.row', {}, copy(text, 'Copy as text'), copy(latex, 'Copy as LaTeX')), h('pre.formula', { tabindex: 0 }, text)));
}
