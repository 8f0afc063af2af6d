import { get, post } from '../../core/api.js';
import { h, put, renew } from '../../core/dom.js';
import { ENDED, pause } from '../../core/events.js';
import { number, valueOf, words } from '../../core/format.js';
import { layersOf } from '../../core/forward.js';
import { epochOf, keep, keptOf, rowOf } from '../../core/kept.js';
import { choice, field, figures, heading, link, linkButton, request } from '../../core/parts.js';
import { clearProblems, showProblems } from '../../core/problems.js';
import { networkDiagram } from '../../charts/network.js';
import { trainedOn } from '../trained-on.js';
import { EpochSlider } from './epochs.js';
import { formulaView, neuronPanel, weightPanel } from './glass-panels.js';

/**
 * @typedef {import('../../core/kept.js').Trace} Trace
 * @typedef {import('../../core/answers').Schemas['DatasetRows']} Rows
 * @typedef {{features: string[], target?: string, labels?: string[] | null, columns?: import('../../core/answers').Schemas['FeatureColumn'][], isClassification: boolean, table?: string | null, job?: string | null, epoch?: number | null}} Subject what is looked into
 */

const ABOUT = 'Every number of one row’s way through the network and back. Choose a neuron or a weight.';

/** @param {import('../../core/answers').Version} version @returns {Subject} */
export const subjectOf = ({ features, targets, labels, lineage, preprocessing }) =>
  ({ features, target: targets?.[0], labels, columns: preprocessing?.columns, isClassification: Boolean(labels?.length), table: lineage?.dataset, job: lineage?.jobId, epoch: lineage?.epoch });

/** @param {import('../../core/router.js').Visit} visit */
export async function glass({ params: [name, wanted], signal, title }) {
  title(`Inside ${name}`);
  const path = /** @type {import('../../core/answers').VersionPath} */ (`models/${name}/versions/${wanted}`);
  const version = await get(path, {}, signal);
  const { table, gone } = await trainedOn(version, signal);
  const box = new GlassBox(path, subjectOf(version), await rowsOf(table?.name, signal), signal);
  await box.trace();
  return h('div.stack', heading(`Inside ${name}`, ABOUT, linkButton(`#/models/${name}?version=${wanted}`, 'Back to the model')), gone ? h('p.notice.warn', gone) : null,
    box.element, await formulaView(path, signal).catch(() => null)); // it is written up to some hundred parameters
}

/** The same of a job under way, as it trains. @param {import('../../core/router.js').Visit} visit */
export async function jobGlass({ params: [id], signal, title }) {
  const { configuration, model, state } = /** @type {import('../../core/answers').Job} */ (await get(`training-jobs/${id}`, {}, signal));
  const { dataset, target, features, task } = configuration;
  if (model) location.replace(`#/models/${model.name}/${model.version}/glass`);
  title(`Inside the training of ${dataset}`);
  const box = new GlassBox(`training-jobs/${id}`, { features: features ?? [], target: String(target), isClassification: task !== 'regression', table: dataset, job: id }, await rowsOf(dataset, signal), signal);
  if (state === 'queued') put(box.diagram, h('p', 'The job waits for its turn.'));
  else await box.trace();
  box.live();
  return h('div.stack', heading(`Inside the training of ${dataset}`, ABOUT, linkButton(`#/jobs/${id}`, 'Back to the job')), box.element);
}

/** @param {string | null | undefined} table @param {AbortSignal} signal @param {any} offset */
const rowsOf = async (table, signal, offset = 0) => table ? get(`datasets/${table}/rows`, { offset, limit: 1 }, signal).catch(() => null) : null;

/** The diagram and the panel beside it; also used by the lessons. */
export class GlassBox {
  /** @param {string} path of what has a trace @param {Subject} subject @param {Rows | null} first row of the table @param {AbortSignal} signal */
  constructor(path, subject, first, signal) {
    this.path = /** @type {`models/${string}`} */ (path);
    this.subject = subject;
    this.signal = signal;
    /** @type {any} */
    this.chosen = null;
    /** @type {{epoch: number, step: number} | undefined} a point of the history */
    this.point = undefined;
    this.diagram = h('div.diagram');
    this.panel = h('section.card.stack', { 'aria-live': 'polite' });
    this.said = h('div');
    this.summary = h('div');
    this.behind = h('div');
    this.kept = h('p.muted.small.row');
    this.epoch = new EpochSlider(frame => { this.answer = frame.trace; this.draw(); });
    const again = () => this.trace();
    this.rate = h('input', { value: '0.1', inputmode: 'decimal', 'data-pointer': '/learningRate', onchange: again });
    const input = (/** @type {any[] | null | undefined} */ values, /** @type {Record<string, any>} */ props = {}) => values?.length ? choice(values.map(String), { onchange: again, ...props }) : h('input', { onchange: again, ...props });
    this.target = input(subject.labels, { 'data-pointer': '/target' });
    this.inputs = subject.features.map((feature, i) => input(subject.columns?.find(one => one.name === feature && !one.dates?.length)?.categories, { 'aria-label': feature, 'data-pointer': `/row/${i}` }));
    this.fill(this.inputs.map(one => one.value || 1), subject.labels?.[0] ?? 1);
    this.fillRow(first);
    const last = first ? first.total - 1 : 0;
    const pick = first ? h('input', { type: 'number', min: 0, max: last, value: '0', onchange: async () => {
      pick.value = String(Math.min(last, Math.max(0, Math.trunc(Number(pick.value)))));
      this.fillRow(await rowsOf(subject.table, signal, pick.value));
      this.trace();
    } }) : null;
    this.watched();
    this.element = h('div.stack', {},
      h('div.card.stack', h('div.fields', pick ? field('Row of the table', pick, `0 to ${number(last)}`) : null, subject.features.map((feature, i) => field(feature, this.inputs[i])),
        field(`True ${subject.target ?? 'answer'}`, this.target), field('Learning rate', this.rate)), this.said),
      h('div.columns', h('div.card.stack', this.epoch.element, this.diagram, h('p.legend', h('span', 'Teal: positive'), h('span', 'Orange: negative'), h('span', 'Wider: larger')), this.summary, this.kept), this.panel), this.behind);
  }

  /** @param {Rows | null} rows of which the first is taken */
  fillRow(rows) {
    if (!rows?.rows.length) return;
    const valueIn = name => rows.rows[0][rows.columns.indexOf(name)];
    this.fill(this.subject.features.map(valueIn), valueIn(this.subject.target ?? ''));
  }

  /** @param {any[]} values @param {any} target */
  fill(values, target) {
    [...values, target].forEach((value, i) => {
      const [input, text] = [this.inputs[i] ?? this.target, String(value ?? '')];
      input.value = text;
      if (input.value === text) return;
      input.append(h('option', { value: text }, text || 'missing'));
      input.value = text;
    });
  }

  /** Goes to the row whose traces were kept, if any were. */
  watched() {
    const last = keptOf(this.subject.job)?.frames[0].trace;
    if (last) this.fill(this.subject.features.map(feature => last.input.raw[feature]), last.target.raw);
    return Boolean(last);
  }

  async trace() {
    const ask = { row: this.inputs.map(input => input.localName === 'select' ? input.value || null : typed(input.value)), target: this.subject.isClassification ? this.target.value : typed(this.target.value), learningRate: typed(this.rate.value) };
    try {
      const answer = await post(`${this.path}/trace`, ask, { signal: this.signal });
      clearProblems(this.element);
      put(this.said);
      put(this.behind, request('POST', `${this.path}/trace`, ask));
      await this.show(answer);
    } catch (reason) {
      showProblems(this.element, this.said, reason);
    }
  }

  /** @param {Trace} answer */
  async show(answer) {
    const { job, epoch } = this.subject;
    if (job && answer.step) {
      this.point ??= (await get(`training-jobs/${job}/history`, { maxPoints: 3 }, this.signal)).points.filter(point => point.step > 0).pop();
      keep(job, answer, epochOf(answer, this.point));
    }
    const kept = keptOf(job);
    const isKept = kept?.row === rowOf(answer);
    const frames = isKept ? kept.frames.filter(frame => answer.step || frame.epoch < (epoch ?? 0)) : [];
    this.epoch.show(answer.step ? frames : [...frames, { epoch: epoch ?? 0, trace: answer }]);
    put(this.kept, !job ? null : isKept ? 'Epochs are kept in this page, for this row, while it is open.'
      : kept ? ['Earlier epochs were kept for another row. ', h('button.quiet', { onclick: () => { this.watched(); this.trace(); } }, 'Show that row')]
      : 'Nothing was kept of earlier epochs: look inside while it trains to go back through them.');
  }

  /** Asks again and again, until the job has ended or is deleted. */
  async live() {
    for (let state = 'queued'; !ENDED.includes(state);) {
      await pause(500, this.signal);
      if (this.signal.aborted) return;
      if (document.hidden) continue;
      state = await get(`training-jobs/${this.subject.job}`, {}, this.signal).then(job => String(job.state), reason => reason.status === 404 ? 'cancelled' : state);
      if (state !== 'queued') await this.trace();
    }
    if (!this.signal.aborted && this.answer?.version) put(this.said, h('p.row', 'The training has ended.', link(`#/models/${this.answer.model}/${this.answer.version}/glass`, 'Inside the model')));
  }

  draw() {
    const answer = /** @type {Trace} */ (this.answer);
    const dense = answer.layers;
    const labels = this.subject.labels?.length === answer.output.length ? this.subject.labels : null;
    const columns = [{ units: answer.input.encoded.length, text: 'inputs', names: answer.input.names, values: answer.input.encoded },
      ...dense.map((layer, i) => ({ units: layer.neurons.length, text: layer.activation ?? layer.type, values: layer.neurons.map(neuron => neuron.activation),
        names: i === dense.length - 1 && labels || layer.neurons.map(neuron => neuron.symbol) }))];
    renew(this.diagram, networkDiagram(columns, { weights: layersOf(answer).map(layer => layer.weights), chosen: this.chosen, title: 'The network with its weights and this row’s activations',
      onNode: (layer, unit) => { this.chosen = { layer, unit }; this.draw(); }, onEdge: edge => { this.chosen = edge; this.draw(); } }));
    const answers = answer.output.map((value, i) => ({ name: columns[columns.length - 1].names[i], value }));
    if (labels) answers.sort((a, b) => b.value - a.value);
    const shown = answers.filter((one, i) => i < 6 || labels && one.name === answer.target.raw);
    put(this.summary, figures([...shown.map(one => /** @type {[string, any]} */ ([answers.length > 1 ? `Answer: ${one.name}` : 'Answer', number(one.value)])),
      ['Loss', number(answer.loss), words(lossName(answer.lossFunction))]]), h('p.small', `∂L/∂answer = ${answer.lossGradient.map(value => number(value)).join(', ')}`));
    if (!this.chosen) put(this.panel, h('h2', 'Choose'), h('p.muted', 'A neuron shows its sum, its activation and its derivative. A line between two neurons is a weight: it shows the factors of the chain rule and what one step of gradient descent makes of it.'));
    else if (this.chosen.unit !== undefined) put(this.panel, ...neuronPanel(dense[this.chosen.layer].neurons[this.chosen.unit], dense[this.chosen.layer], this.chosen.layer ? [] : answer.input.names));
    else put(this.panel, ...weightPanel(answer, this.chosen));
  }
}

const typed = text => text === 'true' ? true : text === 'false' ? false : valueOf(text) ?? null;

const lossName = loss => loss?.type ?? loss;
