import { begin, get, post, send } from '../core/api.js';
import { announce, h, newId, put } from '../core/dom.js';
import { Curve } from '../core/curve.js';
import { follow, pause } from '../core/events.js';
import { epochOf, keep, keptOf } from '../core/kept.js';
import { forward, layersOf } from '../core/forward.js';
import { number, valueOf } from '../core/format.js';
import { choice, field, figures, heading, link, refusal, request } from '../core/parts.js';
import { PROBLEMS, make, toCsv } from '../core/toys.js';
import { lineChart } from '../charts/lines.js';
import { networkDiagram } from '../charts/network.js';
import { surface } from '../charts/surface.js';
import { EpochSlider } from './glass/epochs.js';

const REACH = 1.25;

/** What the network is traced for: its weights are the same for every row. */
const ORIGIN = { x: 0, y: 0 };

/** @param {import('../core/router.js').Visit} visit */
export function playground({ signal, title }) {
  title('Playground');
  return new Playground(signal).element;
}

class Playground {
  /** @param {AbortSignal} signal when the view is left */
  constructor(signal) {
    this.signal = signal;
    this.run = new AbortController();
    this.seed = 1;
    this.id = '';
    this.surface = surface(REACH);
    this.loss = lineChart('Loss by epoch', { height: 220 });
    this.network = h('div');
    this.epoch = new EpochSlider(frame => this.see(frame.trace));
    this.figures = h('div');
    this.said = h('div', { role: 'status' });
    this.behind = h('div');
    const anew = () => this.data();
    this.noise = h('input', { type: 'range', min: 0, max: 0.3, step: 0.02, value: '0.06', oninput: anew });
    this.count = choice([['100', '100 points'], ['200', '200 points'], ['400', '400 points']], { value: '200', onchange: anew });
    this.units = h('input', { value: '8, 8', autocomplete: 'off', onchange: () => this.draw() });
    this.activation = choice(['tanh', 'relu', 'sigmoid', 'silu'], { value: 'tanh' });
    this.rate = choice(['0.00001', '0.00003', '0.0001', '0.001', '0.01', '0.1'], { value: '0.00003' });
    this.epochs = choice(['200', '1000', '3000', '10000', '30000'].map(one => [one, number(Number(one))]), { value: '10000' });
    this.start = h('button.primary', { onclick: () => this.train() }, 'Train');
    this.stop = h('button', { hidden: true, onclick: () => this.end('stop') }, 'Stop');
    const name = newId('problem');
    this.problems = Object.entries(PROBLEMS).map(([key, one]) => h('label.check', h('input', { type: 'radio', name, value: key, checked: key === 'moons', onchange: anew }), one.name));
    this.element = h('div.stack', heading('Playground', 'Two numbers in, one of two labels out: see how a network bends its boundary around the points.'),
      h('div.card.stack', h('fieldset', h('legend', 'Problem'), h('div.row', this.problems)),
        h('div.fields', field('Points', this.count), field('Noise', this.noise), field('Hidden units', this.units), field('Activation', this.activation), field('Learning rate', this.rate, 'Small: slow enough to watch'), field('Epochs', this.epochs)),
        h('div.row', this.start, this.stop, h('button.quiet', { onclick: () => { this.seed++; this.data(); } }, 'Other points')), this.said),
      h('div.columns.even', h('div.card.stack', h('h2', 'What it says of each place'), this.surface.element, this.epoch.element, h('p.muted.small', 'Colour: the label it would give, stronger where it is surer. After a training, go back through its epochs.')),
        h('div.card.stack', h('h2', 'Loss'), this.figures, this.loss.element, h('h2', 'Weights'), this.network)), this.behind);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw(), { signal });
    this.data();
  }

  data() {
    this.problem = this.problems.map(label => label.querySelector('input')).find(input => input.checked).value;
    this.samples = make(this.problem, Number(this.count.value), Number(this.noise.value), this.seed);
    this.run.abort();
    if (!this.stop.hidden) this.end('cancel');
    put(this.said);
    /** @type {import('../core/forward.js').Dense[] | null} */
    this.layers = null;
    this.stop.hidden = true;
    this.curve = new Curve();
    this.epoch.show([]);
    this.draw();
  }

  draw() {
    const { layers } = this;
    this.surface.draw(this.samples ?? [], layers ? (x, y) => forward(layers, [x, y])[0] : null);
    const sizes = [2, ...this.hidden(), 1];
    const columns = sizes.map((units, i) => ({ units, text: i === 0 ? 'inputs' : i === sizes.length - 1 ? 'output' : 'hidden' }));
    put(this.network, networkDiagram(columns, layers ? { weights: layers.map(layer => layer.weights), title: 'The network and its weights' } : {}));
    this.drawLoss();
  }

  drawLoss() {
    const points = this.curve?.drawn ?? [];
    const last = points[points.length - 1];
    put(this.figures, figures([['Epoch', number(last?.epoch)], ['Train loss', number(last?.trainLoss)], ['Accuracy', number(last?.metrics?.trainAccuracy, 3)]]));
    const line = (/** @type {'trainLoss' | 'validationLoss'} */ of) => /** @type {[number, number][]} */ (points.filter(point => point[of] !== null).map(point => [point.epoch, point[of]]));
    this.loss.draw({ series: [{ name: 'Train', points: line('trainLoss') }, { name: 'Validation', points: line('validationLoss') }], xName: 'epoch', yName: 'loss' });
  }

  hidden() {
    return this.typed().filter(units => typeof units === 'number' && Number.isInteger(units) && units >= 1 && units <= 64).slice(0, 4);
  }

  typed() {
    return this.units.value.split(/[ ,;]+/).filter(Boolean).map(valueOf);
  }

  async train() {
    const units = this.typed();
    if (units.length > 4 || units.length > this.hidden().length) return put(this.said, refusal('Hidden units: at most four numbers from 1 to 64, as in 8, 8.'));
    this.run.abort();
    this.run = new AbortController();
    const signal = AbortSignal.any([this.run.signal, this.signal]);
    this.curve = new Curve();
    this.epoch.isLast = true;
    this.epoch.show([]);
    this.start.disabled = true;
    try {
      const dataset = await this.upload(signal);
      const wanted = this.request(dataset);
      put(this.behind, request('POST', 'training-jobs', wanted));
      const job = await begin('training-jobs', wanted, signal);
      this.id = job.id;
      this.stop.hidden = false;
      const say = text => put(this.said, h('p.small', text, link(`#/jobs/${job.id}`, 'The job in full')));
      say('Waiting for its turn: another training may be under way. ');
      let isLooking = false;
      await follow(`training-jobs/${job.id}/events`, (name, data) => {
        if (name === 'state' && data.state === 'running') {
          say('Training. ');
          if (!isLooking) this.look(signal);
          isLooking = true; // a service that was killed says it once more
        }
        if (name !== 'history') return;
        this.curve?.add(data);
        this.drawLoss();
      }, signal);
      await this.finish(signal);
    } catch (reason) {
      if (!signal.aborted) put(this.said, refusal(reason));
    } finally {
      this.start.disabled = false;
    }
  }

  /** The same points are the same table: it is made once. @param {AbortSignal} signal */
  async upload(signal) {
    const name = `playground-${this.problem}-${this.count.value}-${this.noise.value.replace('.', '')}-${this.seed}`;
    try {
      await send('POST', 'datasets', { query: { name }, body: toCsv(this.samples ?? []), headers: { 'Content-Type': 'text/csv' }, signal });
    } catch (reason) {
      if (reason.status !== 409) throw reason;
    }
    return name;
  }

  request(dataset) {
    return {
      dataset, target: 'label', positiveLabel: 'a', model: 'playground', preprocessing: { numeric: 'none' },
      network: { inputs: 2, layers: [...this.hidden().map(units => ({ type: 'dense', units, activation: this.activation.value })), { type: 'dense', units: 1, activation: 'sigmoid' }] },
      split: { train: 0.8, validation: 0.2, test: 0 }, optimizer: { type: 'adam', learningRate: Number(this.rate.value) }, schedule: { type: 'constant' },
      batchSize: 1, epochs: Number(this.epochs.value), earlyStopping: { patience: 0 }, seed: this.seed,
    };
  }

  /** Asks for the weights again and again while it trains. @param {AbortSignal} signal */
  async look(signal) {
    while (!signal.aborted && !this.stop.hidden) {
      const trace = await post(`training-jobs/${this.id}/trace`, { row: ORIGIN, target: 'a' }, { signal }).catch(() => null); // it may be waiting, or gone for a while
      if (signal.aborted || this.stop.hidden) return;
      if (trace?.step) this.keep(trace, epochOf(trace, this.curve?.last));
      await pause(trace ? 100 : 1000, signal);
    }
  }

  /** @param {import('../core/kept.js').Trace} trace @param {number} epoch */
  keep(trace, epoch) {
    keep(this.id, trace, epoch);
    this.epoch.show(keptOf(this.id)?.frames ?? []);
    if (this.epoch.frames.length === 1) this.see(trace);
  }

  see(trace) {
    this.layers = layersOf(trace);
    this.draw();
  }

  async finish(signal) {
    this.stop.hidden = true;
    const job = await get(`training-jobs/${this.id}`, {}, signal);
    const { model } = job;
    if (!model) { put(this.said, h('p.notice.bad', job.error?.detail ?? `The job is ${job.state}.`)); return; }
    this.keep(await post(`models/${model.name}/versions/${String(model.version)}/trace`, { row: ORIGIN, target: 'a' }, { signal }), job.epoch);
    announce('The training has ended.');
    put(this.said, h('p.row.small', 'Trained.', link(`#/models/${model.name}?version=${model.version}`, 'Ask the model'), link(`#/models/${model.name}/${model.version}/glass`, 'Look inside'), link(`#/jobs/${this.id}`, 'The job')));
  }

  /** @param {'stop' | 'cancel'} verb */
  async end(verb) {
    await post(`training-jobs/${this.id}/${verb}`, undefined).catch(() => { });
  }
}
