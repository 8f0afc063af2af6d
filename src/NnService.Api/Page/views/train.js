import { begin, get, plan } from '../core/api.js';
import { afterQuiet, h, put } from '../core/dom.js';
import { bytes, duration, number, valueOf, words } from '../core/format.js';
import { choice, empty, field, figures, heading, linkButton, mainLink, request, warningList } from '../core/parts.js';
import { clearProblems, showProblems } from '../core/problems.js';
import { networkDiagram } from '../charts/network.js';
import { layerEditor } from './layers.js';
import { studyOf } from './study-form.js';
import { TableChoice } from './table-choice.js';

/** @param {import('../core/router.js').Visit} visit */
export async function train({ query, signal, title }) {
  title('Train');
  const [tables, catalogue] = await Promise.all([get('datasets', { limit: 500 }, signal), get('catalogue', {}, signal)]);
  if (!tables.items.length) {
    return h('div.stack', heading('Train', 'A network learns to predict one column from the others.'),
      empty('First, a table', 'Bring a CSV file, or make a toy problem in the playground.',
        h('div.row', mainLink('#/tables', 'Bring a table'), linkButton('#/playground', 'Playground'))));
  }

  const form = new TrainForm(tables.items.map(one => one.name), catalogue, signal);
  if (query.get('units')) form.layers.add(query.get('units'));
  await form.data.choose(query.get('table'), query.get('target'));
  await form.validate();
  return form.element;
}

const EMBEDDINGS = ['piecewiseLinear', 'periodic', 'cosine', 'categoryEmbedding'];

/** What is asked for; a field left alone is left out, so that the service fills it in. */
class TrainForm {
  /** @param {string[]} names @param {any} catalogue @param {AbortSignal} signal */
  constructor(names, catalogue, signal) {
    this.signal = signal;
    this.think = afterQuiet(() => this.validate(), 200);
    this.turn = 0;
    const options = list => /** @type {[string, string][]} */ (list.map(one => [one.type, words(one.type)]));
    const text = (pointer, /** @type {Record<string, any>} */ props = {}) => h('input', { 'data-pointer': pointer, oninput: this.think, inputmode: 'decimal', autocomplete: 'off', ...props });
    this.data = new TableChoice(names, signal, () => { this.fillFeatures(); this.think(); });
    this.task = choice([['', 'By the target'], ['binaryClassification', 'binary classification'], ['multiclassClassification', 'multiclass classification'], ['regression', 'regression']], { 'data-pointer': '/task', onchange: this.think });
    this.layers = layerEditor(catalogue.activations.map(one => one.type), this.think);
    this.recipe = choice([['', 'Standard'], ['fast', 'Fast'], ['best', 'Best']], { 'data-pointer': '/recipe', onchange: this.think });
    this.optimizer = choice([['', 'By the recipe'], ...options(catalogue.optimizers)], { 'data-pointer': '/optimizer', onchange: this.think });
    this.rate = text('/optimizer/learningRate');
    this.epochs = text('/epochs');
    this.batch = text('/batchSize');
    this.seed = text('/seed');
    this.loss = choice([['', 'By the task'], ...options(catalogue.losses)], { 'data-pointer': '/loss', onchange: this.think });
    this.validation = text('/split/validation');
    this.test = text('/split/test');
    this.model = text('/model', { inputmode: 'text' });
    this.features = h('div.row');
    this.rest = h('div.stack.tight');
    this.summary = h('div.stack', { 'aria-live': 'polite' }, h('p.muted', 'Choose a table and a target.'));
    this.behind = h('div');
    this.start = h('button.primary', { type: 'submit' }, 'Train');
    this.study = h('button', { onclick: () => studyOf(this.request) }, 'Search or cross-validate');
    this.form = h('form.stack', { novalidate: true, onsubmit: event => { event.preventDefault(); this.submit(); } },
      h('div.card.stack', {},
        h('div.fields.wide', field('Table', this.data.table), field('Predict', this.data.target), field('Task', this.task)), this.data.said,
        h('details', h('summary', 'From which columns'), h('fieldset', h('legend.visually-hidden', 'Columns to learn from'), this.features))),
      h('div.card.stack', this.layers.element),
      h('details.card', h('summary', 'More settings'), h('div.stack', {},
        h('div.fields', field('Recipe', this.recipe, 'How much is done where nothing is said'), field('Epochs', this.epochs), field('Batch size', this.batch),
          field('Optimizer', this.optimizer), field('Learning rate', this.rate), field('Loss', this.loss),
          field('Validation part', this.validation, 'A fraction, for early stopping'), field('Test part', this.test, 'A fraction, for honest figures'),
          field('Seed', this.seed), field('Name of the model', this.model)))),
      this.rest, h('div.row', this.start, this.study));
    this.element = h('div.stack', heading('Train', 'Everything but table and target is filled in; change what you like.'),
      h('div.columns', this.form, h('aside.stack', { 'aria-label': 'What will be trained' }, h('div.card.stack', this.summary), this.behind)));
  }

  fillFeatures() {
    put(this.features, this.data.profile?.columns.filter(column => column.name !== this.data.target.value).map(column =>
      h('label.check', h('input', { type: 'checkbox', value: column.name, checked: true, onchange: this.think }), column.name)));
  }

  get request() {
    const value = input => valueOf(input.value);
    const left = [...this.features.querySelectorAll('input')].filter(box => !box.checked).map(box => box.value);
    const rate = value(this.rate);
    const [validation, test] = [value(this.validation), value(this.test)];
    const wanted = {
      dataset: this.data.table.value, target: this.data.target.value, task: this.task.value || undefined,
      ignore: left.length ? left : undefined, network: this.layers.value(), recipe: this.recipe.value || undefined,
      epochs: value(this.epochs), batchSize: value(this.batch), loss: this.loss.value || undefined,
      optimizer: this.optimizer.value || rate !== undefined ? { type: this.optimizer.value || typeOf(this.resolved?.optimizer), learningRate: rate } : undefined,
      split: validation === undefined && test === undefined ? undefined : this.splitOf(validation, test),
      seed: value(this.seed), model: this.model.value.trim() || undefined,
    };
    return JSON.parse(JSON.stringify(wanted));
  }

  splitOf(validation, test) {
    const usual = (/** @type {'validation' | 'test'} */ name, other) => Math.min(this.usual?.[name] ?? 0.1, Math.max(0, rounded((1 - other) / 2))); // rows to train on are left
    const parts = { validation: validation ?? usual('validation', test), test: test ?? usual('test', validation) };
    return { train: rounded(1 - parts.validation - parts.test), ...parts };
  }

  async validate() {
    const turn = ++this.turn;
    const wanted = this.request;
    put(this.behind, request('POST', 'training-jobs', wanted));
    try {
      const answer = await plan('training-jobs', wanted, this.signal);
      if (turn !== this.turn) return;
      clearProblems(this.form);
      put(this.rest);
      this.resolved = answer.configuration;
      if (!wanted.split) this.usual = answer.configuration.split;
      this.fillPlaceholders(answer.configuration);
      this.show(answer);
      this.start.disabled = this.study.disabled = false;
    } catch (reason) {
      if (turn !== this.turn || this.signal.aborted) return;
      reason.back?.then(() => this.think());
      showProblems(this.form, this.rest, reason);
      this.start.disabled = this.study.disabled = true;
    }
  }

  fillPlaceholders(configuration) {
    const shown = [[this.epochs, configuration.epochs], [this.batch, configuration.batchSize], [this.rate, configuration.optimizer.learningRate], [this.seed, configuration.seed],
      [this.validation, configuration.split.validation], [this.test, configuration.split.test], [this.model, configuration.model]];
    for (const [input, value] of shown) input.placeholder = value === null || value === undefined ? '' : String(value);
    this.task.options[0].textContent = `By the target: ${words(configuration.task?.replace('Classification', ''))}`;
    this.optimizer.options[0].textContent = `By the recipe: ${words(typeOf(configuration.optimizer))}`;
    this.loss.options[0].textContent = `By the task: ${words(typeOf(configuration.loss))}`;
    this.layers.resolved(configuration.network);
  }

  show(answer) {
    const { configuration } = answer;
    const layers = typeof configuration.network === 'string' ? [] : configuration.network.layers;
    put(this.summary, h('h2', `A ${words(configuration.task)}`),
      layers.length ? [networkDiagram(sizesOf(configuration, layers)), h('p.muted.small', kindOf(configuration.network))] : null,
      figures([['Parameters', number(answer.parameterCount)], ['Time', `≈ ${duration(answer.seconds)}`], ['Memory', bytes(answer.memoryBytes)], ['Epochs', number(configuration.epochs), configuration.earlyStopping?.patience ? 'or until it stops improving' : null]]),
      warningList(answer.warnings));
  }

  async submit() {
    this.start.disabled = true;
    try {
      const job = await begin('training-jobs', this.request);
      location.hash = `#/jobs/${job.id}`;
    } catch (reason) {
      showProblems(this.form, this.rest, reason);
      this.start.disabled = false;
    }
  }
}

const rounded = part => Number(part.toFixed(6));

/** @param {any} spec a name, or an object that has one */
const typeOf = spec => spec?.type ?? spec;

/** What the diagram does not show. @param {any} network */
const kindOf = ({ members, layers }) => [members > 1 ? `${members} members in one network` : '', EMBEDDINGS.includes(layers[0].type) ? `inputs embedded: ${words(layers[0].type)}` : ''].filter(Boolean).join(', ');

/** Columns of units for the diagram. @param {any} configuration @param {any[]} layers */
function sizesOf(configuration, layers) {
  const dense = layers.filter(layer => layer.type === 'dense');
  return [{ units: configuration.features.length, text: 'columns' },
    ...dense.map((layer, i) => ({ units: layer.units ?? 1, text: i === dense.length - 1 ? 'outputs' : layer.activation?.type ?? layer.activation ?? '' }))];
}
