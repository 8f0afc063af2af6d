import { begin, get, plan } from '../core/api.js';
import { afterQuiet, h, put } from '../core/dom.js';
import { bytes, duration, number, several, valueOf } from '../core/format.js';
import { choice, empty, field, figures, heading, linkButton, mainLink, request, warningList } from '../core/parts.js';
import { clearProblems, showProblems } from '../core/problems.js';
import { TableChoice } from './table-choice.js';

/** What the form for a training was left with. @type {any} */
let draft = {};

/** @param {any} job */
export function studyOf(job) {
  draft = job;
  location.hash = '#/studies/new';
}

/** @typedef {'logUniform' | 'uniform' | 'integer' | 'choice'} Kind */

/** What can be searched: pointer, name, how it is drawn, and a first range. @type {[string, string, Kind, string, boolean?][]} */
const SETTINGS = [
  ['/optimizer/learningRate', 'Learning rate', 'logUniform', '0.0001, 0.1', true],
  ['/batchSize', 'Batch size', 'choice', '16, 32, 64, 128', true],
  ['/network/layers/0/units', 'Units of the first layer', 'integer', '8, 128'],
  ['/optimizer/weightDecay', 'Weight decay', 'logUniform', '0.00001, 0.01'],
  ['/optimizer/type', 'Optimizer', 'choice', 'adam, sgd, rmsprop'],
  ['/labelSmoothing', 'Label smoothing', 'uniform', '0, 0.2'],
];
const HINTS = { logUniform: 'Least and most, drawn evenly by their logarithm', uniform: 'Least and most', integer: 'Least and most, whole numbers', choice: 'One of these' };
const KINDS = /** @type {[string, string][]} */ ([['random', 'Random search'], ['successiveHalving', 'Successive halving'], ['crossValidation', 'Cross-validation']]);
const ABOUT = {
  random: 'Each trial draws its settings from the ranges; the best becomes the model.',
  successiveHalving: 'As a random search, but every trial begins with few epochs, and only the better ones go on.',
  crossValidation: 'Every row is in the test part once: an honest figure with an interval, without giving rows away.',
};

/** @param {import('../core/router.js').Visit} visit */
export async function studyForm({ query, signal, title }) {
  title('New study');
  const { items } = await get('datasets', { limit: 500 }, signal);
  if (!items.length) return h('div.stack', heading('New study', 'Many trainings for one question.'), empty('First, a table', 'A study trains on a table.', mainLink('#/tables', 'Bring a table')));
  const form = new StudyForm(items.map(one => one.name), signal);
  form.kind.value = query.get('kind') ?? 'random';
  form.shape();
  await form.data.choose(query.get('table') ?? draft.dataset, draft.target);
  await form.validate();
  return form.element;
}

class StudyForm {
  /** @param {string[]} names @param {AbortSignal} signal */
  constructor(names, signal) {
    this.signal = signal;
    this.think = afterQuiet(() => this.validate(), 200);
    this.turn = 0;
    this.data = new TableChoice(names, signal, this.think);
    const text = (pointer, value, placeholder = '') => h('input', { 'data-pointer': pointer, value, placeholder, oninput: this.think, inputmode: 'decimal', autocomplete: 'off' });
    this.kind = choice(KINDS, { 'data-pointer': '/kind', onchange: () => { this.shape(); this.think(); } });
    this.trials = text('/trials', '20');
    this.epochs = text('/epochs', draft.epochs ?? '', 'By the recipe');
    this.eta = text('/eta', '3');
    this.least = text('/minEpochs', '5');
    this.folds = text('/folds', '5');
    this.repeats = text('/repeats', '1');
    this.keep = choice([], { 'data-pointer': '/keep', onchange: this.think });
    this.ranges = SETTINGS.map(([pointer, name, kind, range, isOn]) => {
      const input = text(`/search/${pointer.replaceAll('/', '~1')}`, range);
      const box = h('input', { type: 'checkbox', checked: Boolean(isOn), onchange: () => { wrap.hidden = !box.checked; this.think(); } });
      input.setAttribute('inputmode', 'text');
      const wrap = h('div', { hidden: !isOn }, field(`${name}: range`, input, HINTS[kind]));
      return { pointer, kind, input, box, element: h('div.stack.tight', h('label.check', box, name), wrap) };
    });
    this.fields = h('div.fields');
    this.about = h('p.muted.small');
    this.search = h('fieldset.card', { id: 'search', 'data-pointer': '/search' }, h('legend.visually-hidden', 'What is searched'), h('h2', 'What is searched'), h('div.cards', this.ranges.map(one => one.element)));
    this.summary = h('div.card.stack', { 'aria-live': 'polite' });
    this.behind = h('div');
    this.rest = h('div.stack.tight');
    this.start = h('button.primary', { type: 'submit' }, 'Start the study');
    const others = Object.keys(draft).filter(name => !['dataset', 'target', 'epochs'].includes(name));
    this.form = h('form.stack', { novalidate: true, onsubmit: event => { event.preventDefault(); this.submit(); } },
      h('div.card.stack', h('div.fields', field('Kind', this.kind), field('Table', this.data.table), field('Predict', this.data.target)), this.data.said, this.about, this.fields,
        others.length ? h('p.muted.small', `Taken over from the form for a training: ${others.join(', ')}.`) : null),
      this.search, this.rest, h('div.row', this.start));
    this.element = h('div.stack', heading('New study', 'Many trainings for one question.', linkButton('#/studies', 'Studies')),
      h('div.columns', this.form, h('aside.stack', { 'aria-label': 'What will be trained' }, this.summary, this.behind)));
  }

  /** The fields of the kind. */
  shape() {
    const kind = /** @type {keyof typeof ABOUT} */ (this.kind.value);
    const isFolds = kind === 'crossValidation';
    this.search.hidden = isFolds;
    this.about.textContent = ABOUT[kind];
    const keeps = isFolds ? [['refit', 'one of all rows'], ['none', 'none']] : [['best', 'the best'], ['ensemble', 'several of the best'], ['none', 'none']];
    put(this.keep, keeps.map(([value, name]) => h('option', { value }, name)));
    put(this.fields, isFolds ? [field('Folds', this.folds), field('Repeats', this.repeats)] : field('Trials', this.trials), field('Epochs', this.epochs),
      kind === 'successiveHalving' ? [field('Epochs at first', this.least), field('Reduction', this.eta, 'One of so many goes on')] : null, field('The model', this.keep));
  }

  get request() {
    const kind = this.kind.value;
    const job = { ...draft, dataset: this.data.table.value, target: this.data.target.value, epochs: valueOf(this.epochs.value) };
    if (kind === 'crossValidation') return clean({ kind, job, folds: valueOf(this.folds.value), repeats: valueOf(this.repeats.value), keep: this.keep.value });
    const search = Object.fromEntries(this.ranges.filter(one => one.box.checked).map(one => [one.pointer, { [one.kind]: one.input.value.split(/[,;\s]+/).filter(Boolean).map(valueOf) }]));
    const halving = kind === 'successiveHalving' ? { minEpochs: valueOf(this.least.value), eta: valueOf(this.eta.value) } : {};
    return clean({ kind: 'search', job, search, method: kind, trials: valueOf(this.trials.value), ...halving, keep: this.keep.value });
  }

  async validate() {
    const turn = ++this.turn;
    const wanted = this.request;
    put(this.behind, request('POST', 'studies', wanted));
    try {
      const answer = await plan('studies', wanted, this.signal);
      if (turn !== this.turn) return;
      clearProblems(this.form);
      put(this.rest);
      put(this.summary, h('h2', several(answer.jobs, 'training')), figures([['Time', `≈ ${duration(answer.seconds)}`], ['Memory', bytes(answer.memoryBytes)]]), h('p.muted.small', `Judged by ${answer.configuration.metric}.`), warningList(answer.warnings));
      this.start.disabled = false;
    } catch (reason) {
      if (turn === this.turn) this.refuse(reason);
      this.start.disabled = true;
    }
  }

  async submit() {
    this.start.disabled = true;
    try {
      const { id } = await begin('studies', this.request, this.signal);
      draft = {};
      location.hash = `#/studies/${id}`;
    } catch (reason) {
      this.refuse(reason);
      this.start.disabled = false;
    }
  }

  refuse(reason) {
    if (this.signal.aborted) return;
    reason.back?.then(() => this.think());
    for (const error of reason.errors ?? []) error.pointer = error.pointer?.replace(/^#\/job/, '#').replace(/^#\/method/, '#/kind');
    showProblems(this.form, this.rest, reason);
  }
}

const clean = wanted => JSON.parse(JSON.stringify(wanted));
